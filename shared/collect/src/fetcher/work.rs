//! Working one term: ask page after page, collect the artists, split what is saturated, finish.
//!
//! The order of writes is the promise that nothing is lost: artists first, follow-up terms second, the term last, and only
//! then is its message deleted. Whatever ends the work before its last write leaves a term that is worked again; whatever
//! comes after it finds the term finished.

mod everything;
mod explore;
mod hydrate;
mod listing;
mod refresh;
mod sample;
mod search;

use self::explore::explore;
use self::hydrate::hydrate;
use self::listing::list;
use self::search::work_search;
use crate::fetcher::ask::{Asking, Stopped};
use crate::fetcher::finish::finish;
use crate::ports::{Fetching, PortError};
use crate::term::{Question, Term};

/// Works `term` as long as its next page is expected to bring about what it was dispatched for, or until something stops
/// it. What was learned stands in `term.progress` and `term.priority` either way.
pub(crate) async fn work<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
) -> Result<Stopped, PortError> {
    match term.question.clone() {
        Question::Search(search) => work_search(asking, term, search).await,
        Question::Capabilities => explore(asking, term).await,
        Question::Hydrate(_) => hydrate(asking, term).await,
        Question::Stale => refresh::find(asking, term).await,
        Question::Refresh(ids) => refresh::work(asking, term, ids).await,
        Question::Sample(number) => match sample::work(asking, term, number).await? {
            Ok(state) => finish(asking, term, Vec::new(), state, None).await,
            Err(stopped) => Ok(stopped),
        },
        _ => list(asking, term).await,
    }
}
