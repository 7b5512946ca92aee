//! Fermata's own policy: the real permits and bucket of [`collect::pace`], over a control table with DynamoDB's latency.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collect::capability::Finding;
use collect::id::PlaylistId;
use collect::memory::{MemoryFrontier, MemoryWindow};
use collect::pace::{BucketState, Held, LeaseAnswer, LeaseRequest, Limit, NotNow, Pacing, Permits, Wait};
use collect::paging::PageLimits;
use collect::ports::spotify::{Endpoint, Evidence, SpotifyError};
use collect::ports::{Clock, Control, Opening, Overview, PortError, Scheduling};
use collect::refusal::{self, Policy};
use collect::run::{Run, RunId};
use collect::settings::Settings;
use collect::source::yields::Yields;
use collect::term::Bucket;
use jiff::Timestamp;

use super::service::{Answer, Service};
use crate::virtual_time::VirtualTime;

/// One read or write of DynamoDB.
const DYNAMO: Duration = Duration::from_millis(4);

/// The tick that dispatches parked terms again.
const TICK: Duration = Duration::from_mins(1);

/// Terms in the queue.
const WINDOW: usize = 40;

#[derive(Clone, Debug, Default)]
struct Item {
    version: u64,
    state: BucketState,
    write_units: u64,
}

/// The bucket's item, with conditional writes that take their time.
#[derive(Clone, Debug)]
pub(crate) struct BucketTable {
    time: VirtualTime,
    item: Arc<Mutex<Item>>,
}

impl BucketTable {
    pub(crate) fn new(time: VirtualTime, known: BucketState) -> Self {
        Self { time, item: Arc::new(Mutex::new(Item { state: known, ..Item::default() })) }
    }

    fn item(&self) -> std::sync::MutexGuard<'_, Item> {
        self.item.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Write units so far, failed conditions included.
    pub(crate) fn write_units(&self) -> u64 {
        self.item().write_units
    }

    /// What has been learned.
    pub(crate) fn state(&self) -> BucketState {
        self.item().state.clone()
    }

    async fn change<T>(&self, rule: impl Fn(&mut BucketState) -> (T, bool)) -> T {
        self.time.sleep(DYNAMO).await;
        let mut read = self.item().clone();
        loop {
            let (answer, changed) = rule(&mut read.state);
            if !changed {
                return answer;
            }
            self.time.sleep(DYNAMO).await;
            let mut item = self.item();
            item.write_units += 1;
            if item.version == read.version {
                item.state = read.state;
                item.version += 1;
                return answer;
            }
            read = item.clone();
        }
    }
}

impl Control for BucketTable {
    async fn overview(&self) -> Result<Overview, PortError> {
        Ok(Overview { buckets: vec![(Bucket::Search, self.state())], ..Overview::default() })
    }

    async fn lease(&self, _bucket: Bucket, request: &LeaseRequest) -> Result<LeaseAnswer, PortError> {
        let rule = |state: &mut BucketState| {
            let answer = state.lease(request);
            (answer, matches!(answer, LeaseAnswer::Granted(_)))
        };
        Ok(self.change(rule).await)
    }

    async fn bucket(&self, _bucket: Bucket) -> Result<BucketState, PortError> {
        self.time.sleep(DYNAMO).await;
        Ok(self.state())
    }

    async fn hold(&self, _bucket: Bucket, held: &Held) -> Result<(), PortError> {
        self.change(|state| (state.hold(held), true)).await;
        Ok(())
    }

    // The rest of the table has no part in the pace.

    async fn open(&self, _run: &Run) -> Result<Opening, PortError> {
        Ok(Opening::Opened)
    }

    async fn mark_seeded(&self, _run: &RunId) -> Result<(), PortError> {
        Ok(())
    }

    async fn mark_idle(&self, _run: &RunId, _since: Option<Timestamp>) -> Result<(), PortError> {
        Ok(())
    }

    async fn stop(&self, _run: &RunId, _reason: &str) -> Result<(), PortError> {
        Ok(())
    }

