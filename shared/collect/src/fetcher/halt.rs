//! Why the work on a term halts before it is finished.

use crate::plan::inquiry::Unanswered;
use crate::ports::PortError;

/// Why the work on a term halts before it is finished.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Halt {
    /// Other terms are expected to bring more: back to the frontier.
    PutBack,
    /// Somebody else dispatched or finished it meanwhile.
    Superseded,
    /// The function's time is nearly over.
    OutOfTime,
    /// A request got no answer.
    Unanswered(Unanswered),
    /// A table or the queue could not be used.
    Port(PortError),
}

impl From<PortError> for Halt {
    fn from(error: PortError) -> Self {
        Self::Port(error)
    }
}

impl From<Unanswered> for Halt {
    fn from(why: Unanswered) -> Self {
        Self::Unanswered(why)
    }
}
