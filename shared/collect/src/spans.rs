//! Spans for traces: how long a request to Spotify took and what came of it.
//!
//! Traces show spans with the target [`TARGET`] and those of messages; logs show only the latter, so that a
//! line's `span` is always its message. Without a subscriber for traces, such a span costs one comparison.
//! No field holds an answer, an error's text, a header or a query: a trace may hold no more than a log.

use std::time::Duration;

use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::web_api::{Bucket, Endpoint, SpotifyError};

/// The target of spans that only traces show. Their numbers are `i64`: OpenTelemetry has no other integers.
pub const TARGET: &str = "spans";

/// Runs `asking`, one request to `endpoint` that waited for its permit for `waited`, within a span with the
/// status of the answer. A request without an answer has none and counts as failed.
pub(crate) async fn request<T>(
    bucket: Bucket,
    endpoint: Endpoint,
    waited: Duration,
    asking: impl Future<Output = Result<T, SpotifyError>> + Send,
) -> Result<T, SpotifyError> {
    let span = tracing::info_span!(
        target: TARGET,
        "Spotify",
        otel.kind = "client",
        otel.status_code = Empty,
        http.response.status_code = Empty,
        %bucket,
        %endpoint,
        wait_ms = i64::try_from(waited.as_millis()).unwrap_or(i64::MAX),
    );
    let answer = asking.instrument(span.clone()).await;
    // The client returns a page only from an answer with status 200.
    let status = answer.as_ref().map_or_else(|error| error.evidence().status, |_| Some(200));
    answered(&span, status);
    answer
}

/// Records the status of an answer in a span with these fields, and whether it is a failure: there was no
/// answer, or an error.
pub fn answered(span: &Span, status: Option<u16>) {
    if let Some(status) = status {
        span.record("http.response.status_code", i64::from(status));
    }
    if status.is_none_or(|status| status >= 400) {
        span.record("otel.status_code", "ERROR");
    }
}
