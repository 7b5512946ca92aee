//! Which known artists no question has shown for a long time.

use super::subject::{Alone, Purpose};
use crate::web_api::Bucket;

/// Which known artists no question has shown for a long time. The artist rows know; Spotify is not asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stale;

impl Alone for Stale {
    const NAME: &'static str = "stale";
    const BUCKET: Bucket = Bucket::Artists;
    const PURPOSE: Purpose = Purpose::Refresh;
    type Progress = ();
}
