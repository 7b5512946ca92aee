//! `POST /api/token`: the client-credentials grant of the accounts service.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::app::App;
use super::reply::Reply;
use crate::config::Credentials;
use crate::random::Random;

/// `POST /api/token`
pub(super) async fn issue(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    app.recorder().token();
    let reply = grant(&app, &headers, &body);
    reply.response(Body::from(reply.body.clone()))
}

/// The answer to a request for a token.
fn grant(app: &App, headers: &HeaderMap, body: &[u8]) -> Reply {
    let faults = app.faults();
    let mut random = Random::nth(app.config.seed ^ 0x70CE, app.next_number());
    if random.chance(faults.token_error_rate) {
        return Reply::trouble(2 * random.below(2));
    }
    let form: HashMap<_, _> = form_urlencoded::parse(body).collect();
    let Credentials { id, secret } = &app.config.credentials;
    let secret = faults.client_secret.as_ref().unwrap_or(secret);
    if !given(headers, &form).is_some_and(|given| given.id == *id && given.secret == *secret) {
        return refusal("invalid_client", "Invalid client");
    }
    match form.get("grant_type").map(AsRef::as_ref) {
        Some("client_credentials") => {}
        Some(_) => return refusal("unsupported_grant_type", "grant_type must be client_credentials"),
        None => return refusal("unsupported_grant_type", "grant_type parameter is missing"),
    }
    let life = Duration::try_from_secs_f64(faults.token_ttl_s).unwrap_or_default();
    let token = app.tokens().issue(life, app.now());
    let claimed = faults.token_expires_in_s.unwrap_or(life.as_secs());
    let grant = json!({"access_token": token, "token_type": "Bearer", "expires_in": claimed});
    Reply::value(StatusCode::OK, &grant)
}

/// The credentials in the header (HTTP Basic) or, as Spotify also takes them, in the form.
fn given(
    headers: &HeaderMap,
    form: &HashMap<std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>>,
) -> Option<Credentials> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        let field = |name| form.get(name).map(|value| value.clone().into_owned());
        return Some(Credentials { id: field("client_id")?, secret: field("client_secret")? });
    };
    let decoded = STANDARD.decode(header.to_str().ok()?.strip_prefix("Basic ")?).ok()?;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some(Credentials { id: id.to_owned(), secret: secret.to_owned() })
}

/// 400 in the form of the accounts service, whose `error` is a string.
fn refusal(error: &str, description: &str) -> Reply {
    Reply::value(StatusCode::BAD_REQUEST, &json!({"error": error, "error_description": description}))
}
