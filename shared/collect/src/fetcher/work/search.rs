//! Works a search: page after page, until its matches have ended or it is split.

use jiff::tz::TimeZone;

use super::everything;
use crate::catalogue::alphabet;
use crate::fetcher::ask::{Answer, Asking, Stopped};
use crate::fetcher::finish::finish;
use crate::fetcher::trials;
use crate::plan::split::{Means, Part, Split};
use crate::plan::{Capability, forecast, split};
use crate::ports::{Clock, Control, Fetching, Frontier, PortError};
use crate::term::{Progress, Question, SearchTerm, Source, Step, Term, TermState};
use crate::web_api::{Page, PageAsk, PageLimits};

/// The place of what is done when nothing is left that brings new artists.
const LAST: f64 = 0.01;

/// The residue of a term with exclusions in a run that could not try out whether they work.
const UNTRIED: &str = "whether its exclusions work could not be tried out";

/// A term that more windows of artists match than this is not split early while its rows are new: its parts will be
/// saturated too, so that few of the rows that they show again cost a request, and the best known artists come first.
const HUGE: f64 = 20.0;

/// The share of new rows at which a page counts as new.
const NEW: f64 = 0.9;

pub(super) async fn work_search<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: SearchTerm,
) -> Result<Stopped, PortError> {
    // Beside the search for everything, what a string cannot show is asked by narrower terms.
    if term.source == Source::Systematic && !asking.settings.sources.has(Source::Search) {
        return work_string(asking, term, &search).await;
    }
    let excludes = asking.capability.operators.excludes(&search);
    if excludes != Some(true) {
        // It was made by a run in which its exclusions worked. Without them it finds at least the same. If they are found to work
        // later in this run, others may count on this very term; so it counts as open where that is not settled.
        let plain = term.follow_up(Question::Search(search.including_all()), term.priority);
        let (state, reason) =
            if excludes.is_none() { (TermState::Open, Some(UNTRIED)) } else { (TermState::Split, None) };
        return finish(asking, term, vec![plain], state, reason).await;
    }
    if asking.capability.operators.not == Some(true)
        && term.progress == Progress::default()
        && let Some(alone) = split::without_other_roots(&search)
    {
        let alone = term.follow_up(Question::Search(alone), term.priority);
        return finish(asking, term, vec![alone], TermState::Split, None).await;
    }
    if !term.is_forecast() {
        return match everything::work(asking, term, &search).await? {
            Ok(end) => {
                let rest = end.rest.map(|(rest, expected)| term.follow_up(Question::Search(rest), expected));
                let mut follow_ups: Vec<Term> = rest.into_iter().collect();
                if leaves_are_not_all(asking) {
                    let roots = alphabet::roots().filter_map(|(_, c)| SearchTerm::new(&c.to_string()).ok());
                    follow_ups.extend(roots.map(|root| term.follow_up(Question::Search(root), LAST)));
                }
                finish(asking, term, follow_ups, end.state, end.reason).await
            }
            Err(stopped) => Ok(stopped),
        };
    }
    let dispatched_for = term.priority;
    let mut asked = false;
    loop {
        let limits = asking.capability.limits;
        let (offset, limit) = match term.progress.walk.step(limits, term.progress.artists.len()) {
            Step::Ask { offset, limit } => (offset, limit),
            Step::Saturated => return saturated(asking, term, &search).await,
            end => return ended(asking, term, end).await,
        };
        if asked {
            if splits_early(&term.progress, limits)
                && let Some(stopped) = split_early(asking, term, &search).await?
            {
                return Ok(stopped);
            }
            term.priority = forecast::next_page(&term.progress, limits, search.has_exclusions());
            if !asking.goes_on(term, dispatched_for.min(f64::from(limits.page))) {
                return Ok(Stopped::PutBack);
            }
        }
        match asking.search(term, &search, PageAsk { limit, offset }).await? {
            Answer::Page(page) => {
                learn(&mut term.progress, &search, limit, &page);
                if offset == 0
                    && term.progress.walk.looks_saturated(limits)
                    && let Some(stopped) = trials::try_on_saturated(asking, term, &search, &page).await?
                {
                    return Ok(stopped);
                }
            }
            Answer::AskAgain => continue,
            // Not every sign is a question to Spotify. Names of such signs are found by their years or not at all.
            Answer::Stopped(Stopped::Hopeless(error)) if split::asks_for_signs(&search) => {
                tracing::info!(%search, %error, "sign that cannot be asked for");
                return finish(asking, term, Vec::new(), TermState::Done, None).await;
            }
            Answer::Stopped(stopped) => return Ok(stopped),
        }
        asked = true;
    }
}

/// Whether the run has begun with leaves that were made without `NOT`, and `NOT` works now: such leaves rest on the characters
/// that were known then.
fn leaves_are_not_all<P>(asking: &Asking<'_, P>) -> bool {
    asking.guide.leaves_lack_not && asking.capability.operators.not == Some(true)
}

