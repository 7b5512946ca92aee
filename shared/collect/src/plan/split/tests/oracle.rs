//! A second model of what a question means: it reads the query as Spotify is asked, and the catalogue from
//! end to end. It says of any split who would be missing, and whether the split owns up to that.

use super::*;
use crate::plan::split::IN_CIRCLES;

/// An artist: the words of the name, in lower case and without accents, and a year of release if it is known.
#[derive(Clone, Debug, PartialEq)]
struct Listed {
    words: Vec<String>,
    year: Option<u16>,
}

/// A query, read by rules of its own.
#[derive(Debug, Default, PartialEq)]
struct Meaning {
    beginnings: Vec<String>,
    whole: Vec<String>,
    years: Option<(u16, u16)>,
    not_beginnings: Vec<String>,
    not_whole: Vec<String>,
}

impl Meaning {
    /// Reads a query in which no space stands in quotes.
    fn of(query: &str) -> Self {
        let mut meaning = Self::default();
        let mut pieces = query.split(' ');
        while let Some(piece) = pieces.next() {
            let (word, is_excluded) =
                if piece == "NOT" { (pieces.next().unwrap(), true) } else { (piece, false) };
            let quoted = word.strip_prefix('"').map(|word| word.trim_end_matches('"'));
            if let Some(years) = word.strip_prefix("year:") {
                let (first, last) = years.split_once('-').unwrap_or((years, years));
                meaning.years = Some((first.parse().unwrap(), last.parse().unwrap()));
                continue;
            }
            let words = match (is_excluded, quoted) {
                (false, None) => &mut meaning.beginnings,
                (false, Some(_)) => &mut meaning.whole,
                (true, None) => &mut meaning.not_beginnings,
                (true, Some(_)) => &mut meaning.not_whole,
            };
            words.push(quoted.unwrap_or(word).to_owned());
        }
        meaning
    }

    /// Whether the name has all the words that are required, whatever is excluded.
    fn wants(&self, artist: &Listed) -> bool {
        let begins = |beginning: &String| artist.words.iter().any(|word| word.starts_with(beginning));
        self.beginnings.iter().all(begins) && self.whole.iter().all(|whole| artist.words.contains(whole))
    }

    fn shows(&self, artist: &Listed) -> bool {
        let is_excluded = |word: &String| {
            self.not_beginnings.iter().any(|not| word.starts_with(not)) || self.not_whole.contains(word)
        };
        let is_in_years = self
            .years
            .is_none_or(|(first, last)| artist.year.is_some_and(|year| (first..=last).contains(&year)));
        self.wants(artist) && is_in_years && !artist.words.iter().any(is_excluded)
    }

    /// Whether it asks for a single letter or digit, and the artist is found under a letter that comes first:
    /// the roots of letters are asked in any run, and leave names to each other in the order of the alphabet.
    fn is_of_an_earlier_root(&self, artist: &Listed) -> bool {
        let [root] = self.beginnings.as_slice() else { return false };
        let is_root = root.len() == 1 && self.whole.is_empty() && self.years.is_none();
        let comes_first = |letter: &char| root.as_str() < "a" || *letter < root.chars().next().unwrap();
        let mut before = ('a'..='z').filter(comes_first);
        is_root && before.any(|letter| artist.words.iter().any(|word| word.starts_with(letter)))
    }

    /// Whether a word of the artist is one that is asked for, with nothing behind it.
    fn ends_in(&self, artist: &Listed) -> bool {
        let mut asked = self.beginnings.iter().chain(&self.whole);
        asked.any(|asked| artist.words.contains(asked))
    }

    /// Whether nothing foretells how the words go on that it asks for: Han characters have no alphabet.
    fn has_no_alphabet(&self) -> bool {
        !self.beginnings.is_empty() && self.beginnings.iter().all(|word| word.ends_with(['胡', '音']))
    }

    /// Whether `artist`, whom no part shows, is one of those that `residue` owns up to.
    fn excuses(&self, artist: &Listed, residue: &str) -> bool {
        match residue {
            YEARS_ONLY => artist.year.is_none(),
            SIGNS => artist.words.iter().all(|word| !word.contains(char::is_alphanumeric)),
            WHOLE_WORDS | "a name that is exactly this word would be hidden" => {
                self.ends_in(artist) || self.has_no_alphabet()
            }
            "words that go on with a character that was never seen may be hidden"
            | "saturated, and no longer term is known" => self.has_no_alphabet(),
            _ => self.beginnings.is_empty() && self.whole.is_empty(),
        }
    }
}

