//! Items that expire: what has an end is deleted some time after it.

use std::collections::BTreeMap;

use collect::ports::Control;
use collect::run::{Expiring, Run, lifetime};
use collect::term::{RunId, TermKey};
use jiff::Timestamp;

use super::state::{World, at_once};
use crate::promise::Promise;

/// What a run has left behind, and until when.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ends {
    /// The ends of its terms, of those that have one.
    pub(crate) terms: BTreeMap<TermKey, Timestamp>,
    /// Whether words saturated in it.
    pub(crate) has_words: bool,
    /// The end of their item, if it has one.
    pub(crate) words: Option<Timestamp>,
}

impl World {
    /// Deletes what has expired, which must not be anything of the open run.
    pub(crate) fn delete_expired(&self) {
        let open = self.run().filter(Run::is_running);
        if let Some(run) = &open {
            let ends = self.ends(&run.id);
            // A resumed run has been closed before; what it got then ends after the latest moment it is open.
            let latest = lifetime::end(run.opened_at, self.settings.retention);
            let mut all = ends.terms.values().chain(&ends.words);
            let is_kept = all.all(|end| run.resumed > 0 && *end >= latest);
            self.promise(Promise::RightEnd, is_kept, || format!("the run {} is open, but {ends:?}", run.id));
        }
        if !self.takes_months {
            return;
        }
        let now = self.now().shown(0) - self.faults.expiry_lag;
        self.frontier.delete_expired(now);
        self.control.delete_expired(now);
        for row in self.artists.delete_expired(now) {
            self.service().forget(&row.artist.id);
            let of_open = open.as_ref().is_some_and(|run| run.id == row.last_run);
            self.promise(Promise::RightEnd, !of_open, || {
                format!("{} expires in the run that has seen it", row.artist.name)
            });
        }
    }

    /// What a run has left behind.
    pub(crate) fn ends(&self, run: &RunId) -> Ends {
        let (has_words, words) = self.control.words(run);
        Ends { terms: self.frontier.ends(run), has_words, words }
    }

    /// The runs whose items are still to be given their end.
    pub(crate) fn expiring(&self) -> BTreeMap<RunId, Expiring> {
        at_once(self.control.overview())
            .and_then(Result::ok)
            .map(|overview| overview.expiring)
            .unwrap_or_default()
    }
}