/// Works a term of the systematic search: page after page, and nothing else.
async fn work_string<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
) -> Result<Stopped, PortError> {
    loop {
        let limits = asking.capability.limits;
        let page = match term.progress.walk.step(limits, term.progress.artists.len()) {
            Step::Ask { offset, limit } => PageAsk { limit, offset },
            Step::Saturated => {
                let reason = "saturated, and the systematic search asks nothing narrower";
                return finish(asking, term, Vec::new(), TermState::Open, Some(reason)).await;
            }
            end => return ended(asking, term, end).await,
        };
        match asking.search(term, search, page).await? {
            Answer::Page(answer) => {
                term.progress.artists.extend(answer.artists.iter().map(|artist| artist.id.short_hash()));
                term.progress.walk.observe(page.limit, &answer, term.progress.artists.len());
            }
            Answer::AskAgain => {}
            Answer::Stopped(stopped) => return Ok(stopped),
        }
    }
}

/// Learns from a page.
fn learn(progress: &mut Progress, search: &SearchTerm, limit: u32, page: &Page) {
    for artist in &page.artists {
        progress.seen.learn(search, &artist.name);
        progress.artists.insert(artist.id.short_hash());
    }
    progress.walk.observe(limit, page, progress.artists.len());
}

/// Whether a term that is going to saturate has shown enough to be split: its parts need not wait for pages whose artists
/// they find again.
fn splits_early(progress: &Progress, limits: PageLimits) -> bool {
    let huge = total(progress, limits) > HUGE * f64::from(limits.window);
    let brings_new_rows = huge && forecast::fresh(progress) > NEW;
    !progress.parted
        && !brings_new_rows
        && progress.seen.names() >= forecast::SAMPLE
        && progress.walk.looks_saturated(limits)
}

/// Splits a term before its window is exhausted. Where its parts cover it, it is finished; otherwise its other pages are
/// asked when nothing better is left.
async fn split_early<P: Fetching>(
    asking: &Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
) -> Result<Option<Stopped>, PortError> {
    let split = divide(asking, term, search);
    let parts = follow_ups(term, &split.parts, asking.capability.limits);
    if split.covered {
        return finish(asking, term, parts, TermState::Split, None).await.map(Some);
    }
    asking.ports.frontier().put_new(&parts).await?;
    term.progress.parted = true;
    Ok(None)
}

/// How `term` is to be split.
fn divide<P: Fetching>(asking: &Asking<'_, P>, term: &Term, search: &SearchTerm) -> Split {
    let Capability { limits, operators } = *asking.capability;
    let this_year = asking.ports.clock().now().to_zoned(TimeZone::UTC).year();
    let means = Means { operators, window: limits.window, this_year };
    split::divide(search, &term.progress.seen, total(&term.progress, limits), means)
}

/// How many artists match a saturated term, as far as is known.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn total(progress: &Progress, limits: PageLimits) -> f64 {
    let beyond = 2.0 * f64::from(limits.window);
    progress.walk.promised().map_or(beyond, |promised| promised as f64).max(f64::from(limits.window))
}

fn follow_ups(term: &Term, parts: &[Part], limits: PageLimits) -> Vec<Term> {
    let apart = matches!(&term.question, Question::Search(search) if search.has_exclusions());
    let fresh = forecast::fresh_beyond(&term.progress, apart);
    let follow_up = |part: &Part| {
        let expected = forecast::first_page(part, fresh, limits);
        term.follow_up(Question::Search(part.term.clone()), expected)
    };
    parts.iter().map(follow_up).collect()
}

/// The window is exhausted, the matches are not.
async fn saturated<P: Fetching>(
    asking: &Asking<'_, P>,
    term: &Term,
    search: &SearchTerm,
) -> Result<Stopped, PortError> {
    let split = divide(asking, term, search);
    let limits = asking.capability.limits;
    let mut new = follow_ups(term, &split.parts, limits);
    if split.whole {
        new.extend(follow_ups(term, &pairs(asking.ports, term, search, limits).await?, limits));
    }
    // Whatever a genre hides, the search for everything asks for too.
    let elsewhere = search.genre().is_some() && asking.settings.sources.has(Source::Search);
    let residue = split.residue.filter(|_| !elsewhere);
    let state = if residue.is_some() { TermState::Open } else { TermState::Split };
    finish(asking, term, new, state, residue).await
}

/// The matches are exhausted.
async fn ended<P: Fetching>(asking: &Asking<'_, P>, term: &Term, end: Step) -> Result<Stopped, PortError> {
    if end == Step::Short {
        let reason = "Spotify promised more artists than it showed";
        return finish(asking, term, Vec::new(), TermState::Open, Some(reason)).await;
    }
    finish(asking, term, Vec::new(), TermState::Done, None).await
}

/// The term with each other saturated whole word of the run that was seen beside it.
async fn pairs<P: Fetching>(
    ports: &P,
    term: &Term,
    search: &SearchTerm,
    limits: PageLimits,
) -> Result<Vec<Part>, PortError> {
    let add = match (search.words(), search.whole()) {
        ([word], []) | ([], [word]) => Some(word.as_str()),
        _ => None,
    };
    let words = ports.control().saturated_words(&term.run, add).await?;
    Ok(split::pairs(search, &term.progress.seen, &words, total(&term.progress, limits)))
}
