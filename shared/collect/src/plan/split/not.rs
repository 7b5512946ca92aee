//! Splitting where `NOT` works: parts, and one rest that excludes them.

use std::slice;

use super::{Means, Part, Split, ending, longer, split};
use crate::catalogue::alphabet;
use crate::term::{SearchTerm, Seen};

/// Share of the search depth that the rest of a term is meant to fill: some room for forecasts that are too
/// low.
const REST: f64 = 0.75;

/// Share of the search depth below which a part is left to the rest where the rest saturates anyway.
const SMALL: f64 = 0.1;

/// Characters that exclusions leave in a query whose rest is split by another word and by years.
const ROOM: usize = 60;

/// Splits `term` where `NOT` works: into its largest parts, and all the rest in one term that excludes them.
/// The rest holds the many small parts, the names that no longer term finds, and whatever nothing predicted;
/// so the parts cover the term wherever the forecast was wrong, no empty part is asked, and pages are full.
///
/// Where a word by itself saturates, every rest would too. If quotes work, that word and all longer ones are
/// separated instead.
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
    let depth = f64::from(means.depth);
    if whole > depth
        && means.operators.quotes == Some(true)
        && means.operators.not_quotes == Some(true)
        && let Some(parts) = apart(term, seen, total, whole)
    {
        return Split { parts, covered: true, ..Split::default() };
    }
    // Where the whole word saturates by itself, small parts are not worth a term of their own.
    let least = if whole > depth { SMALL * depth } else { 0.0 };
    let prefix = term.words().get(seen.longest()).cloned().unwrap_or_default();
    let (mut parts, mut rest) = (Vec::new(), term.clone());
    let (mut left, mut shown) = (total, names);
    for (c, part) in largest {
        if left <= REST * depth || part.shown < 1.0 || part.size < least {
            break;
        }
        let room = if whole > depth { ROOM } else { 0 };
        let Some(narrower) = excluding(&rest, format!("{prefix}{c}"), room) else { break };
        rest = narrower;
        left = (left - part.size).max(whole).max(0.02 * total);
        shown = (shown - part.shown).max(0.0);
        parts.push(part);
    }
    if parts.is_empty() || whole > depth {
        let Some(by_word) = by_second_word(term, &rest, left) else { return split(term, seen, total, false) };
        parts.extend(by_word);
        return Split { parts, covered: true, ..Split::default() };
    }
    parts.push(Part { term: rest, size: left, shown });
    Split { parts, covered: true, ..Split::default() }
}

/// The term in two: names with exactly the word that it extends, and all others. Nothing where that is too
/// long.
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

/// The term with `word` excluded too, and `room` characters left in the query. Where that grows too long,
/// exclusions of other roots are dropped: the term then matches some names that are found elsewhere too.
pub(super) fn excluding(term: &SearchTerm, word: String, room: usize) -> Option<SearchTerm> {
    let (letters, longer): (Vec<_>, Vec<_>) =
        term.without().iter().cloned().partition(|word| is_letter(word));
    let by_letter = is_letter(&word);
    let plain = plain(term).excluding(longer.into_iter().chain([word]))?;
    let narrower = fitting(&plain, letters);
    // One letter in the place of another would lead in circles.
    let keeps = !by_letter || term.without().iter().all(|word| narrower.excludes(slice::from_ref(word)));
    (plain.room() >= room && keeps).then_some(narrower)
}

/// The term without its exclusions of prefixes. Those of whole words stay: such names are found apart,
/// however long the word of theirs that is asked for.
pub(super) fn plain(term: &SearchTerm) -> SearchTerm {
    let exclude = |plain: SearchTerm, word: &String| plain.excluding_whole(word).unwrap_or(plain);
    term.without_whole().iter().fold(term.including_all(), exclude)
}

/// The term with as many of `letters` excluded too as fit.
pub(super) fn fitting(term: &SearchTerm, letters: impl IntoIterator<Item = String>) -> SearchTerm {
    letters.into_iter().fold(term.clone(), |term, letter| term.excluding([letter]).unwrap_or(term))
}

/// Whether an exclusion is that of a single letter, whatever the script.
pub(super) fn is_letter(word: &str) -> bool {
    word.chars().nth(1).is_none()
}

/// Whether `part`, which a split of `term` has made, asks for less than it: it requires more, or the same and
/// more is excluded, whole words before longer prefixes before single letters, since the latter are dropped
/// where there is no room for all. Parts of which that is true never lead back to a term that was split
/// before them.
pub(super) fn is_narrower(part: &SearchTerm, term: &SearchTerm) -> bool {
    if part.including_all() != term.including_all() {
        return true;
    }
    let longer = |term: &SearchTerm| -> Vec<String> {
        term.without().iter().filter(|word| !is_letter(word)).cloned().collect()
    };
    // Compared as sets of prefixes: what begins with an excluded one is excluded.
    let excludes = |all: &[String], words: &[String]| {
        words.iter().all(|word| all.iter().any(|prefix| word.starts_with(prefix.as_str())))
    };
    let (own, others) = (longer(part), longer(term));
    let keeps_whole = term.without_whole().iter().all(|word| part.excludes(slice::from_ref(word)));
    if !keeps_whole {
        return false;
    }
    if part.without_whole().iter().any(|word| !term.excludes(slice::from_ref(word))) {
        return true;
    }
    if !excludes(part.without(), &others) {
        return false;
    }
    if !excludes(term.without(), &own) {
        return true;
    }
    excludes(part.without(), term.without()) && part != term
}

/// A root without the letters that come before it: names that have a word with one of those are found there,
/// so that every name is found under one root only.
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

/// Splits `rest`, what is left of `term` beside its larger parts, by the first letter of another word: each
/// name under the first of its letters, and in one more term what has no word with another letter. Nothing
/// where that tells nothing apart, or where there is no room to exclude more letters.
fn by_second_word(term: &SearchTerm, rest: &SearchTerm, total: f64) -> Option<Vec<Part>> {
    let (roots, _): (Vec<_>, Vec<_>) = term.without().iter().cloned().partition(|word| is_letter(word));
    let longer = rest.without().iter().filter(|word| !is_letter(word)).cloned();
    let plain = plain(term).excluding(longer)?;
    let own = |c: char| term.words().iter().any(|word| word.starts_with(c));
    let others: Vec<String> = alphabet::letters().filter(|c| !own(*c)).map(String::from).collect();
    let size = total / 12.0;
    let (mut parts, mut before) = (Vec::new(), roots.clone());
    for letter in others.iter().filter(|letter| !roots.contains(letter)) {
        // A letter that begins a required whole word cannot form its own part.
        let Some(narrower) = plain.with_word(letter) else { continue };
        let part = fitting(&narrower, before.iter().cloned());
        parts.push(Part { term: part, size, shown: 0.0 });
        before.push(letter.clone());
    }
    let rest = fitting(&plain, before);
    if !is_narrower(&rest, term) || parts.is_empty() {
        return None;
    }
    parts.push(Part { term: rest, size, shown: 0.0 });
    Some(parts)
}
