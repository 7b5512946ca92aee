//! An execution: all ports of the exporter. Each effect happens between two pauses, or not at all, or its
//! answer is lost.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use collect::ports::export::{
    Catalogue, Created, Exporting, Ledgers, Object, Objects, Runs, Span, Tag, Upload, WorkQueue,
};
use collect::ports::{Clock, PortError, Records};
use collect::run::Run;
use collect::snapshot::export::Export;
use collect::snapshot::layout::LATEST;
use collect::snapshot::ledger::Ledger;
use collect::snapshot::table::TableName;
use collect::snapshot::work_item::WorkMessage;
use collect::term::RunId;
use jiff::Timestamp;

use super::mutants::Mutant;
use super::promises;
use super::world::{Happening, State, Stored, World};

const POINTS: &str = "points the catalogue";

/// One execution.
#[derive(Clone, Debug)]
pub(super) struct Hand {
    pub(super) world: Arc<World>,
    pub(super) task: u64,
    /// Whether it was started by the tick.
    pub(super) is_tick: bool,
}

/// A wait until the timeline wakes the execution.
struct Pause<'a> {
    hand: &'a Hand,
    wait: Duration,
    asleep: Cell<bool>,
}

impl Future for Pause<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.asleep.replace(true) {
            return Poll::Ready(());
        }
        self.hand.world.state().after(self.wait, Happening::Wake(self.hand.task));
        Poll::Pending
    }
}

impl Hand {
    async fn pause(&self, wait: Duration) {
        Pause { hand: self, wait, asleep: Cell::new(false) }.await;
    }

    /// A call that takes effect between two pauses.
    pub(super) async fn call<T: Send>(
        &self,
        what: impl Into<String> + Send,
        effect: impl FnOnce(&mut State) -> T + Send,
    ) -> Result<T, PortError> {
        let (what, world) = (what.into(), &self.world);
        let wait = {
            let mut state = world.state();
            // Being late does most harm with the steps that change what readers find.
            let is_last = what.ends_with(LATEST) || what == POINTS;
            let slow = state.faults.slow * if is_last { 5.0 } else { 1.0 };
            if state.dice.chance(slow) { state.dice.seconds(1, 290) } else { state.dice.millis(1, 60) }
        };
        self.pause(wait).await;
        let unavailable =
            || PortError::Unavailable { what: what.clone(), why: "the simulation wants it so".to_owned() };
        let (answer, back) = {
            let mut state = world.state();
            let refused = state.faults.refused;
            if state.dice.chance(refused) {
                state.tell(|| format!("{}: {what}: refused", self.task));
                return Err(unavailable());
            }
            state.tell(|| format!("{}: {what}", self.task));
            let answer = effect(&mut state);
            if std::mem::take(&mut state.is_changed) {
                promises::watch(&mut state);
            }
            (answer, state.dice.millis(1, 60))
        };
        self.pause(back).await;
        let lost = world.state().faults.answer_lost;
        if world.state().dice.chance(lost) { Err(unavailable()) } else { Ok(answer) }
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        self.world.state().now
    }

    async fn sleep(&self, duration: Duration) {
        self.pause(duration).await;
    }
}

impl Runs for Hand {
    async fn current(&self) -> Result<Option<Run>, PortError> {
        self.call("reads the run", |state| state.run.clone()).await
    }
}

impl Records for Hand {
    async fn closed_run(&self, run: &RunId) -> Result<Option<Run>, PortError> {
        let find = |state: &mut State| {
            state.closed.iter().map(|(closed, _)| closed).find(|closed| closed.id == *run).cloned()
        };
        self.call("reads a closed run", find).await
    }
}

impl Ledgers for Hand {
    async fn load(&self) -> Result<(Ledger, u64), PortError> {
        self.call("reads the ledger", |state| state.ledger.clone()).await
    }

    async fn save(&self, ledger: &Ledger, version: u64) -> Result<bool, PortError> {
        self.call("writes the ledger", |state| {
            if state.ledger.1 != version && !state.is(Mutant::LedgerWithoutCondition) {
                return false;
            }
            state.ledger = (ledger.clone(), version + 1);
            true
        })
        .await
    }
}

impl Objects for Hand {
    type Upload = Pushed;

    async fn get(&self, key: &str) -> Result<Option<Object>, PortError> {
        self.call(format!("gets {key}"), |state| {
            let object = state.objects.get(key);
            object.map(|object| Object { bytes: object.bytes.clone(), tag: Tag(object.tag.to_string()) })
        })
        .await
    }

    async fn span(&self, key: &str, _: Span) -> Result<(Vec<u8>, u64), PortError> {
        let object = self.get(key).await?;
        let bytes = object.map(|object| object.bytes).unwrap_or_default();
        let size = bytes.len() as u64;
        Ok((bytes, size))
    }

