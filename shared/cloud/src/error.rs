//! SDK errors as the ports tell them.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use collect::ports::PortError;

/// Error codes that no waiting mends.
const MISCONFIGURED: [&str; 8] = [
    "ResourceNotFoundException",
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "AccessDeniedException",
    "AccessDenied",
    "ValidationException",
    "UnrecognizedClientException",
    "DecryptionFailure",
];

/// `error` of an operation on `what` ("DynamoDB UpdateItem on table fermata-terms").
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

/// Whether a conditional write was refused because its condition did not hold.
pub(crate) fn condition_failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}

/// Something stored under `what` that cannot be read.
pub(crate) fn corrupt(what: impl Into<String>, why: impl std::fmt::Display) -> PortError {
    PortError::Corrupt { what: what.into(), why: why.to_string() }
}
