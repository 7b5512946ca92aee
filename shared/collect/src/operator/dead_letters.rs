//! Dead letters: what was given up, for the operator to read, and to send again once the cause is mended.
//!
//! A fetcher that gives a term up puts a letter with the reason beside the queue and calls the term `failed`.
//! [`redrive`] makes such a term ready again, in its run, as long as that is open; the next dispatch sends it
//! like any other, and the run is not closed before. A letter goes away only when its term is on its way
//! again or has been answered, so whatever happens in between, it is still there: also that of a run which
//! was closed at the same moment.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use crate::ports::{
    Claim, Control, DeadLetter, DeadLetters, Finish, Frontier, PortError, ReceivedDeadLetter, Revival,
    TermMessage,
};
use crate::term::{RunId, Term, TermKey, TermState};

/// How long a letter is hidden at most while somebody looks at it; when that ends well it is shown again at
/// once.
const HIDE: Duration = Duration::from_mins(5);

/// Letters that are shown again at once: each takes a request, and there may be hundreds.
const AT_ONCE: usize = 10;

/// A letter, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Identity of the message in the queue of the dead letters.
    pub id: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Why the message was given up, in a sentence.
    pub reason: String,
    /// The term that the message asked for; `None` if the message could not be read.
    pub term: Option<TermMessage>,
    /// Real failures before it was given up; `None` if the queue itself has moved the message.
    pub attempts: Option<u32>,
    /// The message as it came.
    pub body: String,
}

impl Letter {
    /// Reads a letter of a fetcher, or a message that the queue has moved after its last receive.
    pub fn read(received: &ReceivedDeadLetter) -> Self {
        let (reason, body, attempts) = match serde_json::from_str::<DeadLetter>(&received.body) {
            Ok(letter) => (letter.reason, letter.body, Some(letter.attempts)),
            Err(_) => ("received too often without being finished".to_owned(), received.body.clone(), None),
        };
        let term = serde_json::from_str(&body).ok();
        Self { id: received.id.clone(), sent_at: received.sent_at, reason, term, attempts, body }
    }

    /// How long it has been lying there.
    pub fn age(&self, now: Timestamp) -> Duration {
        Duration::try_from(now.duration_since(self.sent_at)).unwrap_or_default()
    }
}

/// What a redrive did about a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redriven {
    /// Its term is ready: the next dispatch sends it. The letter is gone.
    Ready,
    /// Its term is past the failure that the letter tells of, and is in this state now. The letter is gone.
    Settled(TermState),
    /// Its term is being worked; the letter stays until that has ended.
    Working,
    /// The run of its term was stopped and can be resumed; the letter stays.
    RunStopped(RunId),
    /// The run of its term is over and asks nothing more; the letter stays.
    RunOver(RunId),
    /// There is no term to send, for this reason; the letter stays.
    NoTerm(String),
}

impl Redriven {
    /// Whether the letter has served its purpose.
    fn removes_letter(&self) -> bool {
        matches!(self, Self::Ready | Self::Settled(_))
    }
}

/// All letters, the oldest first. They are hidden from others while this reads them, and shown again at its
/// end.
pub async fn list<L: DeadLetters>(letters: &L) -> Result<Vec<Letter>, PortError> {
    read_all(letters, usize::MAX).await
}

/// Letters, at least `most` if there are as many, the oldest of them first, each with what [`redrive`] would
/// do about it now. They are hidden from others while this reads them, and shown again at its end.
pub async fn preview<C, F, L>(
    control: &C,
    frontier: &F,
    letters: &L,
    most: usize,
) -> Result<Vec<(Letter, Redriven)>, PortError>
where
    C: Control,
    F: Frontier,
    L: DeadLetters,
{
    let mut previewed = Vec::new();
    for letter in read_all(letters, most).await? {
        let would = match judge(control, frontier, &letter).await? {
            Verdict::Revive(_) => Redriven::Ready,
            Verdict::Leave(what) => what,
        };
        previewed.push((letter, would));
    }
    Ok(previewed)
}

/// Letters, read and shown again.
async fn read_all<L: DeadLetters>(letters: &L, most: usize) -> Result<Vec<Letter>, PortError> {
    let received = receive_all(letters, most).await?;
    release_all(letters, &received).await?;
    Ok(received.iter().map(Letter::read).collect())
}

/// Makes the terms of all letters ready again, or of those about the term `only`. Says what became of each
/// letter, the oldest first.
pub async fn redrive<C, F, L>(
    control: &C,
    frontier: &F,
    letters: &L,
    only: Option<&TermKey>,
) -> Result<Vec<(Letter, Redriven)>, PortError>
where
    C: Control,
    F: Frontier + Revival,
    L: DeadLetters,
{
    let is_wanted = |received: &ReceivedDeadLetter| {
        only.is_none_or(|only| Letter::read(received).term.is_some_and(|term| term.key == *only))
    };
    let (wanted, others): (Vec<_>, Vec<_>) =
        receive_all(letters, usize::MAX).await?.into_iter().partition(is_wanted);
    release_all(letters, &others).await?;
    let mut redriven = Vec::new();
    for received in wanted {
        let letter = Letter::read(&received);
        let what = redrive_one(control, frontier, &letter).await?;
        if what.removes_letter() {
            letters.remove(&received).await?;
        } else {
            letters.release(&received).await?;
        }
        redriven.push((letter, what));
    }
    Ok(redriven)
}

