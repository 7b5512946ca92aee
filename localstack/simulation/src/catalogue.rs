//! A small catalogue whose names are made of few syllables, so that searches saturate, pages are several, and
//! words repeat.

use std::collections::BTreeSet;

use collect::catalogue::{Artist, ArtistId, text};
use collect::term::{Question, SearchTerm, Source, Term, Years};

use crate::dice::Dice;

/// Syllables in the alphabets that are searched from the start; the last ones have letters that must be
/// learned.
const SYLLABLES: [&str; 14] =
    ["ba", "be", "bo", "da", "do", "ka", "dj", "the", "a", "мир", "да", "1", "bø", "楽音"];

/// All artists, the most relevant first, each with the words of its name.
#[derive(Debug)]
pub(crate) struct Catalogue {
    artists: Vec<(Artist, Vec<String>)>,
    alphabet: BTreeSet<char>,
    /// Whether `NOT`, quotes and filters work in a search; otherwise they are words.
    operators_work: bool,
    /// Whether terms of letters that no name has are asked too.
    asks_everything: bool,
    /// Whether some artists have no release in a known year, so that no search by years shows them.
    some_are_undated: bool,
}

/// One artist in so many has no release in a known year, where some have none.
const UNDATED: usize = 7;

/// Whether all artists of a seed's catalogue share a genre, and no other source makes up for a search by
/// genre that hides some.
pub(crate) fn are_genres_decisive(seed: u64) -> bool {
    Dice::new(seed, "genres").chance(0.5)
}

impl Catalogue {
    /// The catalogue of a seed: 20 to 200 artists.
    pub(crate) fn draw(seed: u64, operators_work: bool) -> Self {
        let mut dice = Dice::new(seed, "catalogue");
        let syllables = dice.between(4, SYLLABLES.len() as u64);
        let mut syllables: Vec<&str> =
            SYLLABLES.iter().copied().take(usize::try_from(syllables).unwrap_or(4)).collect();
        dice.shuffle(&mut syllables);
        // Squared, because small catalogues are quick and find most: the average is 80.
        let spread = dice.share() * dice.share();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 180")]
        let count = 20 + (180.0 * spread) as usize;
        let mut artists: Vec<_> = (0..count).map(|number| artist(&mut dice, &syllables, number)).collect();
        // Few genres saturate otherwise.
        if are_genres_decisive(seed) {
            for (artist, _) in &mut artists {
                artist.genres = Some(vec!["pop".to_owned()]);
            }
        }
        let alphabet =
            artists.iter().flat_map(|(_, words)| words.iter()).flat_map(|word| word.chars()).collect();
        let some_are_undated = Dice::new(seed, "undated").chance(0.6);
        Self { artists, alphabet, operators_work, asks_everything: dice.chance(0.01), some_are_undated }
    }

    /// The artists that match a query, each with its number, the most relevant first.
    pub(crate) fn matching(&self, query: &str) -> Vec<usize> {
        let plain = |letter: char| if letter.is_alphanumeric() { letter } else { ' ' };
        let search = if self.operators_work {
            SearchTerm::new(query)
        } else {
            SearchTerm::new(&query.to_lowercase().chars().map(plain).collect::<String>())
        };
        let Ok(search) = search else { return Vec::new() };
        let matches = |(number, (artist, words)): &(usize, &(Artist, Vec<String>))| {
            let year = year(*number).filter(|_| !(self.some_are_undated && number % UNDATED == 0));
            matches(&search, year, artist, words)
        };
        self.artists.iter().enumerate().filter(matches).map(|(number, _)| number).collect()
    }

    /// Whether a search may exclude and filter.
    pub(crate) fn operators_work(&self) -> bool {
        self.operators_work
    }

    /// Whether terms of letters that no name has are asked too.
    pub(crate) fn asks_everything(&self) -> bool {
        self.asks_everything
    }

    /// How many there are; never none.
    pub(crate) fn len(&self) -> usize {
        self.artists.len()
    }

    /// An artist by its number.
    pub(crate) fn artist(&self, number: usize) -> Option<&Artist> {
        self.artists.get(number).map(|(artist, _)| artist)
    }

    /// All of them.
    pub(crate) fn artists(&self) -> impl Iterator<Item = &Artist> {
        self.artists.iter().map(|(artist, _)| artist)
    }

