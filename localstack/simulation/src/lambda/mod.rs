//! Functions and schedules: executions are started, go on one await at a time, end, are killed, and run out
//! of time.

mod phase;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use collect::fetcher::{Fetcher, Outcome};
use collect::ports::{Clock, Delivery, PortError};
use collect::seeder;
use collect::term::RunId;

use self::phase::Phase;
use crate::moment::Moment;
use crate::promise::Promise;
use crate::promises::End;
use crate::strays;
use crate::world::{Environment, Execution, Happening, Role, TaskId, World};

/// The functions' timeout.
const TIMEOUT: Duration = Duration::from_mins(1);

/// How often a tick comes where runs take months: hardly anything happens in their minutes.
const SLOW_TICK: Duration = Duration::from_mins(20);

type Body = Pin<Box<dyn Future<Output = Done>>>;

/// An execution that goes on.
struct Task {
    body: Body,
    role: Role,
    /// The number of its awaits at which it is killed.
    dies_at: Option<u64>,
    awaits: u64,
}

/// What a seeder is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Job {
    Collect,
    TopUp,
    Resume,
}

/// What an execution comes to.
enum Done {
    Seeder {
        job: Job,
        result: Result<(), PortError>,
    },
    Fetcher {
        fetcher: Box<Fetcher>,
        environment: Arc<Environment>,
        batch: Vec<Delivery>,
        outcomes: Vec<Outcome>,
    },
}

/// How far a run that Spotify stopped is on its way to going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mending {
    /// No run was stopped that will be resumed.
    NotNeeded,
    /// An operator will resume it.
    Expected,
    /// An operator has resumed it or knows why it cannot be.
    Over,
}

/// A world in motion.
pub(crate) struct Lambda {
    world: Arc<World>,
    tasks: BTreeMap<TaskId, Task>,
    started: u64,
    environments: u64,
    warm: Vec<(Box<Fetcher>, Arc<Environment>)>,
    phase: Phase,
    /// How far a run that Spotify stopped is on its way to going on.
    mending: Mending,
    /// What there was before the messages were delivered again.
    before: Option<(End, u64)>,
    /// The ends of the runs so far.
    ends: Vec<End>,
}

impl Lambda {
    /// Plays the world to its end; what each run has left.
    pub(crate) fn play(world: &Arc<World>) -> Vec<End> {
        let mut lambda = Self {
            world: Arc::clone(world),
            tasks: BTreeMap::new(),
            started: 0,
            environments: 0,
            warm: Vec::new(),
            phase: Phase::Running,
            mending: Mending::NotNeeded,
            before: None,
            ends: Vec::new(),
        };
        lambda.schedule();
        while lambda.goes_on() {
            let Some(happening) = world.timeline().next() else { break };
            lambda.happen(happening);
        }
        lambda.ends
    }

    /// The run that is played now: one a week.
    fn run(&self) -> RunId {
        let weeks = u32::try_from(self.ends.len()).unwrap_or_default();
        RunId::of_day((Moment::default() + Duration::from_hours(7 * 24) * weeks).shown(0))
    }

