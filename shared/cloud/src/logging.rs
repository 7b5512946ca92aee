//! Logs: one JSON object per line, with the fields of the current span.

use collect::spans;
use tracing::Subscriber;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::{FilterExt, LevelFilter, ParseError, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::traces::Traces;

/// The variable with the log filter: a level, and other levels for some modules, such as `info` or
/// `info,collect=debug`. `EnvFilter` could also tell spans apart, but brings regular expressions into every
/// function.
pub const FILTER: &str = "FERMATA_LOG";

/// Libraries that would log what they transfer, credentials included, and the most detailed level that each
/// may log at, whatever the filter says; and the spans that only traces show.
const CAPPED: [(&str, LevelFilter); 9] = [
    (spans::TARGET, LevelFilter::OFF),
    ("aws_config", LevelFilter::INFO),
    ("aws_smithy_runtime", LevelFilter::INFO),
    ("h2", LevelFilter::INFO),
    ("hyper", LevelFilter::INFO),
    ("hyper_util", LevelFilter::INFO),
    // Logs whole events: a request to the API contains the session token of whoever signed it.
    ("lambda_runtime::layers::api_response", LevelFilter::INFO),
    ("reqwest", LevelFilter::INFO),
    ("rustls", LevelFilter::INFO),
];

/// Writes events to standard output as JSON, and sends spans to X-Ray if [`crate::traces`] is on. An
/// unreadable filter counts as `info`, and an unreadable switch as off, each with a line that says so.
pub fn init() {
    let filter = parse(&std::env::var(FILTER).unwrap_or_default());
    let problem = filter.as_ref().err().map(ToString::to_string);
    let filter = filter.unwrap_or_else(|_| usual());
    let traces = Traces::from_env();
    let untraced = traces.as_ref().err().map(ToString::to_string);
    subscriber(traces.ok().flatten(), json_lines(std::io::stdout, filter)).init();
    if let Some(problem) = problem {
        tracing::warn!(problem, "{FILTER} is not a filter; using info");
    }
    if let Some(problem) = untraced {
        tracing::warn!(problem, "no traces");
    }
}

fn usual() -> Targets {
    Targets::new().with_default(LevelFilter::INFO)
}

/// Reads a filter. An empty one is the usual one.
fn parse(filter: &str) -> Result<Targets, ParseError> {
    let parts: Vec<_> = filter.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { Ok(usual()) } else { parts.join(",").parse() }
}

/// What hears events and spans. Without traces there is no layer for them: one that is missing counts as
/// interested in everything, and then each span that nobody shows would be made all the same.
fn subscriber(
    traces: Option<Traces>,
    lines: impl Layer<Registry> + Send + Sync,
) -> Box<dyn Subscriber + Send + Sync> {
    let lines = tracing_subscriber::registry().with(lines);
    match traces {
        Some(traces) => Box::new(lines.with(traces.layer())),
        None => Box::new(lines),
    }
}

/// Writes what passes both the filter and the caps. The caps are no directives of the filter, because there a
/// longer target outranks a shorter one.
fn json_lines<S, W>(writer: W, filter: Targets) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let caps = Targets::new().with_default(LevelFilter::TRACE).with_targets(CAPPED);
    tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer)
        .with_filter(filter.and(caps))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Lines that are kept instead of printed.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged under a filter.
    fn logged(filter: &str) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = json_lines(move || writer.clone(), parse(filter).unwrap());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let _inside = tracing::info_span!(target: "collect::fetcher", "message", run = "1").entered();
            let _traced =
                tracing::info_span!(target: spans::TARGET, "Spotify", bucket = "secret to logs").entered();
            tracing::trace!(target: "collect::plan", "ours in detail");
            tracing::info!(target: "hyper_util::client", "theirs in short");
            tracing::debug!(target: "hyper_util::client::legacy", "a secret of hyper");
            tracing::trace!(target: "rustls::client::hs", "a secret of rustls");
            tracing::trace!(target: "lambda_runtime::layers::api_response", "a secret of an event");
        });
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_span_that_only_traces_show_is_not_made_without_them() {
        let subscriber = subscriber(None, json_lines(std::io::sink, usual()));
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!(target: spans::TARGET, "Spotify");
            assert!(span.is_disabled(), "{span:?}");
            assert!(!tracing::info_span!(target: "collect::fetcher::batch", "message").is_disabled());
        });
    }

    #[test]
    fn a_filter_is_a_level_with_exceptions() {
        for (filter, expected) in [
            ("", [false, true]),
            (" , ", [false, true]),
            ("info", [false, true]),
            ("INFO, collect=trace ,", [true, true]),
            ("off,collect=trace", [true, false]),
            ("collect=info", [false, false]),
        ] {
            let logged = logged(filter);
            let seen = ["ours in detail", "theirs in short"].map(|text| logged.contains(text));
            assert_eq!(seen, expected, "{filter:?}: {logged}");
        }
        assert!(parse("info,collect=loud").is_err() && parse("a=b=c").is_err());
    }

    #[test]
    fn no_filter_makes_a_library_log_what_it_transfers() {
        for filter in [
            "trace",
            "trace,hyper_util=trace",
            "info,collect=trace,hyper_util::client::legacy=trace,rustls::client::hs=trace",
            "trace,collect[{secret}]=trace",
            "trace,lambda_runtime::layers::api_response=trace",
            "trace,spans=trace",
        ] {
            let logged = logged(filter);
            assert!(logged.contains("ours in detail"), "{filter}: {logged}");
            assert!(logged.contains("theirs in short"), "{filter}: {logged}");
            assert!(!logged.contains("secret"), "{filter}: {logged}");
            assert_eq!(logged.matches(r#""name":"message""#).count(), logged.lines().count(), "{logged}");
        }
        assert!(!logged("warn").contains("theirs"), "caps lower a level, and raise none");
    }
}
