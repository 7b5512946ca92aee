//! The shared vocabulary: a word for every rank of frequency, made when it is asked for.

use super::lexicon::HEAD;
use super::syllables::{latin, mark};
use crate::random::Random;

/// An endless vocabulary with frequencies after Zipf and Mandelbrot: the word of rank `r` is used in
/// proportion to `1 / (r + flat)`, up to a last rank that grows with the catalogue (Heaps' law).
#[derive(Clone, Copy, Debug)]
pub(super) struct Vocabulary {
    seed: u64,
    artists: f64,
}

/// Which words are drawn: how many of the first ranks are about equally frequent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Draw {
    /// Often one of the words that everybody uses.
    Common,
    /// Mostly a word that few use: what tells one name from the others.
    Rare,
}

impl Draw {
    fn flat(self) -> f64 {
        match self {
            Self::Common => 30.0,
            Self::Rare => 20_000.0,
        }
    }

    /// The last rank, as a multiple of the number of artists.
    fn last(self) -> f64 {
        match self {
            Self::Common => 0.05,
            Self::Rare => 8.0,
        }
    }
}

/// Share of words with a mark, such as an accent.
const MARKED: f64 = 0.035;

/// Share of words in which some character is not what the syllables would have: stylised, misspelt, with
/// digits. They are why a prefix has many rare continuations beside its few frequent ones.
const ODD: f64 = 0.33;

impl Vocabulary {
    #[expect(clippy::cast_precision_loss, reason = "a size, not an identity")]
    pub(super) fn new(seed: u64, artists: usize) -> Self {
        Self { seed, artists: artists as f64 }
    }

    /// Appends a word drawn by frequency, in lower case.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to some tens of millions"
    )]
    pub(super) fn draw(&self, draw: Draw, random: &mut Random, word: &mut String) {
        let (flat, last) = (draw.flat(), 3_000.0 + draw.last() * self.artists);
        // The inverse of the distribution function, which for this exponent is a logarithm.
        let rank = flat * ((random.unit() * (1.0 + last / flat).ln()).exp() - 1.0);
        self.word(rank as u64, word);
    }

    /// Appends the word of this rank. Ranks beyond the common words are generated from seed and rank, so the
    /// vocabulary takes no memory and is different for every seed.
    fn word(&self, rank: u64, word: &mut String) {
        if let Some(common) = usize::try_from(rank).ok().and_then(|rank| HEAD.get(rank)) {
            word.push_str(common);
            return;
        }
        let mut random = Random::nth(self.seed ^ 0x0057_0A4D, rank);
        if random.chance(0.012) {
            word.push_str(&random.below(1_000).to_string());
            return;
        }
        let start = word.len();
        latin(&mut random, word);
        if random.chance(ODD) {
            disturb(&mut random, word, start);
        } else if random.chance(MARKED) {
            let mut marked = word.split_off(start);
            mark(&mut random, &mut marked);
            word.push_str(&marked);
        }
    }
}

/// Replaces or adds one character of the plain word that begins at `start`.
fn disturb(random: &mut Random, word: &mut String, start: usize) {
    const CHARACTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzaeioxzkvrlnstmdyhgwj0123456789";
    let character = char::from(CHARACTERS[random.below(CHARACTERS.len())]);
    let place = start + random.below((word.len() - start).min(4));
    if random.chance(0.5) {
        word.replace_range(place..=place, character.encode_utf8(&mut [0; 4]));
    } else {
        word.insert(place, character);
    }
}
