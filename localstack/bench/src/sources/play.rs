//! Schedule and queue, in virtual time.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use collect::fetcher::Fetcher;
use collect::pace::{Pacing, Rate};
use collect::ports::{Clock, Opening};
use collect::run::Run;
use collect::seeder;
use collect::seeder::Tick;
use collect::settings::{Settings, StopRule};
use collect::term::{RunId, Sources};

use super::world::World;

/// Messages that one invocation gets, as deployed by default.
const BATCH: usize = 10;

/// What a request takes: at some three hundred in 30 seconds, a tick comes every six hundred.
const PER_REQUEST: Duration = Duration::from_millis(100);

/// The settings of a deployment that is asked for these sources. The pace costs nothing in virtual time.
pub(super) fn settings(sources: Sources, stop: StopRule) -> Settings {
    Settings {
        pacing: Pacing::fixed(Rate::per_30s(NonZeroU32::new(3_000).unwrap_or(NonZeroU32::MIN))),
        sources,
        stop,
        ..Settings::default()
    }
}

/// Plays schedule and queue until the run closes.
pub(super) async fn play(world: &World<'_>, settings: &Settings, run: RunId) -> Result<Run> {
    let mut fetcher = Fetcher::new(settings.clone());
    let (opening, _) = seeder::open_run(world, settings, run).await?;
    ensure!(opening == Opening::Opened, "the run was not opened: {opening:?}");
    let mut next_tick = world.clock.now() + Duration::from_mins(1);
    loop {
        let batch = world.window.receive(world.clock.now(), BATCH);
        if batch.is_empty() {
            world.clock.advance(Duration::from_secs(2));
        }
        let before = world.artists.meter().requests;
        let deadline = world.clock.now() + Duration::from_mins(10);
        let outcomes = fetcher.process_batch(world, &batch, deadline).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
        let requests = u32::try_from(world.artists.meter().requests - before).unwrap_or(u32::MAX);
        world.clock.advance(PER_REQUEST * requests);
        if batch.is_empty() || world.clock.now() >= next_tick {
            next_tick = world.clock.now() + Duration::from_mins(1);
            if let Tick::Closed(run) = seeder::tick(world, settings).await.context("the tick failed")? {
                return Ok(*run);
            }
        }
    }
}
