//! Questions, and the canonical keys of the terms that ask them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::search::{InvalidTerm, SearchTerm};
use crate::catalogue::{AlbumId, ArtistId, CategoryId, InvalidCategory, InvalidId, PlaylistId};
use crate::web_api::Bucket;

/// Most albums that one request may ask for.
pub const MOST_ALBUMS: usize = 20;

/// Most known artists that are asked for again in one request: their ids stand in the term's key, which has to fit a table's.
pub const MOST_REFRESHED: usize = 40;

/// What a term asks. The canonical key is derived from it, so that one question is one term.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// Artists whose names match a search.
    Search(SearchTerm),
    /// Playlists whose names match a search.
    PlaylistSearch(SearchTerm),
    /// What this app may do.
    Capabilities,
    /// The genres that Spotify names as seeds.
    GenreSeeds,
    /// The browse categories.
    Categories,
    /// The playlists of a category.
    CategoryPlaylists(CategoryId),
    /// The playlists that Spotify features.
    FeaturedPlaylists,
    /// The artists of a playlist's tracks.
    Playlist(PlaylistId),
    /// The related artists of an artist.
    Related(ArtistId),
    /// New albums.
    NewReleases,
    /// New albums, by a search for the tag.
    NewAlbums,
    /// The albums of an artist.
    ArtistAlbums(ArtistId),
    /// The artists of the tracks of albums, 1 to 20 of them, sorted.
    Albums(Vec<AlbumId>),
    /// Artists of whom only id and name are known, as the term of this key left them.
    Hydrate(TermKey),
    /// Which known artists have not been seen for long.
    Stale,
    /// Known artists once more, 1 to 40 of them, sorted.
    Refresh(Vec<ArtistId>),
    /// A slice of the catalogue by chance, for the estimate of its size.
    Sample(u16),
}

/// The canonical key of a term, such as `search:abb`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TermKey(String);

/// A string that is no term key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The part before the colon names no kind of question.
    #[error("{0:?} is no term key: it must begin with a kind of question, as `search:` is")]
    Kind(String),
    /// The part after the colon is no search.
    #[error("{key:?} is no term key: {source}")]
    Search {
        /// The key as it came, cut to a readable length.
        key: String,
        /// What is wrong with it.
        source: InvalidTerm,
    },
    /// The part after the colon is no id.
    #[error("{key:?} is no term key: {why}")]
    Subject {
        /// The key as it came, cut to a readable length.
        key: String,
        /// What is wrong with it.
        why: String,
    },
    /// It asks something, but not in the canonical form.
    #[error("{key:?} is no canonical term key; it would be {canonical:?}")]
    NotCanonical {
        /// The key as it came, cut to a readable length.
        key: String,
        /// The same question in the canonical form.
        canonical: String,
    },
}

