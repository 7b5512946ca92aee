//! Answers, and the bodies of Spotify's errors.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::json;

const JSON: &str = "application/json; charset=utf-8";

/// An answer before it is sent.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
    pub(super) retry_after: Option<Duration>,
    pub(super) www_authenticate: Option<String>,
}

impl Reply {
    fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, body: body.into(), retry_after: None, www_authenticate: None }
    }

    /// 200 with a JSON body that is already written.
    pub(super) fn json(body: Vec<u8>) -> Self {
        Self::new(StatusCode::OK, JSON, body)
    }

    /// 200 with a JSON value.
    pub(super) fn ok(body: &serde_json::Value) -> Self {
        Self::value(StatusCode::OK, body)
    }

    /// Any status with a JSON value.
    pub(super) fn value(status: StatusCode, body: &serde_json::Value) -> Self {
        Self::new(status, JSON, body.to_string())
    }

    /// Any status with plain text.
    pub(super) fn text(status: StatusCode, body: &'static str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    /// The error object of the Web API.
    pub(super) fn error(status: StatusCode, message: &str) -> Self {
        Self::value(status, &json!({"error": {"status": status.as_u16(), "message": message}}))
    }

    /// 400: the question is wrong.
    pub(super) fn bad(message: &str) -> Self {
        Self::error(StatusCode::BAD_REQUEST, message)
    }

    /// 403: the endpoint is closed to this app.
    pub(super) fn forbidden() -> Self {
        Self::error(StatusCode::FORBIDDEN, "Forbidden")
    }

    /// 404 without a body: the endpoint is gone for this app.
    pub(super) fn gone() -> Self {
        Self::text(StatusCode::NOT_FOUND, "")
    }

    /// 404: there is no such thing.
    pub(super) fn not_found() -> Self {
        Self::error(StatusCode::NOT_FOUND, "Resource not found")
    }

    /// 404: the API has no such path.
    pub(super) fn no_such_service() -> Self {
        Self::error(StatusCode::NOT_FOUND, "Service not found")
    }

    /// 401 with the header that says why.
    pub(super) fn unauthorized(message: &str) -> Self {
        let mut reply = Self::error(StatusCode::UNAUTHORIZED, message);
        let detail = format!(", error=\"invalid_token\", error_description=\"{message}\"");
        let detail = if message == "No token provided" { "" } else { &detail };
        reply.www_authenticate = Some(format!("Bearer realm=\"spotify\"{detail}"));
        reply
    }

    /// 403 for every request of an app whose owner has no Premium.
    pub(super) fn premium_required() -> Self {
        Self::text(
            StatusCode::FORBIDDEN,
            "Active premium subscription required for the owner of the app. To continue making requests, the owner of \
             this app must have an active premium subscription.",
        )
    }

    /// 429 of the rolling limit, in the one or the other form that occurs.
    pub(super) fn throttled(plain: bool, retry_after: Option<Duration>) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let reply = if plain {
            Self::text(status, "Too many requests")
        } else {
            Self::error(status, "API rate limit exceeded")
        };
        Self { retry_after, ..reply }
    }

    /// 429 of a spent quota.
    pub(super) fn quota_spent(retry_after: Option<Duration>) -> Self {
        let error = json!({"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"});
        Self { retry_after, ..Self::value(StatusCode::TOO_MANY_REQUESTS, &json!({ "error": error })) }
    }

    /// 500, 502, 503 or 504, the last two as a gateway writes them.
    pub(super) fn trouble(which: usize) -> Self {
        match which % 4 {
            0 => Self::error(StatusCode::INTERNAL_SERVER_ERROR, "Server error."),
            1 => Self::error(StatusCode::BAD_GATEWAY, "Bad gateway."),
            2 => Self::text(
                StatusCode::SERVICE_UNAVAILABLE,
                "upstream connect error or disconnect/reset before headers",
            ),
            _ => Self::text(StatusCode::GATEWAY_TIMEOUT, "upstream request timeout"),
        }
    }

    /// A page that some gateway might answer in place of JSON, with status 200.
    pub(super) fn html() -> Self {
        let page = "<!DOCTYPE html><html><head><title>Just a moment</title></head><body>One moment, please.</body></html>";
        Self::new(StatusCode::OK, "text/html; charset=utf-8", page)
    }

    /// The response without its body: status and headers.
    pub(super) fn response(&self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(wait) = self.retry_after {
            // Whole seconds, rounded up: who waits that long has waited long enough.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(why) = self.www_authenticate.as_deref().and_then(|why| HeaderValue::from_str(why).ok()) {
            headers.insert(WWW_AUTHENTICATE, why);
        }
        response
    }
}
