//! Starts executions, wakes them, and ends them.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use collect::exporter::{tick, worker};
use collect::ports::export::Exporting;
use collect::run::{Report, Run};
use collect::snapshot::export::Formats;
use collect::snapshot::ledger::Wish;
use collect::snapshot::table::TableName;
use collect::term::RunId;

use super::hand::Hand;
use super::mutants::Mutant;
use super::world::{Faults, Happening, Row, State, World};
use super::{Played, promises};

/// No execution lives longer.
const TIMEOUT: Duration = Duration::from_mins(5);

/// How long a message stays hidden after it was received.
const VISIBILITY: Duration = Duration::from_mins(30);

/// Executions of the queue at a time.
const CONCURRENCY: usize = 3;

/// Happenings in which everything must have come to rest.
const MOST_STEPS: u64 = 200_000;

type Body = Pin<Box<dyn Future<Output = bool>>>;

struct Task {
    body: Body,
    /// The await at which it is killed.
    dies_at: Option<u64>,
    awaits: u64,
    /// The message it works on.
    message: Option<collect::snapshot::work_item::WorkMessage>,
}

/// Plays a world to its end.
pub(super) fn play(seed: u64, mutant: Option<Mutant>, keeps_story: bool) -> Played {
    let world = Arc::new(World::new(seed, mutant, keeps_story));
    let published =
        catch_unwind(AssertUnwindSafe(|| Drive { world: Arc::clone(&world), tasks: BTreeMap::new() }.play()));
    let mut state = world.state();
    if published.is_err() {
        state.broken("no panic", || "the exporter panicked".to_owned());
    }
    Played {
        violations: std::mem::take(&mut state.violations),
        steps: state.steps,
        published: published.unwrap_or(0),
        story: state.story.take().unwrap_or_default(),
    }
}

struct Drive {
    world: Arc<World>,
    tasks: BTreeMap<u64, Task>,
}

impl Drive {
    fn play(mut self) -> u64 {
        schedule(&mut self.world.state());
        loop {
            let happening = self.world.state().next();
            let Some(happening) = happening else { break };
            self.happen(happening);
            let state = self.world.state();
            let calm = state.faults.killed == 0.0 && state.faults.refused == 0.0;
            let rests = self.tasks.is_empty() && state.queue.is_empty() && state.ledger.0.active.is_none();
            let is_exported = state.closed.last().is_none_or(|(run, _)| {
                state.ledger.0.exported.as_ref().is_some_and(|(exported, _)| *exported == run.id)
            });
            if state.steps > MOST_STEPS || calm && rests && is_exported {
                break;
            }
        }
        promises::judge(&mut self.world.state())
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wake(task) => self.wake(task),
            Happening::TimeOut(task) => self.end(task, "is out of time"),
            Happening::Minute => {
                let mut state = self.world.state();
                let (missed, jitter) = (state.faults.missed, state.dice.millis(0, 5000));
                state.after(Duration::from_mins(1) + jitter, Happening::Minute);
                let is_missed = state.dice.chance(missed);
                drop(state);
                if !is_missed {
                    self.start(None, async |hand: &Hand| tick::tick(hand, Formats::default()).await.is_ok());
                }
            }
            Happening::Demand => self.start(None, async |hand: &Hand| {
                let wish = Wish { segments: hand.segments(), on_demand: true, ..Wish::default() };
                tick::begin(hand, &wish).await.is_ok()
            }),
            Happening::Opens(number) => opens(&mut self.world.state(), number),
            Happening::Closes(number) => closes(&mut self.world.state(), number),
            Happening::Write => {
                let mut state = self.world.state();
                let written = state.faults.written;
                if state.dice.chance(written) {
                    state.write_something();
                }
            }
            Happening::Calm => {
                let mut state = self.world.state();
                state.faults = Faults::default();
                state.tell(|| "from here on nothing fails".to_owned());
            }
            Happening::Look => {}
        }
        self.receive();
    }

    /// Gives visible messages to executions.
    fn receive(&mut self) {
        loop {
            let mut state = self.world.state();
            let busy = self.tasks.values().filter(|task| task.message.is_some()).count();
            let now = state.now;
            let visible = state.queue.iter().position(|message| message.visible_at <= now);
            let Some(index) = visible.filter(|_| busy < CONCURRENCY) else { return };
            state.queue[index].visible_at = now + VISIBILITY;
            state.after(VISIBILITY, Happening::Look);
            let message = state.queue[index].body.clone();
            drop(state);
            let deadline = now + TIMEOUT;
            self.start(Some(message.clone()), async move |hand: &Hand| {
                worker::work(hand, &message, deadline).await.is_ok()
            });
        }
    }

    fn start(
        &mut self,
        message: Option<collect::snapshot::work_item::WorkMessage>,
        work: impl AsyncFnOnce(&Hand) -> bool + 'static,
    ) {
        let mut state = self.world.state();
        let task = state.number();
        let killed = state.faults.killed;
        let dies_at = state.dice.chance(killed).then(|| state.dice.between(0, 40));
        state.after(TIMEOUT, Happening::TimeOut(task));
        state.tell(|| match &message {
            Some(message) => format!("{task} begins to {} of {}", message.work, message.snapshot),
            None => format!("{task} is a tick"),
        });
        drop(state);
        let hand = Hand { world: Arc::clone(&self.world), task, is_tick: message.is_none() };
        let body: Body = Box::pin(async move { work(&hand).await });
        self.tasks.insert(task, Task { body, dies_at, awaits: 0, message });
        self.wake(task);
    }

    fn wake(&mut self, number: u64) {
        let Some(task) = self.tasks.get_mut(&number) else { return };
        task.awaits += 1;
        if task.dies_at.is_some_and(|dies_at| task.awaits > dies_at) {
            return self.end(number, "is killed");
        }
        if let Poll::Ready(done) = task.body.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            let message = self.tasks.remove(&number).and_then(|task| task.message);
            let mut state = self.world.state();
            state.tell(|| format!("{number} ends: {done}"));
            if let (true, Some(message)) = (done, message)
                && let Some(index) =
                    state.queue.iter().position(|of| of.body == message && of.visible_at > state.now)
            {
                state.queue.remove(index);
            }
        }
    }

    fn end(&mut self, number: u64, why: &str) {
        if self.tasks.remove(&number).is_some() {
            self.world.state().tell(|| format!("{number} {why}"));
        }
    }
}

