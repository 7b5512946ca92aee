//! What the functions of a world share.

use std::fmt::Write;
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use collect::memory::{MemoryArtists, MemoryControl, MemoryFrontier};
use collect::ports::{Control, TermMessage};
use collect::run::Run;
use collect::settings::Settings;
use collect::term::{Term, TermKey};
use collect::web_api::PageLimits;

use super::asked::Asked;
use super::index::Index;
use super::ledger::Ledger;
use super::queue::Queue;
use super::service::Service;
use super::timeline::{Happening, Timeline};
use crate::catalogue::Catalogue;
use crate::dice::Dice;
use crate::faults::Faults;
use crate::moment::Moment;
use crate::mutants::Mutant;
use crate::plan::Plan;
use crate::promise::Promise;
use crate::vanished::Vanished;

/// Everything that functions share.
#[derive(Debug)]
pub(crate) struct World {
    /// What goes wrong.
    pub(crate) faults: Faults,
    /// What was changed on purpose.
    pub(super) mutant: Option<Mutant>,
    /// Who there is to be found.
    pub(crate) catalogue: Catalogue,
    /// What Spotify has told the collector.
    pub(crate) settings: Settings,
    /// What the app may see of a search.
    pub(super) app: PageLimits,
    /// Requests that Spotify lets in within 30 seconds.
    pub(super) limit: usize,
    /// Fetchers at a time.
    pub(crate) concurrency: usize,
    /// Runs, one after the other.
    pub(crate) runs: usize,
    /// Whether a run takes months.
    pub(crate) takes_months: bool,
    pub(super) control: MemoryControl,
    pub(super) frontier: MemoryFrontier,
    /// The artist rows.
    pub(crate) artists: MemoryArtists,
    pub(super) index: Mutex<Index>,
    pub(super) timeline: Mutex<Timeline>,
    pub(super) queue: Mutex<Queue>,
    pub(super) service: Mutex<Service>,
    pub(super) ledger: Mutex<Ledger>,
}

/// A lock that outlives a panic of its holder: the panic is reported as a violation.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
    /// A world as planned; `keeps_story` keeps its story.
    pub(crate) fn new(plan: Plan, mutant: Option<Mutant>, keeps_story: bool) -> Self {
        let vanished = Vanished::new(plan.seed, plan.faults.vanished);
        let service = Service::new(plan.broken, vanished, plan.faults.long_holds);
        let halved = mutant == Some(Mutant::RowsKeptHalf);
        let artists = MemoryArtists::new(plan.settings.retention / if halved { 2 } else { 1 });
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
            artists,
            index: Mutex::default(),
            timeline: Mutex::new(Timeline::new(plan.seed, keeps_story)),
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

    /// Up to which moment the index of the terms has followed the table, its usual lag aside.
    pub(super) fn index_shows(&self) -> Moment {
        let now = self.now();
        let stands = self.faults.index_stands.filter(|(begin, end)| *begin <= now && now < *end);
        stands.map_or(now, |(begin, _)| begin)
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

    /// How many rows of a search this app may see.
    pub(crate) fn window(&self) -> usize {
        self.app.depth as usize
    }

    /// The terms of the run.
    pub(crate) fn terms(&self, run: &Run) -> Vec<Term> {
        self.frontier.terms(&run.id)
    }
}

impl World {
    /// The term came on, or could not for a reason that is not the collector's.
    pub(super) fn came_on(&self, asked: &Asked<'_>) {
        if let Some(term) = &asked.term {
            self.ledger().in_vain.came_on(term);
        }
    }

    /// A term that had been sent was put back.
    pub(super) fn sent_in_vain(&self, term: &TermKey) {
        let too_often = self.ledger().in_vain.sent(term);
        self.complain_of_vain(term, too_often);
    }

    /// The message of a term was hidden.
    pub(super) fn deferred(&self, message: &str) {
        let Ok(TermMessage { key, .. }) = serde_json::from_str(message) else { return };
        let too_often = self.ledger().in_vain.deferred(&key, self.now());
        self.complain_of_vain(&key, too_often);
    }

    /// A term was answered what it had been answered before.
    pub(super) fn asked_in_vain(&self, asked: &Asked<'_>) {
        let Some(term) = &asked.term else { return };
        let too_often = self.ledger().in_vain.asked(term);
        self.complain_of_vain(term, too_often);
    }

    fn complain_of_vain(&self, term: &TermKey, too_often: Option<String>) {
        if let Some(tries) = too_often {
            self.broken(Promise::ProgressMade, || format!("{term} does not come on: {tries}"));
        }
    }
}
