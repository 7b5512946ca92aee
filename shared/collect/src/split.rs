//! Splitting a saturated term: by the next character, by whole words, by years of release, by another word.
//!
//! A saturated search for the prefix `p` hides some of the names that have a word beginning with `p`. Such a word either
//! goes on with a character (then the term `p` + character finds the name) or is exactly `p`. A name of the second kind is
//! found under its other words, unless these are exactly some saturated prefix too. What is asked beside the longer prefixes
//! depends on what the app's search understands:
//!
//! | works | a saturated prefix `p` is split into | what stays open |
//! |---|---|---|
//! | `NOT` | its largest longer prefixes, and one rest that excludes them, names that are exactly `p` included. Where the word by itself saturates: `"p"` and `p NOT "p"` if that works too, otherwise the rest by the first letter of another word, each name once; then by years | single years of one word that saturate, and artists whose years are not known |
//! | quotes | every longer prefix, and `"p"`; that one, where it saturates, by the letters of other words (with `NOT`) or by years, and pairs of the words that saturate even in single years | the same |
//! | `year:` alone | every longer prefix, and where names end here, `p` by years | every prefix that is a whole word |
//! | none of them | every longer prefix, and pairs of saturated words that were seen beside each other | every prefix that is a whole word |
//!
//! Each part comes with a forecast of its size, from the shares that the parent's results have shown
//! ([`seen`](crate::seen)), so that the large parts are asked first and the empty ones last or never.
//!
//! Assumed of names: a word that has begun in one alphabet goes on in it, unless results have shown otherwise.

use std::collections::BTreeMap;

use crate::alphabet::{self, may_follow};
use crate::capability::Operators;
use crate::seen::Seen;
use crate::term::{SearchTerm, Years};

/// A term that a saturated term is split into.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it asks.
    pub term: SearchTerm,
    /// How many artists match it, as far as can be foretold.
    pub size: f64,
    /// How many of them the parent's pages have shown already.
    pub shown: f64,
}

/// How a saturated term is to be split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// The terms to ask instead.
    pub parts: Vec<Part>,
    /// Whether every name that the term matches is matched by a part, or by a root that is asked anyway: then nothing of
    /// it needs to be asked any more.
    pub covered: bool,
    /// Whether names were seen that no part finds, because the term is a whole word of theirs.
    pub whole: bool,
    /// Why the parts do not cover all that the term may hide, if so.
    pub residue: Option<&'static str>,
}

/// How many names the general frequency of letters counts for, against what was seen to follow this very term.
const PRIOR_NAMES: f64 = 3.0;

/// Occurrences that a letter is credited with before it was seen.
const UNSEEN_LETTER: f64 = 0.2;

/// Share of the window that the rest of a term is meant to fill: some room for forecasts that are too low.
const REST: f64 = 0.75;

/// Share of the window below which a part is left to the rest where the rest saturates anyway.
const SMALL: f64 = 0.1;

/// Characters that exclusions leave in a query whose rest is split by another word and by years.
const ROOM: usize = 60;

/// Names that must have been seen for a word to count as never standing beside another.
const TELLING: u32 = 100;

/// Share of the names of a whole word that are expected to have another given one.
const UNKNOWN_PAIR: f64 = 0.001;

/// The residue of a term that was cut by years.
const YEARS_ONLY: &str = "names that end here are known by their years of release only";

/// The residue of whole words that saturate.
const WHOLE_WORDS: &str = "names that consist of saturated whole words may be hidden";

/// The character that lengthens a word, and the part that this makes.
type Longer = (char, Part);

/// What splitting may count on.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    /// The operators that work, as far as is known.
    pub operators: Operators,
    /// Rows that a search shows in all.
    pub window: u32,
    /// The year that it is.
    pub this_year: i16,
}

