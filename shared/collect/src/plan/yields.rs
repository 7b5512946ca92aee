//! What each source has brought lately, and which one the next request should go to.
//!
//! Every term comes with a forecast of the new artists that its next request brings. Forecasts of one source
//! are comparable with each other; those of different sources are not, until they are measured. So the
//! forecasts of a source are multiplied by what its terms really brought, divided by what was forecast for
//! them (the *calibration*). The next request then goes to the term of the highest calibrated forecast,
//! whatever its source.
//!
//! Two rules bound what that may cost:
//!
//! - **Exploring.** A source of which hardly anything is remembered gets a term, since nothing is known of it
//!   otherwise. Figures fade with the requests of the whole run, so that each source is tried again now and
//!   then: about one request in three thousand.
//! - **Beside the search for everything**, an artist whom another source finds is one whom the search finds
//!   as well if the run goes far enough, and none of its terms becomes superfluous by that. How far a run
//!   goes is not known, so half of what another source finds counts for nothing: it competes only while it is
//!   expected to bring twice what the search has brought on average. Otherwise it waits until the search has
//!   nothing left to ask; then it is asked for what the search could not show, and left when it brings next
//!   to nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::term::{Aim, Source, Sources, Term};
use crate::web_api::{Kind, Request};

/// Beside the search for everything, the share of the artists found elsewhere whom the search will not find
/// anyway: a half, as long as nobody knows whether the run ends soon or never.
const ELSE_UNFOUND: f64 = 0.5;

/// Ids that one request can complete: what an artist costs of whom only id and name are known.
const IDS_PER_REQUEST: f64 = 50.0;

/// New artists for which a forecast is believed without being measured.
const BELIEF: f64 = 50.0;

/// Remembered requests after which a source that brings nothing has shown it.
const TRIED: f64 = 15.0;

/// A source beside the search for everything is left when it brings fewer new artists a request than this.
const LEAST: f64 = 0.2;

/// Remembered requests below which a source is tried though it does not have the best term.
const FIRST_TRIES: f64 = 2.0;

/// Requests of all sources after which figures count half. With [`FIRST_TRIES`], a source is tried once in
/// `HALF_LIFE / ln 2 / FIRST_TRIES` requests, about three thousand.
const HALF_LIFE: f64 = 4_000.0;

/// Requests of all sources after which fading is worth a write.
const FADING: f64 = 50.0;

/// Requests that figures tell of at most, so that a source is judged by its recent past.
const MEMORY: f64 = 60.0;

/// Requests that a search of several types gets to show what it brings beside artists.
const SEVERAL_TYPES_TRIED: f64 = 5.0;

