//! When an operator wants a run to end before everything was asked.
//!
//! The best questions come first anyway ([`forecast`](super::forecast)), so a run that ends early has brought
//! the most that its requests could bring. Its terms that were not asked are counted, and it is `partial`
//! with the reason. Shortly before the end a sample is drawn, so that the run can say how much it has seen.
//!
//! A run also ends when it costs more than any honest catalogue can ([`Bounds`]). That needs somebody.

use crate::plan::{Yield, Yields};
use crate::settings::{Bounds, Settings};
use crate::term::Source;

/// Prefix of the reason of a run that ended early by an operator's setting.
const AS_CONFIGURED: &str = "stopped as configured: ";

/// True for a run that its stop rule ended; false for one that Spotify ended, which needs somebody.
pub(crate) fn is_as_configured(reason: &str) -> bool {
    reason.starts_with(AS_CONFIGURED)
}

/// Share of the requests that is kept for the sample.
const SAMPLE_SHARE: f64 = 0.02;

/// Fewest and most requests that are kept for the sample, as long as that is no tenth of all.
const SAMPLE: (f64, f64) = (14.0, 120.0);

/// The largest share of the requests that is kept for the sample.
const MOST_SAMPLE_SHARE: f64 = 0.1;

/// Requests whose yield is the average that the least yield is compared with.
const TELLING: f64 = 30.0;

/// How near its end a run is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// Not near.
    Far,
    /// It is time to draw the sample.
    Near,
    /// It is over, for this reason.
    Reached(String),
}

/// How near its end a run is whose sources have brought these yields.
#[expect(clippy::cast_precision_loss, reason = "numbers of requests")]
pub(crate) fn end(settings: &Settings, yields: &Yields) -> End {
    let sum = |figure: fn(&Yield) -> f64| yields.0.values().map(figure).sum::<f64>();
    if let Some(reason) = exceeded(settings.bounds, sum(|of| of.put), sum(|of| of.found)) {
        return End::Reached(reason);
    }
    let asked = sum(|of| of.asked);
    if let Some(most) = settings.stop.requests {
        let most = most as f64;
        if asked >= most {
            return End::Reached(format!(
                "{AS_CONFIGURED}the {most} requests that the operator allows are spent"
            ));
        }
        if asked >= most - sample(most) {
            return End::Near;
        }
    }
    if let Some(least) = settings.stop.least_yield {
        let (requests, new) = brought(yields);
        if requests >= TELLING && new / requests < least {
            return End::Reached(format!("{AS_CONFIGURED}a request brings fewer than {least} new artists"));
        }
        if requests >= TELLING && new / requests < 1.1 * least {
            return End::Near;
        }
    }
    End::Far
}

/// Why a run that has put so many terms and found so many new artists costs more than it may, if it does.
#[expect(clippy::cast_precision_loss, reason = "numbers of terms and artists")]
fn exceeded(bounds: Bounds, terms: f64, artists: f64) -> Option<String> {
    let too_many = |what: &str, most: u64, parameter: &str| {
        format!("stopped: the run has reached {most} {what}, the most that {parameter} allows")
    };
    if terms >= bounds.terms as f64 {
        Some(too_many("terms", bounds.terms, "MaxTerms"))
    } else if artists >= bounds.artists as f64 {
        Some(too_many("new artists", bounds.artists, "MaxArtists"))
    } else {
        None
    }
}

/// Requests that are kept for the sample of a run that may ask `most`.
fn sample(most: f64) -> f64 {
    (most * SAMPLE_SHARE).clamp(SAMPLE.0, SAMPLE.1).min(most * MOST_SAMPLE_SHARE)
}