/// Splits `term`, which about `total` artists match, by the best means at hand.
pub fn divide(term: &SearchTerm, seen: &Seen, total: f64, means: Means) -> Split {
    if let Some(split) = by_shorter_years(term, seen, total) {
        return split;
    }
    if term.genre().is_some() && term.words().is_empty() {
        return by_genre(term, seen, total, means);
    }
    if term.words().is_empty() && term.whole().is_empty() {
        // The characters that it has shown are searched as roots of their own.
        let residue = Some("names that begin with a character that was never seen may be hidden");
        return Split { residue, ..Split::default() };
    }
    if term.words().is_empty() && means.operators.not != Some(true) {
        return whole_words(term, seen, total, means);
    }
    let mut split = if means.operators.not == Some(true) {
        split_with_not(term, seen, total, means)
    } else {
        split(term, seen, total, means.operators.quotes == Some(true))
    };
    // Where `NOT` works, what is not covered here is a rest whose parts were excluded before.
    let names_end_here = means.operators.not == Some(true) || split.whole;
    if split.residue.is_some()
        && names_end_here
        && means.operators.years == Some(true)
        && term.years().is_none()
    {
        split.residue = Some(YEARS_ONLY);
        split.parts.extend(by_years(term, seen, total, Years::until(means.this_year)));
        split.whole = false;
    }
    split
}

/// Splits a term of whole words only, where `NOT` does not work. Its names are found by their other words, unless these
/// saturate as whole words too; so there is nothing to lengthen. Years cut it; where a single year still saturates, pairs with
/// the other words of which that is true are all that is left to ask.
fn whole_words(term: &SearchTerm, seen: &Seen, total: f64, means: Means) -> Split {
    if term.years().is_none() && means.operators.years == Some(true) {
        let parts = by_years(term, seen, total, Years::until(means.this_year));
        return Split { parts, residue: Some(YEARS_ONLY), ..Split::default() };
    }
    Split { whole: true, residue: Some(WHOLE_WORDS), ..Split::default() }
}

/// Cuts the years of a term that has some: its parts show whatever it shows.
fn by_shorter_years(term: &SearchTerm, seen: &Seen, total: f64) -> Option<Split> {
    let years = term.years().filter(|years| years.cut().is_some())?;
    Some(Split { parts: by_years(term, seen, total, years), covered: true, ..Split::default() })
}

/// Cuts a genre by years of release, or by the first letters of names where years do not work or are cut already.
fn by_genre(term: &SearchTerm, seen: &Seen, total: f64, means: Means) -> Split {
    if means.operators.years != Some(true) || term.years().is_some() {
        return split(term, seen, total, false);
    }
    let parts = by_years(term, seen, total, Years::until(means.this_year));
    let residue = Some("artists of a genre without a release in a known year may be hidden");
    Split { parts, residue, ..Split::default() }
}

/// The term in the earlier and in the later part of `years`.
fn by_years(term: &SearchTerm, seen: &Seen, total: f64, years: Years) -> Vec<Part> {
    let names = f64::from(seen.names());
    // Most releases are recent, and many artists release in both parts.
    let shares = [0.4, 0.8];
    let parts = years.cut().into_iter().flatten().zip(shares);
    let part = |(years, share): (Years, f64)| {
        Some(Part { term: released(term, years)?, size: total * share, shown: names * share })
    };
    parts.filter_map(part).collect()
}

/// The term in `years` only, with as many exclusions of other roots as then fit.
fn released(term: &SearchTerm, years: Years) -> Option<SearchTerm> {
    term.released(years).or_else(|| {
        let (letters, longer): (Vec<_>, Vec<_>) =
            term.without().iter().cloned().partition(|word| is_letter(word));
        let released = plain(term).excluding(longer)?.released(years)?;
        Some(fitting(&released, letters))
    })
}

