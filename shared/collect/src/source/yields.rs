//! What each source has brought lately, and which one the next request should go to.
//!
//! Every term comes with a forecast of the new artists that its next request brings. Forecasts of one source are comparable
//! with each other; those of different sources are not, until they are measured. So the forecasts of a source are
//! multiplied by what its terms really brought, divided by what was forecast for them (the *calibration*). The next request
//! then goes to the term of the highest calibrated forecast, whatever its source. A source that was hardly tried yet gets
//! a term now and then, since nothing is known of it otherwise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Source, Sources};

/// Ids that one request can complete: what an artist costs of whom only id and name are known.
const IDS_PER_REQUEST: f64 = 50.0;

/// New artists for which a forecast is believed without being measured.
const BELIEF: f64 = 50.0;

/// Requests after which a source that brings nothing has shown it.
const TRIED: f64 = 15.0;

/// A source beside the search for everything is left when it brings fewer new artists a request than this: the search will
/// find them too.
const LEAST: f64 = 0.2;

/// Requests that a source gets to show what it brings.
const FIRST_TRIES: f64 = 3.0;

/// Share of all requests that a source gets after that, if it never has the best term.
const TRIAL_SHARE: f64 = 0.005;

/// Requests that figures tell of: older ones are forgotten, so that a source is judged by its recent past.
const MEMORY: f64 = 60.0;

/// What the requests of a source have brought. Requests that only list what could be asked are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Yield {
    /// Requests.
    pub requests: f64,
    /// New artists.
    pub new: f64,
    /// New artists of whom only id and name were told.
    pub mentioned: f64,
    /// New artists that were forecast for these requests.
    pub forecast: f64,
    /// Requests of the whole run, none forgotten.
    pub asked: f64,
}

impl Yield {
    /// The two together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            new: self.new + other.new,
            mentioned: self.mentioned + other.mentioned,
            forecast: self.forecast + other.forecast,
            asked: self.asked + other.asked,
        }
    }

    /// What is to be added to forget what is old, if it tells of more requests than it should.
    pub fn forgetting(self) -> Option<Self> {
        let forgotten = MEMORY / 2.0 / self.requests - 1.0;
        (self.requests > MEMORY).then_some(Self {
            requests: self.requests * forgotten,
            new: self.new * forgotten,
            mentioned: self.mentioned * forgotten,
            forecast: self.forecast * forgotten,
            asked: 0.0,
        })
    }

    /// New artists per request, those requests included that complete the artists.
    pub fn per_request(self) -> f64 {
        self.new / (self.requests + self.mentioned / IDS_PER_REQUEST).max(1.0)
    }

    /// The most that it may be on average: the upper end of a 95 % interval of a Poisson mean (for nothing in `n` requests the
    /// rule of three, `3 / n`).
    fn at_most(self) -> f64 {
        (self.new + 3.0 + 2.0 * self.new.max(0.0).sqrt()) / self.requests.max(1.0)
    }

    /// What the forecasts are to be multiplied by.
    fn calibration(self) -> f64 {
        let completing = self.requests.max(1.0) / (self.requests.max(1.0) + self.mentioned / IDS_PER_REQUEST);
        (self.new + BELIEF) / (self.forecast + BELIEF) * completing
    }
}

/// The yields of all sources of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Yields(pub BTreeMap<Source, Yield>);

impl Yields {
    /// That of `source`.
    pub fn of(&self, source: Source) -> Yield {
        self.0.get(&source).copied().unwrap_or_default()
    }

    /// Adds to that of `source`.
    pub fn add(&mut self, source: Source, more: Yield) {
        let sum = self.of(source).plus(more);
        self.0.insert(source, sum);
    }

    /// What a forecast of `source` is worth.
    pub fn calibrated(&self, source: Source, forecast: f64) -> f64 {
        forecast * self.of(source).calibration()
    }

    /// Whether `source` has shown that it brings too little to be asked beside the other `sources`.
    pub fn is_spent(&self, source: Source, sources: Sources) -> bool {
        let beside_search =
            sources.has(Source::Search) && !matches!(source, Source::Search | Source::Systematic);
        let of = self.of(source);
        beside_search && source != Source::Hydrate && of.requests >= TRIED && of.at_most() <= LEAST
    }

    /// Whether `source` should be tried though it does not have the best term.
    pub fn is_untried(&self, source: Source) -> bool {
        let all: f64 = self.0.values().map(|of| of.requests).sum();
        source != Source::Hydrate && self.of(source).requests < FIRST_TRIES.max(TRIAL_SHARE * all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yields(source: Source, requests: f64, new: f64, forecast: f64) -> Yields {
        Yields([(source, Yield { requests, new, mentioned: 0.0, forecast, asked: 0.0 })].into())
    }

    #[test]
    fn a_source_that_brings_half_of_its_forecasts_is_believed_half() {
        let measured = yields(Source::Related, 100.0, 1000.0, 2000.0);
        let worth = measured.calibrated(Source::Related, 20.0);
        assert!((10.0..10.5).contains(&worth), "{worth}");
        assert!((measured.calibrated(Source::Search, 20.0) - 20.0).abs() < 1e-9, "nothing is known of it");
    }

    #[test]
    fn artists_that_have_to_be_completed_count_what_that_costs() {
        let told = Yield { requests: 10.0, new: 500.0, mentioned: 0.0, forecast: 500.0, asked: 0.0 };
        let mentioned = Yield { mentioned: 500.0, ..told };
        assert!((told.per_request() - 50.0).abs() < 1e-9);
        assert!((mentioned.per_request() - 25.0).abs() < 1e-9);
    }

    #[test]
    fn a_source_is_left_when_it_brings_nothing_beside_the_search_and_never_alone() {
        let (both, alone): (Sources, Sources) = (
            [Source::Search, Source::Related].into_iter().collect(),
            [Source::Related].into_iter().collect(),
        );
        assert!(yields(Source::Related, 15.0, 0.0, 100.0).is_spent(Source::Related, both));
        assert!(!yields(Source::Related, 14.0, 0.0, 100.0).is_spent(Source::Related, both));
        assert!(!yields(Source::Related, 15.0, 2.0, 100.0).is_spent(Source::Related, both));
        assert!(!yields(Source::Related, 1000.0, 0.0, 100.0).is_spent(Source::Related, alone));
    }

    #[test]
    fn figures_tell_of_the_last_requests() {
        let old = Yield { requests: 120.0, new: 10.0, mentioned: 4.0, forecast: 20.0, asked: 0.0 };
        let left = old.plus(old.forgetting().unwrap());
        assert_eq!(left, Yield { requests: 30.0, new: 2.5, mentioned: 1.0, forecast: 5.0, asked: 0.0 });
        assert_eq!(left.forgetting(), None);
    }

    #[test]
    fn a_source_that_was_hardly_tried_gets_a_turn() {
        let mut yields = yields(Source::Search, 1000.0, 1.0, 1.0);
        assert!(yields.is_untried(Source::Related));
        yields.add(Source::Related, Yield { requests: 4.0, ..Yield::default() });
        assert!(yields.is_untried(Source::Related), "0.5 % of a thousand are five");
        yields.add(Source::Related, Yield { requests: 2.0, ..Yield::default() });
        assert!(!yields.is_untried(Source::Related));
    }
}
