//! Resuming a run that was stopped, once the cause is fixed: it goes on where it stood.
//!
//! Stopping finished none of its terms, and closing did not touch them, so what was unasked is still `ready`
//! or `sent`. The messages of the `sent` ones were dropped while the run was stopped, so these become ready
//! at once, rather than when their leases end. The ends that its terms may have got meanwhile lie `retention`
//! after the close, and a run must close before that much time has passed since it was opened
//! ([`lifetime`](crate::run::lifetime)); closing it again sets them anew.

use jiff::Timestamp;

use super::schedule::reason_to_stop;
use crate::dispatch::give_back_leased;
use crate::ports::{Clock, Control, Overview, PortError, Scheduling};
use crate::settings::Settings;
use crate::term::RunId;

/// What came of resuming the last run.
#[derive(Clone, Debug, PartialEq)]
pub enum Resuming {
    /// It is open, and the next tick goes on with it.
    Resumed(RunId),
    /// There is no run.
    NoRun,
    /// The last run was not stopped.
    NotStopped(RunId),
    /// It would stop again at once, for this reason.
    StopsAgain(RunId, String),
    /// It had not put all leaves of the run before it, and those have expired or soon will.
    LeavesExpired(RunId),
    /// Somebody else has changed it at the same moment.
    Changed(RunId),
}

/// Resumes the last run if it was stopped and no run was opened since.
pub async fn resume_run<P: Scheduling>(ports: &P, settings: &Settings) -> Result<Resuming, PortError> {
    let overview = ports.control().overview().await?;
    let Some(stopped) = overview.run.clone() else { return Ok(Resuming::NoRun) };
    let id = stopped.id.clone();
    if stopped.stopped.is_none() {
        return Ok(Resuming::NotStopped(id));
    }
    let now = ports.clock().now();
    let run = stopped.resumed();
    let overview = Overview { run: Some(run.clone()), ..overview };
    if let Some(reason) = reason_to_stop(settings, &run, &overview, now) {
        return Ok(Resuming::StopsAgain(id, reason));
    }
    if !run.can_be_seeded(settings.retention, now) {
        return Ok(Resuming::LeavesExpired(id));
    }
    if !ports.control().resume(&run).await? {
        return Ok(Resuming::Changed(id));
    }
    // The run is open, whatever becomes of this: otherwise their leases end later.
    if let Err(error) = give_back_leased(ports, &id, Timestamp::MAX, 2 * settings.window).await {
        tracing::warn!(run = %id, %error, "the terms of the resumed run wait for their leases");
    }
    Ok(Resuming::Resumed(id))
}
