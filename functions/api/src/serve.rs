//! The API as a server on this machine, for the dashboard.

use std::io;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

/// Serves `router` on a port of 127.0.0.1 until it is dropped. Requests that a page of another origin makes,
/// or that name another host, are refused: whoever lures the operator's browser to a page must not be able to
/// read here with the operator's rights.
///
/// # Errors
/// Fails if the socket does.
pub async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    let port = listener.local_addr()?.port();
    let hosts = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}"));
    let guarded = router.layer(from_fn_with_state(hosts, guard));
    axum::serve(listener, guarded).await
}

async fn guard(State(hosts): State<[String; 2]>, request: Request, next: Next) -> Response {
    match refusal(&hosts, request.headers()) {
        None => next.run(request).await,
        Some(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
    }
}

/// Why a request is refused; `None` if it is not. A program sends neither an origin nor what a browser adds;
/// an address that was typed or opened from a terminal has the site `none`.
fn refusal(hosts: &[String], headers: &HeaderMap) -> Option<&'static str> {
    // A header that is there twice could mean something else to somebody else.
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next().map(|value| value.to_str().unwrap_or_default());
        if values.next().is_some() { Some("") } else { first }
    };
    let is_ours = |host: &str| hosts.iter().any(|ours| ours == host);
    if !one(HOST.as_str()).is_some_and(is_ours) {
        return Some("this host is not served");
    }
    let origin_is_ours = |origin: &str| origin.strip_prefix("http://").is_some_and(is_ours);
    if !one(ORIGIN.as_str()).is_none_or(origin_is_ours) {
        return Some("requests of other pages are refused");
    }
    let site_is_ours = |site: &str| matches!(site, "same-origin" | "none");
    if !one("sec-fetch-site").is_none_or(site_is_ours) {
        return Some("requests of other pages are refused");
    }
    None
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn is_served(headers: &[(&'static str, &'static str)]) -> bool {
        let hosts = ["127.0.0.1:8080".to_owned(), "localhost:8080".to_owned()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        refusal(&hosts, &map).is_none()
    }

    const OWN: (&str, &str) = ("host", "127.0.0.1:8080");

    #[test]
    fn programs_and_the_own_page_are_served() {
        assert!(is_served(&[OWN]));
        assert!(is_served(&[("host", "localhost:8080"), ("sec-fetch-site", "none")]));
        assert!(is_served(&[OWN, ("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn other_hosts_and_pages_are_refused() {
        for headers in [
            &[][..],
            &[("host", "rebound.example.com:8080")],
            &[("host", "127.0.0.1:8081")],
            &[("host", "127.0.0.1")],
            &[OWN, OWN],
            &[OWN, ("origin", "null")],
            &[OWN, ("origin", "http://localhost:3000")],
            &[OWN, ("origin", "https://127.0.0.1:8080")],
            &[OWN, ("sec-fetch-site", "cross-site")],
            &[OWN, ("sec-fetch-site", "same-site")],
            &[OWN, ("origin", "http://127.0.0.1:8080"), ("origin", "https://example.com")],
        ] {
            assert!(!is_served(headers), "{headers:?}");
        }
    }
}
