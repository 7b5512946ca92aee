//! Answers with a status of 200, or of 304 if the caller has them already.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::problem::ApiError;

/// Bytes of the hash in an `ETag`: two contents of one address never share 96 bits by chance.
const TAG_BYTES: usize = 12;

/// `body` as JSON.
pub(crate) fn json(headers: &HeaderMap, body: &impl Serialize) -> Result<Response, ApiError> {
    let body = serde_json::to_vec(body)?;
    Ok(content(headers, "application/json", &tag(&body), body))
}

/// `body` as JSON, which counts as unchanged as long as `essence` is: what is left of it without the time.
pub(crate) fn json_of(
    headers: &HeaderMap,
    body: &impl Serialize,
    essence: &impl Serialize,
) -> Result<Response, ApiError> {
    let essence = serde_json::to_vec(essence)?;
    Ok(content(headers, "application/json", &tag(&essence), serde_json::to_vec(body)?))
}

/// A file.
pub(crate) fn file(headers: &HeaderMap, kind: &'static str, body: &'static str) -> Response {
    content(headers, kind, &tag(body.as_bytes()), body.as_bytes().to_vec())
}

/// The tags are weak: an answer may differ in the time at which it was read.
fn tag(essence: &[u8]) -> String {
    format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(essence)[..TAG_BYTES]))
}

fn content(headers: &HeaderMap, kind: &'static str, tag: &str, body: Vec<u8>) -> Response {
    let mut response = if is_known(headers, tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
    };
    let headers = response.headers_mut();
    // The answer is as old as the table: whoever keeps it asks whether it still holds.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.extend(HeaderValue::from_str(tag).map(|tag| (ETAG, tag)));
    response
}

/// Whether the caller has the content with this tag, compared without regard to weakness.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|list| list.split(',')).any(|known| known.trim() == "*" || opaque(known) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(known: &'static str, body: &str) -> u16 {
        let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(known))]);
        json(&headers, &body).unwrap().status().as_u16()
    }

    #[test]
    fn an_answer_that_the_caller_has_is_not_sent_again() {
        let first = json(&HeaderMap::new(), &"a").unwrap();
        let tag: &'static str = Box::leak(first.headers()[ETAG].to_str().unwrap().to_owned().into());
        let several: &'static str = Box::leak(format!("\"other\", {}", &tag[2..]).into());
        assert_eq!((status(tag, "a"), status(several, "a"), status("*", "a")), (304, 304, 304));
        assert_eq!((status(tag, "b"), status("\"\"", "a"), status("", "a")), (200, 200, 200));
    }
}
