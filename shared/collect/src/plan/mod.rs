//! What to ask next, and what an answer means.
//!
//! Everything here decides and nothing acts: no `async`, no port, no clock. A decision is a value
//! (`inquiry::Next`), and what a decision depends on is one too (`inquiry::Known`). The fetcher and the
//! seeder carry that out.

pub(crate) mod all_years;
pub(crate) mod begin;
mod capability;
pub(crate) mod choice;
pub(crate) mod edges;
pub(crate) mod erasure;
mod explore;
pub(crate) mod features;
mod findings;
pub(crate) mod follow;
pub mod forecast;
mod genres;
pub(crate) mod hydrate;
pub mod index;
pub(crate) mod inquiry;
mod listing;
pub(crate) mod refresh;
pub mod refusal;
pub mod roots;
mod row;
pub(crate) mod sample;
mod search;
pub mod split;
pub(crate) mod stop;
mod strings;
pub mod systematic;
pub(crate) mod track_row;
pub(crate) mod tracks;
mod trials;
pub(crate) mod yields;

pub use capability::Capability;
pub use edges::EdgeRow;
pub use erasure::{Entry, Tombstone, sight};
pub use findings::{Field, Finding, Findings, LimitsFinding, OperatorFinding};
pub use genres::GENRE_SEEDS;
pub use row::{ArtistRow, Rewritten, Sighting, Upserted, Wrote};
pub use track_row::{
    Membership, MembershipRow, PlaylistRow, Reading, Recorded, Sighted, Sound, Times, TrackRow,
};
pub use yields::{Yield, Yields};
