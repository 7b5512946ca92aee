//! Answering a query that has more parts than one word: an intersection of sorted lists, with filters.

use std::borrow::Cow;

use super::index::initial_bit;
use super::{Clause, Index, Manner, Query, Tag};
use crate::catalogue::{Artist, Catalogue};
use crate::fold::Words;
use crate::random::Random;

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// The first matches in search order, at most `depth` of them.
    pub first: Vec<u32>,
    /// How many artists match in all.
    pub total: usize,
}

/// All artists of `catalogue` that match `query`. The shortest list leads and is looked up in the others by
/// galloping, so the cost follows the rarest word.
pub fn select(catalogue: &Catalogue, index: &Index, query: &Query, manner: Manner) -> Hits {
    let mut lists: Vec<List<'_>> =
        query.must.iter().flat_map(|clause| wanted(index, clause, &query.must_not)).collect();
    lists.sort_by_key(|list| list.ranks.len());
    let (initials, longer): (Vec<&Clause>, Vec<&Clause>) =
        query.must_not.iter().partition(|clause| initial(clause) != 0);
    let initials = initials.into_iter().map(initial).fold(0, |all, bit| all | bit);
    let mut exclusions: Vec<Conjunction<'_>> =
        longer.into_iter().map(|clause| Conjunction::of(index, clause)).collect();
    let mut words = Words::default();
    let mut hits = Hits::default();
    let mut take = |rank: u32, others: &mut [List<'_>]| {
        if index.begins_with(rank, initials) {
            return;
        }
        let artist = catalogue.artist(rank);
        let matches = others.iter_mut().all(|list| list.has(rank))
            && query.must.iter().all(|clause| passes(clause, rank, artist, manner, &mut words))
            && !exclusions.iter_mut().any(|not| not.holds(rank, artist, manner, &mut words));
        if matches {
            hits.total += 1;
            if hits.first.len() < manner.depth {
                hits.first.push(rank);
            }
        }
    };
    match lists.split_first_mut() {
        Some((leader, others)) => leader.ranks.iter().for_each(|rank| take(*rank, others)),
        None => (0..crate::catalogue::narrow(catalogue.len())).for_each(|rank| take(rank, &mut [])),
    }
    hits
}

/// A sorted list that is asked for ever larger ranks.
struct List<'a> {
    ranks: Cow<'a, [u32]>,
    passed: usize,
}

impl<'a> List<'a> {
    fn new(ranks: impl Into<Cow<'a, [u32]>>) -> Self {
        Self { ranks: ranks.into(), passed: 0 }
    }

    /// Whether `rank` is in the list: gallops forward from where the last question ended.
    fn has(&mut self, rank: u32) -> bool {
        let rest = &self.ranks[self.passed..];
        let mut step = 1;
        while step < rest.len() && rest[step] < rank {
            step *= 2;
        }
        let (low, high) = (step / 2, rest.len().min(step + 1));
        self.passed += low + rest[low..high].partition_point(|other| *other < rank);
        self.ranks.get(self.passed) == Some(&rank)
    }
}

/// The lists that an artist must be in for `clause` to hold beside the exclusions: of a prefix whose longer
/// prefixes are excluded, only the words that are left, since an artist with another one is excluded anyway.
fn wanted<'a>(index: &'a Index, clause: &Clause, excluded: &[Clause]) -> Vec<List<'a>> {
    let Clause::Prefix(prefix) = clause else { return lists_of(index, clause) };
    let longer = excluded.iter().filter_map(|clause| match clause {
        Clause::Prefix(longer) => Some(longer.as_str()).filter(|longer| longer.starts_with(prefix.as_str())),
        _ => None,
    });
    vec![List::new(index.prefix_without(prefix, &longer.collect::<Vec<_>>()))]
}

/// The bit of an excluded prefix of one digit or letter; no bit for any other clause.
fn initial(clause: &Clause) -> u64 {
    match clause {
        Clause::Prefix(prefix) => {
            let mut characters = prefix.chars();
            match (characters.next(), characters.next()) {
                (Some(initial), None) => initial_bit(initial),
                _ => 0,
            }
        }
        _ => 0,
    }
}

/// The lists that an artist must be in for `clause` to hold; `passes` may ask for more.
fn lists_of<'a>(index: &'a Index, clause: &Clause) -> Vec<List<'a>> {
    match clause {
        Clause::Prefix(prefix) => vec![List::new(index.prefix(prefix))],
        Clause::Phrase(words) => words.iter().map(|word| List::new(index.exact(word))).collect(),
        Clause::Genre(genre) => vec![List::new(index.genre(genre))],
        Clause::Years(..) | Clause::Tag(_) => Vec::new(),
    }
}

/// An excluded clause: its lists, and the rest of its condition.
struct Conjunction<'a> {
    lists: Vec<List<'a>>,
    clause: &'a Clause,
}

impl<'a> Conjunction<'a> {
    fn of(index: &'a Index, clause: &'a Clause) -> Self {
        Self { lists: lists_of(index, clause), clause }
    }

    fn holds(&mut self, rank: u32, artist: Artist<'_>, manner: Manner, words: &mut Words) -> bool {
        self.lists.iter_mut().all(|list| list.has(rank)) && passes(self.clause, rank, artist, manner, words)
    }
}

/// The part of a clause that no list can say.
fn passes(clause: &Clause, rank: u32, artist: Artist<'_>, manner: Manner, words: &mut Words) -> bool {
    match clause {
        Clause::Prefix(_) => true,
        Clause::Phrase(phrase) => phrase.len() <= 1 || has_phrase(phrase, artist.name(), words),
        Clause::Years(first, last) => {
            artist.years().is_some_and(|(debut, latest)| debut <= *last && latest >= *first)
        }
        Clause::Genre(_) => !manner.genres_thin || Random::nth(0x6E1E, rank.into()).chance(0.02),
        Clause::Tag(Tag::New) => Random::nth(0x7A6, rank.into()).chance(0.01),
        Clause::Tag(Tag::Other) => false,
    }
}

/// Whether the words of `phrase` follow one another in `name`.
fn has_phrase(phrase: &[String], name: &str, words: &mut Words) -> bool {
    let name: Vec<&str> = words.of(name).collect();
    name.windows(phrase.len()).any(|part| part == phrase)
}
