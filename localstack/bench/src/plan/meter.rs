//! Counts requests and artists on the way to full coverage.

use serde::Serialize;

/// The coverages at which the request count is recorded.
const LEVELS: [f64; 7] = [0.50, 0.80, 0.90, 0.95, 0.97, 0.99, 0.995];

/// What a strategy needed to reach a coverage.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Point {
    /// Share of the catalogue's artists.
    pub(super) coverage: f64,
    /// Requests so far.
    pub(super) requests: u64,
    /// Artists found per request so far.
    pub(super) artists_per_request: f64,
}

/// Counts one strategy's requests and the artists of the catalogue that they found.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    found: Vec<bool>,
    count: u64,
    pub(super) requests: u64,
    /// Requests without any row.
    pub(super) empty: u64,
    /// Rows with artists, including repeats.
    pub(super) rows: u64,
    pub(super) curve: Vec<Point>,
}

impl Meter {
    pub(super) fn new(artists: usize) -> Self {
        Self { found: vec![false; artists], count: 0, requests: 0, empty: 0, rows: 0, curve: Vec::new() }
    }

    /// Counts a request that returned `rows` rows.
    pub(super) fn request(&mut self, rows: u64) {
        self.requests += 1;
        self.rows += rows;
        self.empty += u64::from(rows == 0);
    }

    /// Counts an artist on the last request's page; returns whether it is new.
    pub(super) fn find(&mut self, rank: u32) -> bool {
        let known = std::mem::replace(&mut self.found[rank as usize], true);
        if known {
            return false;
        }
        self.count += 1;
        let coverage = self.coverage();
        while let Some(level) = LEVELS.get(self.curve.len()).filter(|level| coverage >= **level) {
            let point = Point { coverage: *level, ..self.now() };
            self.curve.push(point);
        }
        true
    }

    pub(super) fn has(&self, rank: u32) -> bool {
        self.found[rank as usize]
    }

    /// Artists found.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Share of the catalogue that was found.
    pub(super) fn coverage(&self) -> f64 {
        ratio(self.count, self.found.len() as u64)
    }

    /// The strategy's current point on the curve.
    pub(super) fn now(&self) -> Point {
        Point {
            coverage: self.coverage(),
            requests: self.requests,
            artists_per_request: ratio(self.count, self.requests),
        }
    }
}

/// `part / whole`, or 0 if `whole` is 0.
#[expect(clippy::cast_precision_loss, reason = "counts of artists and requests are far below 2^52")]
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
