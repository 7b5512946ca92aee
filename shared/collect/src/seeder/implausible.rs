//! An answer to the search for all years that cannot be true.

use crate::plan::all_years;
use crate::plan::all_years::UNREACHED;
use crate::ports::{Frontier, PortError, Scheduling};
use crate::run::{Report, Run};
use crate::term::TermState;

/// Counts the search for all years as open if it ended as answered, but showed fewer than half of the artists
/// that the run has seen: Spotify did not understand it, or most artists have no year. In a catalogue of a
/// single page nothing else shows that.
pub(crate) async fn reopen<P: Scheduling>(
    ports: &P,
    run: &Run,
    report: &mut Report,
) -> Result<(), PortError> {
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
