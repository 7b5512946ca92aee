//! Runs: one pass over the catalogue, opened by the weekly schedule and closed when nothing is left to ask.

mod certificate;
mod closing;
mod estimate;
mod latest;
pub mod lifetime;
mod report;
mod seeding;

pub use certificate::{Certificate, RootReport};
pub use closing::{Counting, Expiring};
pub use estimate::{Estimate, Sampled};
use jiff::Timestamp;
pub use latest::{Latest, LatestTerm, MOST_LATEST};
pub use report::{OTHER_REASONS, Report, SourceReport};
pub use seeding::Seeding;
use serde::{Deserialize, Serialize};

use crate::term::{Operator, RunId};

/// What a run may call itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Terms are left to ask.
    Running,
    /// Closed, and every term was answered to the end or covered by its follow-ups.
    Complete,
    /// Closed with open, failed or unasked terms; the report counts why.
    Partial,
}

/// Whether a run asks for the tracks of genres, whatever its settings say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GenreTracks {
    /// Only if the settings name them.
    #[default]
    None,
    /// Beside what it asks for artists.
    Beside,
    /// And nothing else.
    Alone,
}

impl GenreTracks {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// A run for artists, as later ones remember it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForArtists {
    /// Its identity.
    pub run: RunId,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// A run, as the control table keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its identity.
    #[serde(rename = "run")]
    pub id: RunId,
    /// Whether it is open, and if not how it ended.
    pub state: RunState,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Whether all roots are in the frontier.
    #[serde(default)]
    pub seeded: bool,
    /// Where putting what it begins with stands, until it is seeded.
    #[serde(default)]
    pub seeding: Seeding,
    /// The run before it, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<RunId>,
    /// The last run before it that asked for artists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_artists: Option<Box<ForArtists>>,
    /// The run before it, whose leaves it begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<RunId>,
    /// When that run was closed. Its terms expire, so a run that is not seeded can go on only for so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier_closed: Option<Timestamp>,
    /// Whether those leaves were made without `NOT`: where it works now, they are not all there is to ask.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaves_lack_not: bool,
    /// Whether the run before it grew too old: what that one has not asked comes before what it has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unasked_first: bool,
    /// Whether it asks for the tracks of genres.
    #[serde(default, skip_serializing_if = "GenreTracks::is_none")]
    pub tracks: GenreTracks,
    /// When nothing was ready or sent for the first time; forgotten when that changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_since: Option<Timestamp>,
    /// The count of its terms, while it is being closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counting: Option<Box<Counting>>,
    /// Why no more may be asked in this run, in a sentence for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// How often it was resumed after it had been stopped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub resumed: u32,
    /// When it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// What it did; present once closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

impl Run {
    /// A run that opens now.
    pub fn open(id: RunId, now: Timestamp) -> Self {
        Self {
            id,
            state: RunState::Running,
            opened_at: now,
            seeded: false,
            seeding: Seeding::default(),
            previous: None,
            for_artists: None,
            earlier: None,
            earlier_closed: None,
            leaves_lack_not: false,
            unasked_first: false,
            tracks: GenreTracks::None,
            idle_since: None,
            counting: None,
            stopped: None,
            resumed: 0,
            closed_at: None,
            report: None,
        }
    }

    /// The run before it. Runs that were opened before this was recorded know it only if they began with its
    /// leaves.
    pub fn before(&self) -> Option<&RunId> {
        self.previous.as_ref().or(self.earlier.as_ref())
    }

    /// The last run for artists up to this one, if one is known. A run for tracks alone that an earlier
    /// release opened knows at least whose leaves it hands on, and when that one was closed.
    pub fn last_for_artists(&self) -> Option<ForArtists> {
        if self.tracks != GenreTracks::Alone {
            return Some(ForArtists { run: self.id.clone(), opened_at: self.opened_at });
        }
        let handed_on = || {
            let (run, opened_at) = (self.earlier.clone()?, self.earlier_closed?);
            Some(ForArtists { run, opened_at })
        };
        self.for_artists.as_deref().cloned().or_else(handed_on)
    }

    /// The run that tells how far this one may be: the last for artists before it. None for a run that asks
    /// for no artists.
    pub fn basis(&self) -> Option<&RunId> {
        let known = self.for_artists.as_deref().map(|before| &before.run);
        known.or(self.before()).filter(|_| self.tracks != GenreTracks::Alone)
    }

    /// Whether it has found out that an operator works. Known once it is closed.
    pub fn found_to_work(&self, operator: Operator) -> bool {
        let found = self.report.as_ref().and_then(|report| report.operators.get(operator.name()));
        found == Some(&true)
    }

    /// Whether terms of it may still be asked.
    pub fn is_running(&self) -> bool {
        self.state == RunState::Running
    }

    /// The run closed with `report`: complete only if no term is open, failed or unasked and nothing stopped
    /// it.
    #[must_use]
    pub fn closed(self, report: Report, now: Timestamp) -> Self {
        let complete = report.is_complete() && self.stopped.is_none();
        let state = if complete { RunState::Complete } else { RunState::Partial };
        Self { state, closed_at: Some(now), report: Some(report), counting: None, ..self }
    }

    /// The stopped run as it goes on: open, and with nothing left of its stop and its close. Its terms stay
    /// as they are.
    #[must_use]
    pub fn resumed(self) -> Self {
        Self {
            state: RunState::Running,
            idle_since: None,
            counting: None,
            stopped: None,
            resumed: self.resumed.saturating_add(1),
            closed_at: None,
            report: None,
            ..self
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::{Source, Tally, TermKey, TermState, TermSummary};

    #[test]
    fn only_a_run_without_open_failed_or_unasked_terms_is_complete() {
        let now = Timestamp::UNIX_EPOCH;
        let close = |states: &[TermState], stopped: Option<&str>| {
            let mut report = Report::default();
            let key = TermKey::parse("search:a").unwrap();
            for state in states {
                report.count(&TermSummary {
                    key: key.clone(),
                    source: Source::Search,
                    state: *state,
                    priority: 1.0,
                    tally: Tally::default(),
                    reason: None,
                });
            }
            let run = Run::open(RunId::of_day(now), now);
            Run { stopped: stopped.map(str::to_owned), ..run }.closed(report, now).state
        };
        assert_eq!(close(&[TermState::Done, TermState::Split], None), RunState::Complete);
        for state in [TermState::Open, TermState::Failed, TermState::Ready, TermState::Sent] {
            assert_eq!(close(&[TermState::Done, state], None), RunState::Partial);
        }
        assert_eq!(close(&[TermState::Done], Some("no Premium")), RunState::Partial);
    }

    #[test]
    fn a_run_that_is_resumed_while_it_is_counted_forgets_the_count() {
        let now = Timestamp::UNIX_EPOCH;
        let run = Run {
            idle_since: Some(now),
            counting: Some(Box::default()),
            stopped: Some("no Premium".to_owned()),
            ..Run::open(RunId::of_day(now), now)
        };
        assert_eq!(run.resumed(), Run { resumed: 1, ..Run::open(RunId::of_day(now), now) });
    }
}
