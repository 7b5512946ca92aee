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
use super::{artists, control, search, token};
use crate::limits::Bucket;

/// Answers one request whose token, limits and access are in order. Handlers compute; they never wait.
pub(super) type Handler = fn(&mut Call<'_>) -> Reply;

const BATCH: Handler = artists::batch;
const SINGLE: Handler = artists::single;
const RELATED: Handler = artists::related;
const SEARCH: Handler = search::page;

/// The API: path, bucket, and what an app of each class gets (extended, extended later, development).
const ENDPOINTS: &[Endpoint] = &[
    Endpoint { path: "/v1/search", bucket: Some(Bucket::Search), access: [Open(SEARCH); 3] },
    Endpoint {
        path: "/v1/artists",
        bucket: Some(Bucket::Artists),
        access: [Open(BATCH), Open(BATCH), Forbidden],
    },
    Endpoint { path: "/v1/artists/{id}", bucket: Some(Bucket::Artists), access: [Open(SINGLE); 3] },
    closed("/v1/artists/{id}/related-artists", Bucket::Artists, [Open(RELATED), Forbidden, Forbidden]),
    closed("/v1/albums", Bucket::ArtistAlbums, [Absent, Absent, Forbidden]),
    closed("/v1/tracks", Bucket::Tracks, [Absent, Absent, Forbidden]),
    closed("/v1/browse/categories", Bucket::Browse, [Absent, Absent, Forbidden]),
    closed("/v1/browse/categories/{id}/playlists", Bucket::Browse, [Absent, Forbidden, Forbidden]),
    closed("/v1/browse/featured-playlists", Bucket::Browse, [Absent, Forbidden, Forbidden]),
    closed("/v1/browse/new-releases", Bucket::Browse, [Absent, Absent, Forbidden]),
    closed("/v1/recommendations", Bucket::Recommendations, [Absent, Gone, Gone]),
    closed("/v1/recommendations/available-genre-seeds", Bucket::Recommendations, [Absent, Gone, Gone]),
    closed("/v1/audio-features", Bucket::AudioFeatures, [Absent, Forbidden, Forbidden]),
    closed("/v1/audio-features/{id}", Bucket::AudioFeatures, [Absent, Forbidden, Forbidden]),
    closed("/v1/playlists/{id}/tracks", Bucket::Playlists, [Absent, Absent, Forbidden]),
];

/// An endpoint that refuses some classes of apps and is not built for the others.
const fn closed(path: &'static str, bucket: Bucket, access: [super::access::Access; 3]) -> Endpoint {
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
        .route("/_fake/limits", get(control::limits).post(control::set_limits))
        .with_state(Arc::clone(app));
    for endpoint in ENDPOINTS {
        // Spotify takes a slash at the end for nothing, and some clients send one (`/v1/artists/?ids=`).
        let with_slash = format!("{}/", endpoint.path);
        router = router.route(endpoint.path, serving(endpoint)).route(&with_slash, serving(endpoint));
    }
    router.fallback_service(serving(UNKNOWN))
}
