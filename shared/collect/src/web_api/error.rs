//! Why Spotify gave no usable answer, and what each reason means for the collector.

use std::fmt;
use std::time::Duration;

/// Where an error came from, for logs and reports. Never holds a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Method and path without the host, such as `GET /search`.
    pub endpoint: String,
    /// HTTP status, absent when no answer came.
    pub status: Option<u16>,
    /// The first bytes of the body, or what went wrong with the connection.
    pub detail: String,
}

impl fmt::Display for Evidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(formatter, "{} answered {status}: {}", self.endpoint, self.detail),
            None => write!(formatter, "{} gave no answer: {}", self.endpoint, self.detail),
        }
    }
}

/// Why Spotify gave no usable answer. Each variant is a policy: what the collector does next depends on it
/// alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpotifyError {
    /// 429 of the rolling 30-second limit, or of the token service: hold the app. The term is deferred, or
    /// parked if the hold is longer than 15 minutes. Never an attempt.
    #[error("throttled: {evidence}")]
    Throttled {
        /// The wait that Spotify asked for; absent when the header was missing or unreadable.
        retry_after: Option<Duration>,
        /// Where it came from.
        evidence: Evidence,
    },
    /// 429 with `QUOTA_EXCEEDED`, or with a wait of an hour or more: hold the bucket. The term is parked, or
    /// deferred if the hold is no longer than 15 minutes. Never an attempt.
    #[error("quota spent: {evidence}")]
    QuotaSpent {
        /// The wait that Spotify asked for; absent when the header was missing or unreadable.
        retry_after: Option<Duration>,
        /// Where it came from.
        evidence: Evidence,
    },
    /// This app may not use the endpoint (403, or 404 without a body): ask no more of it in this run.
    #[error("closed to this app: {evidence}")]
    Closed {
        /// Where it came from.
        evidence: Evidence,
    },
    /// The owner of the app has no Premium: nothing will be answered until that changes. Stop the run.
    #[error("the owner of the Spotify app needs a Premium subscription: {evidence}")]
    PremiumRequired {
        /// Where it came from.
        evidence: Evidence,
    },
    /// The token service refuses the client id and secret, which may be in the middle of a rotation: they are
    /// read again after `retry_after`. The term waits. Never an attempt.
    #[error("client credentials refused, to be read again in {} s: {evidence}", .retry_after.as_secs())]
    CredentialsRefused {
        /// How long nothing can be asked, if they are not replaced before.
        retry_after: Duration,
        /// Where it came from.
        evidence: Evidence,
    },
    /// The client id or secret is wrong. Stop the run.
    #[error("Spotify does not accept the client credentials: {evidence}")]
    BadCredentials {
        /// Where it came from.
        evidence: Evidence,
    },
    /// 401 with a token that had just been renewed. Treated like trouble: tried again later, counted as an
    /// attempt.
    #[error("not authorised even with a new token: {evidence}")]
    Unauthorized {
        /// Where it came from.
        evidence: Evidence,
    },
    /// 400: the question itself is wrong. Never retried as it is.
    #[error("question rejected ({message}): {evidence}")]
    Rejected {
        /// Spotify's `error.message`, such as `Invalid limit`.
        message: String,
        /// Where it came from.
        evidence: Evidence,
    },
    /// 404 `Resource not found`: this one thing is gone.
    #[error("not found: {evidence}")]
    NotFound {
        /// Where it came from.
        evidence: Evidence,
    },
    /// 5xx, a cut or unreadable body, a timeout, a lost connection: try again later, counted as an attempt.
    #[error("trouble: {evidence}")]
    Transient {
        /// Where it came from.
        evidence: Evidence,
    },
}

impl SpotifyError {
    /// Where the error came from.
    pub fn evidence(&self) -> &Evidence {
        match self {
            Self::Throttled { evidence, .. }
            | Self::QuotaSpent { evidence, .. }
            | Self::Closed { evidence }
            | Self::PremiumRequired { evidence }
            | Self::CredentialsRefused { evidence, .. }
            | Self::BadCredentials { evidence }
            | Self::Unauthorized { evidence }
            | Self::Rejected { evidence, .. }
            | Self::NotFound { evidence }
            | Self::Transient { evidence } => evidence,
        }
    }
}
