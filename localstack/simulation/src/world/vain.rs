//! Work on a term that does not bring it on.
//!
//! A term comes on with an answer that it did not have yet. Trouble and refusals are Spotify's doing and no
//! reason to complain either. Everything else may happen now and then, but not again and again.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use collect::term::TermKey;

use crate::moment::Moment;

/// So often a term may be sent and put back before it comes on. Under a day's allowance most of a window is,
/// every hour.
const MOST_DISPATCHES: u32 = 300;

/// So many answers that it had before a term may get: those whose keeping was interrupted.
const MOST_ANSWERS: u32 = 50;

/// So often a term's message may be hidden within an hour before it comes on. A hold hides it once, and again
/// where it was lengthened; where short holds follow each other, up to 63 times were seen.
const MOST_DEFERRALS: usize = 200;

/// What was done for terms since they came on.
#[derive(Debug, Default)]
pub(crate) struct InVain(BTreeMap<TermKey, Tries>);

#[derive(Debug, Default)]
struct Tries {
    dispatches: u32,
    answers: u32,
    /// When its message was hidden, within the last hour.
    deferrals: VecDeque<Moment>,
}

impl InVain {
    /// Another run begins anew.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The term came on, or could not for a reason that is not the collector's.
    pub(super) fn came_on(&mut self, term: &TermKey) {
        self.0.remove(term);
    }

    /// A term that had been sent was put back. Returns what was done for it in vain if that is too much.
    pub(super) fn sent(&mut self, term: &TermKey) -> Option<String> {
        let tries = self.0.entry(term.clone()).or_default();
        tries.dispatches += 1;
        (tries.dispatches > MOST_DISPATCHES).then(|| format!("{} dispatches", tries.dispatches))
    }

    /// The message of a term was hidden. Returns what was done for it in vain if that is too much.
    pub(super) fn deferred(&mut self, term: &TermKey, now: Moment) -> Option<String> {
        let tries = self.0.entry(term.clone()).or_default();
        tries.deferrals.retain(|deferral| now.since(*deferral) < Duration::from_hours(1));
        tries.deferrals.push_back(now);
        (tries.deferrals.len() > MOST_DEFERRALS)
            .then(|| format!("{} deferrals in an hour", tries.deferrals.len()))
    }

    /// A term was answered what it had been answered before. Returns what was done for it in vain if that is
    /// too much.
    pub(super) fn asked(&mut self, term: &TermKey) -> Option<String> {
        let tries = self.0.entry(term.clone()).or_default();
        tries.answers += 1;
        (tries.answers > MOST_ANSWERS).then(|| format!("{} answers", tries.answers))
    }
}
