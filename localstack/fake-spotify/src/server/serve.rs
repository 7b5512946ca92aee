//! The way of every API request: arrival, token, limits, faults, answer, and what is done to it on purpose.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH};
use axum::http::{HeaderValue, Response};
use futures::StreamExt;
use futures::stream;

use super::app::App;
use super::call::Call;
use super::endpoints::{Access, Endpoint};
use super::reply::Reply;
use super::tokens::Standing;
use crate::faults::{Breakage, Faults};
use crate::limits::Verdict;
use crate::random::Random;

/// What a refusal by [`Faults::refused_rate`] asks to wait.
const REFUSAL: Duration = Duration::from_secs(2);

/// Answers one API request.
pub(super) async fn serve(
    app: Arc<App>,
    endpoint: &'static Endpoint,
    request: Request,
) -> Result<Response<Body>, Infallible> {
    let faults = app.faults();
    let window = app.limits().settings().rate_period();
    app.recorder().arrived(window, app.now());
    let mut random = Random::nth(app.config.seed, app.next_number());
    let reply = {
        let (uri, headers) = (request.uri(), request.headers());
        let pattern = endpoint.path;
        let mut call = Call { app: &app, faults: &faults, random: random.clone(), pattern, uri, headers };
        answer(endpoint, &mut call)
    };
    // The handler has drawn from a copy; here a second stream begins, so that neither depends on the other.
    random = Random::new(random.bits() ^ 0x5B01);
    let (reply, spoiling) = spoil(reply, &faults, &mut random);
    count(&app, endpoint, &reply, spoiling);
    wait(&faults, &mut random).await;
    Ok(send(&reply, spoiling))
}

/// Counts an answer. That comes before any delay: a caller that does not wait for the answer has asked all
/// the same.
fn count(app: &App, endpoint: &Endpoint, reply: &Reply, spoiling: Spoiling) {
    let mut recorder = app.recorder();
    recorder.answered(endpoint.path, reply.status.as_u16());
    if spoiling != Spoiling::None {
        recorder.spoiled();
    }
}

/// The answer to a request, in the order in which Spotify's gateway looks at it.
fn answer(endpoint: &Endpoint, call: &mut Call<'_>) -> Reply {
    if let Err(refusal) = authorised(call) {
        return refusal;
    }
    if call.faults.premium_required {
        return Reply::premium_required();
    }
    let access = endpoint.access(call.class());
    // What is closed costs nothing of the quota of what is open.
    let bucket = endpoint.bucket.filter(|_| matches!(access, Access::Open(_)));
    let now = call.app.now();
    let verdict = call.app.limits().judge(bucket, now);
    if let Some(refusal) = refused(call, verdict) {
        return refusal;
    }
    // Without this fault no number is drawn, so that a seed means the same with and without it.
    if call.faults.refused_rate > 0.0 && call.random.chance(call.faults.refused_rate) {
        return Reply::throttled(true, (!call.faults.retry_after_missing).then_some(REFUSAL));
    }
    if call.random.chance(call.faults.error_rate) {
        return Reply::trouble(call.random.below(4));
    }
    match access {
        Access::Open(handler) => {
            broken(call).unwrap_or_else(|| handler(call).unwrap_or_else(|refusal| refusal))
        }
        closed => closed.refusal().unwrap_or_else(Reply::not_found),
    }
}

/// The answer to a request that names something broken. A batch has a null for what is missing; its handler
/// sees to that.
fn broken(call: &Call<'_>) -> Option<Reply> {
    if call.faults.broken.is_empty() {
        return None;
    }
    let batch = call.parameter("ids").unwrap_or_default();
    // What is absurd is answered, by whoever answers for audio features.
    let broken = |id: &str| call.faults.broken.get(id).filter(|breakage| **breakage != Breakage::Absurd);
    let of_batch = batch.split(',').filter_map(broken);
    let of_path = broken(call.path_id());
    match of_path.or_else(|| of_batch.max_by_key(|breakage| **breakage != Breakage::Missing))? {
        Breakage::Missing => of_path.map(|_| Reply::not_found()),
        Breakage::Error => Some(Reply::trouble(0)),
        Breakage::Absurd => None,
        Breakage::Nonsense => Some(Reply::json(b"{\"snap\":[{\"crackle\":null}]}".to_vec())),
    }
}

/// Checks the bearer token.
fn authorised(call: &Call<'_>) -> Result<(), Reply> {
    let header = call.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(header) = header else {
        return Err(Reply::unauthorized("No token provided"));
    };
    let Some(token) = header.strip_prefix("Bearer ").or_else(|| header.strip_prefix("bearer ")) else {
        return Err(Reply::bad("Only valid bearer authentication supported"));
    };
    let now = call.app.now();
    match call.app.tokens().standing(token, now) {
        Standing::Good => Ok(()),
        Standing::Expired => Err(Reply::unauthorized("The access token expired")),
        Standing::Unknown => Err(Reply::unauthorized("Invalid access token")),
    }
}

/// The answer to a request that the limits refuse.
fn refused(call: &mut Call<'_>, verdict: Verdict) -> Option<Reply> {
    let shown = |wait: Duration| (!call.faults.retry_after_missing).then_some(wait);
    let (reply, during_hold) = match verdict {
        Verdict::Pass => return None,
        Verdict::Throttled { retry_after, during_hold } => {
            let plain = call.random.chance(0.5);
            (Reply::throttled(plain, shown(retry_after)), during_hold)
        }
        Verdict::QuotaSpent { retry_after, during_hold } => {
            (Reply::quota_spent(shown(retry_after)), during_hold)
        }
    };
    if during_hold {
        call.app.recorder().during_hold();
    }
    Some(reply)
}

/// Marks a response that breaks off on purpose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spoiled;

/// What is done to a good answer on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoiling {
    None,
    NotJson,
    Cut,
    Dropped,
}

/// Decides whether a good answer arrives as it should.
fn spoil(reply: Reply, faults: &Faults, random: &mut Random) -> (Reply, Spoiling) {
    if !reply.status.is_success() {
        return (reply, Spoiling::None);
    }
    if random.chance(faults.cut_rate) {
        let how = if random.chance(0.5) { Spoiling::Cut } else { Spoiling::Dropped };
        return (reply, how);
    }
    if random.chance(faults.nonjson_rate) {
        return (Reply::html(), Spoiling::NotJson);
    }
    (reply, Spoiling::None)
}

/// Waits as long as the faults say.
async fn wait(faults: &Faults, random: &mut Random) {
    let jitter = usize::try_from(faults.delay_jitter_ms).unwrap_or(usize::MAX);
    let wait = faults.delay_ms.saturating_add(if jitter == 0 { 0 } else { random.below(jitter) as u64 });
    if wait > 0 {
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
}

/// Sends an answer, or the beginning of one that claims to be whole.
fn send(reply: &Reply, spoiling: Spoiling) -> Response<Body> {
    let sent = match spoiling {
        Spoiling::None | Spoiling::NotJson => return reply.response(Body::from(reply.body.clone())),
        Spoiling::Cut => reply.body.slice(..reply.body.len() / 2),
        Spoiling::Dropped => Bytes::new(),
    };
    let ending = async move {
        // Lets what was written reach the wire before the connection breaks.
        tokio::time::sleep(Duration::from_millis(u64::from(spoiling == Spoiling::Cut))).await;
        Err(std::io::Error::other("cut on purpose"))
    };
    let body = stream::iter([Ok(sent)]).chain(stream::once(ending));
    let mut response = reply.response(Body::from_stream(body));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(reply.body.len()));
    response.extensions_mut().insert(Spoiled);
    response
}