/// Splits `term`, which about `total` artists match, by the next character of one word. The word that is extended is the
/// one that occurs least often as a whole word, since what ends there cannot be extended. Where quotes work, those names are
/// a part too, and the parts cover the term; otherwise nobody can tell whether there are such names.
pub fn split(term: &SearchTerm, seen: &Seen, total: f64, quotes: bool) -> Split {
    let index = seen.longest();
    let mut parts: Vec<Part> = longer(term, seen, total).into_iter().map(|(_, part)| part).collect();
    let nothing_longer = parts.is_empty();
    if quotes && let Some(ending) = ending(term, index) {
        let (share, shown) = (seen.whole_share(), seen.word(index).map_or(0, |word| word.whole));
        parts.push(Part { term: ending, size: total * share, shown: f64::from(shown) });
        let last = term.words().get(index).and_then(|word| word.chars().last());
        let covered = last.is_some_and(|last| alphabet::continuations(last).next().is_some());
        let residue =
            (!covered).then_some("words that go on with a character that was never seen may be hidden");
        return Split { parts, covered, residue, whole: false };
    }
    let whole = term.words().is_empty() || seen.word(index).is_some_and(|word| word.whole > 0);
    let residue = if nothing_longer && !whole {
        "saturated, and no longer term is known"
    } else if whole {
        WHOLE_WORDS
    } else {
        "a name that is exactly this word would be hidden"
    };
    Split { parts, covered: false, whole, residue: Some(residue) }
}

/// Splits `term` where `NOT` works: into its largest parts, and all the rest in one term that excludes them. The rest holds
/// the many small parts, the names that no longer term finds, and whatever was not foretold; so the parts cover the term
/// wherever the forecast was wrong, no empty part is asked, and pages are full.
///
/// Where a word by itself saturates, every rest would too. If quotes work, that word and all longer ones are told apart instead.
pub fn split_with_not(term: &SearchTerm, seen: &Seen, total: f64, means: Means) -> Split {
    if let Some(alone) = without_other_roots(term) {
        let part = Part { term: alone, size: total / 2.0, shown: 0.0 };
        return Split { parts: vec![part], covered: true, ..Split::default() };
    }
    let mut largest = longer(term, seen, total);
    largest.sort_by(|(_, a), (_, b)| b.size.total_cmp(&a.size));
    let word = seen.word(seen.longest());
    let names = f64::from(seen.names().max(1));
    let whole = total * word.map_or(0.0, |word| f64::from(word.whole)) / names;
    let window = f64::from(means.window);
    if whole > window
        && means.operators.quotes == Some(true)
        && means.operators.not_quotes == Some(true)
        && let Some(parts) = apart(term, seen, total, whole)
    {
        return Split { parts, covered: true, ..Split::default() };
    }
    // Where the whole word saturates by itself, small parts are not worth a term of their own.
    let least = if whole > window { SMALL * window } else { 0.0 };
    let prefix = term.words().get(seen.longest()).cloned().unwrap_or_default();
    let (mut parts, mut rest) = (Vec::new(), term.clone());
    let (mut left, mut shown) = (total, names);
    for (c, part) in largest {
        if left <= REST * window || part.shown < 1.0 || part.size < least {
            break;
        }
        let room = if whole > window { ROOM } else { 0 };
        let Some(narrower) = excluding(&rest, format!("{prefix}{c}"), room) else { break };
        rest = narrower;
        left = (left - part.size).max(whole).max(0.02 * total);
        shown = (shown - part.shown).max(0.0);
        parts.push(part);
    }
    if parts.is_empty() || whole > window {
        let Some(by_word) = by_second_word(term, &rest, left) else { return split(term, seen, total, false) };
        parts.extend(by_word);
        return Split { parts, covered: true, ..Split::default() };
    }
    parts.push(Part { term: rest, size: left, shown });
    Split { parts, covered: true, ..Split::default() }
}

