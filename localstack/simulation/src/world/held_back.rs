//! Writes that a mutant makes too late.

use collect::catalogue::Artist;
use collect::ports::Sighting;
use collect::term::Term;

/// Writes that a mutant makes too late.
#[derive(Debug, Default)]
pub(crate) struct HeldBack {
    pub(super) artists: Vec<(Vec<Artist>, Sighting)>,
    pub(super) terms: Vec<Term>,
}
