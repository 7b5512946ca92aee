//! What a seed makes of a world, before anything happens in it.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use collect::catalogue::{ArtistId, CategoryId, PlaylistId};
use collect::pace::{Pacing, Rate};
use collect::settings::{Refresh, Settings, StopRule, Strings};
use collect::term::{
    ArtistAlbums, Categories, CategoryPlaylists, FeaturedPlaylists, GenreSeeds, Hydrate, NewAlbums,
    NewReleases, Playlist, Question, Related, SearchTerm, Source, Sources, TermKey,
};
use collect::web_api::PageLimits;

use crate::catalogue::{Catalogue, are_genres_decisive};
use crate::dice::Dice;
use crate::faults::Faults;
use crate::play::Slow;
use crate::world::{CATEGORIES, PLAYLISTS};

/// The beginning of a world.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) faults: Faults,
    pub(crate) catalogue: Catalogue,
    pub(crate) settings: Settings,
    /// What the app may see of a search.
    pub(crate) app: PageLimits,
    /// Requests that Spotify lets in within 30 seconds.
    pub(crate) limit: usize,
    /// Fetchers at a time.
    pub(crate) concurrency: usize,
    /// Runs, one after the other.
    pub(crate) runs: usize,
    /// Whether a run takes months, as it does for an app that may ask a few questions a day.
    pub(crate) takes_months: bool,
    /// What is never answered.
    pub(crate) broken: Broken,
}

/// What is never answered.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    /// Searches, by their queries.
    pub(crate) queries: BTreeSet<String>,
    /// Terms of other kinds, whatever they ask.
    pub(crate) terms: BTreeSet<TermKey>,
}

impl Plan {
    /// The disturbed world of a seed.
    pub(crate) fn draw(seed: u64) -> Self {
        Self::with(seed, Faults::draw(seed), sources(seed))
    }

    /// The same world in which nothing goes wrong and nobody ends a run early, and where the search finds
    /// everything alone if it is used at all. What the app can search for is no accident and stays.
    pub(crate) fn undisturbed(seed: u64) -> Self {
        let operators_are_words = Faults::draw(seed).operators_are_words;
        let calm = Faults { operators_are_words, ..Faults::default() };
        let sources = sources(seed);
        let sources = if sources.has(Source::Search) { Sources::default() } else { sources };
        let mut plan = Self::with(seed, calm, sources);
        plan.settings.stop = StopRule::default();
        plan.settings.refresh = None;
        plan.settings.retention = Settings::default().retention;
        if plan.takes_months {
            plan.settings.pacing.search_per_day = None;
            plan.takes_months = false;
        }
        plan
    }

    /// The disturbed world of a seed with a few questions a day; nobody ends a run early, and the search is
    /// alone.
    pub(crate) fn slow(slow: Slow) -> Self {
        let Slow { seed, per_day, retention, runs } = slow;
        let faults = Faults { stops_at: None, ..Faults::draw(seed) };
        let mut plan = Self::with(seed, faults, Sources::default());
        plan.settings.stop = StopRule::default();
        plan.settings.retention = retention;
        plan.settings.pacing.search_per_day = Some(per_day);
        Self { runs, takes_months: true, ..plan }
    }

