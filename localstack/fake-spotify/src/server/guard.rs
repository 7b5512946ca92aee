//! Who may use the control paths: programs that have the key. A browser lets any web page send requests to
//! this machine, and a page whose name server answers with 127.0.0.1 may even read the answers, so browsers
//! are refused whatever they send.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::middleware::Next;

use super::app::App;
use super::reply::Reply;

/// Passes a request on unless a browser has sent it, or it was meant for another host.
pub(super) async fn refuse_web_pages(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    match refusal(request.headers(), app.address.port()) {
        None => next.run(request).await,
        Some(reason) => refused(reason),
    }
}

/// Passes a request on if it has the key to the control paths.
pub(super) async fn ask_for_key(State(app): State<Arc<App>>, request: Request, next: Next) -> Response<Body> {
    let given = request.headers().get(AUTHORIZATION);
    if given.is_some_and(|given| app.control_key.is_in(given.as_bytes())) {
        next.run(request).await
    } else {
        refused("this needs the header `Authorization: Bearer KEY` with the stand-in's control key")
    }
}

fn refused(reason: &str) -> Response<Body> {
    let reply = Reply::error(StatusCode::FORBIDDEN, reason);
    reply.response(Body::from(reply.body.clone()))
}

/// Why a request is refused; `None` when it is not.
fn refusal(headers: &HeaderMap, port: u16) -> Option<&'static str> {
    let is_from_browser = |name: &str| name == "origin" || name.starts_with("sec-fetch-");
    if headers.keys().any(|name| is_from_browser(name.as_str())) {
        return Some("requests of web pages are refused");
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_this = |host: &str| ["127.0.0.1", "localhost"].iter().any(|name| host == format!("{name}:{port}"));
    if host.is_some_and(is_this) { None } else { Some("this host is not served") }
}
