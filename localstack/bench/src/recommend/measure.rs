//! The three measures.

use serde::Serialize;
use serde_json::{Value, json};

/// Guesses that are looked at.
pub(super) const DEPTH: usize = 500;

/// Guesses that are shown at once.
const PER_CLICK: usize = 10;

/// The measures of one list, or their means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Score {
    pub(super) r_precision: f64,
    pub(super) ndcg: f64,
    pub(super) clicks: f64,
}

impl Score {
    #[expect(clippy::cast_precision_loss, reason = "counts of at most some hundreds")]
    fn of(guesses: &[u32], hidden: &[u32]) -> Self {
        let hits: Vec<usize> = guesses
            .iter()
            .take(DEPTH)
            .enumerate()
            .filter(|(_, guess)| hidden.contains(guess))
            .map(|(at, _)| at)
            .collect();
        let within = hits.iter().filter(|at| **at < hidden.len()).count();
        let gain = |at: usize| 1.0 / (at as f64 + 2.0).log2();
        let ideal: f64 = (0..hidden.len().min(DEPTH)).map(gain).sum();
        Self {
            r_precision: within as f64 / hidden.len() as f64,
            ndcg: hits.iter().map(|at| gain(*at)).sum::<f64>() / ideal,
            clicks: hits.first().map_or(DEPTH / PER_CLICK + 1, |first| first / PER_CLICK) as f64,
        }
    }

    pub(super) fn json(&self) -> Value {
        let rounded = |value: f64| (value * 1e4).round() / 1e4;
        json!({
            "r_precision": rounded(self.r_precision),
            "ndcg": rounded(self.ndcg),
            "clicks": rounded(self.clicks),
        })
    }
}

/// The measures of many lists.
#[derive(Debug, Default)]
pub(super) struct Scores(Vec<Score>);

impl Scores {
    /// Takes in how well `guesses` name the `hidden` artists.
    pub(super) fn take(&mut self, guesses: &[u32], hidden: &[u32]) {
        self.0.push(Score::of(guesses, hidden));
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    #[expect(clippy::cast_precision_loss, reason = "a count of playlists")]
    pub(super) fn mean(&self) -> Score {
        let mean = |of: fn(&Score) -> f64| self.0.iter().map(of).sum::<f64>() / self.0.len() as f64;
        Score { r_precision: mean(|s| s.r_precision), ndcg: mean(|s| s.ndcg), clicks: mean(|s| s.clicks) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measure_is_what_it_says() {
        let perfect = Score::of(&[1, 2, 3], &[3, 2, 1]);
        assert_eq!(perfect, Score { r_precision: 1.0, ndcg: 1.0, clicks: 0.0 });
        // The only hit stands at place 12, counted from 0.
        let late: Vec<u32> = (100..112).chain([1]).collect();
        let score = Score::of(&late, &[1, 2]);
        assert_eq!((score.r_precision, score.clicks), (0.0, 1.0));
        let expected = (1.0 / 14_f64.log2()) / (1.0 + 1.0 / 3_f64.log2());
        assert!((score.ndcg - expected).abs() < 1e-12, "{}", score.ndcg);
        assert_eq!(Score::of(&[9], &[1]), Score { r_precision: 0.0, ndcg: 0.0, clicks: 51.0 });
    }
}
