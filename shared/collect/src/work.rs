//! Working one term: ask page after page, collect the artists, split what is saturated, finish.
//!
//! The order of writes is the promise that nothing is lost: artists first, follow-up terms second, the term last, and only
//! then is its message deleted. Whatever ends the work before its last write leaves a term that is worked again; whatever
//! comes after it finds the term finished.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::forecast;
use crate::pace::{NotNow, Permit, Permits};
use crate::paging::{PageLimits, Step};
use crate::ports::spotify::{SearchPage, SearchQuestion, Spotify, SpotifyError};
use crate::ports::{Artists, Claim, Clock, Control, Fetching, Finish, Frontier, PortError, Sighting};
use crate::refusal::{self, Policy};
use crate::seen::Seen;
use crate::settings::Settings;
use crate::split::{self, Part};
use crate::term::{LastPage, Progress, Question, SearchTerm, Term, TermState};

/// A term is put back when its next page is expected to bring less than this share of what it was dispatched for: others
/// are likely to bring more.
const PATIENCE: f64 = 0.8;

/// Names that must have been seen before a term is split without having been paged to the end of the window.
const SAMPLE: u32 = 50;

/// Why the work on a term stopped.
#[derive(Clone, Debug, PartialEq)]
pub enum Stopped {
    /// It is finished.
    Finished(TermState),
    /// Other terms are expected to bring more: back to the frontier.
    PutBack,
    /// Somebody else dispatched or finished it meanwhile.
    Superseded,
    /// No request may leave now.
    NotNow(NotNow),
    /// The function's time is nearly over.
    OutOfTime,
    /// A real failure: try again later.
    Trouble(SpotifyError),
    /// The question itself is wrong, or its subject is gone: give it up.
    Hopeless(SpotifyError),
    /// Nothing more can be asked in this run.
    RunOver(SpotifyError),
}

/// Works `term` as long as its next page is expected to bring about what it was dispatched for, or until something stops
/// it. What was learned stands in `term.progress` and `term.priority` either way.
pub async fn work<P: Fetching>(
    ports: &P,
    settings: &Settings,
    permits: &mut Permits,
    limits: &mut PageLimits,
    term: &mut Term,
    deadline: Timestamp,
) -> Result<Stopped, PortError> {
    let Question::Search(search) = term.question.clone();
    let least = PATIENCE * term.priority;
    let mut asked = false;
    loop {
        let (offset, limit) = match term.progress.walk.step(*limits, term.progress.artists.len()) {
            Step::Ask { offset, limit } => (offset, limit),
            end => return finish(ports, term, &search, *limits, end).await,
        };
        if asked {
            part_early(ports, term, &search, *limits).await?;
            term.priority = forecast::next_page(&term.progress, *limits);
            if term.priority < least {
                return Ok(Stopped::PutBack);
            }
        }
        if ports.clock().now() + settings.request_time > deadline {
            return Ok(Stopped::OutOfTime);
        }
        let permit = match permits.take(ports).await? {
            Ok(permit) => permit,
            Err(not_now) => return Ok(Stopped::NotNow(not_now)),
        };
        let question = SearchQuestion { query: search.query(), limit, offset };
        match ports.spotify().search(&question).await {
            Ok(page) => {
                take_in(ports, term, &search, limit, &page).await?;
                asked = true;
            }
            Err(error) => {
                if let Some(stopped) = refused(ports, permits, limits, term, permit, error).await? {
                    return Ok(stopped);
                }
            }
        }
    }
}

/// Collects the artists of a page and learns from them.
async fn take_in<P: Fetching>(
    ports: &P,
    term: &mut Term,
    search: &SearchTerm,
    limit: u32,
    page: &SearchPage,
) -> Result<(), PortError> {
    let sighting = Sighting { run: term.run.clone(), term: term.key(), at: ports.clock().now() };
    let upserted = ports.artists().upsert(&page.artists, &sighting).await?;
    let progress = &mut term.progress;
    progress.tally.requests += 1;
    progress.tally.rows += page.rows;
    progress.tally.new += upserted.new;
    progress.tally.changed += upserted.changed;
    progress.last_page = LastPage { rows: page.rows, new: upserted.new };
    for artist in &page.artists {
        progress.seen.learn(search, &artist.name);
        progress.artists.insert(artist.id.short_hash());
    }
    progress.walk.observe(limit, page, progress.artists.len());
    Ok(())
}

