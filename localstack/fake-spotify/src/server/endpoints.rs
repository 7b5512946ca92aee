//! The table of the API: each path, whose quota it takes, and what an app of each class gets. A new endpoint is one row
//! here and its handler in `routes`.

use self::Access::{Absent, Forbidden, Gone, Open};
use super::call::Handler;
use super::reply::Reply;
use super::routes::{albums, artists, browse, genre_seeds, playlists, search};
use crate::config::AppClass;
use crate::limits::Bucket;

/// How an endpoint meets an app.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// It answers.
    Open(Handler),
    /// 403.
    Forbidden,
    /// 404 without a body.
    Gone,
    /// It is open to such an app at Spotify and not built here: answered like a path that does not exist.
    Absent,
}

impl Access {
    /// The refusal that stands in place of an answer, if it does.
    pub(super) fn refusal(self) -> Option<Reply> {
        match self {
            Self::Open(_) => None,
            Self::Forbidden => Some(Reply::forbidden()),
            Self::Gone => Some(Reply::gone()),
            Self::Absent => Some(Reply::no_such_service()),
        }
    }
}

/// One path of the API.
#[derive(Debug)]
pub(super) struct Endpoint {
    /// The path with `{id}` for an id.
    pub(super) path: &'static str,
    /// Whose quota a request takes.
    pub(super) bucket: Option<Bucket>,
    /// For apps of each class: extended, extended later, development.
    pub(super) access: [Access; 3],
}

impl Endpoint {
    /// How this endpoint meets an app of `class`.
    pub(super) fn access(&self, class: AppClass) -> Access {
        self.access[match class {
            AppClass::Extended => 0,
            AppClass::ExtendedNew => 1,
            AppClass::Development => 2,
        }]
    }
}

const ALBUMS: Handler = albums::batch;
const BATCH: Handler = artists::batch;
const CATEGORIES: Handler = browse::categories;
const NEW_RELEASES: Handler = browse::new_releases;
const TRACKS: Handler = playlists::tracks;

/// The API: path, bucket, and what an app of each class gets (extended, extended later, development).
pub(super) const ENDPOINTS: &[Endpoint] = &[
    row("/v1/search", Bucket::Search, [Open(search::page); 3]),
    row("/v1/artists", Bucket::Artists, [Open(BATCH), Open(BATCH), Forbidden]),
    row("/v1/artists/{id}", Bucket::Artists, [Open(artists::single); 3]),
    row("/v1/artists/{id}/related-artists", Bucket::Artists, [Open(artists::related), Forbidden, Forbidden]),
    row("/v1/artists/{id}/albums", Bucket::ArtistAlbums, [Open(albums::of_artist); 3]),
    row("/v1/albums", Bucket::ArtistAlbums, [Open(ALBUMS), Open(ALBUMS), Forbidden]),
    row("/v1/tracks", Bucket::Tracks, [Absent, Absent, Forbidden]),
    row("/v1/browse/categories", Bucket::Browse, [Open(CATEGORIES), Open(CATEGORIES), Forbidden]),
    row(
        "/v1/browse/categories/{id}/playlists",
        Bucket::Browse,
        [Open(browse::category_playlists), Forbidden, Forbidden],
    ),
    row(
        "/v1/browse/featured-playlists",
        Bucket::Browse,
        [Open(browse::featured_playlists), Forbidden, Forbidden],
    ),
    row("/v1/browse/new-releases", Bucket::Browse, [Open(NEW_RELEASES), Open(NEW_RELEASES), Forbidden]),
    row("/v1/playlists/{id}", Bucket::Playlists, [Open(playlists::single); 3]),
    row("/v1/playlists/{id}/tracks", Bucket::Playlists, [Open(TRACKS), Open(TRACKS), Forbidden]),
    row("/v1/playlists/{id}/items", Bucket::Playlists, [Open(playlists::items); 3]),
    row("/v1/recommendations", Bucket::Recommendations, [Absent, Gone, Gone]),
    row(
        "/v1/recommendations/available-genre-seeds",
        Bucket::Recommendations,
        [Open(genre_seeds::all), Gone, Gone],
    ),
    row("/v1/audio-features", Bucket::AudioFeatures, [Absent, Forbidden, Forbidden]),
    row("/v1/audio-features/{id}", Bucket::AudioFeatures, [Absent, Forbidden, Forbidden]),
];

/// A row of the table.
const fn row(path: &'static str, bucket: Bucket, access: [Access; 3]) -> Endpoint {
    Endpoint { path, bucket: Some(bucket), access }
}

/// What answers a path that is not in the table: it takes part in limits and counts like every other.
pub(super) const UNKNOWN: &Endpoint = &Endpoint { path: "(unknown)", bucket: None, access: [Absent; 3] };
