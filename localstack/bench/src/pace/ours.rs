//! Fermata's own policy: the real permits and pace of [`collect::pace`], over a control table with DynamoDB's
//! latency.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use collect::catalogue::PlaylistId;
use collect::memory::{MemoryFrontier, MemoryWindow};
use collect::pace::{
    Hold, LeaseAnswer, LeaseRequest, Leased, Limit, NotNow, PaceState, Pacing, Refused, Wait,
};
use collect::permits::{NoPermit, Permits};
use collect::plan::refusal::Refusal;
use collect::plan::{Finding, LimitsFinding, OperatorFinding, Yields, refusal};
use collect::ports::{Clock, Control, Opening, Overview, PortError, Ports};
use collect::run::{Counting, Expiring, Latest, Run, Seeding};
use collect::settings::Settings;
use collect::term::{Operator, RunId};
use collect::web_api::{Bucket, Endpoint, Evidence, SpotifyError};
use jiff::Timestamp;

use super::service::{Answer, Service};
use crate::virtual_time::VirtualTime;

/// One read or write of DynamoDB.
const DYNAMO: Duration = Duration::from_millis(4);

/// The tick that dispatches parked terms again.
const TICK: Duration = Duration::from_mins(1);

/// Requests that an execution makes for one bucket before a term of another comes.
const REQUESTS_OF_A_TERM: usize = 3;

/// Terms in the queue.
const WINDOW: usize = 40;

#[derive(Clone, Debug, Default)]
struct Item {
    version: u64,
    state: PaceState,
    write_units: u64,
}

/// The item of the pace, with conditional writes that take their time.
#[derive(Clone, Debug)]
pub(crate) struct PaceTable {
    time: VirtualTime,
    item: Arc<Mutex<Item>>,
}

