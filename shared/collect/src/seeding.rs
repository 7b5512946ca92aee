//! What a run begins with, put into the frontier bit by bit: a tick puts a bounded number of terms and keeps on the run
//! where it stands, so that neither a million leaves nor a crash can keep a run from being seeded. Putting a bit twice is
//! harmless.
//!
//! | stage | what it puts |
//! |---|---|
//! | roots | what every run begins with ([`source::roots`](crate::source::roots())); where an earlier run's leaves are known, only what finds out what the app may do |
//! | leaves | the finished leaves of the last run, each under what its requests brought then |
//! | strings | all strings of the systematic search, in order |
//!
//! The leaves of a run that split with `NOT` match everything that its roots match, names that are new since then included;
//! a leaf that has grown is split again. Roots that brought nothing are tried now and then: one in `EXPLORED` in each run.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ports::{Clock, Control, Frontier, PortError, Scheduling};
use crate::run::{Run, RunId};
use crate::settings::Settings;
use crate::source::{self, Source};
use crate::term::{Question, Term, TermKey, TermState};

/// Chunks that a tick puts at most: some seconds of writes.
const CHUNKS: usize = 4;

/// Of so many leaves without a row, one is asked again in each run.
const EXPLORED: u64 = 10;

/// Where the seeding of a run stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seeding {
    /// Nothing is put yet.
    #[default]
    Roots,
    /// The leaves of an earlier run are being put.
    Leaves {
        /// The run that they are of.
        of: RunId,
        /// The last one that was looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<TermKey>,
    },
    /// The strings of the systematic search are being put.
    Strings {
        /// How many are put.
        put: u64,
    },
}

impl fmt::Display for Seeding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Roots => formatter.write_str("at its roots"),
            Self::Leaves { of, .. } => write!(formatter, "at the leaves of run {of}"),
            Self::Strings { put } => write!(formatter, "at string {put}"),
        }
    }
}

/// Puts what a tick has time for before its `deadline`. Returns the run as it stands then.
pub(crate) async fn seed<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    mut run: Run,
    deadline: Timestamp,
) -> Result<Run, PortError> {
    for _ in 0..CHUNKS {
        if ports.clock().now() + settings.request_time > deadline {
            break;
        }
        if let Some(seeding) = seed_chunk(ports, settings, &run).await? {
            ports.control().mark_seeding(&run.id, &seeding).await?;
            run.seeding = seeding;
        } else {
            ports.control().mark_seeded(&run.id).await?;
            run.seeded = true;
            break;
        }
    }
    Ok(run)
}

/// Puts the next chunk. Returns where the seeding stands then, or nothing at its end.
async fn seed_chunk<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: &Run,
) -> Result<Option<Seeding>, PortError> {
    Ok(match &run.seeding {
        Seeding::Roots => {
            let earlier = run.earlier.clone().filter(|_| settings.sources.has(Source::Search));
            if let Some(of) = earlier {
                ports.frontier().put_new(&source::beginnings(run, settings)).await?;
                Some(Seeding::Leaves { of, after: None })
            } else {
                ports.frontier().put_new(&source::roots(run, settings)).await?;
                first_strings(settings)
            }
        }
        Seeding::Leaves { of, after } => {
            let leaves = ports.frontier().terms_after(of, after.as_ref(), settings.chunk).await?;
            if after.is_none() && leaves.is_empty() {
                // They have expired.
                ports.frontier().put_new(&source::roots(run, settings)).await?;
            }
            let again = leaves.iter().filter_map(|leaf| again(run, settings, leaf)).collect::<Vec<_>>();
            ports.frontier().put_new(&again).await?;
            match leaves.last() {
                Some(last) if leaves.len() == settings.chunk => {
                    Some(Seeding::Leaves { of: of.clone(), after: Some(last.key()) })
                }
                _ => first_strings(settings),
            }
        }
        Seeding::Strings { put } => {
            let chunk = settings.strings.terms(&run.id, *put, settings.chunk);
            ports.frontier().put_new(&chunk).await?;
            let put = put.saturating_add(settings.chunk as u64);
            (put < settings.strings.count()).then_some(Seeding::Strings { put })
        }
    })
}

fn first_strings(settings: &Settings) -> Option<Seeding> {
    settings.sources.has(Source::Systematic).then_some(Seeding::Strings { put: 0 })
}

/// The term of this run for a leaf of an earlier one, under what a request of it brought then; nothing for what is not worth
/// it, or is put anyway.
fn again(run: &Run, settings: &Settings, leaf: &Term) -> Option<Term> {
    let Question::Search(_) = &leaf.question else { return None };
    if leaf.source != Source::Search || leaf.state == TermState::Split {
        return None;
    }
    let term = |expected| Term::new(run.id.clone(), Source::Search, leaf.question.clone(), expected);
    if !matches!(leaf.state, TermState::Done | TermState::Open) {
        // The last run ended before it was answered.
        return Some(term(leaf.priority));
    }
    let tally = leaf.progress.tally;
    if tally.rows == 0 && !is_explored(&run.id, &leaf.key()) {
        return None;
    }
    let requests = f64::from(tally.requests.max(1));
    // What it brought first counts; what others had brought before, only where everything is alike.
    let brought = (f64::from(tally.first_seen()) + 0.1 * f64::from(tally.rows)) / requests;
    Some(term(brought.min(f64::from(settings.limits.page))))
}

/// Whether a leaf without a row is asked in this run: another tenth of them in each.
fn is_explored(run: &RunId, leaf: &TermKey) -> bool {
    let mut hasher = DefaultHasher::new();
    (run.as_str(), leaf.as_str()).hash(&mut hasher);
    hasher.finish().is_multiple_of(EXPLORED)
}