/// The requests that are remembered, and the new artists that they brought.
fn brought(yields: &Yields) -> (f64, f64) {
    let own = |source: Source, requests: f64| if source.has_requests() { requests } else { 0.0 };
    yields.0.iter().fold((0.0, 0.0), |(requests, new), (source, of)| {
        (requests + own(*source, of.requests), new + of.new)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::StopRule;

    fn settings(stop: StopRule) -> Settings {
        Settings { stop, ..Settings::default() }
    }

    fn after(asked: f64, requests: f64, new: f64) -> Yields {
        let mut yields = Yields::default();
        yields.add(Source::Search, Yield { requests, new, asked, ..Yield::default() });
        yields
    }

    #[test]
    fn without_a_rule_a_run_never_ends_early() {
        assert_eq!(end(&settings(StopRule::default()), &after(1e9, 400.0, 0.0)), End::Far);
    }

    #[test]
    fn a_run_samples_before_its_requests_are_spent_and_then_ends() {
        let rule = settings(StopRule { requests: Some(700), least_yield: None });
        assert_eq!(end(&rule, &after(650.0, 400.0, 9.0)), End::Far);
        assert_eq!(end(&rule, &after(686.0, 400.0, 9.0)), End::Near);
        let End::Reached(reason) = end(&rule, &after(700.0, 400.0, 9.0)) else { unreachable!() };
        assert!(reason.contains("700") && is_as_configured(&reason), "{reason}");
        assert!(!is_as_configured("stopped: the owner of the Spotify app needs a Premium subscription"));
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "tenths, each rounded the same way")]
    fn the_sample_takes_two_percent_within_its_bounds() {
        let kept = |most: f64| (sample(most) * 10.0).round() / 10.0;
        assert_eq!([5_000.0, 700.0, 300.0, 10_000.0].map(kept), [100.0, 14.0, 14.0, 120.0]);
        assert_eq!([100.0, 50.0].map(kept), [10.0, 5.0], "a tenth at most");
    }

    #[test]
    fn a_yield_tells_something_from_the_thirtieth_request_on() {
        let rule = settings(StopRule { requests: None, least_yield: Some(2.0) });
        assert_eq!(end(&rule, &after(29.0, 29.0, 0.0)), End::Far);
        assert!(matches!(end(&rule, &after(30.0, 30.0, 0.0)), End::Reached(_)));
        assert_eq!(end(&rule, &after(30.0, 30.0, 63.0)), End::Near, "2.1 a request");
        assert_eq!(end(&rule, &after(30.0, 30.0, 60.0)), End::Near, "as many as the operator wants");
        assert_eq!(end(&rule, &after(30.0, 30.0, 67.0)), End::Far);
    }

    #[test]
    fn a_run_that_costs_more_than_it_may_ends_and_needs_somebody() {
        let bounded = Settings { bounds: Bounds { terms: 500, artists: 9_000 }, ..Settings::default() };
        let with = |put, found| {
            let mut yields = Yields::default();
            yields.add(Source::Search, Yield { put: put / 2.0, ..Yield::default() });
            yields.add(Source::Related, Yield { put: put / 2.0, found, ..Yield::default() });
            yields
        };
        assert_eq!(end(&bounded, &with(499.0, 8_999.0)), End::Far);
        for (yields, expected) in [
            (with(500.0, 0.0), "500 terms, the most that MaxTerms allows"),
            (with(0.0, 9_000.0), "9000 new artists, the most that MaxArtists allows"),
        ] {
            let End::Reached(reason) = end(&bounded, &yields) else { unreachable!("{expected}") };
            assert!(reason.contains(expected) && !is_as_configured(&reason), "{reason}");
        }
    }

    #[test]
    fn a_run_ends_when_requests_bring_too_little() {
        let rule = settings(StopRule { requests: None, least_yield: Some(2.0) });
        assert_eq!(end(&rule, &after(20.0, 20.0, 0.0)), End::Far, "too few to tell");
        assert_eq!(end(&rule, &after(900.0, 400.0, 810.0)), End::Near);
        assert!(matches!(end(&rule, &after(900.0, 400.0, 790.0)), End::Reached(_)));
    }

    #[test]
    fn a_search_of_several_types_is_one_request() {
        let rule = settings(StopRule { requests: None, least_yield: Some(2.0) });
        let mut yields = after(40.0, 40.0, 70.0);
        yields.add(Source::MultiType, Yield { requests: 40.0, new: 30.0, ..Yield::default() });
        assert_eq!(end(&rule, &yields), End::Far, "2.5 a request");
    }
}
