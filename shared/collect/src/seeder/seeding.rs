//! What a run begins with, put into the frontier bit by bit: a tick puts a bounded number of terms and keeps on the run
//! where it stands, so that neither a million leaves nor a crash can keep a run from being seeded. Putting a bit twice is
//! harmless.
//!
//! | stage | what it puts |
//! |---|---|
//! | roots | what every run begins with ([`roots::roots`]); where an earlier run's leaves are known, only what finds out what the app may do |
//! | leaves | the finished leaves of the last run, each under what its requests brought then |
//! | strings | all strings of the systematic search, in order |
//!
//! The leaves of a run are the terms that it did not split: answered, open, given up or not asked. Where it split with `NOT`,
//! they match whatever its roots match, names that are new since then included, and a leaf that has grown is split again; so
//! all of them are asked, those that brought nobody last. Where it split without, names may have come to characters that
//! nobody has seen yet; if `NOT` works now, the roots are asked too, by the question for everything
//! (`everything`). And where the last run did not search for everything, or was not seeded to its end, or its terms have
//! begun to expire, a run begins with the roots.

use jiff::{SignedDuration, Timestamp};

use crate::plan::{all_years, roots, systematic};
use crate::ports::{Clock, Control, Frontier, PortError, Scheduling};
use crate::run::{Run, Seeding};
use crate::settings::Settings;
use crate::term::{Question, Source, Term, TermState};

/// Chunks that a tick puts at most: some seconds of writes.
const CHUNKS: usize = 4;

/// Before the first terms of a run expire, so long before that nothing of it expires while its leaves are read.
const BEFORE_EXPIRY: SignedDuration = SignedDuration::from_hours(24);

/// Whether a run that opens `now` finds what is left to ask among the terms of `last`.
pub(crate) async fn has_leaves<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    last: &Run,
    now: Timestamp,
) -> Result<bool, PortError> {
    let age = now.duration_since(last.opened_at).saturating_add(BEFORE_EXPIRY);
    let is_kept = age < SignedDuration::try_from(settings.retention).unwrap_or(SignedDuration::MAX);
    // A string of the systematic search may stand in the place of a part, and is no leaf.
    let report = last.report.as_ref();
    let strings = report.is_some_and(|report| report.sources.contains_key(&Source::Systematic));
    let Some(everything) = all_years::term(last).filter(|_| last.seeded && is_kept && !strings) else {
        return Ok(false);
    };
    let key = Question::Search(everything).key();
    Ok(ports.frontier().get(&last.id, &key).await?.is_some())
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
                ports.frontier().put_new(&roots::beginnings(run, settings)).await?;
                Some(Seeding::Leaves { of, after: None })
            } else {
                ports.frontier().put_new(&roots::roots(run, settings)).await?;
                first_strings(settings)
            }
        }
        Seeding::Leaves { of, after } => {
            let leaves = ports.frontier().terms_after(of, after.as_ref(), settings.chunk).await?;
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
            let chunk = systematic::terms(&settings.strings, &run.id, *put, settings.chunk);
            ports.frontier().put_new(&chunk).await?;
            let put = put.saturating_add(settings.chunk as u64);
            (put < settings.strings.count()).then_some(Seeding::Strings { put })
        }
    })
}

fn first_strings(settings: &Settings) -> Option<Seeding> {
    settings.sources.has(Source::Systematic).then_some(Seeding::Strings { put: 0 })
}

/// The term of this run for a leaf of an earlier one, under what a request of it brought then; nothing for what is put anyway.
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
    let requests = f64::from(tally.requests.max(1));
    // What it brought first counts; what others had brought before, only where everything is alike.
    let brought = (f64::from(tally.first_seen()) + 0.1 * f64::from(tally.rows)) / requests;
    Some(term(brought.min(f64::from(settings.limits.page))))
}
