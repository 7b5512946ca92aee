//! What a run has found and finished last.

use collect::plan::ArtistRow;
use collect::run;
use serde::Serialize;
use utoipa::ToSchema;

use super::Artist;

/// What the open run, or else the last one, has found and finished last; the latest first. With several
/// fetchers, what one of them has found in its last batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Latest {
    /// Artists that the run saw for the first time; at most 6.
    pub artists: Vec<Artist>,
    /// Terms that it finished; at most 6.
    pub terms: Vec<LatestTerm>,
}

/// A term that was finished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LatestTerm {
    /// Its key; of a long one the beginning.
    pub key: String,
    /// How it ended: `done`, `split`, `open` or `failed`.
    pub state: &'static str,
    /// Requests that it took.
    pub requests: u32,
    /// Artists that the run saw there first.
    pub artists: u32,
}

impl Latest {
    /// From what the control table keeps and the artists' rows.
    pub fn new(latest: &run::Latest, rows: impl IntoIterator<Item = ArtistRow>) -> Self {
        let term = |of: &run::LatestTerm| LatestTerm {
            key: of.key.clone(),
            state: of.state.name(),
            requests: of.requests,
            artists: of.artists,
        };
        Self {
            artists: rows.into_iter().map(Into::into).collect(),
            terms: latest.terms.iter().map(term).collect(),
        }
    }
}
