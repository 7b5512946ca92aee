//! Whether the question for everything was understood.

use crate::plan::all_years;
use crate::plan::all_years::UNREACHED;
use crate::ports::{Frontier, PortError, Scheduling};
use crate::run::{Report, Run};
use crate::term::TermState;

/// Where the question for everything of `run` has called itself answered and showed fewer than half of the artists that the run
/// has seen, it was not understood, or most artists have no year: then it is counted as open after all. A catalogue of one
/// page tells nothing else of it.
pub(crate) async fn doubt<P: Scheduling>(ports: &P, run: &Run, report: &mut Report) -> Result<(), PortError> {
    let Some(key) = all_years::key(run) else { return Ok(()) };
    let Some(term) = ports.frontier().get(&run.id, &key).await? else { return Ok(()) };
    let seen = report.artists_new.saturating_add(report.artists_returned);
    if term.state == TermState::Done && 2 * u64::from(term.tally.rows) < seen {
        report.done = report.done.saturating_sub(1);
        report.open = report.open.saturating_add(1);
        report.count_reason(UNREACHED, 1);
    }
    Ok(())
}
