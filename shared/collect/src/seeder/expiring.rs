//! The items of closed runs get their end, page by page: a tick goes on until its time is over and keeps how
//! far it has come. Setting an end twice is harmless.

use jiff::{SignedDuration, Timestamp};

use crate::ports::{Clock, Control, Frontier, Overview, PortError, Scheduling};
use crate::run::Expiring;
use crate::settings::Settings;
use crate::term::{RunId, TermKey};

/// So long after a run was closed, whoever was at work for it then has put its last term: longer than Lambda
/// allows any invocation to take.
const LAST_WORK: SignedDuration = SignedDuration::from_mins(16);

/// Goes on with the runs that are closed, until `deadline`.
pub(super) async fn go_on<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    overview: &Overview,
    deadline: Timestamp,
) -> Result<(), PortError> {
    let (open, now) = (overview.open_run().map(|run| &run.id), ports.clock().now());
    let is_due = |(run, expiring): &(&RunId, &Expiring)| {
        Some(*run) != open && now.duration_since(expiring.since) >= LAST_WORK
    };
    for (run, expiring) in overview.expiring.iter().filter(is_due) {
        if !expire(ports, settings, run, expiring.clone(), deadline).await? {
            break;
        }
    }
    Ok(())
}

/// Sets the ends of one run's items. Returns whether all have theirs.
async fn expire<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: &RunId,
    mut expiring: Expiring,
    deadline: Timestamp,
) -> Result<bool, PortError> {
    loop {
        if ports.clock().now() + settings.request_time > deadline {
            return Ok(false);
        }
        if expiring.after.is_none() {
            ports.control().expire(run, expiring.end).await?;
        }
        let page = ports.frontier().page(run, expiring.after.as_ref(), settings.chunk).await?;
        let keys: Vec<TermKey> = page.terms.into_iter().map(|term| term.key).collect();
        ports.frontier().expire(run, &keys, expiring.end).await?;
        expiring.after = page.next;
        let is_done = expiring.after.is_none();
        ports.control().mark_expiring(run, Some(&expiring).filter(|_| !is_done)).await?;
        if is_done {
            return Ok(true);
        }
    }
}
