//! What a run begins with, put into the frontier bit by bit: a tick puts a bounded number of terms and keeps
//! on the run where it stands, so that neither a million leaves nor a crash can keep a run from being seeded.
//! Putting a bit twice is harmless.
//!
//! | stage | what it puts |
//! |---|---|
//! | roots | what every run begins with ([`roots::roots`]); where an earlier run's leaves are known, only what finds out what the app may do |
//! | leaves | the finished leaves of the last run, each under what its requests brought then |
//! | strings | all strings of the systematic search, in order |
//!
//! The leaves of a run are the terms that it did not split: answered, open, given up or not asked. Where it
//! split with `NOT`, they match whatever its roots match, names that are new since then included, and a leaf
//! that has grown is split again; so all of them are asked, those that brought nobody last. Where it split
//! without, names may have come to characters that nobody has seen yet; if `NOT` works now, the roots are
//! asked too, by the question for everything (`everything`). After a run that grew too old, what it had not
//! asked comes before what it had, or runs that are all too short would ask the same leaves again and again.
//! And where the last run did not search for everything, or was not seeded to its end, or its terms will soon
//! expire, a run begins with the roots.
//!
//! Dispatching does not wait for the last leaf: leaves come in the order of their keys, the window takes the
//! best of those that are there, and what is asked meanwhile has to be asked anyway.

use jiff::Timestamp;

use crate::plan::{Yield, Yields, all_years, roots, systematic};
use crate::ports::{Clock, Control, Frontier, PortError, Scheduling};
use crate::run::{Latest, Run, Seeding};
use crate::settings::Settings;
use crate::term::{Question, Source, Term, TermState, TermSummary};

/// What is expected of a leaf that comes after all that were never asked: the order among such leaves stays.
const AFTER_THE_UNASKED: f64 = 1e-6;

/// Whether a run that opens `now` finds what is left to ask among the terms of `last`.
pub(crate) async fn has_leaves<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    last: &Run,
    now: Timestamp,
) -> Result<bool, PortError> {
    let is_kept = last.keeps_terms(settings.retention, now);
    // A string of the systematic search may stand in the place of a part, and is no leaf.
    let report = last.report.as_ref();
    let strings = report.is_some_and(|report| report.sources.contains_key(&Source::Systematic));
    let Some(key) = all_years::key(last).filter(|_| last.seeded && is_kept && !strings) else {
        return Ok(false);
    };
    Ok(ports.frontier().get(&last.id, &key).await?.is_some())
}

/// Puts what a tick has time for before its `deadline`. Returns the run as it stands then.
pub(crate) async fn seed<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    mut run: Run,
    deadline: Timestamp,
) -> Result<Run, PortError> {
    while ports.clock().now() + settings.request_time <= deadline {
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
                put_counted(ports, run, Source::Search, &roots::beginnings(run, settings)).await?;
                Some(Seeding::Leaves { of, after: None })
            } else {
                put_counted(ports, run, Source::Search, &roots::roots(run, settings)).await?;
                first_strings(settings)
            }
        }
        Seeding::Leaves { of, after } => {
            let page = ports.frontier().page(of, after.as_ref(), settings.chunk).await?;
            let again = page.terms.iter().filter_map(|leaf| again(run, settings, leaf)).collect::<Vec<_>>();
            put_counted(ports, run, Source::Search, &again).await?;
            match page.next {
                Some(next) => Some(Seeding::Leaves { of: of.clone(), after: Some(next) }),
                None => first_strings(settings),
            }
        }
        Seeding::Strings { put } => {
            let chunk = systematic::terms(&settings.strings, &run.id, *put, settings.chunk);
            put_counted(ports, run, Source::Systematic, &chunk).await?;
            let put = put.saturating_add(settings.chunk as u64);
            (put < settings.strings.count()).then_some(Seeding::Strings { put })
        }
    })
}

/// Puts terms, and counts those that are new among what the run may cost.
async fn put_counted<P: Scheduling>(
    ports: &P,
    run: &Run,
    source: Source,
    terms: &[Term],
) -> Result<(), PortError> {
    let new = ports.frontier().put_new(terms).await?;
    if new > 0 {
        let put = f64::from(u32::try_from(new).unwrap_or(u32::MAX));
        let counted = Yields([(source, Yield { put, ..Yield::default() })].into());
        ports.control().note_yields(&run.id, &counted, &Latest::default()).await?;
    }
    Ok(())
}

fn first_strings(settings: &Settings) -> Option<Seeding> {
    settings.sources.has(Source::Systematic).then_some(Seeding::Strings { put: 0 })
}

/// The term of this run for a leaf of an earlier one, under what a request of it brought then; nothing for
/// what is put anyway.
fn again(run: &Run, settings: &Settings, leaf: &TermSummary) -> Option<Term> {
    if leaf.source != Source::Search || leaf.state == TermState::Split {
        return None;
    }
    let question = Question::parse(leaf.key.as_str()).ok()?;
    let Question::Search(search) = &question else { return None };
    // Years are cut anew with each New Year. What another year has cut shows what this year's parts show; the
    // term that it is a part of is a leaf too, or is put anyway.
    let all_years = all_years::term(run).and_then(|all| all.years());
    if search.years().zip(all_years).is_some_and(|(years, all)| !years.is_cut_from(all)) {
        return None;
    }
    let term = |expected| Term::new(run.id.clone(), Source::Search, question.clone(), expected);
    if !matches!(leaf.state, TermState::Done | TermState::Open) {
        // The last run ended before it was answered.
        return Some(term(leaf.priority));
    }
    let tally = leaf.tally;
    let requests = f64::from(tally.requests.max(1));
    // What it brought first counts; what others had brought before, only where everything is alike.
    let brought = (f64::from(tally.first_seen()) + 0.1 * f64::from(tally.rows)) / requests;
    let share = if run.unasked_first { AFTER_THE_UNASKED } else { 1.0 };
    Some(term(share * brought.min(f64::from(settings.limits.page))))
}

#[cfg(test)]
mod oracle;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::{RunId, Tally, TermKey};

    /// Whether a run that is opened on this day asks the answered leaf of this query again.
    fn is_asked_again(day: &str, query: &str) -> bool {
        let run = Run::open(RunId::new(day).unwrap(), format!("{day}T00:00:00Z").parse().unwrap());
        let leaf = TermSummary {
            key: TermKey::parse(&format!("search:{query}")).unwrap(),
            source: Source::Search,
            state: TermState::Done,
            priority: 1.0,
            tally: Tally::default(),
            reason: None,
        };
        again(&run, &Settings::default(), &leaf).is_some()
    }

    #[test]
    fn years_that_another_year_has_cut_are_not_asked_again() {
        let asked = |query| ["2026-12-28", "2027-01-04"].map(|day| is_asked_again(day, query));
        for query in ["ka", "ka year:1995", "ka year:2026"] {
            assert_eq!(asked(query), [true, true], "{query}");
        }
        for query in ["year:1900-2026", "ka year:1900-1994", "ka year:1995-2026", "ka year:2019-2026"] {
            assert_eq!(asked(query), [true, false], "{query}");
        }
    }
}
