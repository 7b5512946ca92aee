//! Dispatch: from the frontier into the window.
//!
//! One function, used by the seeder's tick and by a fetcher that has worked a batch. The move `ready` -> `sent` is
//! conditional, so any number of dispatchers may run at once; a crash between the move and the send leaves a lease that
//! ends, and [`give_back_expired`] makes the term ready again.

use jiff::Timestamp;

use crate::ports::{Claim, Clock, Frontier, Lane, Overview, PortError, Scheduling, Window};
use crate::run::RunId;
use crate::settings::Settings;
use crate::source::Sources;

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

/// Fills the window with the ready terms of highest priority whose bucket is not held.
pub async fn dispatch<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: &RunId,
    overview: &Overview,
) -> Result<Dispatched, PortError> {
    let in_window = ports.frontier().count_sent(run, settings.window).await?;
    let mut room = settings.window.saturating_sub(in_window);
    let mut dispatched = Dispatched { in_window, ..Dispatched::default() };
    for bucket in settings.sources.buckets() {
        if room == 0 || overview.pace.held_at(bucket, ports.clock().now()).is_some() {
            continue;
        }
        let ready = ports.frontier().lane(run, Lane::Ready(bucket), room).await?;
        let mut claims = Vec::with_capacity(ready.len());
        for key in &ready {
            let lease_until = ports.clock().now() + settings.lease_time();
            claims.extend(ports.frontier().send(run, key, lease_until).await?);
        }
        let sent = send(ports, &claims).await?;
        room -= sent.min(room);
        dispatched.ready += ready.len();
        dispatched.sent += sent;
    }
    Ok(dispatched)
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
    for key in ports.frontier().lane(run, Lane::SentUntil(now), 100).await? {
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
