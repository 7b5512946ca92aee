//! Converts SDK errors to port errors.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use collect::ports::PortError;

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
pub(crate) fn port_error<E, R>(what: impl Into<String>, error: &SdkError<E, R>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match error.code() {
        Some(code) => refused(what, Some(code), error.message()),
        None => PortError::Unavailable { what: what.into(), why: DisplayErrorContext(error).to_string() },
    }
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
