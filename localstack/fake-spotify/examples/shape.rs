//! How hard a catalogue is to search, to compare generated names with real ones:
//! `cargo run --release -p fake-spotify --example shape -- ARTISTS [SEED] | FILE`.

use std::collections::BTreeMap;
use std::path::Path;

use fake_spotify::catalogue::{Catalogue, from_csv};
use fake_spotify::fold::words;
use fake_spotify::generate::generate;
use fake_spotify::search::Index;

const WINDOW: usize = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = std::env::args().nth(1).ok_or("name a number of artists or a file")?;
    let seed = std::env::args().nth(2).map_or(Ok(1), |seed| seed.parse())?;
    let catalogue = match source.parse() {
        Ok(artists) => generate(artists, seed)?,
        Err(_) => from_csv(Path::new(&source))?,
    };
    names(&catalogue);
    let index = Index::build(&catalogue);
    frequencies(&index);
    let mut tree = Tree {
        index: &index,
        saturated: BTreeMap::new(),
        requests: [0; 2],
        seen: vec![false; catalogue.len()],
    };
    tree.visit("");
    println!(
        "saturated prefixes by length: {:?}, in all {}",
        tree.saturated,
        tree.saturated.values().sum::<usize>()
    );
    let covered = tree.seen.iter().filter(|seen| **seen).count();
    println!(
        "leaves of a plain prefix tree: {:.2} % of {} artists, {:.2} a request by pages of 50, {:.2} by pages of 10",
        100.0 * ratio(covered, catalogue.len()),
        catalogue.len(),
        ratio(covered, tree.requests[0]),
        ratio(covered, tree.requests[1]),
    );
    Ok(())
}

/// Prints how names are built.
fn names(catalogue: &Catalogue) {
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    let mut bearers: BTreeMap<String, usize> = BTreeMap::new();
    for artist in catalogue.iter() {
        let words = words(artist.name());
        *lengths.entry(words.len()).or_default() += 1;
        *bearers.entry(words.join(" ")).or_default() += 1;
    }
    let homonyms: usize = bearers.values().filter(|bearers| **bearers > 1).sum();
    println!("words in a name: {lengths:?}");
    println!("sharing their name: {:.2} %", 100.0 * ratio(homonyms, catalogue.len()));
    for rank in (0..catalogue.len()).step_by(catalogue.len() / 12 + 1) {
        let artist = catalogue.artist(u32::try_from(rank).unwrap_or_default());
        println!(
            "  {:3} {:9} {}",
            artist.popularity().unwrap_or(0),
            artist.followers().unwrap_or(0),
            artist.name()
        );
    }
}

/// Prints how often the words of some frequency ranks occur.
fn frequencies(index: &Index) {
    let mut counts: Vec<(usize, &str)> =
        (0..index.word_count()).map(|word| (index.ranks(word..word + 1).len(), index.word(word))).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let steps =
        std::iter::successors(Some(1_usize), |rank| Some(rank * 2)).take_while(|rank| *rank <= counts.len());
    println!(
        "distinct words: {}, used once: {}",
        counts.len(),
        counts.iter().filter(|(count, _)| *count == 1).count()
    );
    println!("by rank 1, 2, 4 ...: {:?}", steps.map(|rank| counts[rank - 1].0).collect::<Vec<_>>());
    println!("most used: {:?}", &counts[..counts.len().min(20)]);
}

/// The tree of prefixes, split wherever a window is not enough.
struct Tree<'a> {
    index: &'a Index,
    saturated: BTreeMap<usize, usize>,
    requests: [usize; 2],
    seen: Vec<bool>,
}

impl Tree<'_> {
    fn visit(&mut self, prefix: &str) {
        let words = self.index.words_with(prefix);
        if !prefix.is_empty() {
            let ranks = self.index.ranks(words.clone());
            if ranks.len() <= WINDOW {
                self.requests[0] += ranks.len().div_ceil(50);
                self.requests[1] += ranks.len().div_ceil(10);
                ranks.iter().for_each(|rank| self.seen[*rank as usize] = true);
                return;
            }
            *self.saturated.entry(prefix.chars().count()).or_default() += 1;
        }
        let mut next = words.start;
        while next < words.end {
            let Some(longer) = self.index.word(next)[prefix.len()..].chars().next() else {
                next += 1;
                continue;
            };
            let child = format!("{prefix}{longer}");
            next = self.index.words_with(&child).end;
            self.visit(&child);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a ratio to print")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
