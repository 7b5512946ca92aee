//! Artists whose names match a search.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::subject::{InvalidSubject, Purpose, Subject, needed};
use crate::catalogue::ArtistId;
use crate::term::search::SearchTerm;
use crate::term::seen::Seen;
use crate::term::tally::LastPage;
use crate::term::trial::Trial;
use crate::term::walk::Walk;
use crate::web_api::Bucket;

/// How far a search has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchProgress {
    /// Pages behind and before it.
    pub walk: Walk,
    /// The artists that the pages have shown, each as the fingerprint of its id. Forgotten when the term is
    /// finished. Earlier releases kept other hashes, as `artists`.
    #[serde(rename = "fingerprints", skip_serializing_if = "BTreeSet::is_empty")]
    pub artists: BTreeSet<u64>,
    /// What the results so far tell about how to split it. Forgotten when the term is finished.
    pub seen: Seen,
    /// Whether its follow-up terms are in the frontier already.
    pub parted: bool,
    /// What the last page brought.
    pub last_page: LastPage,
    /// What the trials of the search for all years were answered, each under its query. Forgotten when the
    /// term is finished.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub trials: BTreeMap<String, Trial>,
}

impl SearchProgress {
    /// The same without what is of no use once the term is finished.
    pub(in crate::term) fn finished(self) -> Self {
        Self { artists: BTreeSet::new(), seen: Seen::default(), trials: BTreeMap::new(), ..self }
    }
}

impl Subject for SearchTerm {
    const NAME: &'static str = "search";
    const BUCKET: Bucket = Bucket::Search;
    const PURPOSE: Purpose = Purpose::Find;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = SearchProgress;

    fn written(&self) -> Option<String> {
        Some(self.query())
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        Self::new(needed(written)?).map_err(InvalidSubject::Search)
    }
}
