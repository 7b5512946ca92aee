//! What became of a message.

use std::time::Duration;

use crate::ports::PortError;
use crate::term::TermState;

/// What became of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Its term is finished now.
    Finished(TermState),
    /// Its term was finished, dispatched again or belongs to a run that is over: nothing to do.
    Stale,
    /// Hidden in the queue for a while. Not a failure.
    Deferred(Duration),
    /// Its term waits in the frontier for the end of a long hold. Not a failure.
    Parked,
    /// Its term waits in the frontier because others are expected to bring more. What it brought is kept.
    PutBack,
    /// A real failure; tried again later.
    Retried {
        /// Failures so far.
        attempts: u32,
        /// Until when it is hidden.
        wait: Duration,
    },
    /// It can never be processed; a copy with the reason went to the dead-letter queue.
    SetAside(String),
    /// A table or the queue could not be used; the message comes back by itself.
    Undecided(PortError),
}

impl Outcome {
    /// Whether the queue must keep the message.
    pub fn keeps_message(&self) -> bool {
        matches!(self, Self::Deferred(_) | Self::Retried { .. } | Self::Undecided(_))
    }

    /// The name in logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Finished(state) => state.name(),
            Self::Stale => "stale",
            Self::Deferred(_) => "deferred",
            Self::Parked => "parked",
            Self::PutBack => "put-back",
            Self::Retried { .. } => "retried",
            Self::SetAside(_) => "set-aside",
            Self::Undecided(_) => "undecided",
        }
    }

    /// Tells it to the log.
    pub(crate) fn log(&self) {
        let name = self.name();
        match self {
            Self::Finished(TermState::Failed) | Self::SetAside(_) | Self::Undecided(_) => {
                tracing::error!(outcome = name, detail = ?self, "message");
            }
            Self::Deferred(wait) | Self::Retried { wait, .. } => {
                tracing::info!(outcome = name, wait_s = wait.as_secs_f64(), "message");
            }
            _ => tracing::info!(outcome = name, "message"),
        }
    }
}
