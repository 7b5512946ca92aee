//! Whether a function records spans, and the layer that does.

use std::net::SocketAddr;

use collect::spans;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::xray::Daemon;
use crate::metrics::STACK;

/// The variable with the switch, `true` or `false`.
pub const TRACES: &str = "FERMATA_TRACES";

/// The variable with the address of X-Ray's daemon, which Lambda sets.
pub const DAEMON: &str = "AWS_XRAY_DAEMON_ADDRESS";

/// The target of the spans of messages, which logs show too.
const MESSAGES: &str = "collect::fetcher::batch";

/// Why nothing is traced although it should be.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// The switch is neither on nor off.
    #[error("{TRACES} must be true or false, not {0:?}")]
    Switch(String),
    /// The daemon's address is missing or wrong.
    #[error("{DAEMON} must be the address and port of X-Ray's daemon, not {0:?}")]
    Daemon(String),
    /// No socket can be opened.
    #[error("no socket for traces: {0}")]
    Socket(#[from] std::io::Error),
}

/// A tracer that sends what it records to X-Ray's daemon.
#[derive(Debug)]
pub struct Traces(SdkTracer);

impl Traces {
    /// A tracer if the environment asks for one.
    pub fn from_env() -> Result<Option<Self>, TracesError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// A tracer if the environment, given as a function from name to value, asks for one.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, TracesError> {
        let variable = |name| lookup(name).unwrap_or_default().trim().to_owned();
        match variable(TRACES).as_str() {
            "" | "false" => return Ok(None),
            "true" => {}
            other => return Err(TracesError::Switch(other.chars().take(100).collect())),
        }
        let address = variable(DAEMON);
        let Ok(daemon) = address.parse() else {
            return Err(TracesError::Daemon(address.chars().take(100).collect()));
        };
        Ok(Some(Self::to(daemon, &variable(STACK))?))
    }

    fn to(daemon: SocketAddr, stack: &str) -> Result<Self, TracesError> {
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(Daemon::new(daemon, stack)?)
            // What belongs to no sampled invocation is not recorded.
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)))
            .build();
        Ok(Self(provider.tracer("fermata")))
    }

    /// The layer that hands spans to the tracer. Events stay out: their texts are for logs.
    pub fn layer<S>(self) -> impl Layer<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0)
            .with_location(false)
            .with_threads(false)
            .with_level(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(is_traced))
    }
}

fn is_traced(metadata: &Metadata<'_>) -> bool {
    let is_ours = metadata.target() == spans::TARGET || metadata.target() == MESSAGES;
    metadata.is_span() && is_ours && *metadata.level() <= Level::INFO
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(switch: &'static str, daemon: &'static str) -> Result<bool, String> {
        let lookup = |name: &str| match name {
            TRACES => Some(switch.to_owned()),
            DAEMON => Some(daemon.to_owned()),
            _ => None,
        };
        Traces::read(lookup).map(|traces| traces.is_some()).map_err(|error| error.to_string())
    }

    #[test]
    fn traces_are_off_unless_switched_on() {
        assert_eq!(Traces::read(|_| None).map(|traces| traces.is_some()).ok(), Some(false));
        assert_eq!(read(" ", "127.0.0.1:2000"), Ok(false));
        assert_eq!(read("false", "127.0.0.1:2000"), Ok(false));
        assert_eq!(read("true", "127.0.0.1:2000"), Ok(true));
    }

    #[test]
    fn a_bad_switch_or_address_is_named() {
        assert!(read("yes", "127.0.0.1:2000").unwrap_err().contains("\"yes\""));
        assert!(read("true", "").unwrap_err().contains(DAEMON));
        assert!(read("true", "daemon").unwrap_err().contains("\"daemon\""));
    }
}
