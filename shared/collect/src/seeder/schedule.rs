//! What the schedule makes happen: a run is opened weekly, and a tick every minute tops the window up, gives lost terms
//! back and closes the run.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::doubt;
use crate::dispatch::{Dispatched, all_held, dispatch, give_back_expired, live_sources};
use crate::plan::stop::End;
use crate::plan::{Finding, refresh, sample, stop};
use crate::ports::{Clock, Control, Frontier, Opening, Overview, PortError, Scheduling};
use crate::run::{Report, Run, Seeding};
use crate::seeder::seeding::{has_leaves, seed};
use crate::settings::Settings;
use crate::term::{Operator, RunId};

/// Nothing ready or sent must have been seen twice, this far apart, before a run is closed: longer than an index lags.
const IDLE_BEFORE_CLOSE: SignedDuration = SignedDuration::from_secs(1);

/// A tick begins nothing that could not end within this time: the next one goes on.
const TICK: Duration = Duration::from_secs(50);

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
    let mut run = Run::open(id, ports.clock().now());
    let last = ports.control().overview().await?.run.filter(|run| !run.is_running());
    if let Some(last) = last
        && has_leaves(ports, settings, &last, run.opened_at).await?
    {
        run.leaves_lack_not = !last.found_to_work(Operator::Not);
        run.earlier = Some(last.id);
    }
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
    let deadline = ports.clock().now() + TICK;
    let overview = ports.control().overview().await?;
    observe(&overview);
    let Some(mut run) = overview.open_run().cloned() else { return Ok(Tick::NoRun) };
    if run.stopped.is_some() {
        return close(ports, settings, run, &overview).await;
    }
    let end = stop::end(settings, &overview.yields());
    if let End::Reached(reason) = end {
        ports.control().stop(&run.id, &reason).await?;
        return close(ports, settings, Run { stopped: Some(reason), ..run }, &overview).await;
    }
    if !run.seeded {
        run = seed(ports, settings, run, deadline).await?;
        if !run.seeded && matches!(run.seeding, Seeding::Leaves { .. }) {
            // The best of them may be among those that are still to come.
            return Ok(Tick::Working { run: run.id, given_back: 0, dispatched: Dispatched::default() });
        }
    } else if all_held(&overview, settings.sources, ports.clock().now()) {
        return Ok(Tick::Held { run: run.id });
    }
    work(ports, settings, run, &overview, deadline).await
}

async fn work<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: Run,
    overview: &Overview,
    deadline: Timestamp,
) -> Result<Tick, PortError> {
    forget_old_yields(ports, &run.id, overview).await?;
    let given_back = give_back_expired(ports, &run.id, ports.clock().now()).await?;
    let dispatched = dispatch(ports, settings, &run.id, overview, deadline).await?;
    if given_back + dispatched.in_window + dispatched.ready > 0 || !run.seeded {
        if run.idle_since.is_some() {
            ports.control().mark_idle(&run.id, None).await?;
        }
        return Ok(Tick::Working { run: run.id, given_back, dispatched });
    }
    if put_sample(ports, settings, &run.id, overview).await? > 0 {
        // Everything was asked: a sample tells how much of everything that was.
        let dispatched = dispatch(ports, settings, &run.id, overview, deadline).await?;
        return Ok(Tick::Working { run: run.id, given_back, dispatched });
    }
    if put_stale(ports, settings, &run.id).await? > 0 {
        let dispatched = dispatch(ports, settings, &run.id, overview, deadline).await?;
        return Ok(Tick::Working { run: run.id, given_back, dispatched });
    }
    let now = ports.clock().now();
    match run.idle_since {
        Some(since) if now.duration_since(since) >= IDLE_BEFORE_CLOSE => {
            close(ports, settings, run, overview).await
        }
        Some(_) => Ok(Tick::Idle { run: run.id }),
        None => {
            ports.control().mark_idle(&run.id, Some(now)).await?;
            Ok(Tick::Idle { run: run.id })
        }
    }
}

/// Puts the terms of the sample, where one can be drawn. Returns how many were new.
async fn put_sample<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: &RunId,
    overview: &Overview,
) -> Result<usize, PortError> {
    let terms = sample::terms(settings, run, overview.operators());
    if terms.is_empty() { Ok(0) } else { ports.frontier().put_new(&terms).await }
}

/// Puts the term that looks for artists which were not seen for long, where the operator wants that. Returns how many terms were new.
async fn put_stale<P: Scheduling>(ports: &P, settings: &Settings, run: &RunId) -> Result<usize, PortError> {
    match refresh::look_for_stale(settings, run) {
        Some(term) => ports.frontier().put_new(&[term]).await,
        None => Ok(0),
    }
}

/// Lets what the sources brought long ago count less.
async fn forget_old_yields<P: Scheduling>(
    ports: &P,
    run: &RunId,
    overview: &Overview,
) -> Result<(), PortError> {
    let old = overview.yields().forgetting();
    if old.0.is_empty() { Ok(()) } else { ports.control().note_yields(run, &old).await }
}

/// Closes the run with its report, unless the count finds terms that the index did not show yet.
async fn close<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: Run,
    overview: &Overview,
) -> Result<Tick, PortError> {
    let mut report = ports.frontier().report(&run.id).await?;
    doubt::doubt(ports, &run, &mut report).await?;
    report.leave_all_but(live_sources(settings, overview));
    report.endpoints = endpoints(overview, &run.id);
    report.limits = overview.limits.as_ref().map(|found| found.limits);
    let operators = overview.operators.iter().filter(|(_, finding)| finding.run == run.id);
    report.operators =
        operators.map(|(operator, finding)| (operator.name().to_owned(), finding.works)).collect();
    report.estimate();
    if report.unasked > 0 && run.stopped.is_none() {
        ports.control().mark_idle(&run.id, None).await?;
        return Ok(Tick::Idle { run: run.id });
    }
    let closed = with_stop_reason(run, report, ports.clock().now());
    if ports.control().close(&closed).await? {
        Ok(Tick::Closed(Box::new(closed)))
    } else {
        // A term was made ready again while the report was counted, or another tick was faster.
        Ok(Tick::Idle { run: closed.id })
    }
}

/// What the run has found out of the endpoints.
fn endpoints(overview: &Overview, run: &RunId) -> BTreeMap<String, String> {
    let of_run = overview.findings.0.iter().filter(|(_, finding)| finding.run == *run);
    let told = |finding: &Finding| match &finding.refusal {
        Some(refusal) => format!("closed: {refusal}"),
        None => "open".to_owned(),
    };
    of_run.map(|(endpoint, finding)| (endpoint.name().to_owned(), told(finding))).collect()
}

fn with_stop_reason(run: Run, mut report: Report, now: Timestamp) -> Run {
    if let Some(stopped) = &run.stopped {
        let unasked = report.unasked.max(1);
        report.count_reason(stopped, unasked);
    }
    run.closed(report, now)
}