/// Names of few letters, of several words and scripts, some with a year. No word goes on in another script.
fn artists() -> impl Strategy<Value = Vec<Listed>> {
    let word = "[abt]{1,2}|[ab]{3}|t[hj]|[0-2]{1,2}|a2b?|[яб]{1,2}|[胡音]{1,2}";
    let named = prop::collection::vec(word, 1..4);
    let words = prop_oneof![9 => named, 1 => "[&!]{1,2}".prop_map(|signs| vec![signs])];
    let year = prop::option::weighted(0.8, prop::sample::select(vec![1994_u16, 1995, 2018, 2025, 2026]));
    prop::collection::vec((words, year).prop_map(|(words, year)| Listed { words, year }), 1..50)
}

/// Terms of every kind that a run may meet.
fn parents() -> impl Strategy<Value = String> {
    let required = prop_oneof![
        8 => "[abt]{1,2}|[abt] [abt]|[abt]{1,2} \"[abt]{1,2}\"|\"[abt]{1,2}\"|\"a\" \"b\"",
        2 => "[я胡&]|[яб]{2}|[0-2]|a2",
    ];
    let years = prop_oneof![3 => Just(""), 1 => Just(" year:2026"), 1 => Just(" year:1990-2026")];
    let excluded =
        prop_oneof![Just(Vec::new()), prop::collection::vec(" NOT ([abct]|[abct]{2}|\"[abt]{1,2}\")", 1..4),];
    let worded = (required, years, excluded)
        .prop_map(|(required, years, excluded)| format!("{required}{years}{}", excluded.concat()));
    prop_oneof![20 => worded, 1 => Just("year:1900-2026".to_owned()), 1 => Just("year:2026".to_owned())]
}

fn operators() -> impl Strategy<Value = Operators> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(not, quotes, years)| Operators {
        not: Some(not),
        quotes: Some(quotes),
        not_quotes: Some(not && quotes),
        years: Some(years),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whoever_a_split_does_not_show_is_owned_up_to(
        artists in artists(),
        parent in parents(),
        operators in operators(),
        sample in 0_usize..60,
        total in prop::option::of(5.0..5_000.0_f64),
        depth in 3_u32..40,
    ) {
        let Ok(parent) = SearchTerm::new(&parent) else { return Ok(()) };
        // Exclusions are asked only where they work.
        let parent = if operators.excludes(&parent) == Some(true) { parent } else { parent.including_all() };
        let asked = Meaning::of(&parent.query());
        let matching: Vec<&Listed> = artists.iter().filter(|artist| asked.shows(artist)).collect();
        let names: Vec<String> = matching.iter().map(|artist| artist.words.join(" ")).collect();
        let seen = seen(&parent, names.iter().take(sample).map(String::as_str));
        let total = total.unwrap_or(f64::from(u32::try_from(matching.len()).unwrap()));
        let means = Means { operators, depth, this_year: 2026 };
        let mut split = divide(&parent, &seen, total, means);
        if split.whole {
            split.parts.extend(pairs(&parent, &seen, &["a".to_owned(), "b".to_owned()], total));
        }
        prop_assert_ne!(split.residue, Some(IN_CIRCLES));
        prop_assert!(split.residue.is_some() || split.covered, "nothing is said of {}", parent);
        let parts: Vec<Meaning> = split.parts.iter().map(|part| Meaning::of(&part.term.query())).collect();
        prop_assert!(!parts.contains(&asked), "{} is a part of itself", parent);
        // Exclusions that no longer fit may be dropped, and pairs are asked for in all years.
        for artist in artists.iter().filter(|artist| !asked.wants(artist)) {
            let is_shown = parts.iter().any(|part| part.shows(artist));
            prop_assert!(!is_shown, "{:?} has nothing to do with {}", artist, parent);
        }
        for artist in matching {
            let is_shown = parts.iter().any(|part| part.shows(artist));
            let is_elsewhere = operators.not == Some(true) && asked.is_of_an_earlier_root(artist);
            let is_excused = split.residue.is_some_and(|residue| asked.excuses(artist, residue));
            prop_assert!(
                is_shown || is_elsewhere || is_excused,
                "{:?} of {} is in none of {:?} ({:?})", artist, parent, queries(&split), split.residue,
            );
        }
    }
}
