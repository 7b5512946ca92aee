//! Drives one run to its end: opens it as the weekly schedule would, plays the one-minute tick, and watches.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio::time;

use crate::{
    observe::{Observer, Run},
    process::last_lines,
    progress::{Progress, Snapshot},
    stack::Stack,
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
    let mut progress = Progress::new();
    let mut watch = Watch::new(stack.observer());
    let run = loop {
        let failure = stack.schedule("top-up").await.err();
        stack.check()?;
        if let Err(error) = watch.count(failure) {
            progress.end();
            return Err(error);
        }
        let run = watch.observer.run().await?.context("the seeder has opened no run")?;
        if watch.is_due() || run.is_closed() {
            let snapshot = watch.look(stack, &run).await?;
            progress.show(&snapshot);
        }
        if run.is_closed() {
            break run;
        }
        if let Err(error) = watch.complain(stack, &mut progress).await {
            progress.end();
            return Err(error);
        }
        time::sleep(TICK).await;
    };
    progress.end();
    Ok(Closed { run, elapsed: start.elapsed() })
}

/// What was seen so far.
struct Watch {
    observer: Observer,
    failed_ticks: u64,
    failed_in_a_row: u32,
    next_look: Instant,
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
            return Err(error).context(format!("{FAILURES} ticks failed one after the other, the last with"));
        }
        Ok(())
    }

    fn is_due(&self) -> bool {
        Instant::now() >= self.next_look
    }

    /// Looks at the run. Looking costs the emulator time that the run could use, so the more a look has cost the later
    /// is the next.
    async fn look(&mut self, stack: &Stack, run: &Run) -> Result<Snapshot> {
        let begin = Instant::now();
        let terms = self.observer.terms_by_state(&run.id).await?;
        let of = |state: &str| terms.get(state).copied().unwrap_or(0);
        let (ready, sent) = (of("ready"), of("sent"));
        let stats = stack.spotify().stats().await?;
        let snapshot = Snapshot {
            done: terms.values().sum::<u64>() - ready - sent,
            ready,
            sent,
            artists: self.observer.artists_roughly().await?,
            requests: stats.map(|stats| (stats.requests, stats.refused)),
            hold_s: self.observer.hold_s().await?,
            failed_ticks: self.failed_ticks,
        };
        if snapshot != self.last {
            self.last_change = Instant::now();
        }
        self.last = snapshot.clone();
        self.next_look = Instant::now() + begin.elapsed() * 10;
        Ok(snapshot)
    }

    /// Says what the fetcher said last when nothing has moved for a while, and gives up in the end.
    async fn complain(&mut self, stack: &Stack, progress: &mut Progress) -> Result<()> {
        let still = self.last_change.elapsed();
        if self.last.hold_s > 0 || still < QUIET || self.last_complaint.elapsed() < QUIET {
            return Ok(());
        }
        self.last_complaint = Instant::now();
        let words = last_words(stack).await?;
        if still > STUCK {
            bail!(
                "nothing has moved for {} s although nothing is held; the fetcher's last words:\n{words}",
                still.as_secs()
            );
        }
        progress.end();
        note!(
            "nothing has moved for {} s (terms of a function that was killed come back after two to six minutes); the \
             fetcher's last words:\n{words}",
            still.as_secs()
        );
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
