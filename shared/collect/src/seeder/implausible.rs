//! An answer to the search for all years that cannot be true.

use crate::plan::all_years;
use crate::plan::all_years::UNREACHED;
use crate::ports::{Frontier, PortError, Scheduling};
use crate::run::{Report, Run};
use crate::term::TermState;

/// Counts the search for all years as open if it ended as answered, but showed fewer than half of the artists
/// that the run has seen: Spotify did not understand it, or most artists have no year. In a catalogue of a
/// single page nothing else shows that.
pub(crate) async fn reopen<P: Scheduling>(
    ports: &P,
    run: &Run,
    report: &mut Report,
) -> Result<(), PortError> {
    let Some(key) = all_years::key(run) else { return Ok(()) };
    let Some(term) = ports.frontier().get(&run.id, &key).await? else { return Ok(()) };
    let seen = report.artists_new.saturating_add(report.artists_returned);
    if term.state == TermState::Done && 2 * u64::from(term.tally.rows) < seen {
        report.reopen(&key, UNREACHED);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;
    use crate::ports::Finish;
    use crate::term::{Question, RunId, SearchProgress, Source, Tally, Term, TermSummary};

    /// The report of a run that has seen `seen` artists, of whom the search for all years has shown `rows`.
    async fn reported(rows: u32, seen: u64) -> Report {
        let (world, now) = (<Memory>::default(), jiff::Timestamp::UNIX_EPOCH);
        let run = Run::open(RunId::of_day(now), now);
        let question = Question::Search(all_years::term(&run).unwrap());
        let term = Term::new(run.id.clone(), Source::Search, question, 1.0);
        world.frontier.put_new(std::slice::from_ref(&term)).await.unwrap();
        let claim = world.frontier.send(&run.id, &term.key(), now).await.unwrap().unwrap();
        let answered = Finish {
            state: TermState::Done,
            progress: SearchProgress::default().into(),
            tally: Tally { rows, ..Tally::default() },
            attempts: 0,
            reason: None,
        };
        assert!(world.frontier.finish(&claim, &answered).await.unwrap());
        let mut report = Report { artists_new: seen - 1, artists_returned: 1, ..Report::default() };
        let summary = TermSummary {
            key: term.key(),
            source: Source::Search,
            state: TermState::Done,
            priority: 1.0,
            tally: Tally::default(),
            reason: None,
        };
        report.count(&summary);
        reopen(&world, &run, &mut report).await.unwrap();
        report
    }

    #[tokio::test]
    async fn a_search_for_all_years_that_showed_fewer_than_half_counts_as_open() {
        let plausible = reported(5, 10).await;
        assert_eq!((plausible.done, plausible.open), (1, 0));
        let implausible = reported(5, 11).await;
        assert_eq!((implausible.done, implausible.open, implausible.reasons[UNREACHED]), (0, 1, 1));
        let root = implausible.roots.values().next().unwrap();
        assert_eq!((root.closed, root.open, root.why[UNREACHED]), (0, 1, 1), "its root says the same");
    }
}
