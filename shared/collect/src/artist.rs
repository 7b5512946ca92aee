//! Artists as Spotify shows them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The identity of an artist: 22 characters of base 62 that encode 128 bits, so the first is `0` to `7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArtistId(String);

/// A string that cannot be a Spotify id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a Spotify id: 22 characters of 0-9, A-Z, a-z, the first 0-7")]
pub struct InvalidId(String);

impl ArtistId {
    /// Checks the form of `id`; whether such an artist exists only Spotify knows.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidId> {
        let id = id.into();
        let well_formed = id.len() == 22
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && matches!(id.as_bytes()[0], b'0'..=b'7');
        if well_formed { Ok(Self(id)) } else { Err(InvalidId(id)) }
    }

    /// A hash that is the same everywhere and always (FNV-1a, 32 bits): enough to tell the artists of one search apart,
    /// a thousand at most, of which two share it once in some ten thousand searches.
    pub fn short_hash(&self) -> u32 {
        self.0.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }

    /// The id as Spotify writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArtistId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for ArtistId {
    type Error = InvalidId;

    fn try_from(id: String) -> Result<Self, InvalidId> {
        Self::new(id)
    }
}

impl From<ArtistId> for String {
    fn from(id: ArtistId) -> Self {
        id.0
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_22_characters_of_base_62_and_starts_with_0_to_7() {
        assert!(ArtistId::new("000Dq0VqTZpxOP6jQMscVL").is_ok());
        for bad in ["", "000Dq0VqTZpxOP6jQMscV", "800Dq0VqTZpxOP6jQMscVL", "000Dq0VqTZpxOP6jQMsc-L"] {
            let error = ArtistId::new(bad).expect_err(bad).to_string();
            assert!(error.contains(bad), "{error} does not name {bad:?}");
        }
    }
}
