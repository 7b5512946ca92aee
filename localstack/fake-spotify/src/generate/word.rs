//! The shared vocabulary: a word for every rank of frequency, made when it is asked for.

use super::lexicon::HEAD;
use super::syllables::{latin, mark};
use crate::random::Random;

/// An endless vocabulary with frequencies after Zipf and Mandelbrot: the word of rank `r` is used in proportion to
/// `1 / (r + FLAT)`, up to a last rank that grows with the catalogue (Heaps' law).
#[derive(Clone, Copy, Debug)]
pub(super) struct Vocabulary {
    seed: u64,
    last: f64,
}

/// How many of the first ranks are about equally frequent.
const FLAT: f64 = 40.0;

/// Ranks per artist.
const RANKS_PER_ARTIST: f64 = 3.0;

/// Share of words with a mark, such as an accent.
const MARKED: f64 = 0.035;

impl Vocabulary {
    #[expect(clippy::cast_precision_loss, reason = "a size, not an identity")]
    pub(super) fn new(seed: u64, artists: usize) -> Self {
        Self { seed, last: 20_000.0 + RANKS_PER_ARTIST * artists as f64 }
    }

    /// Appends a word drawn by frequency, in lower case.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to some tens of millions"
    )]
    pub(super) fn draw(&self, random: &mut Random, word: &mut String) {
        // The inverse of the distribution function, which for this exponent is a logarithm.
        let rank = FLAT * ((random.unit() * (1.0 + self.last / FLAT).ln()).exp() - 1.0);
        self.word(rank as u64, word);
    }

    /// Appends the word of this rank. Ranks beyond the common words are invented from seed and rank, so the vocabulary
    /// takes no memory and is different for every seed.
    fn word(&self, rank: u64, word: &mut String) {
        if let Some(common) = usize::try_from(rank).ok().and_then(|rank| HEAD.get(rank)) {
            word.push_str(common);
            return;
        }
        let mut random = Random::nth(self.seed ^ 0x0057_0A4D, rank);
        let start = word.len();
        if random.chance(0.012) {
            word.push_str(&random.below(1_000).to_string());
            return;
        }
        latin(&mut random, word);
        if random.chance(MARKED) {
            let mut marked = word.split_off(start);
            mark(&mut random, &mut marked);
            word.push_str(&marked);
        }
    }
}
