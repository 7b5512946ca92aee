//! A random sample of the catalogue, drawn when everything else has been asked: slices by the beginning of a word and a year, a
//! route that does not depend on how names were split. What the [`estimate`](crate::run::Estimate) of a run rests on.
//!
//! A slice counts if it fits on one page, so that it shows everybody it has and not the best known ones alone. It begins with a
//! letter and a year by chance. Where more match than a page has, the letter is made longer, by the word of a name by chance
//! that the page has shown, until it fits: so large catalogues are sampled as evenly as small ones, and small pages do.
//! (Random descents sample hidden databases in this way: Dasgupta, Jin, Jewell, Zhang, Das, SIGMOD 2010.)
//!
//! A page shows the best known artists first, whom a run is likelier to have seen. So the artist whose name was followed is not
//! counted, only those found beside it: a group that is drawn in proportion to how many such names it has is, without the
//! one that was drawn, like any other.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::catalogue::{ArtistId, alphabet, text};
use crate::settings::Settings;
use crate::term::{Operators, Question, RunId, SearchTerm, Source, Term, Years};
use crate::web_api::Page;

/// Slices in a sample.
pub(crate) const SLICES: u16 = 24;

/// Letters that a term of the sample tries.
pub(crate) const TRIES: u16 = 5;

/// Questions after which a term of the sample is left, whether it has found a slice or not.
pub(crate) const QUESTIONS: u16 = 9;

/// Letters and years are dealt out in so many hands, so that no two of the slices that are looked at can be the same: a hand
/// is a letter with every fifth year.
const HANDS: u16 = 26 * YEARS;

/// Of so many years in a row, each is in another hand.
const YEARS: u16 = 5;

const _: () = assert!(SLICES * TRIES <= HANDS, "every slice has a hand of its own");

/// Years in which slices lie: back from this one, recent years rather than early ones.
const SPAN: f64 = 50.0;

/// How full the page of a slice should be: the more artists the better, and one that does not fit costs another request.
const FILL: f64 = 0.6;

/// Of so many names, one goes on with a given letter: to find a slice that fits soon.
const NARROWING: f64 = 6.0;

/// Of a hundred words of names, how many begin with each letter from a to z, roughly.
const WEIGHTS: [u8; 26] = [7, 8, 7, 7, 4, 4, 4, 4, 3, 5, 5, 6, 8, 4, 3, 5, 1, 5, 9, 7, 1, 3, 3, 1, 2, 2];

/// What is expected of a sample: hardly anybody new.
const LAST: f64 = 0.001;

/// The terms of a sample, where one can be drawn.
pub(crate) fn terms(settings: &Settings, run: &RunId, operators: Operators) -> Vec<Term> {
    if !settings.sources.has(Source::Search) || operators.years != Some(true) {
        return Vec::new();
    }
    let term = |number| Term::new(run.clone(), Source::Search, Question::Sample(number), LAST);
    (0..SLICES).map(term).collect()
}

/// Whether a page of up to `limit` rows shows all that matches.
pub(crate) fn fits(page: &Page, limit: u32) -> bool {
    page.rows < limit && !page.has_next && page.total.is_none_or(|total| total <= u64::from(page.rows))
}

/// The slice of names of which a word goes on as one by chance on its `page` does, so far that a page of them is [`FILL`] full, and the artist of that name. Nothing where no name goes on.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of letters"
)]
pub(crate) fn narrower(
    slice: &SearchTerm,
    page: &Page,
    limit: u32,
    chance: &mut Chance,
) -> Option<(SearchTerm, ArtistId)> {
    let ([prefix], Some(years)) = (slice.words(), slice.years()) else { return None };
    let goes_on = |word: &String| word.len() > prefix.len() && word.starts_with(prefix.as_str());
    let mut longer: Vec<(String, &ArtistId)> = Vec::new();
    for artist in &page.artists {
        let words = text::words(&artist.name).into_iter().filter(goes_on);
        longer.extend(words.map(|word| (word, &artist.id)));
    }
    let (word, guide) = longer.get((chance.unit() * longer.len() as f64) as usize)?;
    let wanted = FILL * f64::from(limit);
    let matches = page.total.unwrap_or_default().max(u64::from(page.rows)) as f64;
    let letters = ((matches / wanted).ln() / NARROWING.ln()).ceil().clamp(1.0, 6.0) as usize;
    let beginning: String = word.chars().take(prefix.chars().count() + letters).collect();
    Some((SearchTerm::new(&beginning).ok()?.released(years)?, (*guide).clone()))
}

