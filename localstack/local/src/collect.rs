//! Drives one run to its end: opens it as the weekly schedule would, plays the one-minute tick, and watches.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use collect::{ports::Overview, run::Run};
use jiff::Timestamp;
use serde_json::json;
use tokio::time;

use crate::{
    observe::{Observer, Waiting, hold},
    process::last_lines,
    progress::{Rate, Snapshot},
    stack::Stack,
    terminal::{
        steps::Step,
        words::{self, counted},
    },
};

/// Pause between two ticks. On AWS it is a minute; a short run should not wait for that.
const TICK: Duration = Duration::from_millis(1500);

/// So many ticks that fail one after the other end the run.
const FAILURES: u32 = 5;

/// After so long without any change, and without a hold, the last words of the fetcher are shown.
const QUIET: Duration = Duration::from_mins(1);

/// After so long without any change, and without a hold, the run is given up: later than the terms of a function that
/// was killed have come back.
const STUCK: Duration = Duration::from_mins(15);

/// A run that has come to its end.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The run.
    pub run: Run,
    /// From the event that opened it to its end.
    pub elapsed: Duration,
}

/// Opens a run and drives it to its end.
///
/// # Errors
/// When the seeder fails to open it, several ticks fail one after the other, the emulator dies, or nothing moves for
/// a quarter of an hour although nothing is held.
pub async fn to_the_end(stack: &mut Stack) -> Result<Closed> {
    let start = Instant::now();
    stack.schedule("collect").await.context("no run could be opened")?;
    let step = stack.steps().begin("Collecting", "20,000 artists take about 30 s");
    let mut watch = Watch::new(stack.observer());
    let run = loop {
        let failure = stack.schedule("top-up").await.err();
        stack.check()?;
        watch.count(failure)?;
        let overview = watch.observer.overview().await?;
        if watch.is_due() || overview.open_run().is_none() {
            watch.look(stack, &overview, &step).await?;
        }
        let run = overview.run.context("the seeder has opened no run")?;
        if !run.is_running() {
            break run;
        }
        watch.complain(stack).await?;
        time::sleep(TICK).await;
    };
    step.done(&format!("Collected {}", counted(watch.last.artists, "artist")));
    Ok(Closed { run, elapsed: start.elapsed() })
}

/// What was seen so far.
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

    /// Counts a tick and its failure, if it was one; several in a row are an error.
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

    fn is_due(&self) -> bool {
        Instant::now() >= self.next_look
    }

    /// Looks at the run and shows how far it is. Looking costs the emulator time that the run could use, so the more a look
    /// has cost the later is the next.
    async fn look(&mut self, stack: &Stack, overview: &Overview, step: &Step) -> Result<()> {
        let begin = Instant::now();
        let waiting = match overview.open_run() {
            Some(run) => self.observer.waiting(&run.id).await?,
            None => Waiting::default(),
        };
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
        if let Some(catalogue) = snapshot.catalogue {
            step.counted(snapshot.artists, catalogue, "artists");
        }
        step.detail(&snapshot.detail(self.rate.at(begin, snapshot.granted)));
        self.last = snapshot;
        self.next_look = Instant::now() + begin.elapsed() * 10;
        Ok(())
    }

    /// Shows what the fetcher logged last when nothing has moved for a while, and gives up in the end.
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
                "nothing has moved for {still_for} although nothing is on hold; the fetcher logged last:\n{words}"
            );
        }
        stack.steps().say(&format!(
            "Nothing has moved for {still_for}. (The terms of a function that was killed come back after two to six minutes.) \
             The fetcher logged last:\n{words}"
        ));
        Ok(())
    }
}

/// The end of what the fetcher has logged; one that cannot start has no log, and says why when it is asked to.
async fn last_words(stack: &Stack) -> Result<String> {
    let fetcher = &stack.deployment().fetcher;
    let mut lines = stack.logs(fetcher).await?;
    if let Err(error) = stack.invoke(fetcher, &json!({"Records": []})).await {
        lines.push(format!("{error:#}"));
    }
    Ok(last_lines(&lines.join("\n"), 5))
}
