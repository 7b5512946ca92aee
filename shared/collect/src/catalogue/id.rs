//! The identities that Spotify gives to what the collector asks about.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A string that cannot be a Spotify id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a Spotify id: 22 characters of 0-9, A-Z, a-z, the first 0-7")]
pub struct InvalidId(String);

/// Most characters of a bad id that an error repeats.
const READABLE: usize = 60;

/// Defines an identity of its own type, so that the id of a playlist is never taken for that of an artist.
macro_rules! spotify_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the form of `id`; whether there is such a thing only Spotify knows.
            pub fn new(id: impl Into<String>) -> Result<Self, InvalidId> {
                let id = id.into();
                if well_formed(&id) { Ok(Self(id)) } else { Err(InvalidId(id.chars().take(READABLE).collect())) }
            }

            /// The id as Spotify writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(id: String) -> Result<Self, InvalidId> {
                Self::new(id)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

/// 22 characters of base 62 encode 128 bits, so the first is `0` to `7`.
fn well_formed(id: &str) -> bool {
    id.len() == 22
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && id.starts_with(|first| matches!(first, '0'..='7'))
}

spotify_id! {
    /// The identity of an artist.
    ArtistId
}

spotify_id! {
    /// The identity of an album.
    AlbumId
}

spotify_id! {
    /// The identity of a playlist.
    PlaylistId
}

spotify_id! {
    /// The identity of a track.
    TrackId
}

impl ArtistId {
    /// Equal shares that the artists are divided into.
    pub const SHARES: u32 = 8;

    /// A hash that is the same everywhere and always (FNV-1a, 32 bits).
    pub fn short_hash(&self) -> u32 {
        self.0.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }

    /// Which of the [`SHARES`](Self::SHARES) it is in, from zero.
    pub fn share(&self) -> u32 {
        let hash = self.short_hash();
        (hash ^ (hash >> 16)) % Self::SHARES
    }

    /// A hash that tells the artists of one search apart (FNV-1a, 64 bits, folded to 40 so that a thousand of
    /// them stay small on a term): of a thousand artists, two share it once in some two million searches.
    pub fn fingerprint(&self) -> u64 {
        let fnv = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let hash = self.0.bytes().fold(0xcbf2_9ce4_8422_2325, fnv);
        (hash >> 40 ^ hash) & 0xff_ffff_ffff
    }
}

/// The identity of a browse category: a word (`pop`) or a base-62 id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CategoryId(String);

/// A string that cannot be the id of a category.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a category id: 1 to 64 of a-z, A-Z, 0-9, `-`, `_`")]
pub struct InvalidCategory(String);

impl CategoryId {
    /// Checks the form of `id`; whether there is such a category only Spotify knows.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidCategory> {
        let id = id.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=64).contains(&id.len()) && id.bytes().all(allowed) {
            Ok(Self(id))
        } else {
            Err(InvalidCategory(id.chars().take(READABLE).collect()))
        }
    }

    /// The id as Spotify writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CategoryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for CategoryId {
    type Error = InvalidCategory;

    fn try_from(id: String) -> Result<Self, InvalidCategory> {
        Self::new(id)
    }
}

impl From<CategoryId> for String {
    fn from(id: CategoryId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn artists_that_share_a_hash_of_32_bits_have_fingerprints_of_their_own() {
        let id = |number: u64| ArtistId::new(format!("{:022}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let ids: Vec<ArtistId> = (1..200_000).map(|number| id(number).unwrap()).collect();
        let hashes: BTreeSet<u32> = ids.iter().map(ArtistId::short_hash).collect();
        let fingerprints: BTreeSet<u64> = ids.iter().map(ArtistId::fingerprint).collect();
        assert!(hashes.len() < ids.len(), "some share it");
        assert_eq!(fingerprints.len(), ids.len());
        assert!(fingerprints.iter().all(|fingerprint| *fingerprint < 1 << 40));
    }

    #[test]
    fn an_id_has_22_characters_of_base_62_and_starts_with_0_to_7() {
        assert!(ArtistId::new("000Dq0VqTZpxOP6jQMscVL").is_ok());
        for bad in ["", "000Dq0VqTZpxOP6jQMscV", "800Dq0VqTZpxOP6jQMscVL", "000Dq0VqTZpxOP6jQMsc-L"] {
            let error = ArtistId::new(bad).expect_err(bad).to_string();
            assert!(error.contains(bad), "{error} does not name {bad:?}");
        }
    }

    #[test]
    fn a_category_id_fits_into_a_path() {
        assert!(CategoryId::new("0JQ5DAqbMKFQ00XGBls6ym").is_ok() && CategoryId::new("hip-hop").is_ok());
        for bad in ["", "a/b", "r&b", &"x".repeat(65)] {
            assert!(CategoryId::new(bad).is_err(), "{bad}");
        }
    }
}
