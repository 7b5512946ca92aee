//! Artists of whom only id and name are known.

use super::subject::{InvalidSubject, Purpose, Subject, needed};
use crate::catalogue::ArtistId;
use crate::term::key::TermKey;
use crate::web_api::Bucket;

/// Artists of whom only id and name are known, as the term of this key left them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hydrate(TermKey);

impl Hydrate {
    /// Completes what the term of this key left. Nothing if that term completes artists itself: it leaves
    /// none.
    pub fn new(cause: TermKey) -> Option<Self> {
        (!completes(cause.as_str())).then_some(Self(cause))
    }
}

/// Whether a key is that of a term which completes artists.
fn completes(key: &str) -> bool {
    key.split_once(':').is_some_and(|(kind, _)| kind == Hydrate::NAME)
}

impl Subject for Hydrate {
    const NAME: &'static str = "hydrate";
    const BUCKET: Bucket = Bucket::Artists;
    const PURPOSE: Purpose = Purpose::Complete;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = ();

    fn written(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        let cause = needed(written)?;
        if completes(cause) {
            return Err(InvalidSubject::other("what completes artists leaves none to complete"));
        }
        TermKey::parse(cause).map(Self).map_err(InvalidSubject::other)
    }
}
