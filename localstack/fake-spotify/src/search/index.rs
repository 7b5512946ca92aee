//! Which artists have which words.
//!
//! All distinct words lie sorted in one arena, so the words that begin with a prefix are neighbours. The
//! artists of each word (its *postings*) are sorted ranks, and lie in the order of the words, so everything a
//! prefix matches is one stretch of one array. A stretch of several words must still be merged; for short
//! prefixes, whose stretches are long, that is done once when the index is built.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use crate::catalogue::{Catalogue, narrow};
use crate::fold::{Words, words};

/// Stretches of more postings than this are merged in advance; shorter ones take a few microseconds when
/// asked for.
const MERGED_ABOVE: usize = 1_024;

/// The inverted index of a catalogue: words to ranks, and genres to ranks.
#[derive(Debug, Default)]
pub struct Index {
    arena: String,
    /// Where each word begins in the arena, and the end of the last.
    word_starts: Vec<u32>,
    postings: Vec<u32>,
    /// Where each word's postings begin, and the end of the last.
    posting_starts: Vec<u32>,
    /// Ranges of words whose merged postings are kept, and where in `merged`.
    kept: HashMap<Range<u32>, Range<usize>>,
    merged: Vec<u32>,
    /// Folded genre to the ranks that have it.
    genres: HashMap<String, Vec<u32>>,
    /// For every rank the digits 0-9 and letters a-z that its words begin with, one bit each.
    initials: Vec<u64>,
}

impl Index {
    /// Indexes every name and genre of `catalogue`.
    pub fn build(catalogue: &Catalogue) -> Self {
        let mut index = Self { genres: genres(catalogue), ..Self::default() };
        index.take_words(catalogue);
        index.merge_below(0..index.word_count(), 0);
        index.merged.shrink_to_fit();
        index.initials = vec![0; catalogue.len()];
        for initial in ('0'..='9').chain('a'..='z') {
            let ranks = index.prefix(&initial.to_string()).into_owned();
            for rank in ranks {
                index.initials[rank as usize] |= initial_bit(initial);
            }
        }
        index
    }

    /// Whether the artist of `rank` has a word that begins with one of `initials`, as bits of `initial_bit`.
    pub fn begins_with(&self, rank: u32, initials: u64) -> bool {
        self.initials[rank as usize] & initials != 0
    }

