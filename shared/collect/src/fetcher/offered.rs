//! Which terms were put lately.

use std::collections::BTreeSet;

use crate::term::TermKey;

/// Most keys that an environment remembers to have offered; a term that is offered twice costs a write,
/// nothing else.
const REMEMBERED: usize = 20_000;

/// Keys of the terms that were put lately, so that a genre which hundreds of artists have is put once.
#[derive(Debug, Default)]
pub(crate) struct Offered(BTreeSet<TermKey>);

impl Offered {
    /// Whether the key is remembered; if not, it is from now on.
    pub(super) fn has(&mut self, key: TermKey) -> bool {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        !self.0.insert(key)
    }

    /// Forgets everything: another run has other terms.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
