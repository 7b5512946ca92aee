//! Known artists once more.

use super::subject::{InvalidSubject, Purpose, Subject, needed};
use crate::catalogue::ArtistId;
use crate::web_api::Bucket;

/// Most known artists that are asked for again in one request: their ids stand in the term's key, which has
/// to fit a table's.
pub const MOST_REFRESHED: usize = 40;

/// Known artists once more, 1 to 40 of them, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refresh(Vec<ArtistId>);

impl Refresh {
    /// The question for these artists once more, in whatever order they come. Nothing if there are none, or
    /// too many for one key.
    pub fn new(mut ids: Vec<ArtistId>) -> Option<Self> {
        ids.sort_unstable();
        ids.dedup();
        (1..=MOST_REFRESHED).contains(&ids.len()).then_some(Self(ids))
    }

    /// The artists, sorted.
    pub fn ids(&self) -> &[ArtistId] {
        &self.0
    }
}

impl Subject for Refresh {
    const NAME: &'static str = "refresh";
    const BUCKET: Bucket = Bucket::Artists;
    const PURPOSE: Purpose = Purpose::Refresh;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = ();

    fn written(&self) -> Option<String> {
        Some(self.0.iter().map(ArtistId::as_str).collect::<Vec<_>>().join(","))
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        let ids = needed(written)?.split(',').map(ArtistId::new).collect::<Result<Vec<_>, _>>();
        Self::new(ids.map_err(InvalidSubject::other)?)
            .ok_or_else(|| InvalidSubject::Other(format!("1 to {MOST_REFRESHED} artists make a batch")))
    }
}
