//! Requests: one variant for each way to use an endpoint.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalogue::{AlbumId, ArtistId, CategoryId, PlaylistId, TrackId};
use crate::web_api::Bucket;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `GET /search`.
    Search {
        /// The query as Spotify reads it, not URL-encoded.
        query: String,
        /// What is searched for; each kind brings up to `limit` rows.
        kinds: Vec<Kind>,
        /// The page.
        page: PageAsk,
    },
    /// `GET /artists?ids=`, at most 50.
    Artists(Vec<ArtistId>),
    /// `GET /artists/{id}`.
    Artist(ArtistId),
    /// `GET /artists/{id}/related-artists`.
    RelatedArtists(ArtistId),
    /// `GET /artists/{id}/albums`.
    ArtistAlbums {
        /// Whose.
        artist: ArtistId,
        /// The page.
        page: PageAsk,
    },
    /// `GET /albums?ids=`, at most 20; with the artists of every track.
    Albums(Vec<AlbumId>),
    /// `GET /browse/new-releases`.
    NewReleases(PageAsk),
    /// `GET /browse/categories`.
    Categories(PageAsk),
    /// `GET /browse/categories/{id}/playlists`.
    CategoryPlaylists {
        /// Which.
        category: CategoryId,
        /// The page.
        page: PageAsk,
    },
    /// `GET /browse/featured-playlists`.
    FeaturedPlaylists(PageAsk),
    /// `GET /playlists/{id}`: its version, its first 100 tracks, and their artists.
    Playlist(PlaylistId),
    /// `GET /playlists/{id}/tracks`: more tracks, and their artists.
    PlaylistItems {
        /// Which.
        playlist: PlaylistId,
        /// The page.
        page: PageAsk,
    },
    /// `GET /recommendations/available-genre-seeds`.
    GenreSeeds,
    /// `GET /recommendations`.
    Recommendations(Seeds),
    /// `GET /audio-features?ids=`, at most 100.
    AudioFeatures(Vec<TrackId>),
}

/// What recommendations start from: one to five seeds of all kinds together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seeds {
    /// Artists.
    pub artists: Vec<ArtistId>,
    /// Genres, in the words of `GET /recommendations/available-genre-seeds`.
    pub genres: Vec<String>,
    /// Tracks.
    pub tracks: Vec<TrackId>,
}

impl Seeds {
    /// Most seeds of a request; Spotify refuses more.
    pub const MOST: usize = 5;

    /// How many there are.
    pub fn count(&self) -> usize {
        self.artists.len() + self.genres.len() + self.tracks.len()
    }
}

/// A page of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageAsk {
    /// Rows wanted.
    pub limit: u32,
    /// Rows to skip.
    pub offset: u32,
}

/// What a search can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Artists, as objects.
    Artist,
    /// Albums: their artists are mentioned, they themselves are leads.
    Album,
    /// Tracks: their artists are mentioned.
    Track,
    /// Playlists: leads.
    Playlist,
}

impl Kind {
    /// All of them: what a search of several types asks for.
    pub const ALL: [Self; 4] = [Self::Artist, Self::Album, Self::Track, Self::Playlist];

    /// The name in a query.
    pub fn name(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Album => "album",
            Self::Track => "track",
            Self::Playlist => "playlist",
        }
    }
}

/// What can be open or closed to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// `GET /search`.
    Search,
    /// `GET /artists?ids=`.
    Artists,
    /// `GET /artists/{id}`.
    Artist,
    /// `GET /artists/{id}/related-artists`.
    RelatedArtists,
    /// `GET /artists/{id}/albums`.
    ArtistAlbums,
    /// `GET /albums?ids=`.
    Albums,
    /// `GET /browse/new-releases`.
    NewReleases,
    /// `GET /browse/categories`.
    Categories,
    /// `GET /browse/categories/{id}/playlists`.
    CategoryPlaylists,
    /// `GET /browse/featured-playlists`.
    FeaturedPlaylists,
    /// `GET /playlists/{id}`.
    Playlist,
    /// `GET /playlists/{id}/tracks`.
    PlaylistItems,
    /// `GET /recommendations/available-genre-seeds`.
    GenreSeeds,
    /// `GET /recommendations`.
    Recommendations,
    /// `GET /audio-features?ids=`.
    AudioFeatures,
}

impl Endpoint {
    /// The bucket whose limit it shares.
    pub fn bucket(self) -> Bucket {
        match self {
            Self::Search => Bucket::Search,
            Self::Artists | Self::Artist | Self::RelatedArtists => Bucket::Artists,
            Self::ArtistAlbums | Self::Albums => Bucket::ArtistAlbums,
            Self::NewReleases | Self::Categories | Self::CategoryPlaylists | Self::FeaturedPlaylists => {
                Bucket::Browse
            }
            Self::Playlist | Self::PlaylistItems => Bucket::Playlists,
            Self::GenreSeeds | Self::Recommendations => Bucket::Recommendations,
            Self::AudioFeatures => Bucket::AudioFeatures,
        }
    }

    /// Method and path, as logs and reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "GET /search",
            Self::Artists => "GET /artists",
            Self::Artist => "GET /artists/{id}",
            Self::RelatedArtists => "GET /artists/{id}/related-artists",
            Self::ArtistAlbums => "GET /artists/{id}/albums",
            Self::Albums => "GET /albums",
            Self::NewReleases => "GET /browse/new-releases",
            Self::Categories => "GET /browse/categories",
            Self::CategoryPlaylists => "GET /browse/categories/{id}/playlists",
            Self::FeaturedPlaylists => "GET /browse/featured-playlists",
            Self::Playlist => "GET /playlists/{id}",
            Self::PlaylistItems => "GET /playlists/{id}/tracks",
            Self::GenreSeeds => "GET /recommendations/available-genre-seeds",
            Self::Recommendations => "GET /recommendations",
            Self::AudioFeatures => "GET /audio-features",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Request {
    /// A search for artists.
    pub fn artist_search(query: String, page: PageAsk) -> Self {
        Self::Search { query, kinds: vec![Kind::Artist], page }
    }

    /// The endpoint that answers it.
    pub fn endpoint(&self) -> Endpoint {
        match self {
            Self::Search { .. } => Endpoint::Search,
            Self::Artists(_) => Endpoint::Artists,
            Self::Artist(_) => Endpoint::Artist,
            Self::RelatedArtists(_) => Endpoint::RelatedArtists,
            Self::ArtistAlbums { .. } => Endpoint::ArtistAlbums,
            Self::Albums(_) => Endpoint::Albums,
            Self::NewReleases(_) => Endpoint::NewReleases,
            Self::Categories(_) => Endpoint::Categories,
            Self::CategoryPlaylists { .. } => Endpoint::CategoryPlaylists,
            Self::FeaturedPlaylists(_) => Endpoint::FeaturedPlaylists,
            Self::Playlist(_) => Endpoint::Playlist,
            Self::PlaylistItems { .. } => Endpoint::PlaylistItems,
            Self::GenreSeeds => Endpoint::GenreSeeds,
            Self::Recommendations(_) => Endpoint::Recommendations,
            Self::AudioFeatures(_) => Endpoint::AudioFeatures,
        }
    }
}
