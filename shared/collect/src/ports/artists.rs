//! The port to the artist rows.

use jiff::Timestamp;

use super::error::PortError;
use crate::catalogue::{Artist, ArtistId, Mention};
use crate::plan::{Sighting, Upserted};
use crate::term::RunId;

/// The artists collected so far.
#[trait_variant::make(Send)]
pub trait Artists {
    /// Takes the artists of an answer in, each by the rule of [`ArtistRow`](crate::plan::ArtistRow). Rows of
    /// which the answer says nothing new are not written; putting the same sightings again changes nothing.
    async fn upsert(
        &self,
        artists: &[Artist],
        mentions: &[Mention],
        sighting: &Sighting,
    ) -> Result<Upserted, PortError>;

    /// Up to `limit` bare artists, the most wanted first: those that the most popular tracks name. Never one
    /// that was completed or given up before the call.
    async fn wanted(&self, limit: usize) -> Result<Vec<ArtistId>, PortError>;

    /// Up to `limit` artists that are not bare, were last seen before `before` and not in `run`: those first
    /// that were not seen for longest.
    async fn stale(&self, before: Timestamp, run: &RunId, limit: usize) -> Result<Vec<ArtistId>, PortError>;

    /// Gives up completing these: Spotify has nothing to say of them. They stay as they are.
    async fn forgo(&self, artists: &[ArtistId], sighting: &Sighting) -> Result<(), PortError>;
}