/// What the requests of a source have brought. Requests that only list what could be asked, or find out what
/// works, are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Yield {
    /// Requests.
    pub requests: f64,
    /// New artists.
    pub new: f64,
    /// New artists that came as stubs.
    pub mentioned: f64,
    /// New artists that were forecast for these requests.
    pub forecast: f64,
    /// Requests of the whole run, none forgotten and all kinds.
    pub asked: f64,
    /// New artists of the whole run.
    pub found: f64,
    /// Those of them that were stubs when they were found.
    pub found_stubs: f64,
    /// Terms that were put for its terms, in the whole run.
    pub put: f64,
    /// How many requests of all sources there were when the figures faded last.
    pub faded: f64,
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
            found: self.found + other.found,
            found_stubs: self.found_stubs + other.found_stubs,
            put: self.put + other.put,
            faded: self.faded + other.faded,
        }
    }

    /// What is to be added to forget what is old, after `asked` requests of all sources; nothing where it is
    /// too little.
    fn forgetting(self, asked: f64) -> Option<Self> {
        let since = asked - self.faded;
        let is_too_much = self.requests > MEMORY;
        if since < FADING && !is_too_much {
            return None;
        }
        let fading = 0.5_f64.powf(since.max(0.0) / HALF_LIFE);
        let kept = if is_too_much { fading.min(MEMORY / 2.0 / self.requests) } else { fading };
        Some(Self {
            requests: self.requests * (kept - 1.0),
            new: self.new * (kept - 1.0),
            mentioned: self.mentioned * (kept - 1.0),
            forecast: self.forecast * (kept - 1.0),
            faded: since,
            ..Self::default()
        })
    }

    /// New artists per request, those requests included that complete the artists.
    pub fn per_request(self) -> f64 {
        self.new / (self.requests + self.mentioned / IDS_PER_REQUEST).max(1.0)
    }

    /// The most that it may be on average: the upper end of a 95 % interval of a Poisson mean (for nothing in
    /// `n` requests the rule of three, `3 / n`).
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
    /// Artists that the run has seen, as far as is known here.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of artists")]
    pub(crate) fn captured(&self) -> u32 {
        self.0.values().map(|brought| brought.found).sum::<f64>() as u32
    }

    /// That of `source`.
    pub fn of(&self, source: Source) -> Yield {
        self.0.get(&source).copied().unwrap_or_default()
    }

    /// Adds to that of `source`.
    pub fn add(&mut self, source: Source, more: Yield) {
        let sum = self.of(source).plus(more);
        self.0.insert(source, sum);
    }

    /// What is to be added to forget what is old.
    #[must_use]
    pub fn forgetting(&self) -> Self {
        let asked = self.0.values().map(|of| of.asked).sum();
        Self(self.0.iter().filter_map(|(source, of)| Some((*source, of.forgetting(asked)?))).collect())
    }

    /// What a forecast of `source` is worth. That of tracks is a wish, not a number of artists.
    pub fn calibrated(&self, source: Source, forecast: f64) -> f64 {
        match source.aim() {
            Aim::Tracks => forecast,
            Aim::AllNames | Aim::Leads | Aim::Completion => forecast * self.of(source).calibration(),
        }
    }

    /// Whether a term of `source` that is worth so many artists a request should be asked before the search
    /// for everything has ended: where that is not wanted, always. Tracks never wait for artists.
    pub fn competes(&self, source: Source, worth: f64, sources: Sources) -> bool {
        source.aim() == Aim::Tracks
            || !is_beside_search(source, sources)
            || self.of(source).requests >= 1.0 && ELSE_UNFOUND * worth >= self.search_average()
    }

    /// Whether a search should ask for albums and tracks too. They cost nothing but bytes as long as the
    /// artists that they name need not be completed. Where they can be (`batches`), each costs its share of a
    /// request for a batch, which is worth it as long as the search itself brings fewer for a request.
    pub(crate) fn several_types_pay(&self, batches: bool) -> bool {
        let of = self.of(Source::MultiType);
        let search = self.of(Source::Search);
        let brings = of.new >= of.requests;
        of.requests < SEVERAL_TYPES_TRIED || brings && (!batches || search.per_request() < IDS_PER_REQUEST)
    }

    /// Artists that a request of the search has brought on average in the whole run, with those that albums
    /// and tracks named beside them, and with the requests that complete these.
    fn search_average(&self) -> f64 {
        let (search, beside) = (self.of(Source::Search), self.of(Source::MultiType));
        (search.found + beside.found) / (search.asked + beside.found_stubs / IDS_PER_REQUEST).max(1.0)
    }

    /// Whether `source` has shown that it brings too little to be asked beside the other `sources`.
    pub fn is_spent(&self, source: Source, sources: Sources) -> bool {
        let of = self.of(source);
        is_beside_search(source, sources)
            && source.aim() == Aim::Leads
            && of.requests >= TRIED
            && of.at_most() <= LEAST
    }

    /// Whether `source` should be tried though it does not have the best term.
    pub fn is_untried(&self, source: Source) -> bool {
        source.aim() != Aim::Completion && self.of(source).requests < FIRST_TRIES
    }
}

/// Whether `source` is another one than the search for everything, where that is wanted too.
fn is_beside_search(source: Source, sources: Sources) -> bool {
    sources.has(Source::Search) && source != Source::Search
}

/// What one answer brought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brought {
    /// Artists that are new to the run, whether or not an earlier run saw them: full ones, or
    /// completed.
    pub(crate) new: u32,
    /// Artists whom the run sees for the first time, by a mention.
    pub(crate) mentioned: u32,
    /// Artists that no run has seen before, by a mention: only these have to be completed.
    pub(crate) stubs: u32,
}

/// What the answer to `request`, asked by `term`, adds to the yields. A search for several types is counted
/// for the source of the term with its artists, and for the source of several types with those that albums
/// and tracks name.
pub(crate) fn of_answer(term: &Term, request: &Request, brought: Brought) -> Vec<(Source, Yield)> {
    let [new, mentioned, stubs] = [brought.new, brought.mentioned, brought.stubs].map(f64::from);
    let asked = Yield { asked: 1.0, found: new + mentioned, found_stubs: stubs, ..Yield::default() };
    if !brings_artists(request) || !term.is_forecast() {
        return vec![(term.source, asked)];
    }
    let own = Yield { requests: 1.0, new, forecast: term.priority, ..asked };
    let several = matches!(request, Request::Search { kinds, .. } if kinds.len() > 1);
    if !several {
        return vec![(term.source, Yield { new: new + mentioned, mentioned: stubs, ..own })];
    }
    let beside = Yield { requests: 1.0, new: mentioned, mentioned: stubs, forecast: mentioned, ..asked };
    vec![
        (term.source, Yield { found: new, found_stubs: 0.0, ..own }),
        (Source::MultiType, Yield { asked: 0.0, found: mentioned, ..beside }),
    ]
}

