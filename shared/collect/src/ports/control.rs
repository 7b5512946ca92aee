//! The port to the control table: the run, the pace, and what the app may do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::error::PortError;
use crate::catalogue::PlaylistId;
use crate::pace::{Hold, LeaseRequest, Leased, PaceState};
use crate::plan::{Finding, Findings, LimitsFinding, OperatorFinding, Yields};
use crate::run::{Counting, Expiring, Latest, Run, Seeding};
use crate::term::{Operator, Operators, RunId};
use crate::web_api::{Bucket, Endpoint};

/// What all functions share beside the terms.
#[trait_variant::make(Send)]
pub trait Control {
    /// The current run (open or last closed), the pace, and the app's page limits, in one read.
    async fn overview(&self) -> Result<Overview, PortError>;

    /// Makes `run` the current one unless another is open or a run of this id was opened before.
    async fn open(&self, run: &Run) -> Result<Opening, PortError>;

    /// Notes where the seeding of the run stands. This and the following notes change the run that is open
    /// now, if it is `run`; otherwise they do nothing.
    async fn mark_seeding(&self, run: &RunId, seeding: &Seeding) -> Result<(), PortError>;

    /// Notes that all roots of the run are in the frontier.
    async fn mark_seeded(&self, run: &RunId) -> Result<(), PortError>;

    /// Notes since when nothing is ready or sent, or that this is no longer so. What was counted before is
    /// forgotten.
    async fn mark_idle(&self, run: &RunId, since: Option<Timestamp>) -> Result<(), PortError>;

    /// Lets the run ask for the tracks of genres too, and notes that it is not idle. Returns whether it is
    /// open.
    async fn add_tracks(&self, run: &RunId) -> Result<bool, PortError>;

    /// Notes why no more may be asked in this run; the first reason stays.
    async fn stop(&self, run: &RunId, reason: &str) -> Result<(), PortError>;

    /// Puts the [resumed](Run::resumed) `run` in the place of the current one, open or closed, if that is the
    /// same run, stopped and resumed once less. Returns whether it stands there, also after an earlier call.
    async fn resume(&self, run: &Run) -> Result<bool, PortError>;

    /// Frees the place of the current run and keeps the closed one for good, if it is still open and, unless
    /// it was stopped, idle since the moment that `run` says: an operator who makes one of its terms ready
    /// again says that it is idle no longer. A run that was resumed since is not closed either. Returns
    /// whether the run is closed as `run` says; closing it so once more is harmless.
    async fn close(&self, run: &Run) -> Result<bool, PortError>;

    /// Keeps how far the count of the run has come, on the same condition as [`close`](Self::close). Returns
    /// whether it held.
    async fn mark_counting(&self, run: &Run, counting: &Counting) -> Result<bool, PortError>;

    /// Notes that what `run` leaves behind is to be given its end once that run is over. What was noted
    /// before is forgotten.
    async fn note_expiring(&self, run: &RunId, expiring: &Expiring) -> Result<(), PortError>;

    /// Keeps which items of `run` have their end, or that all have. Does nothing if that is done.
    async fn mark_expiring(&self, run: &RunId, expiring: Option<&Expiring>) -> Result<(), PortError>;

    /// Sets the end of what the control table holds for `run` alone and not for good: the words that
    /// saturated in it.
    async fn expire(&self, run: &RunId, end: Timestamp) -> Result<(), PortError>;

    /// Leases permits by [`PaceState::lease`], with one conditional write unless others change it meanwhile.
    async fn lease(&self, request: &LeaseRequest) -> Result<Leased, PortError>;

    /// The pace (a consistent read).
    async fn pace(&self) -> Result<PaceState, PortError>;

    /// Sets a hold by [`PaceState::hold`]: once for all refusals of one epoch; a later end extends it.
    async fn hold(&self, held: &Hold) -> Result<(), PortError>;

    /// The whole words that saturated in this run, after adding one. Of two words that are added at the same
    /// time, at least one caller gets both.
    async fn saturated_words(&self, run: &RunId, add: Option<&str>) -> Result<Vec<String>, PortError>;

