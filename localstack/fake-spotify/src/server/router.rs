//! Every path that the server answers: the API, the token and the control paths.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::{get, post};

use super::app::App;
use super::endpoints::{ENDPOINTS, Endpoint, UNKNOWN};
use super::serve::serve;
use super::{accounts, control};

/// All routes: the API, the token, and the control paths.
pub(super) fn router(app: &Arc<App>) -> Router {
    let serving = |endpoint: &'static Endpoint| {
        let app = Arc::clone(app);
        get(move |request: Request| serve(app, endpoint, request))
    };
    let mut router = Router::new()
        .route("/api/token", post(accounts::issue))
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
