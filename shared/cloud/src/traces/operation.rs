//! The span of an operation of AWS, from the call of the client to its answer, all attempts included.

use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use collect::spans::{self, TARGET};
use tracing::Span;
use tracing::field::Empty;

use super::xray::RESOURCE;

/// The span of the operation that a client's configuration belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Operation(Span);

impl Storable for Operation {
    type Storer = StoreReplace<Self>;
}

impl Operation {
    /// Begins the span, as a part of the current one.
    pub(crate) fn begin(config: &mut ConfigBag) {
        let span = tracing::info_span!(
            target: TARGET,
            "AWS",
            otel.name = Empty,
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system = "aws-api",
            rpc.method = Empty,
            resource = Empty,
            http.response.status_code = Empty,
        );
        if span.is_disabled() {
            return;
        }
        if let Some(metadata) = config.load::<Metadata>() {
            span.record("otel.name", metadata.service()).record("rpc.method", metadata.name());
        }
        config.interceptor_state().store_put(Self(span));
    }

    /// The operation's span, if it is recorded.
    pub(crate) fn of(config: &ConfigBag) -> Option<&Self> {
        config.load::<Self>()
    }

    /// Records the table, queue, secret or object that the operation is about.
    pub(crate) fn about(&self, resource: &str) {
        self.0.record(RESOURCE, resource);
    }

    /// Ends the span with the last answer's status; `None` if there was no answer.
    pub(crate) fn end(config: &mut ConfigBag, status: Option<u16>) {
        let Some(Self(span)) = Self::of(config).cloned() else { return };
        spans::answered(&span, status);
        config.interceptor_state().unset::<Self>();
    }
}
