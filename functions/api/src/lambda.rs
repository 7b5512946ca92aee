//! What Lambda adds to the router: a log line for each request, and the alarm's metric for each failure.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use cloud::clock::SystemClock;
use cloud::traces;
use collect::operator::Trouble;
use collect::ports::Clock;
use collect::spans;
use lambda_http::RequestExt;
use tracing::{Instrument, Span};

/// Longest part of a path that is logged.
const LONGEST_PATH: usize = 100;

/// Logs and traces every request, and reports failures and throttling to CloudWatch.
pub fn observed(router: Router) -> Router {
    router.layer(from_fn(observe))
}

async fn observe(request: Request, next: Next) -> Response {
    let header = request.lambda_context_ref().and_then(|context| context.xray_trace_id.as_deref());
    let span = traces::invocation(header);
    answer(request, next).instrument(span).await
}

async fn answer(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), path_to_log(request.uri().path()));
    let response = next.run(request).await;
    tracing::info!(%method, path, status = response.status().as_u16(), "answered");
    Span::current().record("http.request.method", method.as_str());
    spans::answered(&Span::current(), Some(response.status().as_u16()));
    if response.status().is_server_error() {
        cloud::metrics::report(SystemClock.now(), Trouble::ApiErrors);
    }
    cloud::metrics::report_throttling();
    response
}

fn path_to_log(path: &str) -> String {
    match path.char_indices().nth(LONGEST_PATH) {
        Some((end, _)) => format!("{}...", &path[..end]),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_a_long_path_is_logged() {
        let long = path_to_log(&format!("/{}", "\u{e9}".repeat(200)));
        assert_eq!(long.chars().count(), LONGEST_PATH + 3);
        assert_eq!(path_to_log("/v1"), "/v1");
    }
}
