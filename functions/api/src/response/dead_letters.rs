//! What was given up.

use collect::operator::dead_letters::{Letter, Redriven};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Up to 20 dead letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeadLetters {
    /// The letters, the oldest of them first.
    pub letters: Vec<DeadLetter>,
    /// Whether there are more.
    pub more: bool,
}

/// A message that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeadLetter {
    /// Its id in the queue.
    pub id: String,
    /// The term's key; `null` if the message could not be read.
    pub term: Option<String>,
    /// The term's run; `null` likewise.
    pub run: Option<String>,
    /// Why it was given up.
    pub reason: String,
    /// Failures before that; `null` if the queue itself gave it up.
    pub attempts: Option<u32>,
    /// When it was given up.
    pub sent_at: Timestamp,
    /// What a redrive would do about it now.
    pub redrive: WouldDo,
    /// The same in a sentence.
    pub redrive_would: String,
}

/// What a redrive would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WouldDo {
    /// Send the term again.
    SendAgain,
    /// Only remove the letter: the term has been answered or is on its way.
    RemoveLetter,
    /// Nothing.
    Nothing,
}

impl DeadLetter {
    /// A letter and what a redrive would do.
    pub fn new(letter: Letter, would: &Redriven) -> Self {
        let (redrive, redrive_would) = would_do(would);
        let (run, term) = letter.term.map(|term| (term.run.into(), term.key.to_string())).unzip();
        Self {
            id: letter.id,
            term,
            run,
            reason: letter.reason,
            attempts: letter.attempts,
            sent_at: letter.sent_at,
            redrive,
            redrive_would,
        }
    }
}

fn would_do(would: &Redriven) -> (WouldDo, String) {
    match would {
        Redriven::Ready => (WouldDo::SendAgain, "send the term again".to_owned()),
        Redriven::Settled(state) => {
            (WouldDo::RemoveLetter, format!("remove the letter: the term is `{}`", state.name()))
        }
        Redriven::Working => (WouldDo::Nothing, "do nothing: a fetcher works on the term".to_owned()),
        Redriven::RunStopped(run) => {
            (WouldDo::Nothing, format!("do nothing until the run {run}, which was stopped, is resumed"))
        }
        Redriven::RunOver(run) => (WouldDo::Nothing, format!("do nothing: the run {run} asks no more")),
        Redriven::NoTerm(why) => (WouldDo::Nothing, format!("do nothing: {why}")),
    }
}
