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
    /// The artists of one answer, each once. Full artists come with `None` and are merged if repeated. Those
    /// that the answer only mentions come with their prominence: the popularity of the most popular track or
    /// album that names them.
    pub fn full_and_mentioned(artists: &[Self], mentions: &[Mention]) -> Vec<(Self, Option<u8>)> {
        let mut full: BTreeMap<&ArtistId, (Self, Option<u8>)> = BTreeMap::new();
        for artist in artists {
            let merged =
                full.get(&artist.id).map_or_else(|| artist.clone(), |(known, _)| known.merged(artist));
            full.insert(&artist.id, (merged, None));
        }
        for mention in mentions {
            let prominence = mention.prominence.unwrap_or(0);
            let first = || (Self::stub(mention), Some(prominence));
            let (_, stub) = full.entry(&mention.id).or_insert_with(first);
            *stub = stub.map(|stub| stub.max(prominence));
        }
        full.into_values().collect()
    }

    /// An artist with only the id and name of its mention.
    fn stub(mention: &Mention) -> Self {
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
    /// Popularity (0 to 100) of the track or album that names it, where the answer says it.
    pub prominence: Option<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_artist_that_an_answer_has_in_full_and_mentions_is_no_stub() {
        let id = |number: u32| ArtistId::new(format!("{number:022}")).unwrap();
        let mention = |number, prominence| Mention { id: id(number), name: "Bo".to_owned(), prominence };
        let bo = Artist { popularity: Some(9), ..Artist::stub(&mention(1, None)) };
        let mentions = [mention(1, Some(40)), mention(2, Some(40)), mention(2, Some(70)), mention(2, None)];
        let seen = Artist::full_and_mentioned(std::slice::from_ref(&bo), &mentions);
        assert_eq!(seen, [(bo, None), (Artist::stub(&mention(2, None)), Some(70))]);
    }
}
