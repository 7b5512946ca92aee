//! The artists that tracks and albums name: id and name only.

use collect::catalogue::{ArtistId, Mention};
use collect::web_api::Page;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Unexpected;
use super::numbers::{percent, text};
use super::rows::Rows;

/// Most artists that an answer may name, counting repeats. Twenty albums of fifty tracks name some two
/// thousand.
pub(super) const MOST: usize = 10_000;

/// Most artists of one track or album; a longer list is ignored.
const MOST_OF_ONE: usize = 1000;

/// What a track or an album says about its artists.
#[derive(Deserialize)]
pub(super) struct Credits<'a> {
    #[serde(borrow, default)]
    artists: Option<&'a RawValue>,
    #[serde(borrow, default)]
    popularity: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    episode: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
}

impl Credits<'_> {
    /// Popularity of the track or album, 0 to 100, if present.
    pub(super) fn prominence(&self) -> Option<u8> {
        self.popularity.and_then(percent)
    }

    /// The artists that have an id and a name. Artists of local files have no id, episodes have no artists,
    /// and other rows have nothing; all of that is normal and costs only the row.
    pub(super) fn mentions(&self, prominence: Option<u8>) -> Vec<Mention> {
        if self.is_episode() {
            return Vec::new();
        }
        let named: Rows<'_, MOST_OF_ONE> =
            self.artists.and_then(|list| serde_json::from_str(list.get()).ok()).unwrap_or_default();
        named.iter().filter_map(|artist| mention(artist, prominence)).collect()
    }

    /// Whether this is an episode of a podcast. On a playlist it comes in the form of a track, and its artist
    /// is its show.
    pub(super) fn is_episode(&self) -> bool {
        let says = |field: Option<&RawValue>, word| field.is_some_and(|field| field.get() == word);
        says(self.kind, "\"episode\"") || says(self.episode, "true")
    }
}

/// The artists of one track or album, with its popularity; empty for any other row.
pub(super) fn mentions_of(row: &RawValue) -> Vec<Mention> {
    let credits = serde_json::from_str::<Credits<'_>>(row.get());
    credits.map(|credits| credits.mentions(credits.prominence())).unwrap_or_default()
}

/// Returns `page` unless it names more artists than any honest answer: each of them costs a look-up in the
/// table.
pub(super) fn few_enough(page: Page) -> Result<Page, Unexpected> {
    if page.mentions.len() > MOST { Err(Unexpected::Mentions) } else { Ok(page) }
}

fn mention(artist: &RawValue, prominence: Option<u8>) -> Option<Mention> {
    let named: Named<'_> = serde_json::from_str(artist.get()).ok()?;
    let id = ArtistId::new(named.id.and_then(text)?).ok()?;
    Some(Mention { id, name: named.name.and_then(text)?, prominence })
}
