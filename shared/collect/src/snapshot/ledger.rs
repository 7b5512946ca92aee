//! Everything the exporter remembers, as one document.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::export::{Export, Formats, Parent, SnapshotId, Stage, Task};
use super::layout::Beside;
use super::table::{Layer, TableName};
use crate::run::{GenreTracks, Run};
use crate::term::RunId;

/// The export that is active, and what came of earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// The export under way.
    pub active: Option<Export>,
    /// The snapshot that was published last: the parent of the next.
    pub published: Option<Parent>,
    /// What came of the last export.
    pub last: Option<Finished>,
    /// The last closed run that an export was begun of, with the number of its exports.
    pub exported: Option<(RunId, u32)>,
    /// How often that run had been resumed by then.
    pub resumed: u32,
}

/// An export that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Its name.
    pub snapshot: SnapshotId,
    /// Its run.
    pub run: RunId,
    /// When it ended.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Ending,
}

/// How an export ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "ending", content = "why")]
pub enum Ending {
    /// It is the latest snapshot.
    Published,
    /// An expectation was not met.
    Refused(String),
    /// It could not be carried out.
    Failed(String),
}

/// What somebody wants exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The name of the snapshot, if it is not to follow from the run.
    pub snapshot: Option<SnapshotId>,
    /// The formats beside Parquet.
    pub formats: Formats,
    /// How many segments each table has.
    pub segments: BTreeMap<TableName, u32>,
    /// Whether it may have any number of rows, however many the snapshot before has.
    pub accept_fewer: bool,
    /// Whether it was asked for, and not only due: then an open run is exported as well, and one whose export
    /// came to nothing once more.
    pub on_demand: bool,
}

impl Wish {
    /// The run that is exported instead of `current`, the open one or the last. What is due is the run that
    /// was closed last, even if the next one has opened since; but a resumed run follows one that was due
    /// before it. Whoever asks gets what is current.
    pub(crate) fn looks_back_from<'run>(&self, current: &'run Run) -> Option<&'run RunId> {
        let looks_back = current.is_running() && current.resumed == 0 && !self.on_demand;
        current.before().filter(|_| looks_back)
    }
}

/// What came of beginning an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is active now.
    Started(SnapshotId),
    /// It, or another one, is active already.
    Active(SnapshotId),
    /// There is such a snapshot.
    Exported(SnapshotId),
    /// Nothing is due.
    NothingDue,
}

impl Ledger {
    /// Begins the export that `wish` asks for, unless one is active or it was done before.
    pub fn begin(&mut self, wish: &Wish, run: &Run, now: Timestamp) -> Begun {
        if let Some(active) = &self.active {
            return Begun::Active(active.snapshot.clone());
        }
        if run.is_running() && !wish.on_demand {
            return Begun::NothingDue;
        }
        let times = self.exported.as_ref().filter(|(of, _)| *of == run.id).map_or(0, |(_, times)| *times);
        let snapshot = match self.name(wish, run, times, now) {
            Ok(snapshot) => snapshot,
            Err(begun) => return begun,
        };
        if !run.is_running() && wish.snapshot.is_none() {
            self.exported = Some((run.id.clone(), times + 1));
            self.resumed = run.resumed;
        }
        let parent = self.published.clone();
        let export = Export {
            snapshot: snapshot.clone(),
            run: run.id.clone(),
            run_state: run.state,
            run_opened_at: run.opened_at,
            tracks_alone: run.tracks == GenreTracks::Alone,
            accept_fewer: wish.accept_fewer,
            day: run.closed_at.unwrap_or(now).to_zoned(TimeZone::UTC).date().to_string(),
            sequence: parent.as_ref().map_or(0, |parent| parent.sequence) + 1,
            parent,
            formats: wish.formats,
            started_at: now,
            layer: Layer::Received,
            stage: Stage::Sorting,
            step: Task { done: false, due_at: now, attempts: 0, error: None },
            tables: BTreeMap::new(),
        };
        self.active = Some(export.with_segments(&wish.segments));
        Begun::Started(snapshot)
    }

    /// Lets the export that has just begun follow `parent`, whichever snapshot the ledger knew.
    pub fn follow(&mut self, parent: Option<Parent>) {
        if let Some(export) = &mut self.active {
            export.sequence = parent.as_ref().map_or(0, |parent| parent.sequence) + 1;
            export.parent.clone_from(&parent);
        }
        self.published = parent;
    }

    /// The name of the snapshot that is asked for, or why there will be none.
    fn name(&self, wish: &Wish, run: &Run, times: u32, now: Timestamp) -> Result<SnapshotId, Begun> {
        let last = self.last.as_ref();
        if let Some(name) = &wish.snapshot {
            return self.unless_published(name.clone());
        }
        if run.is_running() {
            return self.unless_published(SnapshotId::suffixed(&run.id, now.to_zoned(TimeZone::UTC).date()));
        }
        let name =
            if times == 0 { SnapshotId::of_run(&run.id) } else { SnapshotId::suffixed(&run.id, times + 1) };
        if times == 0 || run.resumed > self.resumed {
            return Ok(name);
        }
        let came_to_nothing =
            last.is_some_and(|last| last.run == run.id && last.outcome != Ending::Published);
        if wish.on_demand && came_to_nothing {
            Ok(name)
        } else if wish.on_demand {
            let of_run = last.filter(|last| last.run == run.id).map(|last| last.snapshot.clone());
            Err(Begun::Exported(of_run.unwrap_or_else(|| SnapshotId::of_run(&run.id))))
        } else {
            Err(Begun::NothingDue)
        }
    }

    /// `name`, unless the last export had it and was published. If that one came to nothing, its files lie
    /// under the name, so the next attempt gets another.
    fn unless_published(&self, name: SnapshotId) -> Result<SnapshotId, Begun> {
        let last = self.last.as_ref().and_then(|last| Some((last, last.snapshot.attempt_at(&name)?)));
        match last {
            None => Ok(name),
            Some((last, _)) if last.outcome == Ending::Published => {
                Err(Begun::Exported(last.snapshot.clone()))
            }
            Some((_, attempt)) => Ok(name.attempt(attempt.saturating_add(1))),
        }
    }

    /// The active export, if it is this one.
    pub fn export(&self, snapshot: &SnapshotId) -> Option<&Export> {
        self.active.as_ref().filter(|export| export.snapshot == *snapshot)
    }

    /// The same, to change it.
    pub fn export_mut(&mut self, snapshot: &SnapshotId) -> Option<&mut Export> {
        self.active.as_mut().filter(|export| export.snapshot == *snapshot)
    }

    /// Ends the active export, if it is this one. Returns whether it was.
    pub fn finish(&mut self, snapshot: &SnapshotId, outcome: Ending, now: Timestamp) -> bool {
        let Some(export) = self.active.take_if(|export| export.snapshot == *snapshot) else { return false };
        if outcome == Ending::Published {
            self.published = Some(Parent {
                snapshot: export.snapshot.clone(),
                sequence: export.sequence,
                manifest: export.beside(Beside::Manifest),
                rows: export.tables.keys().map(|table| (*table, export.counts(*table).rows)).collect(),
            });
        }
        self.last = Some(Finished { snapshot: export.snapshot, run: export.run, at: now, outcome });
        true
    }
}

#[cfg(test)]
mod tests;