    async fn create(&self, key: &str, bytes: &[u8]) -> Result<Created, PortError> {
        self.call(format!("creates {key}"), |state| {
            if state.is(Mutant::ManifestNotWritten) && key.ends_with("_manifest.json") {
                return Created::New;
            }
            let replaces = state.is(Mutant::PartReplaced) || is_numbered_run(state, key);
            create(state, key, bytes, replaces)
        })
        .await
    }

    async fn upload(&self, key: &str) -> Result<Pushed, PortError> {
        Ok(Pushed { hand: self.clone(), key: key.to_owned(), bytes: Vec::new() })
    }

    async fn replace(&self, key: &str, bytes: &[u8], tag: Option<&Tag>) -> Result<bool, PortError> {
        self.call(format!("replaces {key}"), |state| {
            let standing = state.objects.get(key).map(|object| object.tag.to_string());
            let as_read = standing.as_deref() == tag.map(|tag| tag.0.as_str());
            if !as_read && !state.is(Mutant::LatestWithoutCondition) {
                return false;
            }
            put(state, key, bytes);
            true
        })
        .await
    }
}

fn is_numbered_run(state: &State, key: &str) -> bool {
    state.is(Mutant::RunsNamedByNumber) && super::workshop::is_sorted_run(key)
}

fn create(state: &mut State, key: &str, bytes: &[u8], replaces: bool) -> Created {
    if state.objects.contains_key(key) && !replaces {
        return Created::Exists;
    }
    put(state, key, bytes);
    Created::New
}

/// Stores an object; what is in a snapshot must never become something else.
fn put(state: &mut State, key: &str, bytes: &[u8]) {
    let tag = state.number();
    state.is_changed = true;
    let before = state.objects.insert(key.to_owned(), Stored { bytes: bytes.to_vec(), tag });
    if let (Some(before), true) = (&before, key == LATEST) {
        promises::forward(state, &before.bytes, bytes);
    }
    if let Some(before) = before.filter(|before| before.bytes != bytes && key != LATEST) {
        state.broken("immutable", || {
            format!("{key} was {} bytes and is {} now", before.bytes.len(), bytes.len())
        });
    }
}

/// An object that is being written.
#[derive(Debug)]
pub(super) struct Pushed {
    hand: Hand,
    key: String,
    bytes: Vec<u8>,
}

impl Upload for Pushed {
    async fn push(&mut self, bytes: Vec<u8>) -> Result<(), PortError> {
        self.bytes.extend(bytes);
        let (key, so_far) = (&self.key, &self.bytes);
        self.hand
            .call(format!("uploads a piece of {key}"), |state| {
                if state.is(Mutant::UploadSeenEarly) && !state.objects.contains_key(key) {
                    put(state, key, so_far);
                }
            })
            .await
    }

    async fn finish(self) -> Result<Created, PortError> {
        let Self { hand, key, bytes } = self;
        hand.call(format!("finishes {key}"), |state| {
            let replaces = state.is(Mutant::PartReplaced) || state.is(Mutant::UploadSeenEarly);
            create(state, &key, &bytes, replaces)
        })
        .await
    }
}

impl Catalogue for Hand {
    async fn add(&self, export: &Export) -> Result<(), PortError> {
        self.call("adds the partition", |state| {
            state.is_changed = true;
            state.partitions.insert(export.partition());
        })
        .await
    }

    async fn point(&self, export: &Export) -> Result<(), PortError> {
        self.call(POINTS, |state| {
            let is_later = state.shown.as_ref().is_none_or(|(shown, _)| *shown < export.sequence);
            if is_later || state.is(Mutant::CatalogueWithoutCondition) {
                let before = state.shown.replace((export.sequence, export.partition()));
                if before.as_ref().is_some_and(|(before, _)| *before > export.sequence) {
                    state.broken("forward", || format!("the catalogue goes back from {before:?}"));
                }
            }
        })
        .await
    }
}

impl WorkQueue for Hand {
    async fn send(&self, messages: &[WorkMessage]) -> Result<(), PortError> {
        let is_tick = self.is_tick;
        self.call(format!("sends {} messages", messages.len()), |state| {
            if is_tick && state.is(Mutant::LostNotSentAgain) && state.ledger.0.active.is_some() {
                return;
            }
            for message in messages {
                state.send(message);
            }
        })
        .await
    }
}

impl Exporting for Hand {
    type Clock = Self;
    type Runs = Self;
    type Ledgers = Self;
    type Objects = Self;
    type Catalogue = Self;
    type Queue = Self;
    type Workshop = Self;

    fn clock(&self) -> &Self {
        self
    }

    fn runs(&self) -> &Self {
        self
    }

    fn ledgers(&self) -> &Self {
        self
    }

    fn objects(&self) -> &Self {
        self
    }

    fn catalogue(&self) -> &Self {
        self
    }

    fn queue(&self) -> &Self {
        self
    }

    fn workshop(&self) -> &Self {
        self
    }

    fn segments(&self) -> BTreeMap<TableName, u32> {
        let tracks = self.world.state().has_tracks.then_some((TableName::Tracks, 1));
        [(TableName::Artists, 3), (TableName::Runs, 1)].into_iter().chain(tracks).collect()
    }
}