/// The term in two: names with exactly the word that it extends, and all others. Nothing where that is too long.
fn apart(term: &SearchTerm, seen: &Seen, total: f64, whole: f64) -> Option<Vec<Part>> {
    let index = seen.longest();
    let exactly = ending(term, index)?;
    let (letters, longer): (Vec<_>, Vec<_>) =
        term.without().iter().cloned().partition(|word| is_letter(word));
    let others = plain(term).excluding(longer)?.excluding_whole(term.words().get(index)?)?;
    let others = fitting(&others, letters);
    let names = f64::from(seen.names());
    let shown = seen.word(index).map_or(0.0, |word| f64::from(word.whole));
    let parts = vec![
        Part { term: exactly, size: whole, shown },
        Part { term: others, size: (total - whole).max(0.02 * total), shown: names - shown },
    ];
    parts.iter().all(|part| part.term != *term).then_some(parts)
}

/// The term with `word` excluded too, and `room` characters left in the query. Where that grows too long, exclusions of other
/// roots are dropped: the term then matches some names that are found elsewhere too.
fn excluding(term: &SearchTerm, word: String, room: usize) -> Option<SearchTerm> {
    let (letters, longer): (Vec<_>, Vec<_>) =
        term.without().iter().cloned().partition(|word| is_letter(word));
    let plain = plain(term).excluding(longer.into_iter().chain([word]))?;
    (plain.room() >= room).then(|| fitting(&plain, letters))
}

/// The term without its exclusions of prefixes. Those of whole words stay: such names are found apart, however long the word
/// of theirs that is asked for.
fn plain(term: &SearchTerm) -> SearchTerm {
    let exclude = |plain: SearchTerm, word: &String| plain.excluding_whole(word).unwrap_or(plain);
    term.without_whole().iter().fold(term.including_all(), exclude)
}

/// The term with one more character on word `index`, unless that is excluded. The exclusions of its sisters are dropped:
/// they have shown their part, and hardly matter to a longer word.
fn extended(term: &SearchTerm, index: usize, c: char) -> Option<SearchTerm> {
    let longer = plain(term).extended(index, c)?;
    let excluded =
        longer.words().iter().any(|word| term.without().iter().any(|not| word.starts_with(not.as_str())));
    let letters = term.without().iter().filter(|word| is_letter(word)).cloned();
    (!excluded).then(|| fitting(&longer, letters))
}

/// The term in which the prefix `index` must be a whole word. The exclusions of longer prefixes are dropped.
fn ending(term: &SearchTerm, index: usize) -> Option<SearchTerm> {
    let letters = term.without().iter().filter(|word| is_letter(word)).cloned();
    Some(fitting(&plain(term).ending(index)?, letters))
}

/// The term with as many of `letters` excluded too as fit.
fn fitting(term: &SearchTerm, letters: impl IntoIterator<Item = String>) -> SearchTerm {
    letters.into_iter().fold(term.clone(), |term, letter| term.excluding([letter]).unwrap_or(term))
}

/// Whether an exclusion is that of a root.
fn is_letter(word: &str) -> bool {
    word.len() == 1
}

/// A root without the letters that come before it: names that have a word with one of those are found there, so that every
/// name is found under one root only.
pub fn without_other_roots(term: &SearchTerm) -> Option<SearchTerm> {
    let ([word], [], None) = (term.words(), term.whole(), term.years()) else { return None };
    let mut characters = word.chars();
    let (root, None) = (characters.next()?, characters.next()) else { return None };
    let before = if root.is_ascii_alphanumeric() {
        alphabet::letters().take_while(|c| *c != root).map(String::from)
    } else {
        return None;
    };
    term.excluding(before).filter(|alone| alone != term)
}

