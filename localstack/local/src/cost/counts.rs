//! How often a run calls AWS, counted in two runs.
//!
//! Counted in the logs of `fermata run --artists 20000 --keep --log info,cloud::calls=debug`, and in those of
//! a second run over the same table. The end-to-end test `costs` counts smaller runs and compares.

/// The calls of one run.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Requests to Spotify.
    pub requests: u32,
    /// Rows of the artists table at the end.
    pub artists: u32,
    /// Rows of artists that were written. A later run writes each of them again: it was seen, so it expires
    /// later.
    pub rows_written: u32,
    /// Rows of artists that were read, one read unit each; those that do not exist yet cost as much.
    pub rows_read: u32,
    /// Terms that were put into the frontier.
    pub terms_put: u32,
    /// Terms that were known when they were put. A refused write costs as much as a write.
    pub puts_refused: u32,
    /// Updates that moved a term within the index `lanes`: sent, taken, returned, one page further.
    pub terms_moved: u32,
    /// Updates that finished a term, and so took it out of the index.
    pub terms_finished: u32,
    /// Consistent reads of one term, and queries of the index.
    pub term_reads: u32,
    /// Writes to the control table: of the pace, and of what each batch of messages yielded, taken as one
    /// each.
    pub control_writes: u32,
    /// Read units of the control table.
    pub control_reads: u32,
    /// Calls that sent messages or moved their deadline.
    pub sends: u32,
    /// Messages that a fetcher got.
    pub deliveries: u32,
    /// Bytes of log lines at the level `info`.
    pub log_bytes: u32,
}

/// The first run, over an empty table.
pub const FIRST: Counts = Counts {
    requests: 1_105,
    artists: 20_000,
    rows_written: 20_000,
    rows_read: 24_072,
    terms_put: 703,
    puts_refused: 378,
    terms_moved: 1_059 + 38,
    terms_finished: 703,
    term_reads: 746 + 226,
    control_writes: 120 + 15 + 741,
    control_reads: 164 + 3 + 103 * 6,
    sends: 128,
    deliveries: 741,
    log_bytes: 226_014,
};

/// The next run.
pub const AGAIN: Counts = Counts {
    requests: 1_126,
    artists: 20_000,
    rows_written: 20_000,
    rows_read: 25_121,
    terms_put: 661,
    puts_refused: 368,
    terms_moved: 944 + 38 + 6,
    terms_finished: 661,
    term_reads: 708 + 160,
    control_writes: 149 + 12 + 729,
    control_reads: 308 + 2 + 81 * 6,
    sends: 106 + 30,
    deliveries: 729,
    log_bytes: 199_538,
};

impl Counts {
    /// Write units of the terms table. A put writes the item and its entry of the index, a move the item, the
    /// old entry and the new one, an end the item and the old entry. After the run each item gets its expiry.
    pub fn term_writes(&self) -> u32 {
        2 * self.terms_put
            + self.puts_refused
            + 3 * self.terms_moved
            + 2 * self.terms_finished
            + self.terms_put
    }

    /// Calls of SQS: a batch of messages is received and deleted in one call each, and most batches are of
    /// one.
    pub fn queue_calls(&self) -> u32 {
        self.sends + 2 * self.deliveries
    }
}

/// Artists and requests of whole runs of an app with pages of 50, from small to large: 97 % of the artists
/// take two thirds of the requests.
const RUNS: [(f64, f64); 4] =
    [(0.0, 0.0), (20_000.0, 1_105.0), (200_000.0, 5_705.0), (1_000_000.0, 26_383.0)];

/// How many requests a run over that many artists takes, between the measured ones. Larger catalogues are
/// taken to need as many for each artist as the largest measured one.
pub fn requests(artists: f64) -> f64 {
    let above = RUNS.iter().position(|(size, _)| artists <= *size);
    match above {
        Some(0) => 0.0,
        Some(above) => {
            let ((from, low), (to, high)) = (RUNS[above - 1], RUNS[above]);
            low + (high - low) * (artists - from) / (to - from)
        }
        None => {
            let (size, requests) = RUNS[RUNS.len() - 1];
            artists * requests / size
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_runs_take_what_was_measured() {
        for (artists, taken) in RUNS {
            assert!((requests(artists) - taken).abs() < 1e-6, "{artists}");
        }
    }

    #[test]
    fn requests_grow_with_the_catalogue() {
        let sizes = [0.0, 1.0, 100.0, 19_999.0, 20_001.0, 500_000.0, 1e6, 2e6, 15.4e6];
        assert!(sizes.is_sorted_by(|low, high| requests(*low) < requests(*high)));
        assert!((requests(2e6) - 2.0 * requests(1e6)).abs() < 1e-6);
    }
}
