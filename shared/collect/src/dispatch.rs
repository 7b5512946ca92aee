//! Dispatch: from the frontier into the window.
//!
//! Which term is the most promising, [`yields`](crate::plan::Yields) say.
//!
//! One function, used by the seeder's tick and by a fetcher that has worked a batch. The move `ready` ->
//! `sent` is conditional, so any number of dispatchers may run at once; a crash between the move and the send
//! leaves a lease that ends, and [`give_back_expired`] makes the term ready again.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::plan::all_years;
use crate::plan::choice::{Candidate, Circumstances, choose};
use crate::ports::{Claim, Clock, Frontier, Overview, PortError, Ranked, Scheduling, Window};
use crate::settings::Settings;
use crate::term::{Lane, RunId, Source, Sources, TermKey};
use crate::web_api::Bucket;

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

/// Terms that are claimed before their messages are sent: what one call to the queue takes. A dispatcher that
/// ends in between leaves no more than these to their leases.
const CLAIMS: usize = 10;

/// Terms of a source among which one is looked for whose bucket is not held, where many better ones are.
const MOST_PASSED: usize = 1_000;

/// Fills the window with the terms that are expected to bring most, of all sources whose bucket is not held.
/// Nothing is claimed that could not be sent before `deadline`.
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
    let held = overview.held(ports.clock().now());
    for source in live_sources(settings, overview) {
        let lane = best_of(ports, run, source, room, &held).await?;
        dispatched.ready += lane.len();
        ready.extend(lane);
    }
    let circumstances = Circumstances {
        sources: settings.sources,
        yields: &overview.yields(),
        held: &held,
        trials: unfinished_trials(ports, overview).await?,
        in_window,
        room,
    };
    for keys in choose(ready, &circumstances).chunks(CLAIMS) {
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

/// The best terms of a source that are ready, with at least `room` among them whose bucket is not held, as
/// far as the best [`MOST_PASSED`] have so many.
async fn best_of<P: Scheduling>(
    ports: &P,
    run: &RunId,
    source: Source,
    room: usize,
    held: &BTreeSet<Bucket>,
) -> Result<Vec<Candidate>, PortError> {
    let mut most = room;
    loop {
        let lane = ports.frontier().lane(run, Lane::Ready(source), most).await?;
        let is_whole = lane.len() < most;
        let ready = lane.into_iter().map(|term| Candidate::new(source, term.key, term.rank));
        let ready: Vec<Candidate> = ready.collect();
        let free = ready.iter().filter(|term| !term.is_held(held)).count();
        if is_whole || free >= room || most >= MOST_PASSED {
            return Ok(ready);
        }
        most = MOST_PASSED.max(room);
    }
}

/// The sources that the run uses: those that are enabled and not spent, and the search, among whose
/// terms is the one that begins the others.
pub fn live_sources(settings: &Settings, overview: &Overview) -> impl Iterator<Item = Source> {
    let sources = settings.sources;
    let yields = overview.yields();
    let is_live = move |source: &Source| {
        *source == Source::Search || sources.has(*source) && !yields.is_spent(*source, sources)
    };
    Source::ALL.into_iter().filter(is_live)
}

/// The term that finds out what search understands, while that is not known yet: the other searches wait for
/// it.
async fn unfinished_trials<P: Scheduling>(
    ports: &P,
    overview: &Overview,
) -> Result<Option<TermKey>, PortError> {
    let operators = overview.operators();
    if operators.not.is_some() && operators.quotes.is_some() {
        return Ok(None);
    }
    let Some(run) = overview.open_run() else { return Ok(None) };
    let Some(key) = all_years::key(run) else { return Ok(None) };
    let trials = ports.frontier().get(&run.id, &key).await?;
    Ok(trials.filter(|term| !term.state.is_finished()).map(|_| key))
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
    give_back_leased(ports, run, now, 100).await
}

/// Makes up to `most` terms ready again that are `sent` with a lease that ends by `end`, whether it has ended
/// or not. Returns how many. If a message of one is still on its way, or a fetcher works on it, both are of
/// an earlier dispatch from then on, and change nothing.
pub(crate) async fn give_back_leased<P: Scheduling>(
    ports: &P,
    run: &RunId,
    end: Timestamp,
    most: usize,
) -> Result<usize, PortError> {
    let mut given_back = 0;
    for Ranked { key, .. } in ports.frontier().lane(run, Lane::SentUntil(end), most).await? {
        let term = match ports.frontier().get(run, &key).await {
            Ok(Some(term)) => term,
            Ok(None) => continue,
            Err(error @ (PortError::Newer { .. } | PortError::Corrupt { .. })) => {
                // It is left alone, and must not keep the others from being given back.
                tracing::error!(%key, %error, "term that cannot be read is not given back");
                continue;
            }
            Err(error) => return Err(error),
        };
        let expired = term.lease_until.is_none_or(|until| until <= end);
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