/// Shows letters again.
async fn release_all<L: DeadLetters>(letters: &L, received: &[ReceivedDeadLetter]) -> Result<(), PortError> {
    // As a list, since a stream over the iterator could not be sent between threads.
    let released: Vec<_> = received.iter().map(|letter| letters.release(letter)).collect();
    stream::iter(released).buffer_unordered(AT_ONCE).try_collect().await
}

/// Every letter once, the oldest first. No more are received once there are `most`: SQS hands letters out in
/// no order, so these need not be the oldest.
async fn receive_all<L: DeadLetters>(letters: &L, most: usize) -> Result<Vec<ReceivedDeadLetter>, PortError> {
    let mut all: Vec<ReceivedDeadLetter> = Vec::new();
    loop {
        let batch = letters.receive(HIDE).await?;
        let known = all.len();
        for letter in batch {
            // So many letters that the first are visible again: the later delivery is the one that counts.
            match all.iter_mut().find(|known| known.id == letter.id) {
                Some(known) => *known = letter,
                None => all.push(letter),
            }
        }
        if all.len() == known || all.len() >= most {
            all.sort_by(|a, b| (a.sent_at, &a.id).cmp(&(b.sent_at, &b.id)));
            return Ok(all);
        }
    }
}

/// What is to be done about a letter.
enum Verdict {
    /// Its term is to be made ready again.
    Revive(Box<Term>),
    /// Nothing, for this reason.
    Leave(Redriven),
}

async fn judge<C: Control, F: Frontier>(
    control: &C,
    frontier: &F,
    letter: &Letter,
) -> Result<Verdict, PortError> {
    let Some(message) = &letter.term else {
        return Ok(Verdict::Leave(Redriven::NoTerm(letter.reason.clone())));
    };
    let Some(term) = frontier.get(&message.run, &message.key).await? else {
        let why = format!("the run {} has no such term", message.run);
        return Ok(Verdict::Leave(Redriven::NoTerm(why)));
    };
    if matches!(term.state, TermState::Done | TermState::Split | TermState::Open) {
        return Ok(Verdict::Leave(Redriven::Settled(term.state)));
    }
    if let Some(silent) = why_silent(control, &message.run).await? {
        // Whatever its state, it is asked no more: it may be ready since a redrive that ended half-way.
        return Ok(Verdict::Leave(silent));
    }
    Ok(match term.state {
        TermState::Failed => Verdict::Revive(Box::new(term)),
        TermState::Sent if term.generation == message.generation => Verdict::Leave(Redriven::Working),
        state => Verdict::Leave(Redriven::Settled(state)),
    })
}

async fn redrive_one<C: Control, F: Frontier + Revival>(
    control: &C,
    frontier: &F,
    letter: &Letter,
) -> Result<Redriven, PortError> {
    let term = match judge(control, frontier, letter).await? {
        Verdict::Revive(term) => *term,
        Verdict::Leave(what) => return Ok(what),
    };
    let run = term.run.clone();
    if !frontier.revive(&term).await? {
        // Somebody else has just done the same.
        return Ok(Redriven::Settled(TermState::Ready));
    }
    // Whoever is just about to close the run has seen it idle, and finds now that it is not. So if it is open
    // after this, it stays open until the term has been asked.
    control.mark_idle(&run, None).await?;
    let Some(silent) = why_silent(control, &run).await? else { return Ok(Redriven::Ready) };
    // It was closed or stopped before, and has counted the term as failed; so it stays.
    fail_again(frontier, term).await?;
    Ok(silent)
}

/// What keeps terms of this run from being asked; nothing if they are. The last run can be resumed if it was
/// stopped, closed or not.
async fn why_silent<C: Control>(control: &C, run: &RunId) -> Result<Option<Redriven>, PortError> {
    let last = control.overview().await?.run.filter(|last| last.id == *run);
    Ok(match last {
        Some(last) if last.stopped.is_some() => Some(Redriven::RunStopped(last.id)),
        Some(last) if last.is_running() => None,
        Some(_) | None => Some(Redriven::RunOver(run.clone())),
    })
}

/// Undoes a revival.
async fn fail_again<F: Frontier>(frontier: &F, term: Term) -> Result<(), PortError> {
    let claim =
        Claim { run: term.run.clone(), key: term.key(), generation: term.generation.saturating_add(1) };
    let Term { progress, tally, attempts, reason, .. } = term;
    let finish = Finish { state: TermState::Failed, progress, tally, attempts, reason };
    frontier.finish(&claim, &finish).await.map(drop)
}