    /// What comes from outside.
    fn schedule(&self) {
        let world = &self.world;
        world.after(Duration::ZERO, Happening::Collect);
        for _ in 0..world.faults.collect_again {
            let wait = world.dice(|dice| dice.seconds(0, 3600));
            world.after(wait, Happening::Collect);
        }
        for _ in 0..world.faults.strays {
            let (wait, number) = world.dice(|dice| (dice.seconds(0, 300), dice.index(strays::BODIES.len())));
            world.after(wait, Happening::Stray(number));
        }
        world.after(Duration::from_secs(30), Happening::Minute { repeated: false });
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wake(task) => self.wake(task),
            Happening::Deadline(task) => self.time_out(task),
            Happening::Look => {}
            Happening::Minute { repeated } => self.minute(repeated),
            Happening::Collect => self.seed(Job::Collect),
            Happening::Mend => self.mend(),
            Happening::Resume => self.resume(),
            Happening::Stray(number) => {
                self.world.send_stray(strays::BODIES[number % strays::BODIES.len()].to_owned());
            }
        }
        self.fetch();
        self.expect_mending();
    }

    /// Lets a run that Spotify has just stopped be resumed later, where its world is so.
    fn expect_mending(&mut self) {
        let Some(wait) = self.world.faults.mended_after else { return };
        if self.mending == Mending::NotNeeded && self.world.service().has_stopped() {
            self.mending = Mending::Expected;
            self.world.after(wait, Happening::Mend);
        }
    }

    /// Spotify answers again. The run is resumed when whoever was refused before that is gone.
    fn mend(&self) {
        self.world.tell(|| "what stopped the run is fixed".to_owned());
        self.world.service().mend();
        self.world.after(TIMEOUT * 2, Happening::Resume);
    }

    /// Resumes the run, again and again until the answer comes.
    fn resume(&mut self) {
        if self.mending == Mending::Expected {
            self.world.after(TIMEOUT * 2, Happening::Resume);
            self.seed(Job::Resume);
        }
    }

    /// A minute's tick, unless it is missed; and the next one.
    fn minute(&mut self, repeated: bool) {
        let world = Arc::clone(&self.world);
        let late = world.happens(world.faults.minute_late);
        if !repeated {
            world.delete_expired();
            let next = world.now().next_minute();
            let next = if world.takes_months { next + SLOW_TICK } else { next };
            let delay = world.dice(|dice| dice.millis(0, if late { 120_000 } else { 900 }));
            world.timeline().at(next + delay, Happening::Minute { repeated: false });
            if world.happens(world.faults.minute_twice) {
                let wait = world.dice(|dice| dice.millis(0, 3000));
                world.after(wait, Happening::Minute { repeated: true });
            }
            if world.happens(world.faults.minute_missed) {
                return;
            }
        }
        self.seed(Job::TopUp);
    }

    /// Starts a seeder.
    fn seed(&mut self, job: Job) {
        let environment = self.environment();
        let (task, ports) = self.execution(environment, Role::Seeder);
        let id = self.run();
        let work = async move {
            let settings = ports.settings();
            let result = match job {
                Job::Collect => seeder::open_run(&ports, &settings, id).await.map(|_| ()),
                Job::TopUp => seeder::tick(&ports, &settings).await.map(|_| ()),
                Job::Resume => seeder::resume_run(&ports, &settings).await.map(|resuming| {
                    ports.tell(|| format!("resuming: {resuming:?}"));
                }),
            };
            Done::Seeder { job, result }
        };
        self.start(task, Role::Seeder, Box::pin(work));
    }

    fn fetcher(&self) -> Box<Fetcher> {
        Box::new(Fetcher::new(self.world.settings.clone()))
    }

    /// Starts fetchers as long as there are messages and places.
    fn fetch(&mut self) {
        if !self.world.has_visible() {
            return;
        }
        while self.tasks.values().filter(|task| task.role == Role::Fetcher).count() < self.world.concurrency {
            let warm = self.warm.pop().filter(|_| !self.world.happens(self.world.faults.recycled));
            let (fetcher, environment) = warm.unwrap_or_else(|| (self.fetcher(), self.environment()));
            let batch = self.world.receive(self.world.now().shown(environment.skew));
            if batch.is_empty() {
                self.warm.push((fetcher, environment));
                return;
            }
            self.work(fetcher, environment, batch);
        }
    }

    fn work(&mut self, mut fetcher: Box<Fetcher>, environment: Arc<Environment>, batch: Vec<Delivery>) {
        let (task, ports) = self.execution(Arc::clone(&environment), Role::Fetcher);
        let deadline = (self.world.now() + TIMEOUT).shown(0);
        let work = async move {
            // What starting takes; the messages are hidden already.
            ports.sleep(Duration::from_millis(50)).await;
            let outcomes = fetcher.process_batch(&ports, &batch, deadline).await;
            Done::Fetcher { fetcher, environment, batch, outcomes }
        };
        self.start(task, Role::Fetcher, Box::pin(work));
    }

    fn environment(&mut self) -> Arc<Environment> {
        self.environments += 1;
        let skew = i64::try_from(self.world.faults.skew.as_micros()).unwrap_or_default();
        let skew = if skew == 0 {
            0
        } else {
            let width = u64::try_from(skew * 2).unwrap_or_default();
            i64::try_from(self.world.dice(|dice| dice.between(0, width))).unwrap_or_default() - skew
        };
        Arc::new(Environment::new(self.environments, skew))
    }

    fn execution(&mut self, environment: Arc<Environment>, role: Role) -> (TaskId, Execution) {
        self.started += 1;
        let task = TaskId(self.started);
        (task, Execution::new(Arc::clone(&self.world), environment, task, role))
    }

    fn start(&mut self, id: TaskId, role: Role, body: Body) {
        let world = &self.world;
        let dies_at = world.happens(world.faults.killed).then(|| {
            // Early and late deaths alike: executions have from five awaits to a few hundred.
            world.dice(|dice| {
                let most = 1 << dice.between(1, 9);
                dice.between(1, most)
            })
        });
        world.after(TIMEOUT, Happening::Deadline(id));
        self.tasks.insert(id, Task { body, role, dies_at, awaits: 0 });
        self.wake(id);
    }

    /// An execution goes on to its next await, or to its end.
    fn wake(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.awaits += 1;
        if task.dies_at.is_some_and(|dies_at| dies_at < task.awaits) {
            self.world.tell(|| format!("#{} is killed", id.0));
            self.abandon(id);
        } else if let Poll::Ready(done) = task.body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            self.tasks.remove(&id);
            self.finish(id, done);
        }
    }

    fn time_out(&mut self, id: TaskId) {
        if !self.tasks.contains_key(&id) {
            return;
        }
        self.world.tell(|| format!("#{} runs out of time", id.0));
        let slow = self.world.faults.work_is_slow();
        self.world
            .promise(Promise::DeadlineKept, slow, || format!("#{} was at work when its time was over", id.0));
        self.abandon(id);
    }

    /// An execution is gone in the middle of its work, and its environment with it. Lambda tries a seeder
    /// again.
    fn abandon(&mut self, id: TaskId) {
        let role = self.tasks.remove(&id).map(|task| task.role);
        if role == Some(Role::Seeder) && self.is_not_opened() {
            self.world.after(Duration::from_mins(1), Happening::Collect);
        }
    }

    fn is_not_opened(&self) -> bool {
        self.world.run().is_none_or(|run| run.id != self.run())
    }

    fn finish(&mut self, id: TaskId, done: Done) {
        match done {
            Done::Seeder { job, result: Err(error) } => {
                self.world.tell(|| format!("#{} fails: {error}", id.0));
                if job == Job::Collect {
                    self.world.after(Duration::from_mins(1), Happening::Collect);
                }
            }
            Done::Seeder { job: Job::Resume, result: Ok(()) } => self.mending = Mending::Over,
            Done::Seeder { .. } => {}
            Done::Fetcher { fetcher, environment, batch, outcomes } => {
                for (delivery, outcome) in batch.iter().zip(&outcomes) {
                    self.world.tell(|| {
                        format!("#{} leaves message {} {}", id.0, delivery.handle.0, outcome.name())
                    });
                    self.world.settle(delivery, outcome.keeps_message());
                }
                self.warm.push((fetcher, environment));
            }
        }
    }
}
