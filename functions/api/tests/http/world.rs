//! A world in memory, and requests to the API over it.

use std::sync::Arc;
use std::time::Duration;

use api::{CursorKey, Reads, Sources, router};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use collect::memory::{
    MemoryArtists, MemoryControl, MemoryFrontier, MemorySnapshots, MemoryTracks, MemoryUsers, MemoryWindow,
    VirtualClock,
};
use collect::operator::Patience;
use collect::pace::{Hold, LeaseRequest, Limit, Pacing};
use collect::ports::{Clock, Control, Gauges, Messages, PortError};
use collect::run::{Report, Run};
use collect::term::RunId;
use collect::web_api::Bucket;
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

/// Counts that do not change.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) artists: u64,
    pub(crate) dead_letters: u64,
}

impl Gauges for Fixed {
    async fn artists(&self) -> Result<u64, PortError> {
        Ok(self.artists)
    }

    async fn window(&self) -> Result<Messages, PortError> {
        Ok(Messages { visible: 30, hidden: 10 })
    }

    async fn dead_letters(&self) -> Result<u64, PortError> {
        Ok(self.dead_letters)
    }
}

/// A clock that a test moves while the router has it.
#[derive(Clone, Debug)]
pub(crate) struct Moved(pub(crate) Arc<VirtualClock>);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.advance(duration);
    }
}

pub(crate) type World = Sources<
    MemoryControl,
    MemoryFrontier,
    MemoryArtists,
    MemoryTracks,
    Fixed,
    MemoryWindow,
    Moved,
    MemorySnapshots,
    MemoryUsers,
>;

pub(crate) const ARTIST: &str = "000Dq0VqTZpxOP6jQMscVL";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn id(text: &str) -> RunId {
    RunId::new(text).unwrap()
}

/// A world at three o'clock, with nothing in it.
pub(crate) fn world() -> World {
    Sources {
        control: MemoryControl::default(),
        frontier: MemoryFrontier::default(),
        artists: MemoryArtists::new(Duration::from_hours(24)),
        tracks: MemoryTracks::new(Duration::from_hours(24)),
        gauges: Fixed { artists: 12_345, dead_letters: 1 },
        letters: MemoryWindow::default(),
        clock: Moved(Arc::new(VirtualClock::at(at("2026-11-23T03:00:00Z")))),
        snapshots: MemorySnapshots::default(),
        users: MemoryUsers::default(),
    }
}

/// Opens a run after `previous`, and closes it unless it is to stay open.
pub(crate) async fn add_run(world: &World, run: &str, previous: Option<&str>, closes: bool) {
    let run = Run { previous: previous.map(id), ..Run::open(id(run), world.clock.now()) };
    world.control.open(&run).await.unwrap();
    if closes {
        let report = Report { requests: 200, artists_new: 100, done: 7, ..Report::default() };
        world.control.close(&run.closed(report, world.clock.now())).await.unwrap();
    }
}

pub(crate) fn serve(reads: impl Reads + 'static) -> Router {
    serve_with(reads, Patience::default())
}

pub(crate) fn serve_with(reads: impl Reads + 'static, patience: Patience) -> Router {
    router(reads, CursorKey::new("of the test"), patience)
}

pub(crate) async fn ask(
    router: &Router,
    method: &str,
    path: &str,
    tag: Option<&str>,
) -> (u16, HeaderMap, Vec<u8>) {
    let request = Request::builder().method(method).uri(path);
    let request = tag.into_iter().fold(request, |request, tag| request.header(header::IF_NONE_MATCH, tag));
    let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    (parts.status.as_u16(), parts.headers, to_bytes(body, usize::MAX).await.unwrap().to_vec())
}

pub(crate) async fn get(router: &Router, path: &str) -> (u16, Value) {
    let (status, headers, body) = ask(router, "GET", path, None).await;
    let kind = if status == 200 { "application/json" } else { "application/problem+json" };
    assert_eq!(headers[header::CONTENT_TYPE], kind, "{path}");
    let body: Value = serde_json::from_slice(&body).unwrap();
    if status != 200 {
        assert_eq!(
            (&body["type"], &body["status"]),
            (&json!("about:blank"), &json!(status)),
            "{path}: {body}"
        );
    }
    (status, body)
}

/// Holds the searches of the open run for ten minutes.
pub(crate) async fn hold(world: &World) {
    let now = world.clock.now();
    let request = LeaseRequest {
        bucket: Bucket::Search,
        now,
        horizon: Duration::from_secs(2),
        pacing: Pacing::default(),
        settled: Vec::new(),
        in_hand: None,
        time_per_use: Duration::from_millis(100),
    };
    world.control.lease(&request).await.unwrap();
    let held = Hold {
        bucket: Bucket::Search,
        limit: Limit::Rate,
        is_named: true,
        epoch: 0,
        bucket_epoch: 0,
        due: now,
        at: now,
        until: now + Duration::from_mins(10),
        settled: Vec::new(),
    };
    world.control.hold(&held).await.unwrap();
}
