//! Dispatch: from the frontier into the window.
//!
//! Which term is the most promising, [`yields`](crate::plan::Yields) say.
//!
//! One function, used by the seeder's tick and by a fetcher that has worked a batch. The move `ready` -> `sent` is
//! conditional, so any number of dispatchers may run at once; a crash between the move and the send leaves a lease that
//! ends, and [`give_back_expired`] makes the term ready again.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::plan::{Yields, all_years};
use crate::ports::{Claim, Clock, Frontier, Overview, PortError, Ranked, Scheduling, Window};
use crate::settings::Settings;
use crate::term::{Lane, Question, RunId, Source, Sources, TermKey, TermState};

/// What a dispatch found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Terms that were in the window before.
    pub in_window: usize,
    /// Terms that were sent.
    pub sent: usize,
    /// Terms that were ready, as far as there was room for them.
    pub ready: usize,
}

/// Terms that are claimed before their messages are sent: what one call to the queue takes. A dispatcher that ends in between
/// leaves no more than these to their leases.
const CLAIMS: usize = 10;

/// Fills the window with the terms that are expected to bring most, of all sources whose bucket is not held. Nothing is
/// claimed that could not be sent before `deadline`.
pub async fn dispatch<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: &RunId,
    overview: &Overview,
    deadline: Timestamp,
) -> Result<Dispatched, PortError> {
    let in_window = ports.frontier().count(run, Lane::SENT, settings.window).await?;
    let room = settings.window.saturating_sub(in_window);
    let mut dispatched = Dispatched { in_window, ..Dispatched::default() };
    if room == 0 {
        return Ok(dispatched);
    }
    let mut ready = Vec::new();
    for source in live_sources(settings, overview) {
        let lane = ports.frontier().lane(run, Lane::Ready(source), room).await?;
        dispatched.ready += lane.len();
        ready.extend(lane.into_iter().map(|term| Candidate { source, key: term.key, forecast: term.rank }));
    }
    let now = ports.clock().now();
    ready.retain(|term| !is_held(&term.key, overview, now));
    hydrate_last(&mut ready, in_window);
    trials_first(ports, overview, &mut ready).await?;
    search_first(&mut ready, &overview.yields(), settings.sources);
    for keys in best(ready, &overview.yields(), room).chunks(CLAIMS) {
        let mut claims = Vec::with_capacity(CLAIMS);
        for key in keys {
            let now = ports.clock().now();
            if now + settings.request_time > deadline {
                break;
            }
            claims.extend(ports.frontier().send(run, key, now + settings.lease_time()).await?);
        }
        dispatched.sent += send(ports, &claims).await?;
    }
    Ok(dispatched)
}

/// A ready term.
struct Candidate {
    source: Source,
    key: TermKey,
    /// New artists that its next request is expected to bring, before that is calibrated.
    forecast: f64,
}

/// The sources that the run is worked for: those that are wanted and not spent, and the search, among whose terms is the one
/// that begins the others.
pub fn live_sources(settings: &Settings, overview: &Overview) -> impl Iterator<Item = Source> {
    let sources = settings.sources;
    let yields = overview.yields();
    let is_live = move |source: &Source| {
        *source == Source::Search || sources.has(*source) && !yields.is_spent(*source, sources)
    };
    Source::ALL.into_iter().filter(is_live)
}

/// Searches wait for the one that finds out what search understands: terms that are split before that is known are split by
/// worse means, and cost requests in the whole run.
async fn trials_first<P: Scheduling>(
    ports: &P,
    overview: &Overview,
    ready: &mut Vec<Candidate>,
) -> Result<(), PortError> {
    let operators = overview.operators();
    if operators.not.is_some() && operators.quotes.is_some() {
        return Ok(());
    }
    let Some(run) = overview.open_run() else { return Ok(()) };
    let Some(trials) = all_years::term(run) else { return Ok(()) };
    let key = Question::Search(trials).key();
    let trials = ports.frontier().get(&run.id, &key).await?;
    if trials.is_some_and(|term| matches!(term.state, TermState::Ready | TermState::Sent)) {
        let is_search =
            |term: &Candidate| term.source == Source::Search && term.key.as_str().starts_with("search:");
        ready.retain(|term| term.key == key || !is_search(term));
    }
    Ok(())
}

/// Artists are completed when nothing else can be asked: by then the most of them wait, and their batches are full.
fn hydrate_last(ready: &mut Vec<Candidate>, in_window: usize) {
    if in_window > 0 || ready.iter().any(|term| term.source != Source::Hydrate) {
        ready.retain(|term| term.source != Source::Hydrate);
    }
}

