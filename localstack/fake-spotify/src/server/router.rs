//! Every path that the server answers: the API, the token and the control paths.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

use super::app::App;
use super::cors::open_to_browsers;
use super::endpoints::{ENDPOINTS, Endpoint, UNKNOWN};
use super::guard::{ask_for_key, refuse_web_pages};
use super::serve::{Spoiled, serve};
use super::{accounts, control};

/// All routes.
pub(super) fn router(app: &Arc<App>) -> Router {
    control_routes(app).merge(service_routes(app))
}

/// What callers know from Spotify: the API and the token, for browsers too, compressed for callers that say
/// they can read it.
fn service_routes(app: &Arc<App>) -> Router {
    let serving = |endpoint: &'static Endpoint| {
        let app = Arc::clone(app);
        get(move |request: Request| serve(app, endpoint, request))
    };
    let mut router = Router::new().route("/api/token", post(accounts::issue)).with_state(Arc::clone(app));
    for endpoint in ENDPOINTS {
        // Spotify takes a slash at the end for nothing, and some clients send one (`/v1/artists/?ids=`).
        let with_slash = format!("{}/", endpoint.path);
        router = router.route(endpoint.path, serving(endpoint)).route(&with_slash, serving(endpoint));
    }
    // What is cut on purpose stays as it is: it claims a length that it does not have.
    let whole = |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
        extensions.get::<Spoiled>().is_none()
    };
    let compression = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(whole));
    router
        .fallback_service(serving(UNKNOWN))
        .layer(axum::middleware::from_fn(open_to_browsers))
        .layer(compression)
}

/// `/_fake/...`, for programs of whoever runs the stand-in. What tells nothing needs no key.
fn control_routes(app: &Arc<App>) -> Router {
    Router::new()
        .route("/_fake/stats", get(control::stats))
        .route("/_fake/faults", get(control::faults).post(control::set_faults))
        .route("/_fake/playlists", post(control::change_playlists))
        .route("/_fake/reach", get(control::reach))
        .route("/_fake/limits", get(control::limits).post(control::set_limits))
        .route_layer(from_fn_with_state(Arc::clone(app), ask_for_key))
        .route("/_fake/health", get(control::health))
        .route("/_fake/openapi.json", get(control::openapi))
        .route_layer(from_fn_with_state(Arc::clone(app), refuse_web_pages))
        .with_state(Arc::clone(app))
}
