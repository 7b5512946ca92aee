//! What a run may cost at most, whatever it is answered.

/// What a run may cost at most. A catalogue as large as Spotify's needs a tenth of this; an endpoint that
/// invents artists without end would go on for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Terms that are put for a run. About as many are written three times each.
    pub terms: u64,
    /// Artists that are new to the run. Each is written once.
    pub artists: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { terms: 5_000_000, artists: 100_000_000 }
    }
}

/// Most terms that may lie above a term. A query has room for no more characters, and a chain of related
/// artists that goes on for so long leads nowhere.
pub const MOST_DEPTH: u32 = 500;
