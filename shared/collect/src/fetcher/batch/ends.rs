//! How a message ends: what is written to its term, and what happens to the message.

use std::time::Duration;

use crate::fetcher::driver::claim;
use crate::fetcher::outcome::Outcome;
use crate::ports::{DeadLetter, Delivery, Fetching, Finish, Frontier, Kept, PortError, Window};
use crate::term::{Term, TermState};
use crate::web_api::SpotifyError;

/// How long a message is hidden when the tables could not be reached.
pub(super) const PORT_TROUBLE_WAIT: Duration = Duration::from_secs(20);

/// A term after it was driven, and the message that asked for it.
pub(super) struct Driven<'a> {
    pub(super) delivery: &'a Delivery,
    pub(super) term: Term,
    /// Whether there is progress that is not saved yet.
    pub(super) changed: bool,
}

/// Back to the frontier, at the place that the term's priority gives it now.
pub(super) async fn put_back<P: Fetching>(
    ports: &P,
    driven: Driven<'_>,
    outcome: Outcome,
) -> Result<Outcome, PortError> {
    let kept = Kept {
        progress: &driven.term.progress,
        tally: driven.term.tally,
        priority: driven.term.priority,
        attempts: driven.term.attempts,
    };
    let parked = ports.frontier().give_back(&claim(&driven.term), Some(kept)).await?;
    Ok(if parked { outcome } else { Outcome::Stale })
}

/// A term whose endpoint closed in the middle of a run: it stays open, and the run's report says so.
pub(super) async fn close<P: Fetching>(
    ports: &P,
    driven: Driven<'_>,
    error: &SpotifyError,
) -> Result<Outcome, PortError> {
    let term = &driven.term;
    let finish = Finish {
        state: TermState::Open,
        progress: term.progress.clone(),
        tally: term.tally,
        attempts: term.attempts,
        reason: Some(format!("{} is closed to this app", error.evidence().endpoint)),
    };
    let finished = ports.frontier().finish(&claim(term), &finish).await?;
    Ok(if finished { Outcome::Finished(TermState::Open) } else { Outcome::Stale })
}

/// The dead letter first: a crash in between repeats it, and loses nothing.
pub(super) async fn give_up<P: Fetching>(
    ports: &P,
    driven: Driven<'_>,
    reason: String,
) -> Result<Outcome, PortError> {
    let Driven { delivery, term, .. } = driven;
    let letter = DeadLetter::new(&reason, &delivery.body, term.attempts);
    ports.window().set_aside(&letter).await?;
    let finish = Finish {
        state: TermState::Failed,
        progress: term.progress.clone(),
        tally: term.tally,
        attempts: term.attempts,
        reason: Some(letter.reason),
    };
    let finished = ports.frontier().finish(&claim(&term), &finish).await?;
    Ok(if finished { Outcome::Finished(TermState::Failed) } else { Outcome::Stale })
}

pub(super) async fn set_aside<P: Fetching>(
    ports: &P,
    delivery: &Delivery,
    reason: String,
    attempts: u32,
) -> Result<Outcome, PortError> {
    let letter = DeadLetter::new(&reason, &delivery.body, attempts);
    ports.window().set_aside(&letter).await?;
    Ok(Outcome::SetAside(letter.reason))
}

/// Receives after which trouble with the tables counts as lasting.
const LASTING_TROUBLE: u32 = 100;

/// How long a message is hidden then: the thousand receives that the queue allows take ten days.
const LASTING_TROUBLE_WAIT: Duration = Duration::from_mins(15);

/// The tables could not be used: the message comes back later. If hiding it fails too, the queue's own
/// timeout brings it. A queue sets aside what was received too often, and a healthy term must not end so.
pub(super) async fn put_off<P: Fetching>(ports: &P, delivery: &Delivery, error: PortError) -> Outcome {
    let is_lasting = delivery.receive_count > LASTING_TROUBLE;
    let wait = if is_lasting { LASTING_TROUBLE_WAIT } else { PORT_TROUBLE_WAIT };
    if let Err(second) = ports.window().defer(delivery, wait).await {
        tracing::warn!(error = %second, "message not hidden");
    }
    Outcome::Undecided(error)
}
