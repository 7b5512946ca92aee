//! Artists as Spotify shows them.

use crate::id::ArtistId;

/// What one answer says of an artist. A field that the answer did not carry is `None`: missing is not zero, and an
/// artist without a genre (`Some` of nothing) is not an artist whose genres were withheld (`None`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artist {
    /// Identity, stable for ever.
    pub id: ArtistId,
    /// Display name as it is, in any script.
    pub name: String,
    /// Spotify's popularity, 0 to 100.
    pub popularity: Option<u8>,
    /// Number of followers.
    pub followers: Option<u64>,
    /// Genres, in Spotify's order.
    pub genres: Option<Vec<String>>,
}

impl Artist {
    /// What is known after a later answer: its fields, and the known ones where it carried none.
    #[must_use]
    pub fn merged(&self, later: &Self) -> Self {
        Self {
            id: self.id.clone(),
            name: later.name.clone(),
            popularity: later.popularity.or(self.popularity),
            followers: later.followers.or(self.followers),
            genres: later.genres.clone().or_else(|| self.genres.clone()),
        }
    }
}