impl PaceTable {
    pub(crate) fn new(time: VirtualTime, known: PaceState) -> Self {
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
    pub(crate) fn state(&self) -> PaceState {
        self.item().state.clone()
    }

    async fn change<T>(&self, rule: impl Fn(&mut PaceState) -> (T, bool)) -> T {
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

impl Control for PaceTable {
    async fn overview(&self) -> Result<Overview, PortError> {
        Ok(Overview { pace: self.state(), ..Overview::default() })
    }

    async fn lease(&self, request: &LeaseRequest) -> Result<Leased, PortError> {
        let rule = |pace: &mut PaceState| {
            let answer = pace.lease(request);
            let changed = matches!(answer, LeaseAnswer::Granted(_) | LeaseAnswer::Reserved(_));
            (Leased { answer, pace: pace.clone() }, changed)
        };
        Ok(self.change(rule).await)
    }

    async fn pace(&self) -> Result<PaceState, PortError> {
        self.time.sleep(DYNAMO).await;
        Ok(self.state())
    }

    async fn hold(&self, held: &Hold) -> Result<(), PortError> {
        self.change(|state| (state.hold(held), true)).await;
        Ok(())
    }

    // The rest of the table has no part in the pace.

    async fn open(&self, _run: &Run) -> Result<Opening, PortError> {
        Ok(Opening::Opened)
    }

    async fn mark_seeding(&self, _: &RunId, _: &Seeding) -> Result<(), PortError> {
        Ok(())
    }

    async fn mark_seeded(&self, _run: &RunId) -> Result<(), PortError> {
        Ok(())
    }

    async fn add_tracks(&self, _: &RunId) -> Result<bool, PortError> {
        Ok(false)
    }

    async fn mark_idle(&self, _run: &RunId, _since: Option<Timestamp>) -> Result<(), PortError> {
        Ok(())
    }

    async fn stop(&self, _run: &RunId, _reason: &str) -> Result<(), PortError> {
        Ok(())
    }

    async fn resume(&self, _: &Run) -> Result<bool, PortError> {
        Ok(true)
    }

    async fn mark_counting(&self, _: &Run, _: &Counting) -> Result<bool, PortError> {
        Ok(true)
    }

    async fn note_expiring(&self, _: &RunId, _: &Expiring) -> Result<(), PortError> {
        Ok(())
    }

    async fn mark_expiring(&self, _: &RunId, _: Option<&Expiring>) -> Result<(), PortError> {
        Ok(())
    }

    async fn expire(&self, _: &RunId, _: Timestamp) -> Result<(), PortError> {
        Ok(())
    }

    async fn close(&self, _run: &Run) -> Result<bool, PortError> {
        Ok(true)
    }

    async fn saturated_words(&self, _run: &RunId, _add: Option<&str>) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }

    async fn note_operator(&self, _: Operator, _: &OperatorFinding) -> Result<(), PortError> {
        Ok(())
    }

    async fn note_endpoint(&self, _: Endpoint, _: &Finding) -> Result<(), PortError> {
        Ok(())
    }

    async fn note_yields(&self, _: &RunId, _: &Yields, _: &Latest) -> Result<(), PortError> {
        Ok(())
    }

    async fn snapshots(&self, _: &[PlaylistId]) -> Result<BTreeMap<PlaylistId, String>, PortError> {
        Ok(BTreeMap::new())
    }

    async fn keep_snapshot(&self, _: &PlaylistId, _: &str) -> Result<(), PortError> {
        Ok(())
    }

    async fn limit_pages(&self, _: &LimitsFinding) -> Result<(), PortError> {
        Ok(())
    }
}

/// The ports of one worker.
type Worker = Ports<VirtualTime, PaceTable, MemoryFrontier, MemoryWindow>;

/// One execution that asks for ever, the buckets in turn as terms of several requests come: whatever it may
/// not ask now, it leaves to the queue or to the tick.
pub(crate) async fn worker(
    time: VirtualTime,
    service: Service,
    table: PaceTable,
    buckets: &'static [Bucket],
) {
    let ports = Worker {
        clock: time.clone(),
        control: table,
        frontier: MemoryFrontier::default(),
        window: MemoryWindow::default(),
        artists: (),
        spotify: (),
        tracks: (),
    };
    let mut permits = Permits::new(Pacing::default());
    let mut asked = 0;
    loop {
        let bucket = turn(&permits, buckets, asked, time.now());
        let permit = match permits.take(&ports, bucket).await {
            Ok(permit) => permit,
            Err(NoPermit::Port(_)) => continue,
            Err(NoPermit::NotNow(not_now)) => {
                if turn(&permits, buckets, asked, time.now()) == bucket {
                    give_way(&time, &permits, not_now, service.share()).await;
                }
                continue;
            }
        };
        asked += 1;
        let error = match service.ask(bucket).await {
            Answer::Done => continue,
            Answer::Throttled(wait) => {
                SpotifyError::Throttled { retry_after: Some(wait), evidence: Evidence::default() }
            }
            Answer::QuotaSpent(wait) => {
                SpotifyError::QuotaSpent { retry_after: Some(wait), evidence: Evidence::default() }
            }
        };
        let limits = Settings::BEST_LIMITS;
        let (limit, wait, is_named) =
            match refusal::meaning(error, Endpoint::Search, limits, limits.page, true) {
                Refusal::Hold { limit, wait, is_named } => (limit, wait, is_named),
                Refusal::AskLess(_) | Refusal::Failure(_) => (Limit::Rate, TICK, true),
            };
        let _told =
            permits.refused(&ports, permit, Refused { limit, until: time.now() + wait, is_named }).await;
    }
}

/// The bucket of the next request: of those that are not held, as far as this execution knows, or of the one
/// that is held for the shortest time.
fn turn(permits: &Permits, buckets: &[Bucket], asked: usize, now: Timestamp) -> Bucket {
    let held = |bucket: &Bucket| permits.held_at(*bucket, now);
    let open: Vec<Bucket> = buckets.iter().copied().filter(|bucket| held(bucket).is_none()).collect();
    let next = open.get(asked / REQUESTS_OF_A_TERM % open.len().max(1)).copied();
    next.or_else(|| buckets.iter().copied().min_by_key(held)).unwrap_or(Bucket::Search)
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
            let (NotNow::Busy(until) | NotNow::OnHold(until)) = not_now;
            let held = Duration::try_from(until.duration_since(time.now())).unwrap_or_default();
            time.sleep(held).await;
            let tick = TICK.as_micros();
            let next = (time.elapsed().as_micros() / tick + 1) * tick;
            time.until(Duration::from_micros(u64::try_from(next).unwrap_or(u64::MAX))).await;
        }
    }
}