/// Whether answers to `request` bring artists, rather than things to ask for.
fn brings_artists(request: &Request) -> bool {
    match request {
        Request::Search { kinds, .. } => kinds.iter().any(|kind| *kind != Kind::Playlist),
        Request::RelatedArtists(_)
        | Request::ArtistAlbums { .. }
        | Request::Albums(_)
        | Request::NewReleases(_)
        | Request::Playlist(_)
        | Request::PlaylistItems { .. } => true,
        Request::Artists(_)
        | Request::Artist(_)
        | Request::Categories(_)
        | Request::CategoryPlaylists { .. }
        | Request::FeaturedPlaylists(_)
        | Request::GenreSeeds
        | Request::Recommendations(_)
        | Request::AudioFeatures(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yields(source: Source, requests: f64, new: f64, forecast: f64) -> Yields {
        Yields([(source, Yield { requests, new, mentioned: 0.0, forecast, ..Yield::default() })].into())
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
        let full = Yield { requests: 10.0, new: 500.0, mentioned: 0.0, forecast: 500.0, ..Yield::default() };
        let mentioned = Yield { mentioned: 500.0, ..full };
        assert!((full.per_request() - 50.0).abs() < 1e-9);
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
        let old = Yield { requests: 120.0, new: 10.0, mentioned: 4.0, forecast: 20.0, ..Yield::default() };
        let left = old.plus(old.forgetting(0.0).unwrap());
        assert_eq!(
            left,
            Yield { requests: 30.0, new: 2.5, mentioned: 1.0, forecast: 5.0, ..Yield::default() }
        );
        assert_eq!(left.forgetting(0.0), None);
    }

    #[test]
    fn figures_fade_with_the_requests_of_all_sources_until_the_source_is_tried_again() {
        let mut yields = yields(Source::Related, 4.0, 80.0, 40.0);
        assert!(!yields.is_untried(Source::Related));
        for _ in 0..60 {
            yields.add(Source::Search, Yield { asked: 100.0, ..Yield::default() });
            for (source, old) in yields.forgetting().0 {
                yields.add(source, old);
            }
        }
        let faded = yields.of(Source::Related);
        // One and a half half-lives.
        let kept = 0.5_f64.powf(1.5);
        assert!(
            (faded.requests - 4.0 * kept).abs() < 1e-9 && (faded.new - 80.0 * kept).abs() < 1e-9,
            "{faded:?}"
        );
        assert!(yields.is_untried(Source::Related));
        assert!(
            (yields.of(Source::Search).asked - 6_000.0).abs() < 1e-9,
            "what was asked in all is not forgotten"
        );
    }

    #[test]
    fn beside_the_search_a_source_competes_when_it_brings_twice_what_the_search_has_brought_on_average() {
        let both: Sources = [Source::Search, Source::Related].into_iter().collect();
        let alone: Sources = [Source::Related].into_iter().collect();
        let mut yields = yields(Source::Related, 3.0, 60.0, 60.0);
        yields.add(Source::Search, Yield { asked: 100.0, found: 2_000.0, ..Yield::default() });
        assert!(yields.competes(Source::Related, 40.0, both));
        assert!(
            !yields.competes(Source::Related, 39.0, both) && yields.competes(Source::Related, 39.0, alone)
        );
        assert!(yields.competes(Source::Search, 0.1, both), "the search never waits");
        assert!(!yields.competes(Source::Genres, 199.0, both), "nothing was measured");
        let beside = Yield { found: 2_000.0, found_stubs: 2_000.0, ..Yield::default() };
        yields.add(Source::MultiType, beside);
        assert!(
            !yields.competes(Source::Related, 57.0, both) && yields.competes(Source::Related, 58.0, both)
        );
    }

    /// What a search and what albums and tracks beside it have brought in so many requests.
    fn after(requests: f64, search: f64, beside: f64) -> Yields {
        let brought = |new, mentioned| Yield { requests, new, mentioned, ..Yield::default() };
        let of = [(Source::Search, brought(search, 0.0)), (Source::MultiType, brought(beside, beside))];
        Yields(of.into())
    }

    #[test]
    fn a_search_for_several_types_is_measured_a_few_times_before_it_is_used_or_left() {
        assert!(Yields::default().several_types_pay(false) && Yields::default().several_types_pay(true));
        assert!(after(4.0, 40.0, 0.0).several_types_pay(false), "too few to tell");
        assert!(!after(5.0, 50.0, 4.0).several_types_pay(false), "less than one artist for a request");
        assert!(after(5.0, 50.0, 150.0).several_types_pay(false));
    }

    #[test]
    fn where_mentioned_artists_have_to_be_completed_they_pay_as_long_as_a_batch_brings_more_than_the_search()
    {
        assert!(after(10.0, 450.0, 600.0).several_types_pay(true), "a batch completes fifty");
        assert!(!after(10.0, 500.0, 600.0).several_types_pay(true));
        assert!(after(10.0, 500.0, 600.0).several_types_pay(false), "nothing to complete");
    }

    #[test]
    fn an_answer_of_several_types_counts_as_one_request_of_the_run_and_its_artists_once() {
        let search = crate::term::SearchTerm::new("a").unwrap();
        let term = Term::new(crate::term::RunId::new("r").unwrap(), Source::Search, search, 50.0);
        let page = crate::web_api::PageAsk { limit: 50, offset: 0 };
        let request = Request::Search { query: "a".to_owned(), kinds: Kind::ALL.to_vec(), page };
        let brought = Brought { new: 5, mentioned: 3, stubs: 2 };
        let both = of_answer(&term, &request, brought);
        let sum = both.into_iter().fold(Yield::default(), |sum, (_, of)| sum.plus(of));
        assert_eq!((sum.asked, sum.found, sum.found_stubs), (1.0, 8.0, 2.0));
    }
}
