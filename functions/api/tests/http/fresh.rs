//! How long a status is good enough for others.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::Sources;
use collect::ports::{Clock, Gauges, Messages, PortError};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::world::{at, get, serve, world};

/// A clock that can be set back, and gauges that take three seconds and say how often they were read.
#[derive(Clone, Debug)]
struct Slow(Arc<Mutex<(Timestamp, u64)>>);

impl Slow {
    fn pass(&self, time: SignedDuration) {
        self.0.lock().unwrap().0 += time;
    }
}

impl Clock for Slow {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    async fn sleep(&self, duration: Duration) {
        self.pass(duration.try_into().unwrap());
    }
}

impl Gauges for Slow {
    async fn artists(&self) -> Result<u64, PortError> {
        self.pass(SignedDuration::from_secs(3));
        let mut reads = self.0.lock().unwrap();
        reads.1 += 1;
        Ok(reads.1)
    }

    async fn window(&self) -> Result<Messages, PortError> {
        Ok(Messages::default())
    }

    async fn dead_letters(&self) -> Result<u64, PortError> {
        Ok(0)
    }
}

#[tokio::test]
async fn a_status_is_shared_for_a_second_after_a_slow_read_ends() {
    let slow = Slow(Arc::new(Mutex::new((at("2026-11-23T03:00:00Z"), 0))));
    let Sources { control, frontier, artists, tracks, letters, snapshots, users, .. } = world();
    let (gauges, clock) = (slow.clone(), slow.clone());
    let router =
        serve(Sources { control, frontier, artists, tracks, gauges, letters, clock, snapshots, users });
    let (second, hour) = (SignedDuration::from_secs(1), SignedDuration::from_hours(1));
    for (passed, reads, why) in [
        (SignedDuration::ZERO, 1, "the first"),
        (SignedDuration::ZERO, 1, "it waited for the first"),
        (second, 2, "a second later"),
        (-hour, 3, "the clock was set back"),
        (SignedDuration::ZERO, 3, "it waited for the third"),
    ] {
        slow.pass(passed);
        let (_, status) = get(&router, "/v1/status").await;
        assert_eq!(status["artists_stored"], json!(reads), "{why}");
    }
}
