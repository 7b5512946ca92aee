//! Converts SDK errors to port errors.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use collect::ports::PortError;

/// Error codes that no retry can fix.
const MISCONFIGURED: [&str; 10] = [
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "AccessDeniedException",
    "AccessDenied",
    "ValidationException",
    "UnrecognizedClientException",
    "DecryptionFailure",
    "NoSuchBucket",
    "EntityNotFoundException",
];

/// Converts the `error` of an operation on `what` ("DynamoDB UpdateItem on table fermata-terms").
pub(crate) fn port_error<E, R>(what: impl Into<String>, error: &SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    let what = what.into();
    match error.code() {
        Some(code) if MISCONFIGURED.contains(&code) => PortError::Misconfigured {
            what,
            why: format!("{code}: {}", error.message().unwrap_or("no message")),
        },
        Some(code) => PortError::Unavailable {
            what,
            why: format!("{code}: {}", error.message().unwrap_or("no message")),
        },
        None => PortError::Unavailable { what, why: DisplayErrorContext(error).to_string() },
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