    async fn close(&self, _run: &Run) -> Result<(), PortError> {
        Ok(())
    }

    async fn saturated_words(&self, _run: &RunId, _add: Option<&str>) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }

    async fn note_not(&self, _: &RunId, _: bool) -> Result<(), PortError> {
        Ok(())
    }

    async fn note_endpoint(&self, _: Endpoint, _: &Finding) -> Result<(), PortError> {
        Ok(())
    }

    async fn note_yields(&self, _: &RunId, _: &Yields) -> Result<(), PortError> {
        Ok(())
    }

    async fn snapshots(&self, _: &[PlaylistId]) -> Result<BTreeMap<PlaylistId, String>, PortError> {
        Ok(BTreeMap::new())
    }

    async fn keep_snapshot(&self, _: &PlaylistId, _: &str) -> Result<(), PortError> {
        Ok(())
    }

    async fn limit_pages(&self, _limits: PageLimits) -> Result<(), PortError> {
        Ok(())
    }
}

/// The ports of one worker.
struct Ports {
    time: VirtualTime,
    table: BucketTable,
    frontier: MemoryFrontier,
    window: MemoryWindow,
}

impl Scheduling for Ports {
    type Clock = VirtualTime;
    type Control = BucketTable;
    type Frontier = MemoryFrontier;
    type Window = MemoryWindow;

    fn clock(&self) -> &VirtualTime {
        &self.time
    }

    fn control(&self) -> &BucketTable {
        &self.table
    }

    fn frontier(&self) -> &MemoryFrontier {
        &self.frontier
    }

    fn window(&self) -> &MemoryWindow {
        &self.window
    }
}

/// One execution that asks for ever: whatever it may not ask now, it leaves to the queue or to the tick.
pub(crate) async fn worker(time: VirtualTime, service: Service, table: BucketTable, pacing: Pacing) {
    let ports = Ports {
        time: time.clone(),
        table,
        frontier: MemoryFrontier::default(),
        window: MemoryWindow::default(),
    };
    let mut permits = Permits::new(Bucket::Search, pacing);
    loop {
        let Ok(taken) = permits.take(&ports).await else { continue };
        let permit = match taken {
            Ok(permit) => permit,
            Err(not_now) => {
                give_way(&time, &permits, not_now, service.share()).await;
                continue;
            }
        };
        let error = match service.ask().await {
            Answer::Done => continue,
            Answer::Throttled(wait) => {
                SpotifyError::Throttled { retry_after: Some(wait), evidence: Evidence::default() }
            }
            Answer::QuotaSpent(wait) => {
                SpotifyError::QuotaSpent { retry_after: Some(wait), evidence: Evidence::default() }
            }
        };
        let (limit, wait) = match refusal::policy(&error, Endpoint::Search, Settings::BEST_LIMITS, true) {
            Policy::Hold(limit, wait) => (limit, wait),
            _ => (Limit::Window, TICK),
        };
        let _told = permits.refused(&ports, permit, limit, time.now() + wait).await;
    }
}

/// What the queue and the tick do with a term that has to wait.
async fn give_way(time: &VirtualTime, permits: &Permits, not_now: NotNow, share: f64) {
    match permits.wait_policy(WINDOW).wait(time.now(), not_now, share) {
        Wait::Defer(wait) => {
            // Of a window full of messages, spread over the wait's end, some other one comes back first.
            let spread = permits.wait_policy(WINDOW).spread.mul_f64(share);
            time.sleep(wait.saturating_sub(spread).max(Duration::from_secs(1))).await;
        }
        Wait::Park => {
            let (NotNow::Busy(until) | NotNow::Held(until)) = not_now;
            let held = Duration::try_from(until.duration_since(time.now())).unwrap_or_default();
            time.sleep(held).await;
            let tick = TICK.as_micros();
            let next = (time.elapsed().as_micros() / tick + 1) * tick;
            time.until(Duration::from_micros(u64::try_from(next).unwrap_or(u64::MAX))).await;
        }
    }
}
