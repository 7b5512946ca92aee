//! The table of the API: each path, whose quota it takes, and what an app of each class gets. A new endpoint
//! is one row here and its handler in `routes`.

use self::Access::{Forbidden, Gone, Open};
use super::call::Handler;
use super::reply::Reply;
use super::routes::{albums, artists, browse, playlists, podcasts, recommendations, search, tracks, users};
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
    /// There is no such path.
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

/// The API: path, bucket, and what an app of each class gets.
#[rustfmt::skip]
pub(super) const ENDPOINTS: &[Endpoint] = &[
    row("/v1/search", Bucket::Search, all(search::page)),
    row("/v1/artists", Bucket::Artists, extended(artists::batch)),
    row("/v1/artists/{id}", Bucket::Artists, all(artists::single)),
    row("/v1/artists/{id}/albums", Bucket::ArtistAlbums, all(albums::of_artist)),
    row("/v1/artists/{id}/related-artists", Bucket::Artists, old(artists::related)),
    row("/v1/artists/{id}/top-tracks", Bucket::Artists, extended(artists::top_tracks)),
    row("/v1/albums", Bucket::ArtistAlbums, extended(albums::batch)),
    row("/v1/albums/{id}", Bucket::ArtistAlbums, all(albums::single)),
    row("/v1/albums/{id}/tracks", Bucket::ArtistAlbums, all(albums::tracks)),
    row("/v1/tracks", Bucket::Tracks, extended(tracks::batch)),
    row("/v1/tracks/{id}", Bucket::Tracks, all(tracks::single)),
    row("/v1/audio-features", Bucket::AudioFeatures, old(tracks::features_batch)),
    row("/v1/audio-features/{id}", Bucket::AudioFeatures, old(tracks::features)),
    row("/v1/audio-analysis/{id}", Bucket::AudioFeatures, old(tracks::analysis)),
    row("/v1/recommendations", Bucket::Recommendations, [Open(recommendations::recommend), Gone, Gone]),
    row("/v1/recommendations/available-genre-seeds", Bucket::Recommendations, [Open(|_| Ok(recommendations::genre_seeds())), Gone, Gone]),
    row("/v1/browse/categories", Bucket::Browse, extended(browse::categories)),
    row("/v1/browse/categories/{id}", Bucket::Browse, extended(browse::category)),
    row("/v1/browse/categories/{id}/playlists", Bucket::Browse, old(browse::category_playlists)),
    row("/v1/browse/featured-playlists", Bucket::Browse, old(browse::featured_playlists)),
    row("/v1/browse/new-releases", Bucket::Browse, extended(browse::new_releases)),
    row("/v1/markets", Bucket::Browse, extended(|_| Ok(browse::markets()))),
    row("/v1/playlists/{id}", Bucket::Playlists, all(playlists::single)),
    row("/v1/playlists/{id}/tracks", Bucket::Playlists, extended(playlists::tracks)),
    row("/v1/playlists/{id}/items", Bucket::Playlists, all(playlists::items)),
    row("/v1/playlists/{id}/images", Bucket::Playlists, all(playlists::images)),
    row("/v1/playlists/{id}/followers/contains", Bucket::Playlists, extended(playlists::followers)),
    row("/v1/users/{id}", Bucket::Playlists, extended(users::profile)),
    row("/v1/users/{id}/playlists", Bucket::Playlists, extended(users::playlists)),
    row("/v1/shows", Bucket::Podcasts, extended(podcasts::shows)),
    row("/v1/shows/{id}", Bucket::Podcasts, all(podcasts::show)),
    row("/v1/shows/{id}/episodes", Bucket::Podcasts, all(podcasts::show_episodes)),
    row("/v1/episodes", Bucket::Podcasts, extended(podcasts::episodes)),
    row("/v1/episodes/{id}", Bucket::Podcasts, all(podcasts::episode)),
    row("/v1/audiobooks", Bucket::Podcasts, extended(podcasts::audiobooks)),
    row("/v1/audiobooks/{id}", Bucket::Podcasts, all(podcasts::no_audiobook)),
    row("/v1/audiobooks/{id}/chapters", Bucket::Podcasts, all(podcasts::no_audiobook)),
];

/// Open to every app.
const fn all(handler: Handler) -> [Access; 3] {
    [Open(handler); 3]
}

/// Open to apps with extended quota, since whenever they have it.
const fn extended(handler: Handler) -> [Access; 3] {
    [Open(handler), Open(handler), Forbidden]
}

/// Open to apps that had extended quota before November 2024.
const fn old(handler: Handler) -> [Access; 3] {
    [Open(handler), Forbidden, Forbidden]
}

/// A row of the table.
const fn row(path: &'static str, bucket: Bucket, access: [Access; 3]) -> Endpoint {
    Endpoint { path, bucket: Some(bucket), access }
}

/// What answers a path that is not in the table. It takes part in limits and counts like every other.
pub(super) const UNKNOWN: &Endpoint =
    &Endpoint { path: "(unknown)", bucket: None, access: [Access::Absent; 3] };
