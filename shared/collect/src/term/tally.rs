//! What a term has cost and brought.

use serde::{Deserialize, Serialize};

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
    /// Artists that the run had seen when the slice was drawn, as far as its fetchers had told each other.
    #[serde(skip_serializing_if = "is_zero")]
    pub captured: u32,
    /// Tracks that were not known.
    #[serde(skip_serializing_if = "is_zero")]
    pub tracks: u32,
    /// Tracks that were asked for their audio features and answered.
    #[serde(skip_serializing_if = "is_zero")]
    pub described: u32,
    /// Sightings of artists of whom no more than id and name is known.
    pub stubs: u32,
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
    /// Artists that are new to this run, whether or not an earlier run saw them: full ones, or
    /// completed.
    pub new: u32,
}
