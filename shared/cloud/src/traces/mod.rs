//! Traces: what an invocation did and how long each part took, in X-Ray under Lambda's record of the
//! invocation.
//!
//! OpenTelemetry makes the spans, from those of the crate `tracing`: the invocation, each message, each
//! request to Spotify with its bucket, status and wait, and each operation of AWS. Each is sent when it ends,
//! so none is left when Lambda freezes the environment after the answer. It goes over UDP to the daemon that
//! Lambda runs beside a function whose invocations it traces: no connection, no wait, and no permission
//! beyond the one for the invocations. Like everything sent by UDP, a span can be lost.
//!
//! Only what Lambda samples is recorded. With the switch off there is no tracer, and a span costs a
//! comparison. The exporter is not the one of OpenTelemetry's crate for AWS: with its regular expressions,
//! traces would add 0.5 MB to the zip file of each function instead of 0.1 MB.

mod header;
mod operation;
mod switch;
mod xray;

use std::sync::atomic::{AtomicBool, Ordering};

use collect::spans::TARGET;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

pub(crate) use operation::Operation;
pub use switch::{DAEMON, TRACES, Traces, TracesError};

use header::Parent;

/// Whether this process has warned about a trace header that it cannot use.
static WARNED: AtomicBool = AtomicBool::new(false);

/// The span of an invocation, as a part of the trace in Lambda's header (`Root=...;Parent=...;Sampled=1`).
///
/// It has the fields `run`, `snapshot`, `messages`, `http.request.method` and `http.response.status_code`,
/// which a function may record. No span is recorded if traces are off, if Lambda does not sample the
/// invocation, or if the header is missing or broken; the first such header of a process is logged.
pub fn invocation(header: Option<&str>) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        parent: None,
        "invocation",
        run = Empty,
        snapshot = Empty,
        messages = Empty,
        otel.status_code = Empty,
        http.request.method = Empty,
        http.response.status_code = Empty,
    );
    if span.is_disabled() {
        return span;
    }
    match Parent::read(header.unwrap_or_default()) {
        Parent::Sampled(parent) => {
            let parent = Context::new().with_remote_span_context(parent);
            // It only fails for a span that has begun.
            span.set_parent(parent).map_or_else(|_| Span::none(), |()| span)
        }
        Parent::NotSampled => Span::none(),
        Parent::Unknown => {
            if !WARNED.swap(true, Ordering::Relaxed) {
                let header = header.map(|header| header.chars().take(100).collect::<String>());
                tracing::warn!(header, "no trace: Lambda's trace header cannot be read");
            }
            Span::none()
        }
    }
}
