//! Counting requests and artists on the way to full coverage.

use fake_spotify::AppClass;
use serde::Serialize;

/// The coverages at which the requests so far are noted.
const LEVELS: [f64; 4] = [0.50, 0.80, 0.90, 0.95];

/// Artists that one request completes.
const BATCH: u64 = 50;

/// Where a run stood at a coverage.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Point {
    /// Share of the catalogue's artists that were known.
    pub(super) coverage: f64,
    /// Requests so far.
    pub(super) requests: u64,
    /// Requests that it would have taken then to complete the artists of whom only id and name were known.
    pub(super) owed: u64,
    /// Artists for each request, those that were owed included.
    pub(super) artists_per_request: f64,
}

/// How much of a part of the catalogue is known.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Known {
    /// Artists of it that are known.
    pub(super) known: u64,
    /// Artists that belong to it.
    pub(super) of: u64,
}

/// Counts what one run asks and finds.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    artists: u64,
    known: u64,
    stubs: u64,
    pub(super) requests: u64,
    pub(super) curve: Vec<Point>,
    /// Whether an artist object says more than a mention: not in development mode, where nothing is owed
    /// therefore.
    completes: bool,
}

impl Meter {
    pub(super) fn new(artists: usize, class: AppClass) -> Self {
        let completes = class != AppClass::Development;
        Self { artists: artists as u64, known: 0, stubs: 0, requests: 0, curve: Vec::new(), completes }
    }

    /// A request was sent.
    pub(super) fn request(&mut self) {
        self.requests += 1;
    }

    /// An artist was found; `stubs` of all are only known by id and name now.
    pub(super) fn find(&mut self, stubs: usize) {
        self.known += 1;
        self.complete(stubs);
        let coverage = self.now().coverage;
        if LEVELS.get(self.curve.len()).is_some_and(|level| coverage >= *level) {
            self.curve.push(self.now());
        }
    }

    /// `stubs` of all are only known by id and name now.
    pub(super) fn complete(&mut self, stubs: usize) {
        self.stubs = stubs as u64;
    }

    /// Where the run stands.
    pub(super) fn now(&self) -> Point {
        let owed = if self.completes { self.stubs.div_ceil(BATCH) } else { 0 };
        Point {
            coverage: ratio(self.known, self.artists),
            requests: self.requests,
            owed,
            artists_per_request: ratio(self.known, self.requests + owed),
        }
    }
}

/// `part / whole`; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of artists and requests are far below 2^52")]
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
