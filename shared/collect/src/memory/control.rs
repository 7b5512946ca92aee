//! The control table in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use jiff::Timestamp;

use super::lock;
use crate::catalogue::PlaylistId;
use crate::pace::{Hold, LeaseAnswer, LeaseRequest, Leased, PaceState};
use crate::plan::{Finding, Findings, LimitsFinding, OperatorFinding, Yields};
use crate::ports::{Control, Minute, Opening, Overview, PortError, Records, Series};
use crate::run::{Counting, Expiring, GenreTracks, Latest, Run, Seeding};
use crate::term::{Operator, RunId};
use crate::web_api::Endpoint;

#[derive(Debug, Default)]
struct Items {
    current: Option<Run>,
    closed: BTreeMap<RunId, Run>,
    pace: PaceState,
    pace_calls: PaceCalls,
    /// So many leases fail from now on.
    failing_leases: u32,
    /// So many holds fail from now on.
    failing_holds: u32,
    /// So many stops fail from now on.
    failing_stops: u32,
    /// So many reports of yields fail from now on.
    failing_reports: u32,
    limits: Option<LimitsFinding>,
    operators: BTreeMap<Operator, OperatorFinding>,
    words: BTreeMap<RunId, Words>,
    expiring: BTreeMap<RunId, Expiring>,
    findings: Findings,
    yields: Option<(RunId, Yields)>,
    latest: Latest,
    snapshots: BTreeMap<PlaylistId, String>,
    minutes: BTreeMap<Timestamp, (Minute, Timestamp)>,
}

/// The words that saturated in a run, and when they expire, if they do.
type Words = (BTreeSet<String>, Option<Timestamp>);

/// How often the pace would have been read and written in a table: a lease reads it, and writes it if it
/// grants anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaceCalls {
    /// Reads.
    pub reads: u32,
    /// Writes.
    pub writes: u32,
}

/// The control table in memory.
#[derive(Debug, Default)]
pub struct MemoryControl(Mutex<Items>);

impl MemoryControl {
    /// Whether words saturated in this run, and when they expire, if they do.
    pub fn words(&self, run: &RunId) -> (bool, Option<Timestamp>) {
        let items = lock(&self.0);
        let words = items.words.get(run);
        (words.is_some(), words.and_then(|(_, end)| *end))
    }

    /// How often the pace was read and written.
    pub fn pace_calls(&self) -> PaceCalls {
        lock(&self.0).pace_calls
    }

    /// Lets the next leases fail, as if the table could not be reached.
    pub fn fail_leases(&self, count: u32) {
        lock(&self.0).failing_leases += count;
    }

    /// Lets the next holds fail likewise.
    pub fn fail_holds(&self, count: u32) {
        lock(&self.0).failing_holds += count;
    }

    /// Lets the next stops of a run fail likewise.
    pub fn fail_stops(&self, count: u32) {
        lock(&self.0).failing_stops += count;
    }

    /// Lets the next reports of yields fail likewise.
    pub fn fail_reports(&self, count: u32) {
        lock(&self.0).failing_reports += count;
    }

    /// Deletes what has expired at `now`.
    pub fn delete_expired(&self, now: Timestamp) {
        let mut items = lock(&self.0);
        items.words.retain(|_, (_, end)| end.is_none_or(|end| now < end));
        items.minutes.retain(|_, (_, end)| now < *end);
    }

    fn with_current(&self, run: &RunId, change: impl FnOnce(&mut Run)) {
        let mut items = lock(&self.0);
        let is_open = |current: &&mut Run| current.id == *run && current.is_running();
        if let Some(current) = items.current.as_mut().filter(is_open) {
            change(current);
        }
    }
}

/// Fails as if the table could not be reached, if calls are `left` that do.
fn fail(left: &mut u32, what: &str) -> Result<(), PortError> {
    if *left == 0 {
        return Ok(());
    }
    *left -= 1;
    Err(PortError::Unavailable { what: what.to_owned(), why: "no answer".to_owned() })
}

