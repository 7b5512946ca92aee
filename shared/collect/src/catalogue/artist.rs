//! Artists as Spotify shows them.

use std::collections::BTreeMap;

use crate::catalogue::ArtistId;

/// What one answer says of an artist. A field that the answer did not carry is `None`: missing is not zero,
/// and an artist without a genre (`Some` of nothing) is not an artist whose genres were withheld (`None`).
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
    /// The artists of one answer, each once: those that it tells of, merged if it repeats them, and those
    /// that it only mentions, as far as they are not told, with the popularity of the most popular track or
    /// album that names them.
    pub fn told_and_mentioned(artists: &[Self], mentions: &[Mention]) -> Vec<(Self, Option<u8>)> {
        let mut told: BTreeMap<&ArtistId, (Self, Option<u8>)> = BTreeMap::new();
        for artist in artists {
            let merged =
                told.get(&artist.id).map_or_else(|| artist.clone(), |(known, _)| known.merged(artist));
            told.insert(&artist.id, (merged, None));
        }
        for mention in mentions {
            let prominence = mention.prominence.unwrap_or(0);
            let first = || (Self::bare(mention), Some(prominence));
            let (_, wanted) = told.entry(&mention.id).or_insert_with(first);
            *wanted = wanted.map(|wanted| wanted.max(prominence));
        }
        told.into_values().collect()
    }

    /// An artist of whom no more is known than its mention says.
    fn bare(mention: &Mention) -> Self {
        let Mention { id, name, .. } = mention.clone();
        Self { id, name, popularity: None, followers: None, genres: None }
    }

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

/// An artist as tracks and albums name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Identity.
    pub id: ArtistId,
    /// Display name.
    pub name: String,
    /// Popularity (0 to 100) of the track or album that names it, where it is told.
    pub prominence: Option<u8>,
}
