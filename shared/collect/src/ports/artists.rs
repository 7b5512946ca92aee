//! The port to the artist rows.

use std::time::Duration;

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

    /// Returns up to `limit` stubs, most prominent first, that is, those named by the most popular tracks: of
    /// the artists of this [`share`](ArtistId::share), or of all where it has fewer. Leaves out any that was
    /// completed or withdrawn before the call.
    async fn stubs(&self, limit: usize, share: u32) -> Result<Vec<ArtistId>, PortError>;

    /// Returns up to `limit` artists that are not stubs and were last seen before `before`, in another run
    /// than `run`. Those unseen for longest come first. It stops looking after `within` and returns whom it
    /// has found by then, so a large table may yield only a part of them.
    async fn stale(
        &self,
        before: Timestamp,
        run: &RunId,
        limit: usize,
        within: Duration,
    ) -> Result<Vec<ArtistId>, PortError>;

    /// Takes these artists out of the index of stubs, because Spotify does not know them. Their rows stay.
    async fn withdraw(&self, artists: &[ArtistId], sighting: &Sighting) -> Result<(), PortError>;
}