/// Acts on an error; `None` means that the term can go on at once.
async fn refused<P: Fetching>(
    ports: &P,
    permits: &mut Permits,
    limits: &mut PageLimits,
    term: &mut Term,
    permit: Permit,
    error: SpotifyError,
) -> Result<Option<Stopped>, PortError> {
    let policy = refusal::policy(&error, *limits);
    if !matches!(policy, Policy::Hold(_)) {
        term.progress.tally.requests += 1;
    }
    Ok(match policy {
        Policy::Hold(wait) => {
            let until = ports.clock().now() + wait;
            tracing::warn!(bucket = %permits.bucket(), hold_s = wait.as_secs(), %error, "hold");
            permits.refused(ports, permit, until).await?;
            Some(Stopped::NotNow(NotNow::Held(until)))
        }
        Policy::Narrow(narrower) => {
            tracing::info!(page = narrower.page, window = narrower.window, %error, "page limits found out");
            ports.control().limit_pages(narrower).await?;
            *limits = narrower;
            None
        }
        Policy::TryAgain => Some(Stopped::Trouble(error)),
        Policy::GiveUp => Some(Stopped::Hopeless(error)),
        Policy::EndRun => Some(Stopped::RunOver(error)),
    })
}

/// Puts the parts of a term that is going to saturate into the frontier as soon as enough of its names were seen: they
/// need not wait for pages whose artists they find again.
async fn part_early<P: Fetching>(
    ports: &P,
    term: &mut Term,
    search: &SearchTerm,
    limits: PageLimits,
) -> Result<(), PortError> {
    let progress = &term.progress;
    if progress.parted || progress.seen.names() < SAMPLE || !progress.walk.looks_saturated(limits) {
        return Ok(());
    }
    let split = split::split(search, &progress.seen, total(term, limits));
    ports.frontier().put_new(&follow_ups(term, &split.longer, limits)).await?;
    term.progress.parted = true;
    Ok(())
}

/// How many artists match a saturated term, as far as is known.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn total(term: &Term, limits: PageLimits) -> f64 {
    let beyond = 2.0 * f64::from(limits.window);
    term.progress.walk.promised().map_or(beyond, |promised| promised as f64).max(f64::from(limits.window))
}

fn follow_ups(term: &Term, parts: &[Part], limits: PageLimits) -> Vec<Term> {
    let fresh = forecast::fresh(&term.progress);
    let follow_up = |part: &Part| {
        let expected = forecast::first_page(part, fresh, limits);
        term.follow_up(Question::Search(part.term.clone()), expected)
    };
    parts.iter().map(follow_up).collect()
}

/// Follow-up terms first, the term last.
async fn finish<P: Fetching>(
    ports: &P,
    term: &Term,
    search: &SearchTerm,
    limits: PageLimits,
    end: Step,
) -> Result<Stopped, PortError> {
    let progress = Progress { artists: BTreeSet::new(), seen: Seen::default(), ..term.progress.clone() };
    let mut finish = Finish { state: TermState::Done, progress, attempts: term.attempts, reason: None };
    let mut new: Vec<Term> = Vec::new();
    new.extend(term.progress.seen.new_roots().map(|root| term.follow_up(Question::Search(root), 1.0)));
    match end {
        Step::Saturated => {
            let split = split::split(search, &term.progress.seen, total(term, limits));
            if !term.progress.parted {
                new.extend(follow_ups(term, &split.longer, limits));
            }
            if split.whole {
                new.extend(follow_ups(term, &pairs(ports, term, search, limits).await?, limits));
            }
            finish.state = if split.residue.is_some() { TermState::Open } else { TermState::Split };
            finish.reason = split.residue.map(str::to_owned);
        }
        Step::Short => {
            finish.state = TermState::Open;
            finish.reason = Some("Spotify promised more artists than it showed".to_owned());
        }
        Step::Exhausted | Step::Ask { .. } => {}
    }
    ports.frontier().put_new(&new).await?;
    let finished = ports.frontier().finish(&claim(term), &finish).await?;
    Ok(if finished { Stopped::Finished(finish.state) } else { Stopped::Superseded })
}

/// The term with each other saturated whole word of the run that was seen beside it.
async fn pairs<P: Fetching>(
    ports: &P,
    term: &Term,
    search: &SearchTerm,
    limits: PageLimits,
) -> Result<Vec<Part>, PortError> {
    let add = match search.words() {
        [word] => Some(word.as_str()),
        _ => None,
    };
    let words = ports.control().saturated_words(&term.run, add).await?;
    Ok(split::pairs(search, &term.progress.seen, &words, total(term, limits)))
}

/// The claim of whoever works this term.
pub fn claim(term: &Term) -> Claim {
    Claim { run: term.run.clone(), key: term.key(), generation: term.generation }
}