    fn with(seed: u64, mut faults: Faults, sources: Sources) -> Self {
        let catalogue = Catalogue::draw(seed, !faults.operators_are_words);
        let mut dice = Dice::new(seed, "plan");
        // Thousands of questions at a few a day would take months.
        let much = catalogue.asks_everything();
        if much {
            faults.long_holds = 0;
        }
        let app = PageLimits {
            page: dice.pick(&[5, 10]).unwrap_or(10),
            depth: dice.pick(&[10, 20, 20, 30]).unwrap_or(20),
        };
        // Now and then so slow that no execution gets two permits.
        let slow = dice.chance(0.01) && !much;
        let rate = dice.pick(if slow { &[1, 2, 4] } else { &[20, 60, 300] }).unwrap_or(60);
        let months = months(seed).filter(|_| !much);
        let mut settings = Settings {
            sources,
            strings: strings(seed),
            pacing: pacing(&mut dice, rate, !much),
            window: dice.pick(&[5, 20, 40]).unwrap_or(20),
            // Usually the app is known; where it is not, the collector finds its limits out.
            limits: if dice.chance(0.8) { app } else { Settings::BEST_LIMITS },
            chunk: dice.pick(&[3, 40, 2_000]).unwrap_or(40),
            refresh: refresh(seed),
            stop: stop_rule(seed),
            ..Settings::default()
        };
        let concurrency = dice.pick(&[2, 2, 3, 5]).unwrap_or(2);
        let limit = f64::from(rate) * faults.limit_share.unwrap_or(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred at most")]
        let limit = limit.max(1.0) as usize;
        if let Some((retention, per_day)) = months {
            settings.retention = retention;
            settings.pacing.search_per_day = Some(per_day);
        }
        if !settings.sources.beyond_search() {
            faults.broken_terms = 0;
        }
        let broken = Broken {
            queries: (0..faults.broken_questions).filter_map(|_| query(&mut dice, &catalogue)).collect(),
            terms: broken_terms(seed, faults.broken_terms, catalogue.len()),
        };
        Self {
            seed,
            faults,
            catalogue,
            settings,
            app,
            limit,
            concurrency,
            runs: runs(seed),
            takes_months: months.is_some(),
            broken,
        }
    }
}

/// In a third of the seeds two or three runs follow each other.
fn runs(seed: u64) -> usize {
    let mut dice = Dice::new(seed, "runs");
    dice.pick(&[1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3]).unwrap_or(1)
}

/// Now and then a few questions a day are allowed, so that runs take weeks or months; and how long rows are
/// kept then.
fn months(seed: u64) -> Option<(Duration, u32)> {
    let mut dice = Dice::new(seed, "months");
    let days = dice.pick(&[30, 90, 365]).unwrap_or(90);
    let per_day = u32::try_from(dice.between(2, 12)).unwrap_or(2);
    dice.chance(0.06).then(|| (Duration::from_hours(24 * days), per_day))
}

/// Usually the search alone; in some worlds other sources too, of whatever kind, in some these without the
/// search, and in a few the systematic search alone.
fn sources(seed: u64) -> Sources {
    let mut dice = Dice::new(seed, "sources");
    if dice.chance(0.02) {
        return [Source::Systematic].into_iter().collect();
    }
    let share = if dice.chance(0.3) { dice.share() } else { 0.0 };
    // What is no way to find artists has no place in these worlds.
    let all = || Source::ALL.into_iter().filter(|source| *source != Source::Tracks);
    let others: Vec<Source> = all().filter(|_| dice.chance(share)).collect();
    if dice.chance(0.12) {
        // Other sources mention whom a genre hides.
        let share = if are_genres_decisive(seed) { 0.0 } else { 0.4 };
        let some = all().filter(|source| *source != Source::Search && dice.chance(share));
        return some.chain([Source::Genres]).collect();
    }
    others.into_iter().chain([Source::Search]).collect()
}

/// What the systematic search asks: few strings, of characters that names have and others.
fn strings(seed: u64) -> Strings {
    let mut dice = Dice::new(seed, "strings");
    let mut characters = ['a', 'b', 'd', 'e', 'k', 'o', 'z', '1', 'м', 'р'];
    dice.shuffle(&mut characters);
    let length = dice.between(1, 3);
    let alphabet: String = characters.iter().take(if length == 3 { 3 } else { 5 }).collect();
    format!("{alphabet}:{length}").parse().unwrap_or_default()
}

/// Now and then known artists are asked for once more, some of them before they are a run old.
fn refresh(seed: u64) -> Option<Refresh> {
    let mut dice = Dice::new(seed, "refresh");
    let requests = u32::try_from(dice.between(1, 8)).unwrap_or(1);
    dice.chance(0.1).then(|| Refresh { age: dice.seconds(0, 3600), requests })
}

/// Now and then an operator wants a run to end early.
fn stop_rule(seed: u64) -> StopRule {
    let mut dice = Dice::new(seed, "stop");
    StopRule {
        requests: dice.chance(0.03).then(|| dice.between(5, 150)),
        least_yield: dice.chance(0.02).then(|| dice.share()),
    }
}

/// Usually the collector is told the limit; now and then it must learn it, or is given a day's allowance too.
fn pacing(dice: &mut Dice, rate: u32, may_be_limited: bool) -> Pacing {
    let fixed = Pacing::fixed(Rate::per_30s(NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN)));
    let learned = dice.chance(0.15);
    let search_per_day = dice.chance(0.03).then(|| u32::try_from(dice.between(60, 300)).unwrap_or(300));
    Pacing {
        rate: fixed.rate.filter(|_| !learned),
        search_per_day: search_per_day.filter(|_| may_be_limited),
    }
}

/// The keys of so many terms that other sources are likely to have.
fn broken_terms(seed: u64, count: usize, artists: usize) -> BTreeSet<TermKey> {
    let mut dice = Dice::new(seed, "broken terms");
    let with_leaves = |question: Question| {
        let completing = Hydrate::new(question.key()).map(Question::from);
        std::iter::once(question).chain(completing)
    };
    let mut some = || {
        let number = format!("{:022}", dice.index(PLAYLISTS));
        let artist = ArtistId::new(format!("{:022}", dice.index(artists))).ok()?;
        let of_kind: [Question; 9] = [
            GenreSeeds.into(),
            Categories.into(),
            FeaturedPlaylists.into(),
            NewReleases.into(),
            NewAlbums.into(),
            CategoryPlaylists(CategoryId::new(format!("category-{}", dice.index(CATEGORIES))).ok()?).into(),
            Playlist(PlaylistId::new(number).ok()?).into(),
            Related(artist.clone()).into(),
            ArtistAlbums(artist).into(),
        ];
        let all: Vec<TermKey> = of_kind.into_iter().flat_map(with_leaves).map(|of| of.key()).collect();
        all.get(dice.index(all.len())).cloned()
    };
    (0..count).filter_map(|_| some()).collect()
}

/// A query that is likely to be asked: the beginning of a name.
fn query(dice: &mut Dice, catalogue: &Catalogue) -> Option<String> {
    let artists: Vec<_> = catalogue.artists().collect();
    let name = &artists.get(dice.index(artists.len()))?.name;
    let beginning: String = name.chars().take(1 + dice.index(2)).collect();
    SearchTerm::new(&beginning).ok().map(|term| term.query())
}