impl Question {
    /// The canonical key: the kind, and after a colon the subject where there is one.
    pub fn key(&self) -> TermKey {
        let kind = self.kind();
        let albums = |ids: &[AlbumId]| ids.iter().map(AlbumId::as_str).collect::<Vec<_>>().join(",");
        let artists = |ids: &[ArtistId]| ids.iter().map(ArtistId::as_str).collect::<Vec<_>>().join(",");
        TermKey(match self {
            Self::Search(term) | Self::PlaylistSearch(term) => format!("{kind}:{term}"),
            Self::CategoryPlaylists(category) => format!("{kind}:{category}"),
            Self::Playlist(playlist) => format!("{kind}:{playlist}"),
            Self::Related(artist) | Self::ArtistAlbums(artist) => format!("{kind}:{artist}"),
            Self::Albums(ids) => format!("{kind}:{}", albums(ids)),
            Self::Hydrate(cause) => format!("{kind}:{cause}"),
            Self::Refresh(ids) => format!("{kind}:{}", artists(ids)),
            Self::Sample(number) => format!("{kind}:{number}"),
            Self::Capabilities
            | Self::GenreSeeds
            | Self::Categories
            | Self::FeaturedPlaylists
            | Self::Stale
            | Self::NewReleases
            | Self::NewAlbums => kind.to_owned(),
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Search(_) => "search",
            Self::PlaylistSearch(_) => "playlist-search",
            Self::Capabilities => "capabilities",
            Self::GenreSeeds => "genre-seeds",
            Self::Categories => "categories",
            Self::CategoryPlaylists(_) => "category",
            Self::FeaturedPlaylists => "featured-playlists",
            Self::Playlist(_) => "playlist",
            Self::Related(_) => "related",
            Self::NewReleases => "new-releases",
            Self::NewAlbums => "new-albums",
            Self::ArtistAlbums(_) => "artist-albums",
            Self::Albums(_) => "albums",
            Self::Hydrate(_) => "hydrate",
            Self::Stale => "stale",
            Self::Refresh(_) => "refresh",
            Self::Sample(_) => "sample",
        }
    }

    /// The bucket whose limit the question is asked under; that of the first request, where several are needed.
    pub fn bucket(&self) -> Bucket {
        match self {
            Self::Search(_)
            | Self::PlaylistSearch(_)
            | Self::Capabilities
            | Self::NewAlbums
            | Self::Sample(_) => Bucket::Search,
            Self::GenreSeeds => Bucket::Recommendations,
            Self::Categories | Self::CategoryPlaylists(_) | Self::FeaturedPlaylists | Self::NewReleases => {
                Bucket::Browse
            }
            Self::Playlist(_) => Bucket::Playlists,
            Self::Related(_) | Self::Hydrate(_) | Self::Stale | Self::Refresh(_) => Bucket::Artists,
            Self::ArtistAlbums(_) | Self::Albums(_) => Bucket::ArtistAlbums,
        }
    }

    /// Reads the question back from its canonical key.
    pub fn parse(key: &str) -> Result<Self, InvalidKey> {
        let question = Self::read(key)?;
        let canonical = question.key();
        if canonical.as_str() == key {
            Ok(question)
        } else {
            Err(InvalidKey::NotCanonical { key: readable(key), canonical: readable(canonical.as_str()) })
        }
    }

    fn read(key: &str) -> Result<Self, InvalidKey> {
        let (kind, subject) = match key.split_once(':') {
            Some((kind, subject)) => (kind, Some(subject)),
            None => (key, None),
        };
        let search = |text: &str| {
            SearchTerm::new(text).map_err(|source| InvalidKey::Search { key: readable(key), source })
        };
        let artist = |id: &str| ArtistId::new(id).map_err(|error| wrong_id(key, &error));
        Ok(match (kind, subject) {
            ("search", Some(text)) => Self::Search(search(text)?),
            ("playlist-search", Some(text)) => Self::PlaylistSearch(search(text)?),
            ("capabilities", None) => Self::Capabilities,
            ("sample", Some(number)) => Self::Sample(number.parse().map_err(|error| wrong(key, &error))?),
            ("genre-seeds", None) => Self::GenreSeeds,
            ("categories", None) => Self::Categories,
            ("category", Some(id)) => {
                let wrong = |error: InvalidCategory| wrong(key, &error);
                Self::CategoryPlaylists(CategoryId::new(id).map_err(wrong)?)
            }
            ("featured-playlists", None) => Self::FeaturedPlaylists,
            ("playlist", Some(id)) => {
                Self::Playlist(PlaylistId::new(id).map_err(|error| wrong_id(key, &error))?)
            }
            ("related", Some(id)) => Self::Related(artist(id)?),
            ("new-releases", None) => Self::NewReleases,
            ("new-albums", None) => Self::NewAlbums,
            ("artist-albums", Some(id)) => Self::ArtistAlbums(artist(id)?),
            ("albums", Some(ids)) => {
                let ids = ids.split(',').map(AlbumId::new).collect::<Result<Vec<_>, _>>();
                Self::albums(ids.map_err(|error| wrong_id(key, &error))?)
                    .ok_or_else(|| wrong(key, &format!("1 to {MOST_ALBUMS} albums make a batch")))?
            }
            ("stale", None) => Self::Stale,
            ("refresh", Some(ids)) => {
                let ids = ids.split(',').map(ArtistId::new).collect::<Result<Vec<_>, _>>();
                Self::refresh(ids.map_err(|error| wrong_id(key, &error))?)
                    .ok_or_else(|| wrong(key, &format!("1 to {MOST_REFRESHED} artists make a batch")))?
            }
            // What a term left is hydrated by one other term, which leaves nothing.
            ("hydrate", Some(cause)) if !cause.starts_with("hydrate:") => {
                Self::Hydrate(Self::parse(cause)?.key())
            }
            _ => return Err(InvalidKey::Kind(readable(key))),
        })
    }

    /// The question for the tracks of these albums, in whatever order they come; nothing if there are none, or too many for
    /// one request.
    pub fn albums(mut ids: Vec<AlbumId>) -> Option<Self> {
        ids.sort_unstable();
        ids.dedup();
        (1..=MOST_ALBUMS).contains(&ids.len()).then_some(Self::Albums(ids))
    }

    /// The question for these artists once more, in whatever order they come; nothing if there are none, or too many for one
    /// key.
    pub fn refresh(mut ids: Vec<ArtistId>) -> Option<Self> {
        ids.sort_unstable();
        ids.dedup();
        (1..=MOST_REFRESHED).contains(&ids.len()).then_some(Self::Refresh(ids))
    }
}

fn readable(key: &str) -> String {
    key.chars().take(100).collect()
}

fn wrong(key: &str, why: &dyn fmt::Display) -> InvalidKey {
    InvalidKey::Subject { key: readable(key), why: why.to_string() }
}

fn wrong_id(key: &str, error: &InvalidId) -> InvalidKey {
    wrong(key, error)
}

impl TermKey {
    /// Reads a key, which must be canonical.
    pub fn parse(key: &str) -> Result<Self, InvalidKey> {
        Question::parse(key).map(|question| question.key())
    }

