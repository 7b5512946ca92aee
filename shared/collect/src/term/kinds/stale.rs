//! Which known artists no question has shown for a long time.

use super::subject::{InvalidSubject, Purpose, Subject, none};
use crate::catalogue::ArtistId;
use crate::web_api::Bucket;

/// Which known artists no question has shown for a long time. The artist rows know; Spotify is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stale;

impl Subject for Stale {
    const NAME: &'static str = "stale";
    const BUCKET: Bucket = Bucket::Artists;
    const PURPOSE: Purpose = Purpose::Refresh;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = ();

    fn written(&self) -> Option<String> {
        None
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        none(Self, written)
    }
}
