//! What refused credentials mean while an operator may be rotating them. Pure, but for the source itself.
//!
//! The client reads the credentials again when the token service refuses them, at most once a minute. New
//! ones are used at once. The same ones are left alone until the next reading: the rotation may not be
//! finished. Only when they are refused a second time, and still unchanged then, is the refusal final.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use collect::web_api::{Evidence, SpotifyError};
use secrecy::ExposeSecret;

use crate::config::Credentials;

/// The shortest time between two readings.
const BETWEEN_READINGS: Duration = Duration::from_mins(1);

/// Reads the credentials again where they are kept. An error says why that failed and quotes nothing of them.
pub type CredentialsSource =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Credentials, String>> + Send>> + Send + Sync>;

/// What a second reading brought.
#[derive(Debug)]
pub(crate) enum Reread {
    /// Other credentials than those that were refused.
    Replaced(Credentials),
    /// The same.
    Unchanged,
    /// Nothing that could be used.
    Failed(String),
}

impl Reread {
    pub(crate) fn new(read: Result<Credentials, String>, refused: &Credentials) -> Self {
        match read {
            Ok(credentials) => match credentials.check() {
                Ok(()) if is_same(&credentials, refused) => Self::Unchanged,
                Ok(()) => Self::Replaced(credentials),
                Err(error) => Self::Failed(error.to_string()),
            },
            Err(why) => Self::Failed(why),
        }
    }
}

impl fmt::Display for Reread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replaced(_) => formatter.write_str("they were replaced"),
            Self::Unchanged => formatter.write_str("they are the same"),
            Self::Failed(why) => write!(formatter, "which failed: {why}"),
        }
    }
}

fn is_same(one: &Credentials, other: &Credentials) -> bool {
    one.client_id == other.client_id
        && one.client_secret.expose_secret() == other.client_secret.expose_secret()
}

/// How long refused credentials are left alone, because an operator may replace them at any moment.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    /// When they are tried, and if need be read, again.
    until: SystemTime,
    /// Whether a reading has found them unchanged.
    unchanged: bool,
    evidence: Evidence,
}

impl Backoff {
    /// Notes a refusal that reading the credentials again did not cure. Returns the error for the caller.
    pub(crate) fn after(
        backoff: &mut Option<Self>,
        reread: &Reread,
        evidence: Evidence,
        now: SystemTime,
    ) -> SpotifyError {
        let unchanged = matches!(reread, Reread::Unchanged);
        let before = backoff.take().is_some_and(|before| before.unchanged);
        if unchanged && before {
            return SpotifyError::BadCredentials { evidence };
        }
        let until = now.checked_add(BETWEEN_READINGS).unwrap_or(now);
        *backoff = Some(Self { until, unchanged: unchanged || before, evidence: evidence.clone() });
        SpotifyError::CredentialsRefused { retry_after: BETWEEN_READINGS, evidence }
    }

    /// The error of a question that comes before the credentials are tried again; nothing when it is time.
    pub(crate) fn wait(&mut self, now: SystemTime) -> Option<SpotifyError> {
        // Once a clock was set back, nobody knows how much of the minute is left: it begins anew.
        self.until = self.until.min(now.checked_add(BETWEEN_READINGS).unwrap_or(now));
        let retry_after = self.until.duration_since(now).ok()?;
        let evidence = self.evidence.clone();
        (!retry_after.is_zero()).then_some(SpotifyError::CredentialsRefused { retry_after, evidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(secret: &str) -> Credentials {
        Credentials { client_id: "app".to_owned(), client_secret: secret.into() }
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn refused(backoff: &mut Option<Backoff>, reread: &Reread, seconds: u64) -> SpotifyError {
        Backoff::after(backoff, reread, Evidence::default(), at(seconds))
    }

    #[test]
    fn unchanged_credentials_are_bad_when_they_are_refused_twice() {
        let mut backoff = None;
        let first = refused(&mut backoff, &Reread::Unchanged, 100);
        assert!(
            matches!(first, SpotifyError::CredentialsRefused { retry_after, .. } if retry_after.as_secs() == 60)
        );
        let second = refused(&mut backoff, &Reread::Unchanged, 160);
        assert!(matches!(second, SpotifyError::BadCredentials { .. }), "{second:?}");
        assert!(backoff.is_none(), "the next run begins anew");
    }

    #[test]
    fn a_reading_that_fails_proves_nothing() {
        let (mut backoff, failed) = (None, Reread::Failed("throttled".to_owned()));
        for (reread, seconds) in [(&failed, 0), (&failed, 60), (&Reread::Unchanged, 120), (&failed, 180)] {
            let error = refused(&mut backoff, reread, seconds);
            assert!(matches!(error, SpotifyError::CredentialsRefused { .. }), "{seconds}: {error:?}");
        }
        let error = refused(&mut backoff, &Reread::Unchanged, 240);
        assert!(matches!(error, SpotifyError::BadCredentials { .. }), "{error:?}");
    }

    #[test]
    fn refused_credentials_are_not_tried_again_within_a_minute() {
        let mut backoff = None;
        refused(&mut backoff, &Reread::Unchanged, 100);
        let mut backoff = backoff.expect("a back-off");
        let mut wait = |seconds| match backoff.wait(at(seconds)) {
            Some(SpotifyError::CredentialsRefused { retry_after, .. }) => retry_after.as_secs(),
            Some(error) => panic!("{error:?}"),
            None => 0,
        };
        assert_eq!([wait(100), wait(159), wait(160), wait(500)], [60, 1, 0, 0]);
        assert_eq!(wait(5), 60, "the clock was set back");
    }

    #[test]
    fn a_clock_that_is_set_back_makes_the_wait_a_minute_longer_at_most() {
        let mut backoff = None;
        refused(&mut backoff, &Reread::Unchanged, 100_000);
        let mut backoff = backoff.expect("a back-off");
        let mut waits = |seconds| backoff.wait(at(seconds)).is_some();
        assert_eq!([waits(5), waits(64), waits(65)], [true, true, false]);
        assert!(!waits(99_990), "the clock is right again");
    }

    #[test]
    fn a_reading_says_nothing_of_the_credentials() {
        let reread = |secret| Reread::new(Ok(credentials(secret)), &credentials("hush-hush"));
        assert!(matches!(reread("hush-hush"), Reread::Unchanged));
        assert!(matches!(reread("other"), Reread::Replaced(_)));
        assert!(matches!(reread(" "), Reread::Failed(_)));
        assert!(!format!("{:?} {}", reread("other"), reread("other")).contains("other\""));
    }
}