    /// Notes whether an operator works in a search.
    async fn note_operator(&self, operator: Operator, finding: &OperatorFinding) -> Result<(), PortError>;

    /// Notes what was found out of an endpoint.
    async fn note_endpoint(&self, endpoint: Endpoint, finding: &Finding) -> Result<(), PortError>;

    /// Adds to what the sources of this run have brought, and replaces what was found and finished last, as
    /// far as `latest` has any; what stands there of an earlier run is forgotten. A late report of a run that
    /// another has followed is dropped once that has reported anything.
    /// Where nothing was brought, nothing is written.
    async fn note_yields(&self, run: &RunId, brought: &Yields, latest: &Latest) -> Result<(), PortError>;

    /// The versions of these playlists that were read to the end, as far as they are remembered.
    async fn snapshots(&self, playlists: &[PlaylistId]) -> Result<BTreeMap<PlaylistId, String>, PortError>;

    /// Remembers the version of a playlist that was read to the end, for half as long as artists are kept:
    /// their rows must be seen again before they expire.
    async fn keep_snapshot(&self, playlist: &PlaylistId, snapshot: &str) -> Result<(), PortError>;

    /// Notes what the app may see of a search.
    async fn limit_pages(&self, finding: &LimitsFinding) -> Result<(), PortError>;
}

/// The control table at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// The open run, or else the last one.
    pub run: Option<Run>,
    /// The pace; untouched before the first request.
    pub pace: PaceState,
    /// The app's page limits as far as they have been found out.
    pub limits: Option<LimitsFinding>,
    /// Which operators work in a search.
    pub operators: BTreeMap<Operator, OperatorFinding>,
    /// What has been found out of the endpoints.
    pub findings: Findings,
    /// What the sources of a run have brought lately.
    pub yields: Option<(RunId, Yields)>,
    /// What was found and finished last in the run of `yields`.
    pub latest: Latest,
    /// Runs whose items are still to be given their end. One that is open may be among them, if closing it
    /// was refused.
    pub expiring: BTreeMap<RunId, Expiring>,
}

impl Overview {
    /// The run that is not closed.
    pub fn open_run(&self) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.is_running())
    }

    /// The run that terms may be asked for now: it is neither closed nor stopped.
    pub fn asking_run(&self) -> Option<&Run> {
        self.open_run().filter(|run| run.stopped.is_none())
    }

    /// Which operators work in a search, as far as the open run has found out. What an earlier run found may
    /// have changed.
    pub fn operators(&self) -> Operators {
        let mut operators = Operators::default();
        let run = self.open_run().map(|run| &run.id);
        for (operator, finding) in self.operators.iter().filter(|(_, finding)| Some(&finding.run) == run) {
            operators.note(*operator, finding.works);
        }
        operators
    }

    /// What the sources have brought in the open run.
    pub fn yields(&self) -> Yields {
        let of_run = |(run, _): &&(RunId, Yields)| self.open_run().is_some_and(|open| open.id == *run);
        self.yields.as_ref().filter(of_run).map(|(_, yields)| yields.clone()).unwrap_or_default()
    }

    /// What was found and finished last in the current run.
    pub fn latest(&self) -> Latest {
        let is_current = |(of, _): &(RunId, Yields)| self.run.as_ref().is_some_and(|run| run.id == *of);
        if self.yields.as_ref().is_some_and(is_current) { self.latest.clone() } else { Latest::default() }
    }

    /// The buckets that are on hold at `now`.
    pub fn held(&self, now: Timestamp) -> BTreeSet<Bucket> {
        Bucket::ALL.into_iter().filter(|bucket| self.pace.held_at(*bucket, now).is_some()).collect()
    }

    /// Adds a hold that was learned of after the overview was read.
    pub fn note_hold(&mut self, bucket: Bucket, until: Timestamp) {
        let state = self.pace.buckets.entry(bucket).or_default();
        state.hold_until = state.hold_until.max(until);
    }
}

/// What came of opening a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Opening {
    /// It is the current run now.
    Opened,
    /// This very run is open already.
    AlreadyOpen,
    /// Another run is still open.
    Busy(RunId),
    /// A run of this id was opened and closed before.
    AlreadyClosed,
}
