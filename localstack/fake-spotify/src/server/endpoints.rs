//! Every path there is. A new endpoint of the API is one line in [`ENDPOINTS`] and its handler.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::{get, post};

use super::access::Access::{Absent, Forbidden, Gone, Open};
use super::access::Endpoint;
use super::app::App;
use super::reply::Reply;
use super::serve::{Call, serve};
use super::{albums, artists, browse, control, genre_seeds, playlists, search, token};
use crate::limits::Bucket;

/// Answers one request whose token, limits and access are in order. Handlers compute; they never wait.
pub(super) type Handler = fn(&mut Call<'_>) -> Reply;

const ALBUMS: Handler = albums::batch;
const BATCH: Handler = artists::batch;
const CATEGORIES: Handler = browse::categories;
const NEW_RELEASES: Handler = browse::new_releases;
const TRACKS: Handler = playlists::tracks;

/// The API: path, bucket, and what an app of each class gets (extended, extended later, development).
const ENDPOINTS: &[Endpoint] = &[
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
const fn row(path: &'static str, bucket: Bucket, access: [super::access::Access; 3]) -> Endpoint {
    Endpoint { path, bucket: Some(bucket), access }
}

/// What answers a path that is not in the table: it takes part in limits and counts like every other.
const UNKNOWN: &Endpoint = &Endpoint { path: "(unknown)", bucket: None, access: [Absent; 3] };

/// All routes: the API, the token, and the control paths.
pub(super) fn router(app: &Arc<App>) -> Router {
    let serving = |endpoint: &'static Endpoint| {
        let app = Arc::clone(app);
        get(move |request: Request| serve(app, endpoint, request))
    };
    let mut router = Router::new()
        .route("/api/token", post(token::issue))
        .route("/_fake/health", get(control::health))
        .route("/_fake/stats", get(control::stats))
        .route("/_fake/faults", get(control::faults).post(control::set_faults))
        .route("/_fake/playlists", post(control::change_playlists))
        .route("/_fake/reach", get(control::reach))
        .route("/_fake/limits", get(control::limits).post(control::set_limits))
        .with_state(Arc::clone(app));
    for endpoint in ENDPOINTS {
        // Spotify takes a slash at the end for nothing, and some clients send one (`/v1/artists/?ids=`).
        let with_slash = format!("{}/", endpoint.path);
        router = router.route(endpoint.path, serving(endpoint)).route(&with_slash, serving(endpoint));
    }
    router.fallback_service(serving(UNKNOWN))
}
