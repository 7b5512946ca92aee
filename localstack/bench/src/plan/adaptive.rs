//! The collector itself: seeder, dispatch and fetcher as they run in the cloud, with ports in memory.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use collect::fetcher::Fetcher;
use collect::pace::{Pacing, Rate};
use collect::ports::{Clock, Control, Frontier, Opening, Scheduling};
use collect::run::Run;
use collect::seeder;
use collect::seeder::Tick;
use collect::settings::{Settings, StopRule};
use collect::term::{RunId, Source, Term};
use collect::web_api::PageLimits;

use super::world::World;

/// Messages per invocation, as deployed by default.
const BATCH: usize = 10;

/// The settings of a deployment for an app with these limits. Pacing costs no virtual time.
pub(super) fn settings(limits: PageLimits, budget: Option<u64>) -> Settings {
    Settings {
        pacing: Pacing::fixed(Rate::per_30s(NonZeroU32::new(3_000).unwrap_or(NonZeroU32::MIN))),
        limits,
        stop: StopRule { requests: budget, least_yield: None },
        ..Settings::default()
    }
}

/// Plays schedule and queue until the run closes. The run is seeded as usual, or with `terms` only.
pub(super) async fn play(
    world: &World,
    mut settings: Settings,
    run: RunId,
    terms: Option<Vec<Term>>,
) -> Result<Run> {
    let opening = if let Some(terms) = terms {
        settings.sources = [Source::Systematic].into_iter().collect();
        world.frontier().put_new(&terms).await?;
        let seeded = Run { seeded: true, ..Run::open(run, world.clock.now()) };
        world.control().open(&seeded).await?
    } else {
        seeder::open_run(world, &settings, run).await?.0
    };
    let mut fetcher = Fetcher::new(settings.clone());
    ensure!(opening == Opening::Opened, "the run was not opened: {opening:?}");
    loop {
        let now = world.clock.now();
        let batch = world.window.receive(now, BATCH);
        if batch.is_empty() {
            let tick = seeder::tick(world, &settings).await.context("the tick failed")?;
            if let Tick::Closed(run) = tick {
                return Ok(*run);
            }
            world.clock.advance(Duration::from_mins(1));
            continue;
        }
        let outcomes = fetcher.process_batch(world, &batch, now + Duration::from_mins(1)).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
    }
}
