//! What each refusal of Spotify makes the collector do.

use std::time::Duration;

use crate::pace::Limit;
use crate::web_api::{Endpoint, PageLimits, SpotifyError};

/// Added to every hold: Retry-After is in whole seconds, and clocks differ.
const HOLD_MARGIN: Duration = Duration::from_millis(500);

/// The hold of a throttled answer that names none: after the whole rolling window nothing can be left of it.
const UNNAMED_THROTTLE: Duration = Duration::from_secs(30);

/// The hold of a spent quota that names none: it ends within a day; asking once an hour finds out when.
const UNNAMED_QUOTA: Duration = Duration::from_hours(1);

/// Page sizes that Spotify has granted, largest first.
const PAGE_SIZES: [u32; 5] = [50, 20, 10, 5, 1];

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Hold the app or the bucket, as the limit has it, this long; the term is deferred, and nothing counts as an attempt.
    Hold(Limit, Duration),
    /// The app may see less of a search than was thought: go on with these limits.
    Narrow(PageLimits),
    /// The endpoint grants fewer rows or ids a request than were asked for.
    SmallerPages,
    /// The endpoint is closed to this app.
    Close,
    /// A real failure.
    TryAgain,
    /// Never ask this again.
    GiveUp,
    /// Ask nothing more in this run.
    EndRun,
}

/// The policy for `error`, when `endpoint` answered it to a question under `limits`; `known_open` where it has answered
/// in this run before.
pub fn policy(error: &SpotifyError, endpoint: Endpoint, limits: PageLimits, known_open: bool) -> Policy {
    match error {
        SpotifyError::Throttled { retry_after, .. } => {
            Policy::Hold(Limit::Window, retry_after.unwrap_or(UNNAMED_THROTTLE).saturating_add(HOLD_MARGIN))
        }
        SpotifyError::QuotaSpent { retry_after, .. } => {
            Policy::Hold(Limit::Day, retry_after.unwrap_or(UNNAMED_QUOTA).saturating_add(HOLD_MARGIN))
        }
        SpotifyError::Rejected { message, .. } if endpoint == Endpoint::Search => {
            narrower(message, limits).map_or(Policy::GiveUp, Policy::Narrow)
        }
        SpotifyError::Rejected { message, .. } if asks_too_much(message) => Policy::SmallerPages,
        SpotifyError::Rejected { .. } | SpotifyError::NotFound { .. } => Policy::GiveUp,
        SpotifyError::Transient { .. } | SpotifyError::Unauthorized { .. } => Policy::TryAgain,
        // An endpoint that answers does not close because one thing is gone: a 404 without a body is about that thing.
        SpotifyError::Closed { evidence } if known_open && evidence.status == Some(404) => Policy::GiveUp,
        SpotifyError::Closed { .. } if endpoint != Endpoint::Search => Policy::Close,
        SpotifyError::Closed { .. }
        | SpotifyError::PremiumRequired { .. }
        | SpotifyError::BadCredentials { .. } => Policy::EndRun,
    }
}

/// The limits that a rejection tells of, if it is one of the two that do: `Invalid limit` and
/// `Limit + Offset exceeds maximum of 1000`.
fn narrower(message: &str, limits: PageLimits) -> Option<PageLimits> {
    if let Some((_, maximum)) = message.split_once("exceeds maximum of ") {
        let digits: String = maximum.chars().take_while(char::is_ascii_digit).collect();
        let window = digits.parse().ok().filter(|window| (1..limits.window).contains(window))?;
        return Some(PageLimits { window, ..limits });
    }
    if asks_too_much(message) {
        let page = smaller_page(limits.page)?;
        return Some(PageLimits { page, ..limits });
    }
    None
}

/// Whether a rejection is one of the number of rows or ids that were asked for.
fn asks_too_much(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("invalid limit") || message.contains("too many ids")
}

/// The next smaller page size that Spotify has granted, if there is one.
pub fn smaller_page(page: u32) -> Option<u32> {
    PAGE_SIZES.into_iter().find(|size| *size < page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web_api::Evidence;

    const LIMITS: PageLimits = PageLimits { page: 50, window: 1000 };

    fn rejected(message: &str) -> Policy {
        policy(
            &SpotifyError::Rejected { message: message.into(), evidence: Evidence::default() },
            Endpoint::Search,
            LIMITS,
            true,
        )
    }

    #[test]
    fn a_hold_lasts_what_was_asked_for_and_a_margin() {
        let hold = |retry_after| {
            policy(
                &SpotifyError::Throttled { retry_after, evidence: Evidence::default() },
                Endpoint::Search,
                LIMITS,
                true,
            )
        };
        assert_eq!(
            hold(Some(Duration::from_secs(3))),
            Policy::Hold(Limit::Window, Duration::from_millis(3500))
        );
        assert_eq!(hold(None), Policy::Hold(Limit::Window, Duration::from_millis(30_500)));
    }

    #[test]
    fn page_limits_are_found_out_from_the_rejections_that_name_them() {
        assert_eq!(rejected("Invalid limit"), Policy::Narrow(PageLimits { page: 20, window: 1000 }));
        let narrow = Policy::Narrow(PageLimits { page: 50, window: 300 });
        assert_eq!(rejected("Limit + Offset exceeds maximum of 300"), narrow);
    }

    #[test]
    fn a_rejection_that_would_not_narrow_is_given_up() {
        assert_eq!(rejected("Limit + Offset exceeds maximum of 1000"), Policy::GiveUp);
        assert_eq!(rejected("Limit + Offset exceeds maximum of lots"), Policy::GiveUp);
        assert_eq!(rejected("No search query"), Policy::GiveUp);
        let one = PageLimits { page: 1, window: 1000 };
        let invalid =
            SpotifyError::Rejected { message: "Invalid limit".into(), evidence: Evidence::default() };
        assert_eq!(policy(&invalid, Endpoint::Search, one, true), Policy::GiveUp);
    }

    #[test]
    fn an_endpoint_closes_unless_one_thing_of_it_is_gone() {
        let closed = |status| SpotifyError::Closed {
            evidence: Evidence { status: Some(status), ..Evidence::default() },
        };
        let related =
            |status, known_open| policy(&closed(status), Endpoint::RelatedArtists, LIMITS, known_open);
        assert_eq!(related(403, false), Policy::Close);
        assert_eq!(related(404, false), Policy::Close);
        assert_eq!(related(404, true), Policy::GiveUp);
        assert_eq!(related(403, true), Policy::Close);
        assert_eq!(policy(&closed(403), Endpoint::Search, LIMITS, true), Policy::EndRun);
    }

    #[test]
    fn another_endpoint_that_grants_less_is_asked_for_less() {
        let rejected = |message: &str| {
            let error = SpotifyError::Rejected { message: message.into(), evidence: Evidence::default() };
            policy(&error, Endpoint::ArtistAlbums, LIMITS, true)
        };
        assert_eq!(rejected("Invalid limit"), Policy::SmallerPages);
        assert_eq!(rejected("Too many ids requested"), Policy::SmallerPages);
        assert_eq!(rejected("invalid id"), Policy::GiveUp);
        assert_eq!((smaller_page(50), smaller_page(1)), (Some(20), None));
    }
}