    /// Whether a term is worth its time here. A term with a letter that no name has brings nothing; most of
    /// the hundreds of roots are of this kind, and nothing about them is special, so one world in a hundred
    /// asks them and the others do without. The systematic search is a matter of asking every string.
    pub(crate) fn is_worth_asking(&self, term: &Term) -> bool {
        let Question::Search(search) = &term.question else { return true };
        self.asks_everything
            || term.source == Source::Systematic
            || search.stems().flat_map(str::chars).all(|letter| self.alphabet.contains(&letter))
    }
}

/// The year in which an artist released something: one of four decades.
fn year(number: usize) -> Option<Years> {
    let year = u16::try_from(1980 + number * 23 % 40).ok()?;
    Years::new(year, year)
}

/// Whether an artist is among the results.
fn matches(search: &SearchTerm, year: Option<Years>, artist: &Artist, words: &[String]) -> bool {
    let released = |years: Years| year.is_some_and(|year| years.intersection(year).is_some());
    let has = |genre: &str| artist.genres.iter().flatten().any(|of_artist| of_artist == genre);
    search.matches(words) && search.years().is_none_or(released) && search.genre().is_none_or(has)
}

fn artist(dice: &mut Dice, syllables: &[&str], number: usize) -> (Artist, Vec<String>) {
    let words = dice.pick(&[1, 1, 2, 2, 2, 3]).unwrap_or(1);
    let word = |dice: &mut Dice| -> String {
        let length = dice.pick(&[1, 2, 2, 3]).unwrap_or(2);
        (0..length).filter_map(|_| dice.pick(syllables)).collect()
    };
    let name = (0..words).map(|_| word(dice)).collect::<Vec<_>>().join(" ");
    let artist = Artist {
        // The number first, then what makes it 22 characters: always well formed.
        id: ArtistId::new(format!("{number:022}")).unwrap_or_else(|_| unreachable!("22 digits, the first 0")),
        popularity: dice.chance(0.8).then(|| u8::try_from(dice.between(0, 100)).unwrap_or_default()),
        followers: dice.chance(0.8).then(|| dice.between(0, 1_000_000)),
        genres: dice.chance(0.5).then(|| vec!["pop".to_owned(); dice.index(2)]),
        name,
    };
    let words = text::words(&artist.name);
    (artist, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalogues_are_small_and_their_searches_saturate() {
        let sizes: Vec<usize> = (0..200).map(|seed| Catalogue::draw(seed, true).artists.len()).collect();
        assert!(sizes.iter().all(|size| (20..=200).contains(size)), "{sizes:?}");
        let catalogue = Catalogue::draw(1, true);
        let most = catalogue.alphabet.iter().map(|c| catalogue.matching(&c.to_string()).len()).max();
        assert!(most > Some(10), "{most:?}");
    }

    #[test]
    fn a_query_matches_the_beginnings_of_words() {
        let catalogue = Catalogue::draw(3, true);
        let (first, words) = &catalogue.artists[0];
        let query =
            words.iter().map(|word| word.chars().next().unwrap().to_string()).collect::<Vec<_>>().join(" ");
        let found = catalogue.matching(&query);
        assert_eq!(catalogue.artist(found[0]).map(|artist| &artist.id), Some(&first.id));
        assert!(catalogue.matching("zzz").is_empty());
    }

    #[test]
    fn operators_narrow_a_search_or_are_words_that_nobody_has() {
        let (works, fails) = (Catalogue::draw(3, true), Catalogue::draw(3, false));
        let all = works.matching("b").len();
        assert!(all > 0 && fails.matching("b").len() == all);
        assert!(works.matching("b NOT be").len() < all && works.matching("b year:1980-1999").len() < all);
        assert!(fails.matching("b NOT be").is_empty() && fails.matching("b year:1980-1999").is_empty());
    }

    #[test]
    fn in_some_catalogues_artists_without_a_year_are_in_no_search_by_years() {
        let catalogues: Vec<Catalogue> = (0..40).map(|seed| Catalogue::draw(seed, true)).collect();
        for catalogue in &catalogues {
            let (dated, all) = (catalogue.matching("year:1900-2026").len(), catalogue.len());
            let undated = if catalogue.some_are_undated { all.div_ceil(UNDATED) } else { 0 };
            assert_eq!(dated + undated, all);
        }
        let some = catalogues.iter().filter(|catalogue| catalogue.some_are_undated).count();
        assert!((10..38).contains(&some), "in {some} of 40");
    }
}
