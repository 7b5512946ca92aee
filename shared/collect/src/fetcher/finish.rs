//! The last writes of a term.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::{Asking, Stopped};
use crate::ports::{Claim, Fetching, Finish, Frontier, PortError};
use crate::term::{Progress, Question, Seen, Source, Term, TermState};

/// The place of what is done when nothing is left that brings new artists.
const LAST: f64 = 0.01;

/// Follow-up terms first, the term last.
pub(crate) async fn finish<P: Fetching>(
    asking: &Asking<'_, P>,
    term: &Term,
    mut follow_ups: Vec<Term>,
    state: TermState,
    reason: Option<&str>,
) -> Result<Stopped, PortError> {
    let roots = term.progress.seen.new_roots().map(|root| term.follow_up(Question::Search(root), 1.0));
    follow_ups.extend(roots);
    let completes = matches!(term.question, Question::Hydrate(_) | Question::Refresh(_));
    let leaves_bare = term.progress.tally.bare > 0 && !completes;
    if leaves_bare && asking.settings.sources.has(Source::Hydrate) {
        let question = Question::Hydrate(term.key());
        follow_ups.push(term.follow_up_of(Source::Hydrate, question, LAST));
    }
    let frontier = asking.ports.frontier();
    frontier.put_new(&follow_ups).await?;
    let progress = Progress {
        artists: BTreeSet::new(),
        seen: Seen::default(),
        trials: BTreeMap::new(),
        subjects: None,
        ..term.progress.clone()
    };
    let finish = Finish { state, progress, attempts: term.attempts, reason: reason.map(str::to_owned) };
    let finished = frontier.finish(&claim(term), &finish).await?;
    Ok(if finished { Stopped::Finished(state) } else { Stopped::Superseded })
}

/// The claim of whoever works this term.
pub fn claim(term: &Term) -> Claim {
    Claim { run: term.run.clone(), key: term.key(), generation: term.generation }
}