    /// The sorted ranks of the artists with a word that begins with `prefix` and with none of the longer
    /// prefixes `without`. Such an artist may have another word that does.
    pub fn prefix_without(&self, prefix: &str, without: &[&str]) -> Cow<'_, [u32]> {
        let all = self.words_with(prefix);
        let mut excluded: Vec<Range<u32>> = without.iter().map(|longer| self.words_with(longer)).collect();
        excluded.retain(|words| !words.is_empty());
        if excluded.is_empty() {
            return self.ranks(all);
        }
        excluded.sort_unstable_by_key(|words| words.start);
        let mut rest = Vec::new();
        let mut start = all.start;
        for words in excluded {
            rest.extend_from_slice(self.stretch(&(start..words.start.max(start))));
            start = start.max(words.end);
        }
        rest.extend_from_slice(self.stretch(&(start..all.end.max(start))));
        Cow::Owned(merge(&rest))
    }

    /// Number of distinct words.
    pub fn word_count(&self) -> u32 {
        narrow(self.word_starts.len().saturating_sub(1))
    }

    /// The word with this number; words are numbered in the order of their bytes.
    pub fn word(&self, number: u32) -> &str {
        let number = number as usize;
        &self.arena[self.word_starts[number] as usize..self.word_starts[number + 1] as usize]
    }

    /// The numbers of the words that begin with `prefix`, which must be folded.
    pub fn words_with(&self, prefix: &str) -> Range<u32> {
        let start = self.first_word(|word| word < prefix);
        let end = self.first_word(|word| word < prefix || word.starts_with(prefix));
        start..end
    }

    /// The sorted ranks of the artists with a word in this range of words.
    pub fn ranks(&self, words: Range<u32>) -> Cow<'_, [u32]> {
        let stretch = self.stretch(&words);
        if words.len() <= 1 {
            return Cow::Borrowed(stretch);
        }
        match self.kept.get(&words) {
            Some(kept) => Cow::Borrowed(&self.merged[kept.clone()]),
            None => Cow::Owned(merge(stretch)),
        }
    }

    /// The sorted ranks of the artists with a word that begins with `prefix`, which must be folded.
    pub fn prefix(&self, prefix: &str) -> Cow<'_, [u32]> {
        self.ranks(self.words_with(prefix))
    }

    /// The sorted ranks of the artists that have exactly this folded word.
    pub fn exact(&self, word: &str) -> &[u32] {
        let number = self.first_word(|other| other < word);
        if number < self.word_count() && self.word(number) == word {
            self.stretch(&(number..number + 1))
        } else {
            &[]
        }
    }

    /// The sorted ranks of the artists with this genre: folded words joined by spaces.
    pub fn genre(&self, genre: &str) -> &[u32] {
        self.genres.get(genre).map_or(&[], Vec::as_slice)
    }

    /// The number of the first word for which `before` does not hold.
    fn first_word(&self, before: impl Fn(&str) -> bool) -> u32 {
        let (mut low, mut high) = (0, self.word_count());
        while low < high {
            let middle = low.midpoint(high);
            if before(self.word(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The postings of a range of words, one word after the other.
    fn stretch(&self, words: &Range<u32>) -> &[u32] {
        let start = |word: u32| self.posting_starts.get(word as usize).map_or(0, |start| *start as usize);
        if words.is_empty() { &[] } else { &self.postings[start(words.start)..start(words.end)] }
    }

    /// Fills arena and postings.
    fn take_words(&mut self, catalogue: &Catalogue) {
        let Tokens { numbers, of_artist, artist_ends } = Tokens::of(catalogue);
        let mut sorted: Vec<(Box<str>, u32)> = numbers.into_iter().collect();
        sorted.sort_unstable();
        let mut place_of = vec![0_u32; sorted.len()];
        for (place, (word, number)) in sorted.into_iter().enumerate() {
            place_of[number as usize] = narrow(place);
            self.word_starts.push(narrow(self.arena.len()));
            self.arena.push_str(&word);
        }
        self.word_starts.push(narrow(self.arena.len()));
        self.posting_starts = vec![0; place_of.len() + 1];
        for number in &of_artist {
            self.posting_starts[place_of[*number as usize] as usize + 1] += 1;
        }
        for word in 1..self.posting_starts.len() {
            self.posting_starts[word] += self.posting_starts[word - 1];
        }
        self.postings = vec![0; of_artist.len()];
        let mut next = self.posting_starts.clone();
        let mut start = 0;
        for (rank, end) in artist_ends.into_iter().enumerate() {
            for number in &of_artist[start..end as usize] {
                let slot = &mut next[place_of[*number as usize] as usize];
                self.postings[*slot as usize] = narrow(rank);
                *slot += 1;
            }
            start = end as usize;
        }
    }

    /// Merges the postings of `words`, which share their first `depth` bytes, and of their longer prefixes,
    /// as long as they are many.
    fn merge_below(&mut self, words: Range<u32>, depth: usize) {
        if words.len() <= 1 || self.stretch(&words).len() <= MERGED_ABOVE {
            return;
        }
        if depth > 0 && !self.kept.contains_key(&words) {
            let start = self.merged.len();
            let merged = merge(self.stretch(&words));
            self.merged.extend_from_slice(&merged);
            self.kept.insert(words.clone(), start..self.merged.len());
        }
        let mut start = words.start;
        while start < words.end {
            let Some(next) = self.word(start)[depth..].chars().next() else {
                start += 1;
                continue;
            };
            let longer = depth + next.len_utf8();
            let prefix = self.word(start)[..longer].to_owned();
            let end = self.words_with(&prefix).end;
            self.merge_below(start..end, longer);
            start = end;
        }
    }
}

/// The bit of a digit 0-9 or a letter a-z among the initials of a name; no bit for anything else.
pub(super) fn initial_bit(initial: char) -> u64 {
    initial.to_digit(36).filter(|_| !initial.is_ascii_uppercase()).map_or(0, |place| 1 << place)
}

/// The sorted distinct ranks of a stretch of several words.
fn merge(stretch: &[u32]) -> Vec<u32> {
    let mut ranks = stretch.to_vec();
    ranks.sort_unstable();
    ranks.dedup();
    ranks
}

/// The words of every artist as numbers in the order of their first use.
struct Tokens {
    numbers: HashMap<Box<str>, u32>,
    of_artist: Vec<u32>,
    artist_ends: Vec<u32>,
}

impl Tokens {
    fn of(catalogue: &Catalogue) -> Self {
        let mut numbers: HashMap<Box<str>, u32> = HashMap::new();
        let mut of_artist = Vec::with_capacity(catalogue.len() * 2);
        let mut artist_ends = Vec::with_capacity(catalogue.len());
        let mut cutter = Words::default();
        for artist in catalogue.iter() {
            let start = of_artist.len();
            for word in cutter.of(artist.name()) {
                let number = numbers.get(word).copied().unwrap_or_else(|| {
                    let number = narrow(numbers.len());
                    numbers.insert(word.into(), number);
                    number
                });
                if !of_artist[start..].contains(&number) {
                    of_artist.push(number);
                }
            }
            artist_ends.push(narrow(of_artist.len()));
        }
        Self { numbers, of_artist, artist_ends }
    }
}

/// Folded genre to sorted ranks.
fn genres(catalogue: &Catalogue) -> HashMap<String, Vec<u32>> {
    let folded: Vec<String> = catalogue.genre_names().iter().map(|name| words(name).join(" ")).collect();
    let mut ranks: HashMap<String, Vec<u32>> = HashMap::new();
    for (rank, artist) in catalogue.iter().enumerate() {
        for number in artist.genre_numbers() {
            let list = ranks.entry(folded[*number as usize].clone()).or_default();
            if list.last() != Some(&narrow(rank)) {
                list.push(narrow(rank));
            }
        }
    }
    ranks
}
