//! One execution of a function, and how it sees the world.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use collect::ports::{
    Claim, Clock, DeadLetter, Delivery, Fetching, PortError, Scheduling, TermMessage, Window,
};
use collect::term::TermKey;
use collect::web_api::Bucket;
use jiff::Timestamp;

use super::held_back::HeldBack;
use super::state::{World, lock};
use super::timeline::{Happening, TaskId};
use crate::moment::Moment;
use crate::mutants::Mutant;

/// An execution environment: it lives across executions, and what it knows with it.
#[derive(Debug)]
pub(crate) struct Environment {
    /// Its number, for the story.
    pub(crate) number: u64,
    /// By how many microseconds its clock is wrong.
    pub(crate) skew: i64,
    pub(super) knowledge: Mutex<Knowledge>,
}

/// What an environment can know of holds.
#[derive(Clone, Debug)]
pub(super) struct Knowledge {
    /// The control table was read at this moment or later.
    pub(super) read: Moment,
    /// The whole of it was read at this moment, before a batch or a tick was begun.
    pub(super) batch_read: Moment,
    /// The answer arrived at this moment.
    pub(super) heard: Moment,
    /// Spotify told it to wait until then, by its own clock, with a bucket or with everything.
    pub(super) refused_until: BTreeMap<Option<Bucket>, Timestamp>,
    /// When Spotify lets requests in again after the refusal that is being written.
    pub(super) refusal_ends: Option<Moment>,
    /// Whether it was refused and has put nothing on hold for that yet.
    pub(super) refusal_unheeded: bool,
    /// Whether it was refused and does not know yet that others can hear of it.
    pub(super) refusal_unwritten: bool,
}

impl Environment {
    pub(crate) fn new(number: u64, skew: i64) -> Self {
        let knowledge = Knowledge {
            read: Moment::default(),
            batch_read: Moment::default(),
            heard: Moment::default(),
            refused_until: BTreeMap::new(),
            refusal_ends: None,
            refusal_unheeded: false,
            refusal_unwritten: false,
        };
        Self { number, skew, knowledge: Mutex::new(knowledge) }
    }
}

/// One execution: all ports of the collector.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(super) world: Arc<World>,
    pub(super) environment: Arc<Environment>,
    task: TaskId,
    pub(super) role: Role,
    /// The term that is being worked.
    pub(super) working: Mutex<Option<TermKey>>,
    /// Claims that this execution has made and whose messages were not accepted.
    pub(super) unsent: Mutex<Vec<Claim>>,
    /// Writes that a mutant holds back.
    pub(super) held_back: Mutex<HeldBack>,
}

/// Which function it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Seeder,
    Fetcher,
}

impl fmt::Display for Execution {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self.role {
            Role::Seeder => "seeder",
            Role::Fetcher => "fetcher",
        };
        write!(formatter, "{role} {} #{}", self.environment.number, self.task.0)
    }
}

impl Execution {
    pub(crate) fn new(world: Arc<World>, environment: Arc<Environment>, task: TaskId, role: Role) -> Self {
        Self {
            world,
            environment,
            task,
            role,
            working: Mutex::default(),
            unsent: Mutex::default(),
            held_back: Mutex::default(),
        }
    }

    /// What the collector knows from Spotify's refusals.
    pub(crate) fn settings(&self) -> collect::settings::Settings {
        self.world.settings.clone()
    }

    /// Adds a line to the story.
    pub(crate) fn tell(&self, line: impl FnOnce() -> String) {
        self.world.tell(|| format!("{self}: {}", line()));
    }

    /// Lets time pass. Others go on meanwhile, and the execution may end here.
    pub(super) async fn pause(&self, duration: Duration) {
        Pause { execution: self, duration, asleep: Cell::new(false) }.await;
    }

    /// An operation on a table: `effect` happens between two waits, or not at all, or its answer is lost.
    pub(super) async fn table<T: Send>(
        &self,
        what: &'static str,
        effect: impl Future<Output = Result<T, PortError>> + Send,
    ) -> Result<T, PortError> {
        let world = &self.world;
        let faults = &world.faults;
        let there = world.dice(|dice| {
            if dice.chance(faults.table_slow) { dice.millis(100, 5000) } else { dice.millis(1, 8) }
        });
        self.pause(there).await;
        let now = world.now();
        let outage = faults.table_outage.is_some_and(|(begin, end)| begin <= now && now < end);
        let throttled = faults.throttling.is_some_and(|throttling| throttling.refuses(what, now));
        if outage || throttled || world.happens(faults.table_refuses) {
            self.tell(|| format!("{what}: refused"));
            return Err(unavailable(what));
        }
        let answer = effect.await;
        let back = world.dice(|dice| dice.millis(1, 8));
        self.pause(back).await;
        if world.happens(faults.table_answer_lost) {
            // Most answers are lost in calls that take too long.
            let wait = world.dice(|dice| dice.millis(0, 3000));
            self.pause(wait).await;
            self.tell(|| format!("{what}: the answer is lost"));
            return Err(unavailable(what));
        }
        answer
    }

    /// How many of several items are written: all, unless this is where some are left over.
    pub(super) fn cut<T: Clone>(&self, items: &[T]) -> Option<Vec<T>> {
        let cut = items.len() > 1 && self.world.happens(self.world.faults.batch_cut);
        cut.then(|| {
            let mut items = items.to_vec();
            let left = self.world.dice(|dice| {
                dice.shuffle(&mut items);
                dice.index(items.len())
            });
            items.truncate(left);
            items
        })
    }

    pub(super) fn knowledge(&self) -> std::sync::MutexGuard<'_, Knowledge> {
        lock(&self.environment.knowledge)
    }

    /// The control table was read at `read`, and its answer is here.
    pub(super) fn heard(&self, read: Moment) {
        let mut knowledge = self.knowledge();
        knowledge.read = knowledge.read.max(read);
        knowledge.heard = self.world.now();
    }
}

