//! `/_fake/...`: questions and wishes of whoever runs the stand-in. No token, no limits, no faults.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::app::App;
use super::reply::Reply;
use crate::patch::patched;

/// `GET /_fake/health`
pub(super) async fn health(State(app): State<Arc<App>>) -> Response<Body> {
    shown(
        &json!({"status": "ok", "catalogue_artists": app.searcher.catalogue().len(), "class": app.config.class}),
    )
}

/// `GET /_fake/openapi.json`: what the API answers, for tools that read such a document.
pub(super) async fn openapi() -> Response<Body> {
    send(&Reply::json(include_bytes!("../../openapi.json").to_vec()))
}

/// `GET /_fake/stats`
pub(super) async fn stats(State(app): State<Arc<App>>) -> Response<Body> {
    shown(&app.recorder().stats())
}

/// `GET /_fake/faults`
pub(super) async fn faults(State(app): State<Arc<App>>) -> Response<Body> {
    shown(&*app.faults())
}

/// `POST /_fake/faults`: changes what the body names, answers all of them.
pub(super) async fn set_faults(State(app): State<Arc<App>>, body: Bytes) -> Response<Body> {
    let changed = read(&body).and_then(|changes| patched(&*app.faults(), changes));
    match changed.and_then(|faults| app.set_faults(faults)) {
        Ok(()) => shown(&*app.faults()),
        Err(reason) => refused(&reason),
    }
}

/// `GET /_fake/limits`
pub(super) async fn limits(State(app): State<Arc<App>>) -> Response<Body> {
    shown(app.limits().settings())
}

/// `POST /_fake/limits`: changes what the body names, answers all of them.
pub(super) async fn set_limits(State(app): State<Arc<App>>, body: Bytes) -> Response<Body> {
    let current = app.limits().settings().clone();
    let changed = read(&body).and_then(|changes| patched(&current, changes));
    match changed.and_then(|limits| app.set_limits(limits)) {
        Ok(()) => shown(app.limits().settings()),
        Err(reason) => refused(&reason),
    }
}

/// `POST /_fake/playlists`: changes the playlists of `{"change": [ids]}`, answers how many those are.
pub(super) async fn change_playlists(State(app): State<Arc<App>>, body: Bytes) -> Response<Body> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wish {
        change: Vec<String>,
    }
    let wish = serde_json::from_slice::<Wish>(&body).map_err(|error| error.to_string());
    let changed = wish.and_then(|wish| {
        let ids: Vec<&str> = wish.change.iter().map(String::as_str).collect();
        app.change_playlists(&ids).map(|()| ids.len())
    });
    match changed {
        Ok(changed) => shown(&json!({ "changed": changed })),
        Err(reason) => refused(&reason),
    }
}

/// `GET /_fake/reach`: takes a second or two for a large catalogue.
pub(super) async fn reach(State(app): State<Arc<App>>) -> Response<Body> {
    match tokio::task::spawn_blocking(move || app.reach()).await {
        Ok(reach) => shown(&reach),
        Err(error) => send(&Reply::error(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())),
    }
}

fn read(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))
}

fn shown(value: &impl Serialize) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(body) => send(&Reply::json(body)),
        Err(error) => send(&Reply::error(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())),
    }
}

fn refused(reason: &str) -> Response<Body> {
    send(&Reply::bad(reason))
}

fn send(reply: &Reply) -> Response<Body> {
    reply.response(Body::from(reply.body.clone()))
}
