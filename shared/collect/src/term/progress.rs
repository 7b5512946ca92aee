//! What a term has cost and brought, and how far it has come.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::seen::Seen;
use super::subjects::Subjects;
use super::trial::Trial;
use super::walk::Walk;

/// What a term has cost and brought so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Requests that Spotify answered or failed to answer; refusals (429) are not among them.
    pub requests: u32,
    /// Rows of artists seen, repeats included.
    pub rows: u32,
    /// Artists that no earlier answer of any term had shown, in this run or another.
    pub new: u32,
    /// Artists known from earlier runs that no earlier answer of this run had shown.
    pub returned: u32,
    /// Rows of artists that this run had seen before, written again because something changed.
    pub changed: u32,
    /// Artists of a slice of the sample.
    #[serde(skip_serializing_if = "is_zero")]
    pub sampled: u32,
    /// Those of them that this run had seen before.
    #[serde(skip_serializing_if = "is_zero")]
    pub recaptured: u32,
    /// Sightings of artists of whom no more than id and name is known.
    pub bare: u32,
}

impl Tally {
    /// Artists that the run saw here first, whether an earlier run had seen them or not.
    pub fn first_seen(&self) -> u32 {
        self.new.saturating_add(self.returned)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// What the last page of a term brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastPage {
    /// Rows of artists.
    pub rows: u32,
    /// Artists that are new to this run, whatever an earlier one has seen: told for the first time, or completed.
    pub new: u32,
}

/// How far a term has come, kept on the term so that a deferred or parked term asks nothing twice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Pages behind and before it.
    pub walk: Walk,
    /// The artists that the pages have shown, each as a hash of its id. Forgotten when the term is finished.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub artists: BTreeSet<u32>,
    /// What the results so far tell about how to split it. Forgotten when the term is finished.
    pub seen: Seen,
    /// Whether its follow-up terms are in the frontier already.
    pub parted: bool,
    /// What its trials were answered, each under its query. Forgotten when the term is finished.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub trials: BTreeMap<String, Trial>,
    /// What it has found to ask endpoints about. Forgotten when the term is finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Subjects>,
    /// The version of the playlist that is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// What the last page brought.
    pub last_page: LastPage,
    /// Cost and yield so far.
    pub tally: Tally,
}
