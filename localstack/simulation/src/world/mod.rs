//! The world: what the collector's functions share, and what goes wrong in it.
//!
//! [`timeline`] is time, [`queue`] the window, [`tables`] the three tables, [`spotify`] and [`answers`] the Web API. An [`Execution`] is how
//! one execution of a function sees them: it implements every port of the collector. Each operation takes time before and
//! after it takes effect, and each of these waits is a point at which others go on, and at which the execution can end.

mod answers;
mod execution;
mod expiry;
mod index;
mod ledger;
mod queue;
mod requests;
mod spotify;
mod tables;
mod terms;
mod timeline;
mod vain;

use std::fmt::Write;
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use collect::memory::{MemoryArtists, MemoryControl, MemoryFrontier};
use collect::ports::Control;
use collect::run::Run;
use collect::settings::Settings;
use collect::web_api::PageLimits;

pub(crate) use self::execution::{Environment, Execution, Role};
pub(crate) use self::expiry::Ends;
use self::index::Index;
pub(crate) use self::ledger::Ledger;
pub(crate) use self::queue::Queue;
pub(crate) use self::spotify::Service;
pub(crate) use self::timeline::{Happening, TaskId, Timeline};
use crate::catalogue::Catalogue;
use crate::dice::Dice;
use crate::faults::Faults;
use crate::moment::Moment;
use crate::mutants::Mutant;
use crate::plan::Plan;
use crate::promises::Promise;

/// Everything that functions share.
#[derive(Debug)]
pub(crate) struct World {
    /// What goes wrong.
    pub(crate) faults: Faults,
    /// What was changed on purpose.
    mutant: Option<Mutant>,
    /// Who there is to be found.
    pub(crate) catalogue: Catalogue,
    /// What the collector was told.
    pub(crate) settings: Settings,
    /// What the app may see of a search.
    app: PageLimits,
    /// Requests that Spotify lets in within 30 seconds.
    limit: usize,
    /// Fetchers at a time.
    pub(crate) concurrency: usize,
    /// Runs, one after the other.
    pub(crate) runs: usize,
    /// Whether a run takes months.
    pub(crate) takes_months: bool,
    control: MemoryControl,
    frontier: MemoryFrontier,
    /// The artist rows.
    pub(crate) artists: MemoryArtists,
    index: Mutex<Index>,
    timeline: Mutex<Timeline>,
    queue: Mutex<Queue>,
    service: Mutex<Service>,
    ledger: Mutex<Ledger>,
}

/// A lock that outlives a panic of its holder: the panic is reported as a violation.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The result of a future that never waits, as those of the ports in memory.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

impl World {
    /// A world as planned; `told` keeps its story.
    pub(crate) fn new(plan: Plan, mutant: Option<Mutant>, told: bool) -> Self {
        let service = Service::new(plan.broken, plan.faults.long_holds);
        Self {
            faults: plan.faults,
            mutant,
            catalogue: plan.catalogue,
            settings: plan.settings,
            app: plan.app,
            limit: plan.limit,
            concurrency: plan.concurrency,
            runs: plan.runs,
            takes_months: plan.takes_months,
            control: MemoryControl::default(),
            frontier: MemoryFrontier::default(),
            artists: MemoryArtists::default(),
            index: Mutex::default(),
            timeline: Mutex::new(Timeline::new(plan.seed, told)),
            queue: Mutex::default(),
            service: Mutex::new(service),
            ledger: Mutex::default(),
        }
    }

    pub(crate) fn timeline(&self) -> MutexGuard<'_, Timeline> {
        lock(&self.timeline)
    }

    pub(crate) fn queue(&self) -> MutexGuard<'_, Queue> {
        lock(&self.queue)
    }

    pub(crate) fn service(&self) -> MutexGuard<'_, Service> {
        lock(&self.service)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    /// Now.
    pub(crate) fn now(&self) -> Moment {
        self.timeline().now
    }

    /// Throws dice.
    pub(crate) fn dice<T>(&self, throw: impl FnOnce(&mut Dice) -> T) -> T {
        throw(&mut self.timeline().dice)
    }

    /// Whether something happens that happens in this share of all cases.
    pub(crate) fn happens(&self, share: f64) -> bool {
        share > 0.0 && self.dice(|dice| dice.chance(share))
    }

    /// Lets `what` happen after a while.
    pub(crate) fn after(&self, wait: Duration, what: Happening) {
        self.timeline().after(wait, what);
    }

    /// Whether this world is changed in this way.
    pub(crate) fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Adds a line to the story.
    pub(crate) fn tell(&self, line: impl FnOnce() -> String) {
        if self.timeline().story.is_none() {
            return;
        }
        let line = line();
        let mut timeline = self.timeline();
        let now = timeline.now;
        if let Some(story) = &mut timeline.story {
            // Writing into a string does not fail.
            let _ = writeln!(story, "{now}  {line}");
        }
    }

    /// Notes a broken promise.
    pub(crate) fn broken(&self, promise: Promise, seen: impl FnOnce() -> String) {
        let seen = seen();
        self.tell(|| format!("BROKEN {}: {seen}", promise.name()));
        self.ledger().note(promise, seen);
    }

    /// Notes a promise as broken unless it was `kept`.
    pub(crate) fn promise(&self, promise: Promise, kept: bool, seen: impl FnOnce() -> String) {
        if !kept {
            self.broken(promise, seen);
        }
    }

    /// The run as the control table has it.
    pub(crate) fn run(&self) -> Option<Run> {
        at_once(self.control.overview())?.ok()?.run
    }

    /// The terms of the run.
    pub(crate) fn terms(&self, run: &Run) -> Vec<collect::term::Term> {
        self.frontier.terms(&run.id)
    }
}
