//! What the schedule makes happen: a run is opened weekly, and a tick every minute tops the window up, gives lost terms
//! back and closes the run.

use jiff::{SignedDuration, Timestamp};

use crate::alphabet;
use crate::dispatch::{Dispatched, all_held, dispatch, give_back_expired};
use crate::ports::{Clock, Control, Frontier, Opening, Overview, PortError, Scheduling};
use crate::run::{Report, Run, RunId};
use crate::settings::Settings;
use crate::term::{Question, SearchTerm, Term};

/// Nothing ready or sent must have been seen twice, this far apart, before a run is closed: longer than an index lags.
const IDLE_BEFORE_CLOSE: SignedDuration = SignedDuration::from_secs(1);

/// What a tick did.
#[derive(Clone, Debug, PartialEq)]
pub enum Tick {
    /// No run is open.
    NoRun,
    /// Every bucket is held; nothing else was read.
    Held {
        /// The run that waits.
        run: RunId,
    },
    /// Terms are left.
    Working {
        /// The run that goes on.
        run: RunId,
        /// Terms whose lease had ended.
        given_back: usize,
        /// What was sent.
        dispatched: Dispatched,
    },
    /// Nothing is ready or sent; the run is closed if that stays so.
    Idle {
        /// The run that may be over.
        run: RunId,
    },
    /// The run was closed.
    Closed(Box<Run>),
}

/// Opens the run `id` unless one is open or this one was before, and begins to work it.
pub async fn collect<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    id: RunId,
) -> Result<(Opening, Tick), PortError> {
    let run = Run::open(id, ports.clock().now());
    let opening = ports.control().open(&run).await?;
    Ok((opening, tick(ports, settings).await?))
}

/// One minute's work on the open run.
pub async fn tick<P: Scheduling>(ports: &P, settings: &Settings) -> Result<Tick, PortError> {
    tick_observed(ports, settings, |_| ()).await
}

/// One minute's work on the open run; `observe` is shown what the tick's one read of the control table said.
pub async fn tick_observed<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    observe: impl FnOnce(&Overview),
) -> Result<Tick, PortError> {
    let overview = ports.control().overview().await?;
    observe(&overview);
    let Some(run) = overview.open_run().cloned() else { return Ok(Tick::NoRun) };
    if run.stopped.is_some() {
        return close(ports, run).await;
    }
    if !run.seeded {
        ports.frontier().put_new(&roots(&run.id, settings)).await?;
        ports.control().mark_seeded(&run.id).await?;
    } else if all_held(&overview, settings.sources, ports.clock().now()) {
        return Ok(Tick::Held { run: run.id });
    }
    work(ports, settings, run, &overview).await
}

async fn work<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: Run,
    overview: &Overview,
) -> Result<Tick, PortError> {
    let given_back = give_back_expired(ports, &run.id, ports.clock().now()).await?;
    let dispatched = dispatch(ports, settings, &run.id, overview).await?;
    if given_back + dispatched.in_window + dispatched.ready > 0 {
        if run.idle_since.is_some() {
            ports.control().mark_idle(&run.id, None).await?;
        }
        return Ok(Tick::Working { run: run.id, given_back, dispatched });
    }
    let now = ports.clock().now();
    match run.idle_since {
        Some(since) if now.duration_since(since) >= IDLE_BEFORE_CLOSE => close(ports, run).await,
        Some(_) => Ok(Tick::Idle { run: run.id }),
        None => {
            ports.control().mark_idle(&run.id, Some(now)).await?;
            Ok(Tick::Idle { run: run.id })
        }
    }
}

/// Closes the run with its report, unless the count finds terms that the index did not show yet.
async fn close<P: Scheduling>(ports: &P, run: Run) -> Result<Tick, PortError> {
    let report = ports.frontier().report(&run.id).await?;
    if report.unasked > 0 && run.stopped.is_none() {
        ports.control().mark_idle(&run.id, None).await?;
        return Ok(Tick::Idle { run: run.id });
    }
    let closed = with_stop_reason(run, report, ports.clock().now());
    ports.control().close(&closed).await?;
    Ok(Tick::Closed(Box::new(closed)))
}

fn with_stop_reason(run: Run, mut report: Report, now: Timestamp) -> Run {
    if let Some(stopped) = &run.stopped {
        let unasked = report.unasked.max(1);
        report.count_reason(stopped, unasked);
    }
    run.closed(report, now)
}

/// The terms that a run begins with: every character of the base alphabet, the most common scripts first.
fn roots(run: &RunId, settings: &Settings) -> Vec<Term> {
    let page = f64::from(settings.limits.page);
    alphabet::roots()
        .filter_map(|(script, c)| Some((script, SearchTerm::new(&c.to_string()).ok()?)))
        .map(|(script, term)| {
            // Nothing is known of their yield yet: a full page at best, and each rarer script half of the one before.
            let expected = page / f64::from(1 << script.min(10));
            Term::new(run.clone(), Question::Search(term), expected)
        })
        .collect()
}