/// What decides by chance, the same in every replay of the run: a linear congruential generator (Knuth's MMIX), which is
/// random enough for a few cards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// A number above 0 and below 1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The higher bits are the more random ones.
        (f64::from(u32::try_from(self.0 >> 32).unwrap_or_default()) + 0.5) / 2_f64.powi(32)
    }
}

/// The hands in an order by chance, each with a chance of its own. A hand comes early in proportion to how many words
/// begin with its letter (weighted sampling without replacement, Efraimidis and Spirakis 2006): if every letter came as often
/// as any other, the rare ones, whose few artists a run has soon seen, would speak for the many of the common ones.
pub(crate) fn hands(run: &RunId) -> Vec<(u16, Chance)> {
    let mut hasher = DefaultHasher::new();
    run.as_str().hash(&mut hasher);
    let mut chance = Chance(hasher.finish());
    let mut dealt: Vec<(f64, u16, Chance)> = (0..HANDS)
        .map(|hand| {
            let drawn = chance.unit();
            let weight = WEIGHTS.get(usize::from(hand / YEARS)).copied().unwrap_or(1);
            (-drawn.ln() / f64::from(weight), hand, Chance(chance.0 ^ u64::from(hand)))
        })
        .collect();
    dealt.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
    dealt.into_iter().map(|(_, hand, chance)| (hand, chance)).collect()
}

/// The slice that a hand begins with: its letter, in one of its years.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of years")]
pub(crate) fn slice(hand: u16, chance: &mut Chance, this_year: u16) -> Option<SearchTerm> {
    let letter = alphabet::letters().nth((hand / YEARS).into())?;
    let ago = (SPAN * chance.unit().powi(2)) as u16;
    let wanted = this_year.saturating_sub(ago);
    // The latest year of the hand that is not later.
    let year = wanted.saturating_sub((wanted % YEARS + YEARS - hand % YEARS) % YEARS);
    SearchTerm::new(&letter.to_string()).ok()?.released(Years::new(year, year)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalogue::Artist;

    #[test]
    fn no_two_slices_coincide() {
        for run in ["2026-11-21", "plan", "a", "b"] {
            let slices: BTreeSet<SearchTerm> = hands(&RunId::new(run).unwrap())
                .into_iter()
                .map(|(hand, mut chance)| slice(hand, &mut chance, 2026).unwrap())
                .collect();
            assert_eq!(slices.len(), usize::from(HANDS));
            let last_years = Years::new(2026 - 55, 2026).unwrap();
            assert!(
                slices.iter().all(|slice| slice.years().unwrap().intersection(last_years) == slice.years())
            );
        }
    }

    #[test]
    fn a_slice_that_does_not_fit_goes_on_as_a_name_that_it_shows() {
        let artist = |name: &str| Artist {
            id: ArtistId::new("0".repeat(22)).unwrap(),
            name: name.to_owned(),
            popularity: None,
            followers: None,
            genres: None,
        };
        let slice = SearchTerm::new("b year:1999").unwrap();
        let artists = vec![artist("The Beatniks"), artist("B"), artist("Ob")];
        let narrower = |matches| {
            let page = Page { rows: 3, total: Some(matches), artists: artists.clone(), ..Page::default() };
            assert!(!fits(&page, 4));
            narrower(&slice, &page, 4, &mut Chance(1)).unwrap().0.query()
        };
        assert_eq!(narrower(10), "be year:1999");
        assert_eq!(narrower(2 * 6 * 6), "bea year:1999");
        assert_eq!(narrower(1_000_000), "beatnik year:1999");
        let page = Page { rows: 1, total: Some(9), artists: vec![artist("B")], ..Page::default() };
        assert!(super::narrower(&slice, &page, 4, &mut Chance(1)).is_none());
    }
}