fn is_held(key: &TermKey, overview: &Overview, now: Timestamp) -> bool {
    let bucket = Question::parse(key.as_str()).map(|question| question.bucket());
    bucket.is_ok_and(|bucket| overview.pace.held_at(bucket, now).is_some())
}

/// Beside the search for everything, terms of sources that are hardly tried or that do not compete with it wait as long as
/// there are others; but each source that is hardly tried yet keeps its best term.
fn search_first(ready: &mut Vec<Candidate>, yields: &Yields, sources: Sources) {
    let competes = |term: &Candidate| {
        yields.competes(term.source, yields.calibrated(term.source, term.forecast), sources)
    };
    if ready.iter().any(|term| sources.has(Source::Search) && competes(term)) {
        // Lanes come best first.
        let mut tried = BTreeSet::new();
        ready.retain(|term| competes(term) || yields.is_untried(term.source) && tried.insert(term.source));
    }
}

/// The `room` terms that are worth most, and before them one of each source that is hardly tried yet.
fn best(mut ready: Vec<Candidate>, yields: &Yields, room: usize) -> Vec<TermKey> {
    let worth = |term: &Candidate| yields.calibrated(term.source, term.forecast);
    ready.sort_by(|a, b| worth(b).total_cmp(&worth(a)));
    let mut tried = BTreeSet::new();
    let (trials, others): (Vec<_>, Vec<_>) =
        ready.into_iter().partition(|term| yields.is_untried(term.source) && tried.insert(term.source));
    trials.into_iter().chain(others).take(room).map(|term| term.key).collect()
}

/// Sends the messages; a term whose message was not accepted is ready again at once.
async fn send<P: Scheduling>(ports: &P, claims: &[Claim]) -> Result<usize, PortError> {
    if claims.is_empty() {
        return Ok(0);
    }
    let refused = ports.window().send(claims).await?;
    for claim in &refused {
        ports.frontier().give_back(claim, None).await?;
    }
    Ok(claims.len() - refused.len())
}

/// Makes `sent` terms ready again whose lease has ended. Returns how many.
pub async fn give_back_expired<P: Scheduling>(
    ports: &P,
    run: &RunId,
    now: Timestamp,
) -> Result<usize, PortError> {
    let mut given_back = 0;
    for Ranked { key, .. } in ports.frontier().lane(run, Lane::SentUntil(now), 100).await? {
        let Some(term) = ports.frontier().get(run, &key).await? else { continue };
        let expired = term.lease_until.is_none_or(|until| until <= now);
        let claim = Claim { run: run.clone(), key, generation: term.generation };
        if expired && ports.frontier().give_back(&claim, None).await? {
            given_back += 1;
        }
    }
    Ok(given_back)
}

/// Whether every bucket that terms are asked from is held.
pub fn all_held(overview: &Overview, sources: Sources, now: Timestamp) -> bool {
    sources.buckets().all(|bucket| overview.pace.held_at(bucket, now).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Yield;

    fn candidate(source: Source, name: &str, forecast: f64) -> Candidate {
        let search = crate::term::SearchTerm::new(name).unwrap();
        Candidate { source, key: Question::Search(search).key(), forecast }
    }

    fn keys(ready: &[Candidate]) -> Vec<&str> {
        ready.iter().map(|term| term.key.as_str()).collect()
    }

    #[test]
    fn beside_the_search_others_wait_until_it_has_nothing_left_but_each_is_tried_now_and_then() {
        let sources: Sources = [Source::Search, Source::Genres, Source::Related].into_iter().collect();
        let mut yields = Yields::default();
        let brought = |requests, new| Yield {
            requests,
            new,
            forecast: new,
            asked: requests,
            found: new,
            ..Yield::default()
        };
        yields.add(Source::Search, brought(100.0, 3_000.0));
        yields.add(Source::Related, brought(10.0, 100.0));
        let others = || {
            vec![
                candidate(Source::Genres, "g1", 50.0),
                candidate(Source::Genres, "g2", 50.0),
                candidate(Source::Related, "r1", 20.0),
                candidate(Source::Related, "r2", 70.0),
            ]
        };
        let mut ready = others();
        ready.push(candidate(Source::Search, "s1", 0.1));
        search_first(&mut ready, &yields, sources);
        // Nothing is known of genres, so one is tried; of the related ones only what brings twice the search's average goes.
        assert_eq!(keys(&ready), ["search:g1", "search:r2", "search:s1"]);

        let mut ready: Vec<_> = others().into_iter().filter(|term| term.forecast < 60.0).collect();
        search_first(&mut ready, &yields, sources);
        assert_eq!(ready.len(), 3, "with nothing left to search for, nobody waits");
    }
}
