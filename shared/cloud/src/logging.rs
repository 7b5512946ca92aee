//! Logs: one JSON object a line, with the fields of the span it belongs to.

use tracing_subscriber::EnvFilter;

/// The variable that holds the filter, such as `info` or `info,collect=debug`.
pub const FILTER: &str = "FERMATA_LOG";

/// Sends events to standard output as JSON. A filter that cannot be read counts as `info`, with a line that says so.
pub fn init() {
    let wanted = std::env::var(FILTER).unwrap_or_default();
    let filter = match wanted.trim() {
        "" => Ok(EnvFilter::new("info")),
        filter => EnvFilter::try_new(filter),
    };
    let problem = filter.as_ref().err().map(ToString::to_string);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter.unwrap_or_else(|_| EnvFilter::new("info")))
        .init();
    if let Some(problem) = problem {
        tracing::warn!(problem, "{FILTER} is not a filter; using info");
    }
}
