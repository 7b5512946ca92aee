//! The audio features of all tracks that have none yet.

use super::subject::{InvalidSubject, Purpose, Subject, none};
use crate::catalogue::ArtistId;
use crate::web_api::Bucket;

/// The audio features of all tracks whose features were never asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FeaturesOfTracks;

impl Subject for FeaturesOfTracks {
    const NAME: &'static str = "audio-features";
    const BUCKET: Bucket = Bucket::AudioFeatures;
    const PURPOSE: Purpose = Purpose::Complete;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = ();

    fn written(&self) -> Option<String> {
        None
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        none(Self, written)
    }
}
