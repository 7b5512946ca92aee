//! Why a storage operation could not be carried out.

/// A storage operation that could not be carried out. A condition that did not hold is not an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// It may work later: throttled, timed out, no connection.
    #[error("{what} could not be reached: {why}")]
    Unavailable {
        /// The operation and the table or queue it was for.
        what: String,
        /// What went wrong.
        why: String,
    },
    /// It will not work until somebody changes something: no such table, not allowed.
    #[error("{what} refused: {why}")]
    Misconfigured {
        /// The operation and the table, queue or secret it was for.
        what: String,
        /// What went wrong.
        why: String,
    },
    /// A later release has stored it in a form that this one does not know. It was left as it is.
    #[error("{what} has the schema version {version}, which this release does not know; deploy a newer one")]
    Newer {
        /// The table and key, or the message.
        what: String,
        /// The version.
        version: String,
    },
    /// What is stored cannot be read.
    #[error("{what} holds something unreadable: {why}")]
    Corrupt {
        /// The table and key.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

impl PortError {
    /// Whether the same operation may work later though nobody changes anything.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Misconfigured { .. } | Self::Newer { .. } | Self::Corrupt { .. } => false,
        }
    }
}
