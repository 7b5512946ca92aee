//! The collector itself: seeder, dispatch and fetcher as they run in the cloud, over ports in memory.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use collect::batch::Fetcher;
use collect::pace::{Pacing, Rate};
use collect::paging::PageLimits;
use collect::ports::{Clock, Opening};
use collect::run::{Run, RunId};
use collect::schedule::{self, Tick};
use collect::settings::Settings;
use collect::source::Sources;
use collect::stop::StopRule;

use super::world::World;

/// Messages that one invocation gets, and terms in the queue, as deployed by default (concurrency 2).
const BATCH: usize = 10;
const WINDOW: usize = 40;

/// The settings of a deployment for an app with these limits. The pace costs nothing in virtual time.
pub(super) fn settings(limits: PageLimits, budget: Option<u64>) -> Settings {
    Settings {
        pacing: Pacing::fixed(Rate::per_30s(NonZeroU32::new(3_000).unwrap_or(NonZeroU32::MIN))),
        sources: Sources::default(),
        strings: collect::systematic::Strings::default(),
        chunk: Settings::CHUNK,
        playlists: [].into(),
        window: WINDOW,
        limits,
        request_time: Duration::from_secs(12),
        stop: StopRule { requests: budget, least_yield: None },
    }
}

/// Plays schedule and queue until the run closes.
pub(super) async fn play(world: &World, settings: Settings, run: RunId) -> Result<Run> {
    let mut fetcher = Fetcher::new(settings.clone());
    let (opening, _) = schedule::collect(world, &settings, run).await?;
    ensure!(opening == Opening::Opened, "the run was not opened: {opening:?}");
    loop {
        let now = world.clock.now();
        let batch = world.window.receive(now, BATCH);
        if batch.is_empty() {
            let tick = schedule::tick(world, &settings).await.context("the tick failed")?;
            if let Tick::Closed(run) = tick {
                return Ok(*run);
            }
            world.clock.advance(Duration::from_mins(1));
            continue;
        }
        let outcomes = fetcher.work_batch(world, &batch, now + Duration::from_mins(1)).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
    }
}