/// Whether the current run is `run`, open, not resumed since, and idle since the same moment unless it was
/// stopped.
fn is_as_seen(current: &Run, run: &Run) -> bool {
    let idle = run.stopped.is_some() || current.idle_since == run.idle_since;
    current.id == run.id && current.is_running() && current.resumed == run.resumed && idle
}

impl Control for MemoryControl {
    async fn overview(&self) -> Result<Overview, PortError> {
        let items = lock(&self.0);
        Ok(Overview {
            run: items.current.clone(),
            pace: items.pace.clone(),
            limits: items.limits.clone(),
            operators: items.operators.clone(),
            findings: items.findings.clone(),
            yields: items.yields.clone(),
            latest: items.latest.clone(),
            expiring: items.expiring.clone(),
        })
    }

    async fn open(&self, run: &Run) -> Result<Opening, PortError> {
        let mut items = lock(&self.0);
        if items.closed.contains_key(&run.id) {
            return Ok(Opening::AlreadyClosed);
        }
        if let Some(current) = items.current.as_ref().filter(|current| current.is_running()) {
            let id = current.id.clone();
            return Ok(if id == run.id { Opening::AlreadyOpen } else { Opening::Busy(id) });
        }
        items.current = Some(run.clone());
        Ok(Opening::Opened)
    }

    async fn mark_seeding(&self, run: &RunId, seeding: &Seeding) -> Result<(), PortError> {
        self.with_current(run, |current| current.seeding = seeding.clone());
        Ok(())
    }

    async fn mark_seeded(&self, run: &RunId) -> Result<(), PortError> {
        self.with_current(run, |current| current.seeded = true);
        Ok(())
    }

    async fn mark_idle(&self, run: &RunId, since: Option<Timestamp>) -> Result<(), PortError> {
        self.with_current(run, |current| {
            current.idle_since = since;
            current.counting = None;
        });
        Ok(())
    }

    async fn add_tracks(&self, run: &RunId) -> Result<bool, PortError> {
        let mut is_open = false;
        self.with_current(run, |current| {
            if current.tracks == GenreTracks::None {
                current.tracks = GenreTracks::Beside;
            }
            current.idle_since = None;
            current.counting = None;
            is_open = true;
        });
        Ok(is_open)
    }

    async fn stop(&self, run: &RunId, reason: &str) -> Result<(), PortError> {
        fail(&mut lock(&self.0).failing_stops, "the run")?;
        self.with_current(run, |current| _ = current.stopped.get_or_insert_with(|| reason.to_owned()));
        Ok(())
    }

    async fn resume(&self, run: &Run) -> Result<bool, PortError> {
        let mut items = lock(&self.0);
        let is_before = |current: &&mut Run| {
            current.id == run.id && current.stopped.is_some() && current.resumed + 1 == run.resumed
        };
        let Some(current) = items.current.as_mut().filter(is_before) else {
            return Ok(items.current.as_ref() == Some(run));
        };
        *current = run.clone();
        Ok(true)
    }

    async fn mark_counting(&self, run: &Run, counting: &Counting) -> Result<bool, PortError> {
        let mut items = lock(&self.0);
        let Some(current) = items.current.as_mut().filter(|current| is_as_seen(current, run)) else {
            return Ok(false);
        };
        current.counting = Some(Box::new(counting.clone()));
        Ok(true)
    }

    async fn note_expiring(&self, run: &RunId, expiring: &Expiring) -> Result<(), PortError> {
        lock(&self.0).expiring.insert(run.clone(), expiring.clone());
        Ok(())
    }

    async fn mark_expiring(&self, run: &RunId, expiring: Option<&Expiring>) -> Result<(), PortError> {
        let mut items = lock(&self.0);
        match expiring {
            Some(expiring) => _ = items.expiring.get_mut(run).map(|known| *known = expiring.clone()),
            None => _ = items.expiring.remove(run),
        }
        Ok(())
    }

    async fn expire(&self, run: &RunId, end: Timestamp) -> Result<(), PortError> {
        lock(&self.0).words.entry(run.clone()).and_modify(|(_, known)| *known = Some(end));
        Ok(())
    }