/// Splits `rest`, what is left of `term` beside its larger parts, by the first letter of another word: each name under the
/// first of its letters, and in one more term what has no word with another letter. Nothing where that tells nothing apart.
fn by_second_word(term: &SearchTerm, rest: &SearchTerm, total: f64) -> Option<Vec<Part>> {
    let (roots, _): (Vec<_>, Vec<_>) = term.without().iter().cloned().partition(|word| is_letter(word));
    let longer = rest.without().iter().filter(|word| !is_letter(word)).cloned();
    let plain = plain(term).excluding(longer)?;
    let own = |c: char| term.words().iter().any(|word| word.starts_with(c));
    let others: Vec<String> = alphabet::letters().filter(|c| !own(*c)).map(String::from).collect();
    let size = total / 12.0;
    let (mut parts, mut before) = (Vec::new(), roots.clone());
    for letter in others.iter().filter(|letter| !roots.contains(letter)) {
        let part = fitting(&plain.with_word(letter)?, before.iter().cloned());
        parts.push(Part { term: part, size, shown: 0.0 });
        before.push(letter.clone());
    }
    let rest = fitting(&plain, before);
    if rest == *term || parts.is_empty() {
        return None;
    }
    parts.push(Part { term: rest, size, shown: 0.0 });
    Some(parts)
}

/// The term with each character that may go on from it, and how many artists match that.
fn longer(term: &SearchTerm, seen: &Seen, total: f64) -> Vec<Longer> {
    let index = seen.longest();
    let learned = seen.word(index).map(|word| word.next.clone()).unwrap_or_default();
    let stem = term.words().get(index);
    let last = stem.and_then(|word| word.chars().last());
    let outside = seen.letters().iter().filter(|(letter, _)| !alphabet::is_root(**letter));
    let letters = outside.map(|(c, _)| *c).filter(|c| last.is_some_and(|last| may_follow(last, *c)));
    let first = stem.is_none().then(|| alphabet::letters().chain(alphabet::digits())).into_iter().flatten();
    let possible = last.into_iter().flat_map(alphabet::continuations).chain(letters).chain(first);
    let mut next: BTreeMap<char, u32> = possible.map(|c| (c, 0)).collect();
    next.extend(learned);
    let occurrences =
        |c: char| f64::from(seen.letters().get(&c).copied().unwrap_or_default()) + UNSEEN_LETTER;
    let all: f64 = next.keys().map(|c| occurrences(*c)).sum();
    let part = |(c, names): (char, u32)| {
        let likely = f64::from(names) + PRIOR_NAMES * occurrences(c) / all;
        let size = total * likely / (f64::from(seen.names()) + PRIOR_NAMES);
        let term = extended(term, index, c)?;
        Some((c, Part { term, size: size.max(f64::from(names)), shown: f64::from(names) }))
    };
    next.into_iter().filter_map(part).collect()
}

/// The term with each of `words` that was seen beside it, `total` artists matching the term: what may hide names in which
/// both are whole. With a word that was never seen beside it few names can be found, unless few names were seen at all.
pub fn pairs(term: &SearchTerm, seen: &Seen, words: &[String], total: f64) -> Vec<Part> {
    if let ([], [own]) = (term.words(), term.whole()) {
        return whole_pairs(own, words, total);
    }
    let Some(beside) = seen.word(seen.longest()).map(|word| &word.beside) else { return Vec::new() };
    let pair = |word: &String| {
        let names = match beside.get(word) {
            Some(names) => f64::from(*names),
            None if seen.names() < TELLING => 0.0,
            None => return None,
        };
        let size = total * (names + 0.1) / f64::from(seen.names().max(1));
        Some(Part { term: term.with_word(word)?, size, shown: names })
    };
    words.iter().filter_map(pair).collect()
}

/// The whole word `own` with each other one of `words`: what stands beside a word in quotes is not remembered.
fn whole_pairs(own: &str, words: &[String], total: f64) -> Vec<Part> {
    let pair = |word: &String| SearchTerm::new(&format!("\"{own}\" \"{word}\"")).ok();
    let part = |term: SearchTerm| Part { term, size: total * UNKNOWN_PAIR, shown: 0.0 };
    words.iter().filter(|word| *word != own).filter_map(pair).map(part).collect()
}

#[cfg(test)]
mod tests;
