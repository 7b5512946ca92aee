//! Working one term: ask page after page, collect the artists, split what is saturated, finish.
//!
//! The order of writes is the promise that nothing is lost: artists first, follow-up terms second, the term last, and only
//! then is its message deleted. Whatever ends the work before its last write leaves a term that is worked again; whatever
//! comes after it finds the term finished.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::pace::{NotNow, Permit, Permits};
use crate::paging::{PageLimits, Step};
use crate::ports::spotify::{SearchPage, SearchQuestion, Spotify, SpotifyError};
use crate::ports::{Artists, Claim, Clock, Control, Fetching, Finish, Frontier, PortError, Sighting};
use crate::refusal::{self, Policy};
use crate::settings::Settings;
use crate::split::{self, Split};
use crate::term::{Progress, Question, SearchTerm, Term, TermState};

/// Why the work on a term stopped.
#[derive(Clone, Debug, PartialEq)]
pub enum Stopped {
    /// It is finished.
    Finished(TermState),
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

/// Works `term` until it is finished or something stops it. What was learned stands in `term.progress` either way.
pub async fn work<P: Fetching>(
    ports: &P,
    settings: &Settings,
    permits: &mut Permits,
    limits: &mut PageLimits,
    term: &mut Term,
    deadline: Timestamp,
) -> Result<Stopped, PortError> {
    let Question::Search(search) = term.question.clone();
    loop {
        let (offset, limit) = match term.progress.walk.step(*limits, term.progress.artists.len()) {
            Step::Ask { offset, limit } => (offset, limit),
            end => return finish(ports, term, &search, end).await,
        };
        if ports.clock().now() + settings.request_time > deadline {
            return Ok(Stopped::OutOfTime);
        }
        let permit = match permits.take(ports).await? {
            Ok(permit) => permit,
            Err(not_now) => return Ok(Stopped::NotNow(not_now)),
        };
        let question = SearchQuestion { query: search.query(), limit, offset };
        match ports.spotify().search(&question).await {
            Ok(page) => take_in(ports, term, &search, limit, &page).await?,
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
    for artist in &page.artists {
        progress.seen.learn(search, &artist.name);
        progress.artists.insert(artist.id.short_hash());
    }
    progress.walk.observe(limit, page, progress.artists.len());
    // Attempts are for one request: a term of a hundred pages meets passing trouble more than once and is healthy.
    term.attempts = 0;
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
    if !matches!(policy, Policy::Hold(..)) {
        term.progress.tally.requests += 1;
    }
    Ok(match policy {
        Policy::Hold(limit, wait) => {
            let until = ports.clock().now() + wait;
            tracing::warn!(bucket = %permits.bucket(), hold_s = wait.as_secs(), %error, "hold");
            permits.refused(ports, permit, limit, until).await?;
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

/// Follow-up terms first, the term last.
async fn finish<P: Fetching>(
    ports: &P,
    term: &Term,
    search: &SearchTerm,
    end: Step,
) -> Result<Stopped, PortError> {
    let progress = Progress { artists: BTreeSet::new(), ..term.progress.clone() };
    let mut finish = Finish { state: TermState::Done, progress, attempts: term.attempts, reason: None };
    let mut follow_ups: Vec<Term> = Vec::new();
    follow_ups.extend(term.progress.seen.new_roots().map(|root| term.follow_up(Question::Search(root), 1.0)));
    match end {
        Step::Saturated => {
            let split = split::split(search, &term.progress.seen);
            follow_ups.extend(parts(ports, term, search, &split).await?);
            finish.state = if split.residue.is_some() { TermState::Open } else { TermState::Split };
            finish.reason = split.residue.map(str::to_owned);
        }
        Step::Short => {
            finish.state = TermState::Open;
            finish.reason = Some("Spotify promised more artists than it showed".to_owned());
        }
        Step::Exhausted | Step::Ask { .. } => {}
    }
    ports.frontier().put_new(&follow_ups).await?;
    let finished = ports.frontier().finish(&claim(term), &finish).await?;
    Ok(if finished { Stopped::Finished(finish.state) } else { Stopped::Superseded })
}

/// The terms that a saturated term is split into.
async fn parts<P: Fetching>(
    ports: &P,
    term: &Term,
    search: &SearchTerm,
    split: &Split,
) -> Result<Vec<Term>, PortError> {
    // What a part of the term brings at best is what the term itself brought.
    let expected = term.measured_yield().unwrap_or(term.priority);
    let longer = split.longer.iter().map(|part| (part.clone(), expected));
    let pairs = if split.paired { pairs(ports, term, search).await? } else { Vec::new() };
    let pairs = pairs.into_iter().map(|pair| (pair, expected / 4.0));
    Ok(longer.chain(pairs).map(|(part, expected)| term.follow_up(Question::Search(part), expected)).collect())
}

/// The term with each other saturated whole word of the run.
async fn pairs<P: Fetching>(
    ports: &P,
    term: &Term,
    search: &SearchTerm,
) -> Result<Vec<SearchTerm>, PortError> {
    let add = match search.words() {
        [word] => Some(word.as_str()),
        _ => None,
    };
    let words = ports.control().saturated_words(&term.run, add).await?;
    Ok(words.iter().filter_map(|word| search.with_word(word)).collect())
}

/// The claim of whoever works this term.
pub fn claim(term: &Term) -> Claim {
    Claim { run: term.run.clone(), key: term.key(), generation: term.generation }
}
