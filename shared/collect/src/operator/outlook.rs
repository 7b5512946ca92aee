//! What an open run may still expect: how much of the catalogue it has seen, and how long it may take.
//!
//! A run can estimate the catalogue only when it closes, because its sample is drawn at its end. Until then
//! the last run for artists is the basis: its catalogue with the ends of its interval, and the requests that
//! it took. Without such a run nothing is said.

use std::time::Duration;

use crate::ports::Overview;
use crate::run::Run;
use crate::term::RunId;

/// What an open run has done, and what it may expect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outlook {
    /// Artists that the open run has seen, each once; approximate.
    pub artists: f64,
    /// Requests that it has sent, refusals excluded.
    pub requests: f64,
    /// How much of the catalogue that is; `None` without an earlier estimate.
    pub coverage: Option<Coverage>,
    /// Time until it has sent as many requests as the run before it; `None` without such a run, once it has
    /// sent more, or while it sends nothing.
    pub left: Option<Duration>,
}

/// How much of the catalogue a run has seen, with the ends of a 95 % interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// Share of the catalogue, from 0 to 1.
    pub share: f64,
    /// The low end of the interval of `share`.
    pub low: f64,
    /// The high end.
    pub high: f64,
    /// Artists in the catalogue.
    pub catalogue: f64,
    /// The run that estimated the catalogue.
    pub basis: RunId,
}

/// The outlook of the open run at a rate in requests per second. `before` is the last run for artists before
/// it.
pub(super) fn outlook(overview: &Overview, before: Option<&Run>, rate: f64) -> Outlook {
    let brought = overview.yields();
    let sum = |figure: fn(&crate::plan::Yield) -> f64| brought.0.values().map(figure).sum::<f64>().max(0.0);
    let (artists, requests) = (sum(|of| of.found), sum(|of| of.asked));
    let before = before.filter(|_| overview.open_run().is_some());
    let coverage = before.and_then(|run| coverage(artists, run));
    Outlook { artists, requests, coverage, left: before.and_then(|run| left(requests, run, rate)) }
}

fn coverage(artists: f64, before: &Run) -> Option<Coverage> {
    let estimate = before.report.as_ref()?.estimate?;
    let share_of = |catalogue: f64| (artists / catalogue.max(1.0)).min(1.0);
    Some(Coverage {
        share: share_of(estimate.size),
        low: estimate.high.map_or(0.0, share_of),
        high: share_of(estimate.low),
        catalogue: estimate.size,
        basis: before.id.clone(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "numbers of requests")]
fn left(requests: f64, before: &Run, rate: f64) -> Option<Duration> {
    let more = before.report.as_ref()?.requests as f64 - requests;
    (more > 0.0 && rate > 0.0).then(|| Duration::try_from_secs_f64(more / rate).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::plan::{Yield, Yields};
    use crate::run::{Estimate, Report};
    use crate::term::Source;

    fn id(id: &str) -> RunId {
        RunId::new(id).unwrap()
    }

    fn open(found: f64, asked: f64) -> Overview {
        let mut yields = Yields::default();
        yields.add(Source::Search, Yield { asked, found, ..Yield::default() });
        Overview {
            run: Some(Run::open(id("2"), Timestamp::UNIX_EPOCH)),
            yields: Some((id("2"), yields)),
            ..Overview::default()
        }
    }

    fn before(high: Option<f64>) -> Run {
        let estimate = Estimate {
            size: 1000.0,
            low: 800.0,
            high,
            coverage: 0.9,
            coverage_low: 0.8,
            coverage_high: 1.0,
            sampled: 50,
            recaptured: 40,
        };
        let report = Report { requests: 300, estimate: Some(estimate), ..Report::default() };
        Run::open(id("1"), Timestamp::UNIX_EPOCH).closed(report, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn coverage_and_time_left_follow_from_the_run_before() {
        let outlook = outlook(&open(400.0, 100.0), Some(&before(Some(1600.0))), 4.0);
        let coverage = outlook.coverage.unwrap();
        assert_eq!((coverage.share, coverage.low, coverage.high), (0.4, 0.25, 0.5));
        assert_eq!((coverage.catalogue, coverage.basis.as_str()), (1000.0, "1"));
        assert_eq!(outlook.left, Some(Duration::from_secs(50)));
    }

    #[test]
    fn an_interval_without_a_high_end_begins_at_zero() {
        let coverage = outlook(&open(4000.0, 1.0), Some(&before(None)), 4.0).coverage.unwrap();
        assert_eq!((coverage.share, coverage.low, coverage.high), (1.0, 0.0, 1.0));
    }

    #[test]
    fn nothing_is_expected_without_a_run_before_or_once_it_is_exceeded() {
        let first = outlook(&open(400.0, 100.0), None, 4.0);
        assert_eq!((first.coverage, first.left, first.artists), (None, None, 400.0));
        assert_eq!(outlook(&open(1.0, 301.0), Some(&before(None)), 4.0).left, None);
        assert_eq!(outlook(&open(1.0, 1.0), Some(&before(None)), 0.0).left, None);
    }
}
