//! Converts SDK errors to port errors.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use collect::ports::PortError;

/// Longest text of an error without a code, in characters.
const LONGEST_TEXT: usize = 300;

/// Error codes that no retry can fix.
const MISCONFIGURED: [&str; 12] = [
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "AccessDeniedException",
    "AccessDenied",
    "ValidationException",
    // So the errors of single statements are called.
    "ResourceNotFound",
    "ValidationError",
    "UnrecognizedClientException",
    "DecryptionFailure",
    "NoSuchBucket",
    "EntityNotFoundException",
];

/// Converts the `error` of an operation on `what` ("DynamoDB UpdateItem on table fermata-terms").
pub(crate) fn port_error<E>(what: impl Into<String>, error: &SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error.code() {
        Some(code) => refused(what, Some(code), error.message()),
        None => PortError::Unavailable { what: what.into(), why: with_causes(error) },
    }
}

/// The error with its causes, and the status if there was an answer. The error's own form for debugging would
/// quote the body, which may contain the secret.
fn with_causes<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> String {
    let mut text = error.to_string();
    if let Some(answer) = error.raw_response() {
        text = format!("{text} (status {})", answer.status());
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text.chars().take(LONGEST_TEXT).collect()
}

/// The error for an operation on `what` that the service refused with `code`.
pub(crate) fn refused(what: impl Into<String>, code: Option<&str>, message: Option<&str>) -> PortError {
    let (what, code) = (what.into(), code.unwrap_or("no code"));
    let why = format!("{code}: {}", message.unwrap_or("no message"));
    if MISCONFIGURED.contains(&code) {
        PortError::Misconfigured { what, why }
    } else {
        PortError::Unavailable { what, why }
    }
}

/// Whether a conditional write failed because its condition was false.
pub(crate) fn condition_failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}

/// The error for unreadable data stored under `what`.
pub(crate) fn corrupt(what: impl Into<String>, why: impl std::fmt::Display) -> PortError {
    PortError::Corrupt { what: what.into(), why: why.to_string() }
}
