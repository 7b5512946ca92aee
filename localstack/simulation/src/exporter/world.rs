//! What executions share: time, the tables, the objects, the ledger, the queue and the catalogue.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use collect::run::Run;
use collect::snapshot::ledger::Ledger;
use collect::snapshot::table::TableName;
use collect::snapshot::work_item::WorkMessage;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::mutants::Mutant;
use crate::dice::Dice;

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Happening {
    /// An execution goes on.
    Wake(u64),
    /// An execution is out of time.
    TimeOut(u64),
    /// The tick.
    Minute,
    /// A message becomes visible.
    Look,
    /// A run opens.
    Opens(u32),
    /// A run closes.
    Closes(u32),
    /// Somebody asks for an export.
    Demand,
    /// A row is written, changed or deleted.
    Write,
    /// Nothing fails from here on.
    Calm,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) value: u64,
    /// Whether it breaks an expectation.
    pub(super) bad: bool,
    pub(super) expires_at: Timestamp,
}

/// Every value that a row ever had, with the time from which on it had it.
pub(super) type History = Vec<(Timestamp, Option<Row>)>;

/// A message in the queue.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) body: WorkMessage,
    pub(super) visible_at: Timestamp,
}

/// How often what goes wrong, drawn from the seed; nothing once the world is calm.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    /// A call is refused before it takes effect.
    pub(super) refused: f64,
    /// A call takes effect but reports a failure.
    pub(super) answer_lost: f64,
    /// A call takes minutes.
    pub(super) slow: f64,
    /// An execution is killed somewhere.
    pub(super) killed: f64,
    /// A message is delivered twice.
    pub(super) twice: f64,
    /// A message is lost.
    pub(super) lost: f64,
    /// A tick is missed.
    pub(super) missed: f64,
    /// A row is written while an export is active.
    pub(super) written: f64,
}

/// What an object looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) bytes: Vec<u8>,
    pub(super) tag: u64,
}

/// Everything there is.
#[derive(Debug)]
pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) dice: Dice,
    pub(super) faults: Faults,
    pub(super) mutant: Option<Mutant>,
    timeline: BinaryHeap<Reverse<(Timestamp, u64, Happening)>>,
    numbers: u64,
    pub(super) steps: u64,
    pub(super) run: Option<Run>,
    /// Runs that were closed, and those of them whose table had too many bad rows then.
    pub(super) closed: Vec<(Run, bool)>,
    pub(super) rows: BTreeMap<TableName, BTreeMap<String, Row>>,
    pub(super) history: BTreeMap<TableName, BTreeMap<String, History>>,
    /// Whether tracks are collected, so that there is something to derive.
    pub(super) has_tracks: bool,
    pub(super) ledger: (Ledger, u64),
    pub(super) objects: BTreeMap<String, Stored>,
    pub(super) queue: Vec<Message>,
    /// Whether an object or a partition was written since it was looked at.
    pub(super) is_changed: bool,
    pub(super) partitions: BTreeSet<String>,
    /// Number and partition that the catalogue shows as the latest.
    pub(super) shown: Option<(u64, String)>,
    pub(super) violations: Vec<(&'static str, String)>,
    pub(super) story: Option<String>,
}

/// The world: one state, one lock. Executions never run at the same time, so it is never waited for.
#[derive(Debug)]
pub(super) struct World(Mutex<State>);

impl World {
    pub(super) fn new(seed: u64, mutant: Option<Mutant>, keeps_story: bool) -> Self {
        let mut dice = Dice::new(seed, "exporter");
        let wild = dice.share();
        let share = |dice: &mut Dice, most: f64| dice.share() * most * wild;
        let faults = Faults {
            refused: share(&mut dice, 0.08),
            answer_lost: share(&mut dice, 0.08),
            slow: share(&mut dice, 0.2),
            killed: share(&mut dice, 0.5),
            twice: share(&mut dice, 0.6),
            lost: share(&mut dice, 0.3),
            missed: share(&mut dice, 0.3),
            written: dice.share(),
        };
        let has_tracks = dice.chance(0.5);
        Self(Mutex::new(State {
            has_tracks,
            now: "2026-11-23T03:00:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH),
            dice,
            faults,
            mutant,
            timeline: BinaryHeap::new(),
            numbers: 0,
            steps: 0,
            run: None,
            closed: Vec::new(),
            rows: BTreeMap::new(),
            history: BTreeMap::new(),
            ledger: (Ledger::default(), 0),
            objects: BTreeMap::new(),
            queue: Vec::new(),
            is_changed: false,
            partitions: BTreeSet::new(),
            shown: None,
            violations: Vec::new(),
            story: keeps_story.then(String::new),
        }))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A number that was never given before.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    pub(super) fn after(&mut self, wait: Duration, happening: Happening) {
        let number = self.number();
        self.timeline.push(Reverse((self.now + wait, number, happening)));
    }

    /// The next happening; time goes on to it.
    pub(super) fn next(&mut self) -> Option<Happening> {
        let Reverse((at, _, happening)) = self.timeline.pop()?;
        self.now = self.now.max(at);
        self.steps += 1;
        Some(happening)
    }

    pub(super) fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    pub(super) fn tell(&mut self, line: impl FnOnce() -> String) {
        let now = self.now;
        if let Some(story) = &mut self.story {
            story.extend([now.to_string(), format!(" {}\n", line())]);
        }
    }

    /// Notes the first violation of each promise.
    pub(super) fn broken(&mut self, promise: &'static str, seen: impl FnOnce() -> String) {
        if self.violations.iter().all(|(known, _)| *known != promise) {
            let seen = seen();
            self.tell(|| format!("BROKEN {promise}: {seen}"));
            self.violations.push((promise, seen));
        }
    }

    /// Writes or deletes a row.
    pub(super) fn put(&mut self, table: TableName, key: &str, row: Option<Row>) {
        let of = self.history.entry(table).or_default().entry(key.to_owned()).or_default();
        of.push((self.now, row.clone()));
        let rows = self.rows.entry(table).or_default();
        match row {
            Some(row) => _ = rows.insert(key.to_owned(), row),
            None => _ = rows.remove(key),
        }
    }

    /// Draws one write to the artists or the tracks.
    pub(super) fn write_something(&mut self) {
        let (table, key) = if self.dice.chance(0.3) {
            (TableName::Tracks, format!("t{:02}", self.dice.between(0, 12)))
        } else {
            (TableName::Artists, format!("a{:02}", self.dice.between(0, 40)))
        };
        let gone = self.dice.chance(0.15);
        let row = self.draw_row(&key, false);
        self.put(table, &key, (!gone).then_some(row));
    }

    pub(super) fn draw_row(&mut self, key: &str, bad: bool) -> Row {
        let hours = self.dice.between(0, 40);
        let expires_at = self.now + Duration::from_hours(hours);
        Row { key: key.to_owned(), value: self.dice.between(0, 3), bad, expires_at }
    }

    /// Sends a message, as often as the world wants it to arrive.
    pub(super) fn send(&mut self, message: &WorkMessage) {
        let (twice, lost) = (self.faults.twice, self.faults.lost);
        if self.dice.chance(lost) {
            self.tell(|| format!("{} is lost", message.work));
            return;
        }
        let copies = 1 + u64::from(self.dice.chance(twice));
        for _ in 0..copies {
            let wait = self.dice.millis(5, 4000);
            let visible_at = self.now + wait;
            self.queue.push(Message { body: message.clone(), visible_at });
            self.after(wait, Happening::Look);
        }
    }
}
