//! What lets scripts in a browser use the API: every answer says that any page may read it, and a browser
//! that asks beforehand (`OPTIONS`) learns what it may send.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
};
use axum::http::{HeaderValue, Method, Response};
use axum::middleware::Next;

const HEADERS: &str = "Accept, App-Platform, Authorization, Content-Type, Origin, Retry-After, Spotify-App-Version, \
                       X-Cloud-Trace-Context, client-token, content-access-token";
const METHODS: &str = "GET, POST, OPTIONS, PUT, DELETE, PATCH";

/// Answers `OPTIONS` itself, without token and limits, and marks all other answers.
pub(super) async fn open_to_browsers(request: Request, next: Next) -> Response<Body> {
    let mut response = if request.method() == Method::OPTIONS {
        Response::new(Body::empty())
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("604800"));
    response
}