/// What comes from outside.
fn schedule(state: &mut State) {
    for number in 0..20 {
        let key = format!("a{number:02}");
        let row = state.draw_row(&key, false);
        state.put(TableName::Artists, &key, Some(row));
    }
    for number in 0..8 {
        let key = format!("t{number:02}");
        let row = state.draw_row(&key, false);
        state.put(TableName::Tracks, &key, Some(row));
    }
    state.after(Duration::ZERO, Happening::Minute);
    let mut at = Duration::ZERO;
    for number in 0..3 {
        at += state.dice.seconds(1, 200);
        state.after(at, Happening::Opens(number));
        // Exports that follow each other closely: whoever is slow with one meets the next.
        let longest = if state.dice.chance(0.5) { 120 } else { 1500 };
        for _ in 0..state.dice.between(0, 2) {
            let wait = at + state.dice.seconds(0, longest);
            state.after(wait, Happening::Demand);
        }
        at += state.dice.seconds(30, longest);
        state.after(at, Happening::Closes(number));
        at += state.dice.seconds(30, longest);
    }
    for _ in 0..120 {
        let wait = state.dice.seconds(0, 6000);
        state.after(wait, Happening::Write);
    }
    state.after(at, Happening::Calm);
}

fn run_id(number: u32) -> RunId {
    RunId::of_day(
        "2026-11-23T03:00:00Z".parse::<jiff::Timestamp>().unwrap_or_default()
            + Duration::from_hours(168) * number,
    )
}

fn opens(state: &mut State, number: u32) {
    state.tell(|| format!("run {number} opens"));
    let previous = state.run.take().map(|run| run.id);
    state.run = Some(Run { previous, ..Run::open(run_id(number), state.now) });
}

/// A run closes; now and then its table has bad rows, few or too many.
fn closes(state: &mut State, number: u32) {
    let Some(run) = state.run.clone() else { return };
    let too_many = state.dice.chance(0.15);
    for bad in 0..if too_many { 12 } else { 0 } {
        let key = format!("b{bad:02}");
        let row = Row { expires_at: state.now + Duration::from_hours(10_000), ..state.draw_row(&key, true) };
        state.put(TableName::Artists, &key, Some(row));
    }
    if !too_many {
        for bad in 0..12 {
            state.put(TableName::Artists, &format!("b{bad:02}"), None);
        }
    }
    let closed = run.closed(Report::default(), state.now);
    state.tell(|| format!("run {number} closes, bad rows: {too_many}"));
    state.run = Some(closed.clone());
    state.closed.push((closed, too_many));
}
