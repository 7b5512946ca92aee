//! Works a term of the sample ([`plan::sample`](crate::plan::sample)).

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use crate::catalogue::ArtistId;
use crate::fetcher::ask::{Asking, Stopped};
use crate::fetcher::trials::{is_last_attempt, try_once};
use crate::plan::sample::{QUESTIONS, SLICES, TRIES, fits, hands, narrower, slice};
use crate::ports::{Clock, Fetching, PortError};
use crate::term::{Term, TermState};

/// Looks for a slice that fits, and counts whom of it the run has seen. Goes on with the next slice when it was interrupted.
pub(crate) async fn work<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    number: u16,
) -> Result<Result<TermState, Stopped>, PortError> {
    if term.progress.tally.sampled > 0 {
        // It was interrupted after its slice was counted.
        return Ok(Ok(TermState::Done));
    }
    let this_year = asking.ports.clock().now().to_zoned(TimeZone::UTC).year();
    let this_year = u16::try_from(this_year).unwrap_or_default();
    // Dealt in rounds, so that the early hands are everybody's first try.
    let own = hands(&term.run).into_iter().skip(number.into()).step_by(SLICES.into()).take(TRIES.into());
    for (hand, mut chance) in own {
        let mut next = slice(hand, &mut chance, this_year);
        let mut guides = BTreeSet::new();
        while let Some(slice) = next {
            if term.progress.trials.len() >= QUESTIONS.into() {
                return Ok(Ok(TermState::Done));
            }
            // What was asked before an interruption is answered from memory, and leads to the same slices.
            let page = match try_once(asking, term, &slice).await? {
                Ok(page) => page,
                Err(Stopped::Trouble(_)) if is_last_attempt(term) => return Ok(Ok(TermState::Done)),
                Err(stopped) => return Ok(Err(stopped)),
            };
            let limit = asking.capability.limits.page;
            let drawn: Vec<&ArtistId> =
                page.artists.iter().map(|artist| &artist.id).filter(|id| !guides.contains(*id)).collect();
            if !drawn.is_empty() && fits(&page, limit) {
                let count = |artists: usize| u32::try_from(artists).unwrap_or(u32::MAX);
                let known = drawn.iter().filter(|id| !asking.guide.own.contains(id)).count();
                term.progress.tally.sampled = count(drawn.len());
                term.progress.tally.recaptured = count(known);
                return Ok(Ok(TermState::Done));
            }
            next = narrower(&slice, &page, limit, &mut chance).map(|(narrower, guide)| {
                guides.insert(guide);
                narrower
            });
        }
    }
    Ok(Ok(TermState::Done))
}