    /// The key as it stands in tables and messages.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TermKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for TermKey {
    type Error = InvalidKey;

    fn try_from(key: String) -> Result<Self, InvalidKey> {
        Self::parse(&key)
    }
}

impl From<TermKey> for String {
    fn from(key: TermKey) -> Self {
        key.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "000Dq0VqTZpxOP6jQMscVL";
    const OTHER: &str = "100Dq0VqTZpxOP6jQMscVL";

    #[test]
    fn a_key_is_read_back_as_the_question_it_came_from() {
        let artist = ArtistId::new(ID).unwrap();
        let album = |id: &str| AlbumId::new(id).unwrap();
        let playlist = Question::Playlist(PlaylistId::new(ID).unwrap());
        let questions = [
            (Question::Search(SearchTerm::new("The Dj").unwrap()), "search:dj the".to_owned()),
            (Question::PlaylistSearch(SearchTerm::new("Pop").unwrap()), "playlist-search:pop".to_owned()),
            (Question::Capabilities, "capabilities".to_owned()),
            (Question::CategoryPlaylists(CategoryId::new("pop").unwrap()), "category:pop".to_owned()),
            (Question::Hydrate(playlist.key()), format!("hydrate:playlist:{ID}")),
            (playlist, format!("playlist:{ID}")),
            (Question::Stale, "stale".to_owned()),
            (Question::refresh(vec![artist.clone()]).unwrap(), format!("refresh:{ID}")),
            (Question::Related(artist.clone()), format!("related:{ID}")),
            (Question::ArtistAlbums(artist), format!("artist-albums:{ID}")),
            (Question::albums(vec![album(OTHER), album(ID)]).unwrap(), format!("albums:{ID},{OTHER}")),
        ];
        for (question, key) in questions {
            assert_eq!(question.key().as_str(), key);
            assert_eq!(Question::parse(&key), Ok(question));
        }
    }

    #[test]
    fn the_longest_key_of_artists_fits_a_table() {
        let id = |number| ArtistId::new(format!("{number:022}")).unwrap();
        let most = Question::refresh((0..MOST_REFRESHED).map(id).collect()).unwrap();
        assert!(most.key().as_str().len() <= 1_024, "DynamoDB's limit of a sort key in bytes");
        assert_eq!(Question::refresh((0..=MOST_REFRESHED).map(id).collect()), None);
    }

    #[test]
    fn a_key_that_is_not_canonical_is_refused_with_the_one_that_is() {
        let error = TermKey::parse("search:the DJ").unwrap_err().to_string();
        assert!(error.contains("search:the DJ") && error.contains("search:dj the"), "{error}");
        let error = TermKey::parse(&format!("albums:{OTHER},{ID}")).unwrap_err().to_string();
        assert!(error.contains(&format!("albums:{ID},{OTHER}")), "{error}");
    }

    #[test]
    fn a_key_that_asks_nothing_is_refused_by_name() {
        let hydrated_twice = format!("hydrate:hydrate:playlist:{ID}");
        for bad in
            ["playlists:x", "playlist:x", "search: ", "category:a/b", "albums:", "related", &hydrated_twice]
        {
            let error = TermKey::parse(bad).unwrap_err().to_string();
            assert!(error.contains(bad), "{error}");
        }
    }
}
