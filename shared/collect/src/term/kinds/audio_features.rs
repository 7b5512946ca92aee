//! The audio features of all tracks that have none yet.

use super::subject::{Alone, Purpose};
use crate::web_api::Bucket;

/// The audio features of all tracks whose features were never asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FeaturesOfTracks;

impl Alone for FeaturesOfTracks {
    const NAME: &'static str = "audio-features";
    const BUCKET: Bucket = Bucket::AudioFeatures;
    const PURPOSE: Purpose = Purpose::Complete;
    type Progress = ();
}
