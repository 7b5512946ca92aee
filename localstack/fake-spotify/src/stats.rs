//! What was asked and what was answered.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Counts since the start, as `/_fake/stats` shows them. Token and control requests are in none but their
/// own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stats {
    /// API requests answered, whatever the answer.
    pub requests: u64,
    /// The same by HTTP status.
    pub requests_by_status: BTreeMap<u16, u64>,
    /// The same by path, ids replaced by `{id}`, and status.
    pub requests_by_path: BTreeMap<String, BTreeMap<u16, u64>>,
    /// Requests answered 429.
    pub refused: u64,
    /// Most API requests, answered or refused, that arrived in any rolling window (30 seconds unless set
    /// otherwise).
    pub max_in_30s: u64,
    /// Requests that came while the app was on hold.
    pub requests_during_hold: u64,
    /// Answers spoiled on purpose: cut or not JSON.
    pub spoiled: u64,
    /// Different artists handed out as objects of their own; those that albums and tracks name do not count.
    pub distinct_artists: u64,
    /// Artists in the catalogue.
    pub catalogue_artists: u64,
    /// Requests for a token.
    pub token_requests: u64,
}

/// Keeps the counts.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    stats: Stats,
    arrivals: VecDeque<Duration>,
    /// One bit for each rank that was handed out.
    handed_out: Vec<u64>,
}

impl Recorder {
    pub(crate) fn new(artists: usize) -> Self {
        let stats = Stats { catalogue_artists: artists as u64, ..Stats::default() };
        Self { stats, arrivals: VecDeque::new(), handed_out: vec![0; artists.div_ceil(64)] }
    }

    /// The counts so far.
    pub(crate) fn stats(&self) -> Stats {
        self.stats.clone()
    }

    /// Counts an API request that arrives at `now`; `window` is what `max_in_30s` looks at.
    pub(crate) fn arrived(&mut self, window: Duration, now: Duration) {
        while self.arrivals.front().is_some_and(|at| *at + window <= now) {
            self.arrivals.pop_front();
        }
        self.arrivals.push_back(now);
        self.stats.max_in_30s = self.stats.max_in_30s.max(self.arrivals.len() as u64);
    }

    /// Counts the answer to a request for `path`.
    pub(crate) fn answered(&mut self, path: &str, status: u16) {
        self.stats.requests += 1;
        self.stats.refused += u64::from(status == 429);
        *self.stats.requests_by_status.entry(status).or_default() += 1;
        if let Some(of_path) = self.stats.requests_by_path.get_mut(path) {
            *of_path.entry(status).or_default() += 1;
        } else {
            self.stats.requests_by_path.insert(path.to_owned(), BTreeMap::from([(status, 1)]));
        }
    }

    /// Counts a request during a hold.
    pub(crate) fn during_hold(&mut self) {
        self.stats.requests_during_hold += 1;
    }

    /// Counts an answer that was spoiled on purpose.
    pub(crate) fn spoiled(&mut self) {
        self.stats.spoiled += 1;
    }

    /// Counts a request for a token.
    pub(crate) fn token(&mut self) {
        self.stats.token_requests += 1;
    }

    /// Remembers that the artists of these ranks were handed out.
    pub(crate) fn handed_out(&mut self, ranks: &[u32]) {
        for rank in ranks {
            let (word, bit) = (*rank as usize / 64, 1_u64 << (rank % 64));
            self.stats.distinct_artists += u64::from(self.handed_out[word] & bit == 0);
            self.handed_out[word] |= bit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_window_is_found_wherever_it_lies() {
        let mut recorder = Recorder::new(0);
        for second in [0, 1, 40, 41, 42, 69, 70, 71, 200] {
            recorder.arrived(Duration::from_secs(30), Duration::from_secs(second));
        }
        // 41, 42, 69, 70: the request at 40 is exactly 30 seconds before that at 70, and so outside.
        assert_eq!(recorder.stats().max_in_30s, 4);
    }

    #[test]
    fn an_artist_handed_out_twice_counts_once() {
        let mut recorder = Recorder::new(100);
        recorder.handed_out(&[1, 64, 1]);
        recorder.handed_out(&[64, 99]);
        assert_eq!(recorder.stats().distinct_artists, 3);
    }

    #[test]
    fn answers_are_counted_by_path_and_status() {
        let mut recorder = Recorder::new(0);
        for status in [200, 429, 200] {
            recorder.answered("/v1/search", status);
        }
        let stats = recorder.stats();
        assert_eq!((stats.requests, stats.refused), (3, 1));
        assert_eq!(stats.requests_by_path["/v1/search"], BTreeMap::from([(200, 2), (429, 1)]));
    }
}
