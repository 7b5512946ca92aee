//! Closing a run: its terms are counted, page by page, and the count says what the run may call itself.
//!
//! A tick counts until its time is over and keeps on the run how far it has come; the next tick goes on from
//! there. The count holds only while the run stays idle. Whoever makes a term ready again says that it is not
//! ([`mark_idle`] with nothing), which forgets the count, and keeping or closing is refused on the same
//! condition. So a term that comes back behind the pages that are counted is never missed: the run goes on,
//! and everything is counted again. A run that was stopped asks nothing more, and is counted as it stands.
//!
//! [`mark_idle`]: Control::mark_idle

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::implausible;
use super::schedule::Tick;
use crate::dispatch::live_sources;
use crate::plan::Finding;
use crate::ports::{Clock, Control, Frontier, Overview, PortError, Scheduling};
use crate::run::{Expiring, Report, Run, lifetime};
use crate::settings::Settings;
use crate::term::{Lane, RunId, Source};

/// How far a tick has come with the count.
enum Count {
    /// All terms are counted.
    Whole(Box<Report>),
    /// The time was over after so many terms.
    Part(u64),
    /// The run is not idle: terms are left that the index did not show yet, or somebody has made one ready
    /// again.
    NotIdle,
}

/// Counts the terms of the run until `deadline`. Closes it once all of them are counted, unless any are left
/// to ask.
pub(super) async fn close<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: Run,
    overview: &Overview,
    deadline: Timestamp,
) -> Result<Tick, PortError> {
    let report = match count(ports, settings, &run, overview, deadline).await? {
        Count::Part(terms) => return Ok(Tick::Counting { run: run.id, terms }),
        Count::NotIdle => return Ok(Tick::Idle { run: run.id }),
        Count::Whole(report) => *report,
    };
    if run.stopped.is_none() && has_moved(ports, &run.id, &report).await? {
        ports.control().mark_idle(&run.id, None).await?;
        return Ok(Tick::Idle { run: run.id });
    }
    let report = completed(ports, settings, &run, report, overview).await?;
    let now = ports.clock().now();
    let closed = with_stop_reason(run, report, now);
    // First, so that no crash can leave a closed run without an end. As long as the run is open, nobody acts
    // on it.
    let expiring = Expiring { since: now, end: lifetime::end(now, settings.retention), after: None };
    ports.control().note_expiring(&closed.id, &expiring).await?;
    if ports.control().close(&closed).await? {
        Ok(Tick::Closed(Box::new(closed)))
    } else {
        // A term was made ready again while the terms were counted, or another tick was faster.
        Ok(Tick::Idle { run: closed.id })
    }
}

async fn count<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: &Run,
    overview: &Overview,
    deadline: Timestamp,
) -> Result<Count, PortError> {
    let mut counting = run.counting.as_deref().cloned().unwrap_or_default();
    loop {
        let page = ports.frontier().page(&run.id, counting.after.as_ref(), settings.chunk).await?;
        counting.take_in(&page.terms, page.next);
        if run.stopped.is_none() && counting.report.unasked_of(live_sources(settings, overview)) > 0 {
            ports.control().mark_idle(&run.id, None).await?;
            return Ok(Count::NotIdle);
        }
        if counting.after.is_none() {
            return Ok(Count::Whole(Box::new(counting.report)));
        }
        if !ports.control().mark_counting(run, &counting).await? {
            return Ok(Count::NotIdle);
        }
        if ports.clock().now() + settings.request_time > deadline {
            return Ok(Count::Part(counting.report.terms()));
        }
    }
}

/// Whether a term has come or changed behind the pages that are counted. A finished term never changes unless
/// an operator sends it again, who says so. So none has if nothing is sent, and as many are ready as were
/// counted as unasked: those of sources that are spent, which a fetcher that does not know it yet may still
/// dispatch.
async fn has_moved<P: Scheduling>(ports: &P, run: &RunId, report: &Report) -> Result<bool, PortError> {
    if ports.frontier().count(run, Lane::SENT, 1).await? > 0 {
        return Ok(true);
    }
    for source in Source::ALL {
        let unasked = usize::try_from(report.unasked_of([source])).unwrap_or(usize::MAX);
        if ports.frontier().count(run, Lane::Ready(source), unasked.saturating_add(1)).await? != unasked {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The report with what is known beside the terms.
async fn completed<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: &Run,
    mut report: Report,
    overview: &Overview,
) -> Result<Report, PortError> {
    implausible::reopen(ports, run, &mut report).await?;
    report.leave_all_but(live_sources(settings, overview));
    report.endpoints = endpoints(overview, &run.id);
    report.limits = overview.limits.as_ref().map(|found| found.limits);
    let operators = overview.operators.iter().filter(|(_, finding)| finding.run == run.id);
    report.operators =
        operators.map(|(operator, finding)| (operator.name().to_owned(), finding.works)).collect();
    report.estimate();
    Ok(report)
}

/// What the run has found out of the endpoints.
fn endpoints(overview: &Overview, run: &RunId) -> BTreeMap<String, String> {
    let of_run = overview.findings.0.iter().filter(|(_, finding)| finding.run == *run);
    let described = |finding: &Finding| match &finding.refusal {
        Some(refusal) => format!("closed: {refusal}"),
        None => "open".to_owned(),
    };
    of_run.map(|(endpoint, finding)| (endpoint.name().to_owned(), described(finding))).collect()
}

fn with_stop_reason(run: Run, mut report: Report, now: Timestamp) -> Run {
    if let Some(stopped) = &run.stopped {
        let unasked = report.unasked.max(1);
        report.count_reason(stopped, unasked);
    }
    run.closed(report, now)
}
