//! Errors as the caller sees them: problem details by RFC 9457.

use axum::http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use collect::ports::PortError;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request gets another answer than it asked for. The caller sees this text, so it reveals nothing
/// about the backend.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The path leads nowhere.
    #[error("no such path; GET /v1/openapi.json describes what there is")]
    NoSuchPath,
    /// The method is not supported here.
    #[error("this path does not support the method; GET /v1/openapi.json describes what there is")]
    Method,
    /// The thing that the path names does not exist.
    #[error("{0}")]
    NotFound(String),
    /// A part of the request is wrong.
    #[error("the request is not valid; see errors")]
    Invalid(Vec<FieldError>),
    /// A table, queue or file could not be read or written.
    #[error("the data cannot be read or written at the moment; try again later")]
    Storage(#[from] PortError),
    /// The answer could not be written.
    #[error("the answer could not be written")]
    Json(#[from] serde_json::Error),
}

impl ApiError {
    /// A single wrong part of the request.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { pointer: pointer.into(), detail: detail.into() }])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoSuchPath | Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Storage(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Json(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The body of every answer with a status of 400 or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What went wrong, in a sentence.
    pub detail: String,
    /// The parts of the request that are wrong, if that is the problem.
    pub errors: Vec<FieldError>,
}

/// A part of a request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is: `#/path/NAME`, `#/query/NAME`, or `#/body` with the path into it.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Some(error) = std::error::Error::source(&self) {
            // Only the log has the cause.
            tracing::error!(%error, "api");
        }
        let (status, detail) = (self.status(), self.to_string());
        let problem = Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail,
            errors: if let Self::Invalid(errors) = self { errors } else { Vec::new() },
        };
        // Texts and a number always serialise.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let json = HeaderValue::from_static("application/problem+json");
        (status, [(CONTENT_TYPE, json)], body).into_response()
    }
}
