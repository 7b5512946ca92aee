//! Work on a term that does not bring it on.
//!
//! A term comes on with an answer that it did not have yet. Trouble and refusals are Spotify's doing and no reason to complain
//! either. Everything else may happen now and then, but not again and again.

use std::collections::BTreeMap;

use collect::term::TermKey;

use super::World;
use super::requests::Asked;
use crate::promises::Promise;

/// So often a term may be sent and put back before it comes on. Under a day's allowance most of a window is, every hour.
const MOST_DISPATCHES: u32 = 300;

/// So many answers that it had before a term may get: those whose keeping was interrupted.
const MOST_ANSWERS: u32 = 50;

/// What was done for terms since they came on.
#[derive(Debug, Default)]
pub(crate) struct InVain(BTreeMap<TermKey, Tries>);

#[derive(Debug, Default)]
struct Tries {
    dispatches: u32,
    answers: u32,
}

impl InVain {
    /// Another run begins anew.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl World {
    /// The term came on, or could not for a reason that is not the collector's.
    pub(super) fn came_on(&self, asked: &Asked<'_>) {
        if let Some(term) = &asked.term {
            self.ledger().in_vain.0.remove(term);
        }
    }

    /// A term that had been sent was put back.
    pub(super) fn sent_in_vain(&self, term: &TermKey) {
        self.try_in_vain(term, |tries| {
            tries.dispatches += 1;
            tries.dispatches > MOST_DISPATCHES
        });
    }

    /// A term was answered what it had been answered before.
    pub(super) fn asked_in_vain(&self, asked: &Asked<'_>) {
        let Some(term) = &asked.term else { return };
        self.try_in_vain(term, |tries| {
            tries.answers += 1;
            tries.answers > MOST_ANSWERS
        });
    }

    fn try_in_vain(&self, term: &TermKey, is_too_often: impl FnOnce(&mut Tries) -> bool) {
        let mut ledger = self.ledger();
        let tries = ledger.in_vain.0.entry(term.clone()).or_default();
        let too_often = is_too_often(tries).then(|| format!("{tries:?}"));
        drop(ledger);
        if let Some(tries) = too_often {
            self.broken(Promise::ProgressMade, || format!("{term} does not come on: {tries}"));
        }
    }
}
