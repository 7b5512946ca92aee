//! Known artists once more, when nothing better is left to ask.

use crate::settings::Settings;
use crate::term::{Question, RunId, Source, Term};

/// What is expected of it: nobody new. Less than of anything else.
pub(crate) const LAST: f64 = 0.001;

/// The term that looks for artists which were not seen for long, where the operator wants that.
pub(crate) fn look_for_stale(settings: &Settings, run: &RunId) -> Option<Term> {
    let wanted = settings.refresh.is_some() && settings.sources.has(Source::Hydrate);
    wanted.then(|| Term::new(run.clone(), Source::Hydrate, Question::Stale, LAST))
}
