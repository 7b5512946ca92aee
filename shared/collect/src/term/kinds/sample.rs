//! A slice of the catalogue by chance, for the estimate of its size.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::subject::{InvalidSubject, Purpose, Subject, needed};
use crate::catalogue::ArtistId;
use crate::term::trial::Trial;
use crate::web_api::Bucket;

/// A slice of the catalogue by chance: which of the slices of its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sample(pub u16);

/// How far the search for a slice has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SampleProgress {
    /// What its questions were answered, each under its query. Forgotten when the term is finished.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Trial>,
}

impl Subject for Sample {
    const NAME: &'static str = "sample";
    const BUCKET: Bucket = Bucket::Search;
    const PURPOSE: Purpose = Purpose::Measure;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = SampleProgress;

    fn written(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        needed(written)?
            .parse()
            .map(Self)
            .map_err(|error: std::num::ParseIntError| InvalidSubject::other(error))
    }
}
