//! Drives one run to its end: opens it as the weekly schedule would, sends the one-minute ticks, and watches.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use collect::{
    operator::{Waiting, hold},
    ports::Overview,
    run::{GenreTracks, Run},
};
use jiff::Timestamp;
use serde_json::json;
use tokio::time;

use crate::{
    observe::Observer,
    process::last_lines,
    progress::{Rate, Snapshot},
    stack::Stack,
    terminal::{
        steps::Step,
        words::{self, counted},
    },
};

/// Shortest pause between two ticks. On AWS it is a minute, but a short run should not have to wait that
/// long.
const TICK: Duration = Duration::from_millis(500);

/// This many failed ticks in a row end the run.
const FAILURES: u32 = 5;

/// After this long without a change or a hold, the fetcher's last log lines are shown.
const QUIET: Duration = Duration::from_mins(1);

/// After this long without a change or a hold, the run is abandoned. By then, the terms of a killed function
/// have come back.
const STUCK: Duration = Duration::from_mins(15);

/// A closed run.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The run.
    pub run: Run,
    /// Time from the event that opened the run to its end.
    pub elapsed: Duration,
}

/// Opens a run for artists and drives it to its end.
///
/// # Errors
/// Fails if the seeder does not open the run, several ticks in a row fail, the emulator dies, or nothing
/// changes for a quarter of an hour without a hold.
pub async fn to_the_end(stack: &mut Stack) -> Result<Closed> {
    job_to_the_end(stack, "collect").await
}

/// The same for another job of the seeder.
///
/// # Errors
/// See [`to_the_end`].
pub async fn job_to_the_end(stack: &mut Stack, job: &str) -> Result<Closed> {
    let start = Instant::now();
    stack.schedule(job).await.context("cannot open a run")?;
    let usual = if job == "collect" { "20,000 artists take about 10 s" } else { "a minute or two" };
    let step = stack.steps().begin("Collecting", usual);
    let mut watch = Watch::new(stack.observer());
    let run = loop {
        let begin = Instant::now();
        let failure = stack.schedule("top-up").await.err();
        let tick = begin.elapsed();
        stack.check()?;
        watch.count(failure)?;
        let overview = watch.observer.overview().await?;
        if watch.is_due() || overview.open_run().is_none() {
            watch.look(stack, &overview, &step).await?;
        }
        let run = overview.run.context("the seeder opened no run")?;
        if !run.is_running() {
            break run;
        }
        watch.complain(stack).await?;
        time::sleep(watch.pause(tick)).await;
    };
    let collected = match &run.report {
        Some(report) if run.tracks == GenreTracks::Alone => counted(report.tracks_new, "new track"),
        _ => counted(watch.last.artists, "artist"),
    };
    step.done(&format!("Collected {collected}"));
    Ok(Closed { run, elapsed: start.elapsed() })
}

/// What has been observed so far.
struct Watch {
    observer: Observer,
    failed_ticks: u64,
    failed_in_a_row: u32,
    next_look: Instant,
    rate: Rate,
    last: Snapshot,
    last_change: Instant,
    last_complaint: Instant,
}

impl Watch {
    fn new(observer: Observer) -> Self {
        let now = Instant::now();
        Self {
            observer,
            failed_ticks: 0,
            failed_in_a_row: 0,
            next_look: now,
            rate: Rate::default(),
            last: Snapshot::default(),
            last_change: now,
            last_complaint: now,
        }
    }

    /// Counts a tick and whether it failed; several failures in a row are an error.
    fn count(&mut self, failure: Option<anyhow::Error>) -> Result<()> {
        let Some(error) = failure else {
            self.failed_in_a_row = 0;
            return Ok(());
        };
        self.failed_ticks += 1;
        self.failed_in_a_row += 1;
        if self.failed_in_a_row >= FAILURES {
            return Err(error).context(format!("{FAILURES} ticks in a row failed, the last with"));
        }
        Ok(())
    }

    /// How long to wait for the next tick, after one that took `tick`. A slow emulator is left most of its
    /// time for the run. Where no term is left to work, the run waits only for ticks, which count its terms
    /// and close it.
    fn pause(&self, tick: Duration) -> Duration {
        let is_over = self.last.waiting == Waiting::default() && self.last.held.is_none();
        if is_over { TICK / 2 } else { TICK.max(tick * 3) }
    }

    fn is_due(&self) -> bool {
        Instant::now() >= self.next_look
    }

    /// Observes the run and shows its progress. Observing takes the emulator time that the run could use, so
    /// the more one observation costs, the later the next one is.
    async fn look(&mut self, stack: &Stack, overview: &Overview, step: &Step) -> Result<()> {
        let begin = Instant::now();
        let waiting = match overview.open_run() {
            Some(run) => self.observer.waiting(&run.id).await?,
            None => Waiting::default(),
        };
        let asks_for_artists = overview.open_run().is_none_or(|run| run.tracks != GenreTracks::Alone);
        let snapshot = Snapshot {
            artists: self.observer.artists().await?,
            catalogue: stack.spotify().stats().await?.map(|stats| stats.catalogue_artists),
            granted: overview.pace.granted,
            refused: overview.pace.refused,
            waiting,
            held: hold(overview, Timestamp::now()),
            failed_ticks: self.failed_ticks,
        };
        if snapshot != self.last {
            self.last_change = Instant::now();
        }
        // Only the artists on playlists of tracks are found on the way to them.
        if let Some(catalogue) = snapshot.catalogue.filter(|_| asks_for_artists) {
            step.counted(snapshot.artists, catalogue, "artists");
        }
        step.detail(&snapshot.detail(self.rate.at(begin, snapshot.granted)));
        self.last = snapshot;
        self.next_look = Instant::now() + begin.elapsed() * 10;
        Ok(())
    }

    /// If nothing has changed for a while, shows the fetcher's last log lines; after longer, gives up.
    async fn complain(&mut self, stack: &Stack) -> Result<()> {
        let still = self.last_change.elapsed();
        if self.last.held.is_some() || still < QUIET || self.last_complaint.elapsed() < QUIET {
            return Ok(());
        }
        self.last_complaint = Instant::now();
        let words = last_words(stack).await?;
        let still_for = words::time(still);
        if still > STUCK {
            bail!(
                "nothing has changed for {still_for} without a hold; the fetcher's last log lines:\n{words}"
            );
        }
        stack.steps().say(&format!(
            "Nothing has changed for {still_for}. (The terms of a killed function come back after two to six minutes.) \
             The fetcher's last log lines:\n{words}"
        ));
        Ok(())
    }
}

/// The end of the fetcher's log. A fetcher that cannot start has no log, so it is invoked to return its
/// error.
async fn last_words(stack: &Stack) -> Result<String> {
    let fetcher = &stack.deployment().fetcher;
    let mut lines = stack.logs(fetcher).await?;
    if let Err(error) = stack.invoke(fetcher, &json!({"Records": []})).await {
        lines.push(format!("{error:#}"));
    }
    Ok(last_lines(&lines.join("\n"), 5))
}