    async fn close(&self, run: &Run) -> Result<bool, PortError> {
        let mut items = lock(&self.0);
        let Some(current) = items.current.as_mut().filter(|current| is_as_seen(current, run)) else {
            return Ok(items.current.as_ref() == Some(run));
        };
        *current = run.clone();
        items.closed.insert(run.id.clone(), run.clone());
        Ok(true)
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Leased, PortError> {
        let items = &mut *lock(&self.0);
        fail(&mut items.failing_leases, "the pace")?;
        let answer = items.pace.lease(request);
        let is_written = matches!(answer, LeaseAnswer::Granted(_) | LeaseAnswer::Reserved(_));
        items.pace_calls.reads += 1;
        items.pace_calls.writes += u32::from(is_written);
        Ok(Leased { answer, pace: items.pace.clone() })
    }

    async fn pace(&self) -> Result<PaceState, PortError> {
        let items = &mut *lock(&self.0);
        items.pace_calls.reads += 1;
        Ok(items.pace.clone())
    }

    async fn hold(&self, held: &Hold) -> Result<(), PortError> {
        let items = &mut *lock(&self.0);
        fail(&mut items.failing_holds, "the pace")?;
        items.pace.hold(held);
        Ok(())
    }

    async fn saturated_words(&self, run: &RunId, add: Option<&str>) -> Result<Vec<String>, PortError> {
        let mut items = lock(&self.0);
        if let Some(word) = add {
            items.words.entry(run.clone()).or_default().0.insert(word.to_owned());
        }
        Ok(items.words.get(run).into_iter().flat_map(|(words, _)| words).cloned().collect())
    }

    async fn note_operator(&self, operator: Operator, finding: &OperatorFinding) -> Result<(), PortError> {
        lock(&self.0).operators.insert(operator, finding.clone());
        Ok(())
    }

    async fn note_endpoint(&self, endpoint: Endpoint, finding: &Finding) -> Result<(), PortError> {
        lock(&self.0).findings.0.insert(endpoint, finding.clone());
        Ok(())
    }

    async fn note_yields(&self, run: &RunId, brought: &Yields, latest: &Latest) -> Result<(), PortError> {
        if brought.0.is_empty() {
            return Ok(());
        }
        let items = &mut *lock(&self.0);
        fail(&mut items.failing_reports, "the yields")?;
        if items.yields.as_ref().is_none_or(|(of, _)| of != run) {
            if items.current.as_ref().is_some_and(|current| current.id != *run) {
                return Ok(());
            }
            items.yields = Some((run.clone(), Yields::default()));
            items.latest = Latest::default();
        }
        items.latest.update(latest);
        if let Some((_, yields)) = &mut items.yields {
            brought.0.iter().for_each(|(source, more)| yields.add(*source, *more));
        }
        Ok(())
    }

    async fn snapshots(&self, playlists: &[PlaylistId]) -> Result<BTreeMap<PlaylistId, String>, PortError> {
        let items = lock(&self.0);
        let known = playlists.iter().filter_map(|id| items.snapshots.get_key_value(id));
        Ok(known.map(|(id, snapshot)| (id.clone(), snapshot.clone())).collect())
    }

    async fn keep_snapshot(&self, playlist: &PlaylistId, snapshot: &str) -> Result<(), PortError> {
        lock(&self.0).snapshots.insert(playlist.clone(), snapshot.to_owned());
        Ok(())
    }

    async fn limit_pages(&self, finding: &LimitsFinding) -> Result<(), PortError> {
        lock(&self.0).limits = Some(finding.clone());
        Ok(())
    }
}

impl Records for MemoryControl {
    async fn closed_run(&self, run: &RunId) -> Result<Option<Run>, PortError> {
        Ok(lock(&self.0).closed.get(run).cloned())
    }
}

impl Series for MemoryControl {
    async fn note_minute(&self, minute: &Minute, end: Timestamp) -> Result<(), PortError> {
        lock(&self.0).minutes.insert(minute.at, (minute.clone(), end));
        Ok(())
    }

    async fn minutes(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Minute>, PortError> {
        let items = lock(&self.0);
        let within = items.minutes.range(from..to.max(from)).map(|(_, (minute, _))| minute.clone());
        Ok(within.collect())
    }
}
