//! Logs: one JSON object per line, with the fields of the current span.

use tracing_subscriber::EnvFilter;

/// The variable with the log filter, such as `info` or `info,collect=debug`.
pub const FILTER: &str = "FERMATA_LOG";

/// Libraries that would log what they transfer, credentials included, if the filter let them; these levels
/// cap them.
const CAPPED: [&str; 9] = [
    "aws_config=info",
    "aws_smithy_http_client=info",
    "aws_smithy_runtime=info",
    "h2=info",
    "hyper=info",
    "hyper_util=info",
    // Logs whole events: a request to the API contains the session token of whoever signed it.
    "lambda_runtime::layers::api_response=info",
    "reqwest=info",
    "rustls=info",
];

/// Writes events to standard output as JSON. An unreadable filter counts as `info`, with a line that says so.
pub fn init() {
    let filter = std::env::var(FILTER).unwrap_or_default();
    let filter = match filter.trim() {
        "" => Ok(EnvFilter::new("info")),
        filter => EnvFilter::try_new(filter),
    };
    let problem = filter.as_ref().err().map(ToString::to_string);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(capped(filter.unwrap_or_else(|_| EnvFilter::new("info"))))
        .init();
    if let Some(problem) = problem {
        tracing::warn!(problem, "{FILTER} is not a filter; using info");
    }
}

fn capped(filter: EnvFilter) -> EnvFilter {
    let directives = CAPPED.iter().filter_map(|directive| directive.parse().ok());
    directives.fold(filter, EnvFilter::add_directive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_filter_makes_a_library_log_what_it_transfers() {
        let filter = capped(EnvFilter::new("trace,hyper=trace")).to_string();
        for directive in CAPPED {
            assert!(filter.split(',').any(|part| part == directive), "{filter} lacks {directive}");
        }
        assert!(!filter.contains("hyper=trace") && filter.contains("trace"), "{filter}");
    }
}