/// What the cloud's ports say when they cannot be reached.
pub(super) fn unavailable(what: &str) -> PortError {
    PortError::Unavailable { what: what.to_owned(), why: "the simulation wants it so".to_owned() }
}

/// A wait until the timeline wakes the execution.
struct Pause<'a> {
    execution: &'a Execution,
    duration: Duration,
    asleep: Cell<bool>,
}

impl Future for Pause<'_> {
    type Output = ();

    /// Executions are polled only when they are woken, and each waits for one thing at a time.
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.asleep.replace(true) {
            return Poll::Ready(());
        }
        self.execution.world.after(self.duration, Happening::Wake(self.execution.task));
        Poll::Pending
    }
}

impl Clock for Execution {
    fn now(&self) -> Timestamp {
        self.world.now().shown(self.environment.skew)
    }

    async fn sleep(&self, duration: Duration) {
        self.pause(duration).await;
    }
}

impl Window for Execution {
    async fn send(&self, claims: &[Claim]) -> Result<Vec<Claim>, PortError> {
        let mut refused = Vec::new();
        for batch in claims.chunks(10) {
            let there = self.world.dice(|dice| dice.millis(2, 15));
            self.pause(there).await;
            let mut unacknowledged = false;
            for claim in batch {
                match self.send_one(claim)? {
                    Accepted::Yes => {}
                    Accepted::No => refused.push(claim.clone()),
                    Accepted::Unacknowledged => {
                        unacknowledged = true;
                        refused.push(claim.clone());
                    }
                }
            }
            // What became of a message is unknown after a call that took too long.
            let back = self
                .world
                .dice(|dice| if unacknowledged { dice.millis(15, 8000) } else { dice.millis(2, 15) });
            self.pause(back).await;
        }
        if self.world.is(Mutant::UnacceptedTakenForSent) {
            return Ok(Vec::new());
        }
        lock(&self.unsent).extend(refused.iter().cloned());
        Ok(refused)
    }

    async fn defer(&self, delivery: &Delivery, wait: Duration) -> Result<(), PortError> {
        let there = self.world.dice(|dice| dice.millis(2, 15));
        self.pause(there).await;
        let refused = self.world.happens(self.world.faults.hide_refused) || !self.world.hide(delivery, wait);
        self.tell(|| {
            let came_of_it = if refused { ": refused" } else { "" };
            format!("hides message {} for {wait:?}{came_of_it}", delivery.handle.0)
        });
        self.world.deferred(&delivery.body);
        let back = self.world.dice(|dice| dice.millis(2, 15));
        self.pause(back).await;
        if refused { Err(unavailable("ChangeMessageVisibility")) } else { Ok(()) }
    }

    async fn set_aside(&self, letter: &DeadLetter) -> Result<(), PortError> {
        let there = self.world.dice(|dice| dice.millis(2, 15));
        self.pause(there).await;
        let accepted = self.is_accepted(self.world.faults.letter_refused);
        self.tell(|| format!("sets aside {:?}: {}{}", letter.body, letter.reason, accepted.told()));
        if accepted != Accepted::No && !self.world.is(Mutant::BadMessageDropped) {
            self.world.queue().set_aside(letter.clone());
        }
        let back = self.world.dice(|dice| dice.millis(2, 15));
        self.pause(back).await;
        match accepted {
            Accepted::Yes => Ok(()),
            Accepted::No if self.world.is(Mutant::RefusedLetterForgotten) => Ok(()),
            Accepted::No | Accepted::Unacknowledged => Err(unavailable("SendMessage")),
        }
    }
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accepted {
    Yes,
    No,
    /// It has arrived, but the sender never learns it.
    Unacknowledged,
}

impl Accepted {
    /// As the story tells it.
    fn told(self) -> &'static str {
        match self {
            Self::Yes => "",
            Self::No => ": not accepted",
            Self::Unacknowledged => ": accepted, but the sender never learns it",
        }
    }
}

impl Execution {
    /// Whether the next message is accepted, of whose kind this share is refused.
    fn is_accepted(&self, refused: f64) -> Accepted {
        let unacknowledged = self.world.happens(self.world.faults.send_unacknowledged);
        let refused = self.world.happens(refused);
        match (unacknowledged, refused) {
            (true, _) => Accepted::Unacknowledged,
            (false, true) => Accepted::No,
            (false, false) => Accepted::Yes,
        }
    }

    /// The message of a claim.
    fn send_one(&self, claim: &Claim) -> Result<Accepted, PortError> {
        let accepted = self.is_accepted(self.world.faults.send_refused);
        self.tell(|| format!("sends {} of generation {}{}", claim.key, claim.generation, accepted.told()));
        if accepted != Accepted::No {
            let body = serde_json::to_string(&TermMessage::from(claim));
            self.world.send_message(body.map_err(|error| PortError::Corrupt {
                what: format!("message of {}", claim.key),
                why: error.to_string(),
            })?);
        }
        Ok(accepted)
    }
}

impl Scheduling for Execution {
    type Clock = Self;
    type Control = Self;
    type Frontier = Self;
    type Window = Self;

    fn clock(&self) -> &Self {
        self
    }

    fn control(&self) -> &Self {
        self
    }

    fn frontier(&self) -> &Self {
        self
    }

    fn window(&self) -> &Self {
        self
    }
}

impl Fetching for Execution {
    type Artists = Self;
    type Spotify = Self;
    type Tracks = ();

    fn artists(&self) -> &Self {
        self
    }

    fn spotify(&self) -> &Self {
        self
    }

    fn tracks(&self) -> &() {
        &()
    }
}
