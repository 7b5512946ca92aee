//! The operators of a search, and the trials that find out whether they work.
//!
//! Nothing about them is taken for granted: each is tried out in every run before anything rests on it, by a question
//! whose answer tells.

use jiff::tz::TimeZone;

use crate::catalogue::alphabet;
use crate::fetcher::ask::{Answer, Asking, Stopped};
use crate::plan::OperatorFinding;
use crate::plan::trials::{FEWEST, filters, is_most, kept};
use crate::ports::{Clock, Control, Fetching, PortError};
use crate::settings::MAX_ATTEMPTS;
use crate::term::{Operator, Operators, RunId, SearchTerm, Term, Years};
use crate::web_api::{Page, PageAsk};

/// How often a term that is not there for trials asks a question of one.
const TRIES: u32 = 3;

/// Asks for the first page of `question` on behalf of `term`, up to `most_tries` times at once if there is trouble. A question
/// that is refused for good is answered too: it is not understood, and brings nothing.
async fn try_out<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    question: &SearchTerm,
    most_tries: u32,
) -> Result<Result<Page, Stopped>, PortError> {
    let last_page = term.progress.last_page;
    let mut tries = 0;
    loop {
        let limit = asking.capability.limits.page.min(asking.capability.limits.window);
        let answer = asking.search(term, question, PageAsk { limit, offset: 0 }).await?;
        // The trial says nothing of how new the term's own rows are.
        term.progress.last_page = last_page;
        tries += 1;
        return Ok(match answer {
            Answer::Page(page) => Ok(page),
            Answer::Stopped(Stopped::Hopeless(_)) => Ok(Page::default()),
            Answer::AskAgain => continue,
            Answer::Stopped(Stopped::Trouble(_)) if tries < most_tries => continue,
            Answer::Stopped(stopped) => Err(stopped),
        });
    }
}

/// The same for a term of several questions: what was answered before an interruption is not asked again, so that it comes to
/// its end under the slowest pace. For the same reason trouble is an attempt of the term at once: tries are forgotten when the
/// work on it is interrupted, attempts are not.
pub(crate) async fn try_once<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    question: &SearchTerm,
) -> Result<Result<Page, Stopped>, PortError> {
    let query = question.query();
    if let Some(answered) = term.progress.trials.get(&query) {
        return Ok(Ok(answered.into()));
    }
    let answer = try_out(asking, term, question, 1).await?;
    if let Ok(page) = &answer {
        term.progress.trials.insert(query, page.into());
    }
    Ok(answer)
}

/// Whether the term would be given up after one more failure. A question of a trial that only ever meets trouble is left before
/// that: the term has nothing wrong.
pub(crate) fn is_last_attempt(term: &Term) -> bool {
    term.attempts + 1 >= MAX_ATTEMPTS
}

/// Keeps a finding for the run.
pub(crate) async fn note<P: Fetching>(
    asking: &mut Asking<'_, P>,
    run: &RunId,
    operator: Operator,
    works: bool,
) -> Result<(), PortError> {
    tracing::info!(operator = operator.name(), works, "operator tried out");
    let finding = OperatorFinding::new(works, run, asking.ports.clock().now());
    asking.ports.control().note_operator(operator, &finding).await?;
    asking.capability.operators.note(operator, works);
    Ok(())
}

/// Tries out what splitting `search`, a saturated term whose first page is `plain`, needs to know: of a word whether `NOT`
/// excludes, and if not, whether quotes ask for whole words; of a genre whether years filter. Where the pages say nothing,
/// it stays open until the next term is tried.
pub(crate) async fn try_on_saturated<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
    plain: &Page,
) -> Result<Option<Stopped>, PortError> {
    if search.genre().is_some() && search.words().is_empty() {
        return try_on_genre(asking, term, search, plain).await;
    }
    try_on_word(asking, term, search, plain).await
}

/// Whether years filter: all years must show nearly everybody of the genre, and early ones others.
async fn try_on_genre<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
    plain: &Page,
) -> Result<Option<Stopped>, PortError> {
    if asking.capability.operators.years.is_some() || search.years().is_some() {
        return Ok(None);
    }
    let years = Years::until(asking.ports.clock().now().to_zoned(TimeZone::UTC).year());
    let early = years.cut().map(|[early, _]| early);
    let questions = [Some(years), early].map(|years| search.released(years?));
    let mut pages = Vec::new();
    for question in questions.into_iter().flatten() {
        match try_out(asking, term, &question, TRIES).await? {
            Ok(page) => pages.push(page),
            Err(Stopped::Trouble(_)) => return Ok(None),
            Err(stopped) => return Ok(Some(stopped)),
        }
    }
    let [all, early] = pages.as_slice() else { return Ok(None) };
    let keeps = is_most(kept(plain, all), plain.artists.len());
    let filters = early.artists.len() >= FEWEST && !is_most(kept(all, early), all.artists.len());
    // A genre may be too young for early years to show anybody; that says nothing of the filter.
    if keeps && filters {
        note(asking, &term.run, Operator::Years, true).await?;
    }
    Ok(None)
}

async fn try_on_word<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
    plain: &Page,
) -> Result<Option<Stopped>, PortError> {
    let ([word], true) = (search.words(), !search.has_exclusions()) else { return Ok(None) };
    if !word.starts_with(|c: char| c.is_ascii_alphanumeric()) || search.years().is_some() {
        return Ok(None);
    }
    let others = alphabet::letters().filter(|c| !word.starts_with(*c)).map(String::from);
    let Operators { not, quotes, .. } = asking.capability.operators;
    let (operator, question) = match (not, quotes) {
        (None, _) => (Operator::Not, search.excluding(others)),
        (Some(false), None) => (Operator::Quotes, search.ending(0)),
        _ => return Ok(None),
    };
    let Some(question) = question else { return Ok(None) };
    let page = match try_out(asking, term, &question, TRIES).await? {
        Ok(page) => page,
        // Trouble with the trial is none of the term's: another term will try.
        Err(Stopped::Trouble(_)) => return Ok(None),
        Err(stopped) => return Ok(Some(stopped)),
    };
    if let Some(works) = filters(&question, plain, &page) {
        note(asking, &term.run, operator, works).await?;
    }
    Ok(None)
}
