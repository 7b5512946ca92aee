//! What a refusal of Spotify means: the one step between its error and what becomes of the term.

use std::time::Duration;

use crate::pace::Limit;
use crate::web_api::{Endpoint, PageLimits, SpotifyError};

/// Added to every hold: Retry-After is in whole seconds, and clocks differ.
const HOLD_MARGIN: Duration = Duration::from_millis(500);

/// The hold of a throttled answer that names none: after a whole rate period nothing can be left of it.
const UNNAMED_THROTTLE: Duration = Duration::from_secs(30);

/// The hold of a spent quota that names none: it ends within a day; asking once an hour finds out when.
const UNNAMED_QUOTA: Duration = Duration::from_hours(1);

/// Page sizes that Spotify has granted, largest first.
const PAGE_SIZES: [u32; 5] = [50, 20, 10, 5, 1];

/// What a refusal means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Hold the app or the bucket, as the limit has it. The term waits, and nothing counts as an attempt.
    Hold {
        /// The limit.
        limit: Limit,
        /// How long.
        wait: Duration,
        /// Whether Spotify has said how long.
        is_named: bool,
    },
    /// Spotify grants less at once than was asked for: ask again for this much.
    AskLess(Less),
    /// The question is not answered.
    Failure(Failure),
}

/// How much Spotify grants at once, where it is less than was thought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Less {
    /// Of a search.
    Search(PageLimits),
    /// Of another endpoint: rows of a page, or ids of a batch.
    Page(u32),
}

/// Why a question is not answered, and what that does to its term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing can be asked for so long. The term waits, and nothing counts as an attempt.
    Wait(Duration, SpotifyError),
    /// A real failure, which counts as an attempt: try again later.
    TryAgain(SpotifyError),
    /// The question itself is wrong, or its subject is gone: never ask it again.
    GiveUp(SpotifyError),
    /// The endpoint is closed to this app: ask nothing more of it in this run.
    Close(SpotifyError),
    /// Nothing more can be asked in this run.
    EndRun(SpotifyError),
}

/// What `error` means, when `endpoint` answered it to a question that asked for as much as is granted:
/// searches within `limits`, of other endpoints `page` rows or ids. `known_open` says whether it has answered
/// in this run before.
pub fn meaning(
    error: SpotifyError,
    endpoint: Endpoint,
    limits: PageLimits,
    page: u32,
    known_open: bool,
) -> Refusal {
    let failure: fn(SpotifyError) -> Failure = match &error {
        SpotifyError::Throttled { retry_after, .. } => {
            return hold(Limit::Rate, *retry_after, UNNAMED_THROTTLE);
        }
        SpotifyError::QuotaSpent { retry_after, .. } => {
            return hold(Limit::Day, *retry_after, UNNAMED_QUOTA);
        }
        SpotifyError::Rejected { message, .. } => match less(message, endpoint, limits, page) {
            Some(less) => return Refusal::AskLess(less),
            None => Failure::GiveUp,
        },
        SpotifyError::NotFound { .. } => Failure::GiveUp,
        SpotifyError::CredentialsRefused { retry_after, .. } => {
            return Refusal::Failure(Failure::Wait(*retry_after, error));
        }
        SpotifyError::Transient { .. } | SpotifyError::Unauthorized { .. } => Failure::TryAgain,
        // An endpoint that answers does not close because one thing is gone: a 404 without a body is about
        // that thing.
        SpotifyError::Closed { evidence } if known_open && evidence.status == Some(404) => Failure::GiveUp,
        SpotifyError::Closed { .. } if endpoint != Endpoint::Search => Failure::Close,
        SpotifyError::Closed { .. }
        | SpotifyError::PremiumRequired { .. }
        | SpotifyError::BadCredentials { .. } => Failure::EndRun,
    };
    Refusal::Failure(failure(error))
}

fn hold(limit: Limit, named: Option<Duration>, unnamed: Duration) -> Refusal {
    let wait = named.unwrap_or(unnamed).saturating_add(HOLD_MARGIN);
    Refusal::Hold { limit, wait, is_named: named.is_some() }
}

/// How much is granted where a rejection says that too much was asked for.
fn less(message: &str, endpoint: Endpoint, limits: PageLimits, page: u32) -> Option<Less> {
    if endpoint == Endpoint::Search {
        narrower(message, limits).map(Less::Search)
    } else if asks_too_much(message) {
        smaller_page(page).map(Less::Page)
    } else {
        None
    }
}

/// The limits that a rejection tells of, if it is one of the two that do: `Invalid limit` and
/// `Limit + Offset exceeds maximum of 1000`.
fn narrower(message: &str, limits: PageLimits) -> Option<PageLimits> {
    if let Some((_, maximum)) = message.split_once("exceeds maximum of ") {
        let digits: String = maximum.chars().take_while(char::is_ascii_digit).collect();
        let depth = digits.parse().ok().filter(|depth| (1..limits.depth).contains(depth))?;
        return Some(PageLimits { depth, ..limits });
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

    const LIMITS: PageLimits = PageLimits { page: 50, depth: 1000 };

    fn rejection(message: &str) -> SpotifyError {
        SpotifyError::Rejected { message: message.into(), evidence: Evidence::default() }
    }

    fn rejected(message: &str) -> Refusal {
        meaning(rejection(message), Endpoint::Search, LIMITS, 50, true)
    }

    fn gives_up(refusal: &Refusal) -> bool {
        matches!(refusal, Refusal::Failure(Failure::GiveUp(_)))
    }

    #[test]
    fn a_hold_lasts_as_long_as_spotify_asked_for_and_a_margin() {
        let held = |retry_after| {
            let error = SpotifyError::Throttled { retry_after, evidence: Evidence::default() };
            meaning(error, Endpoint::Search, LIMITS, 50, true)
        };
        let (limit, wait) = (Limit::Rate, Duration::from_millis(3500));
        assert_eq!(held(Some(Duration::from_secs(3))), Refusal::Hold { limit, wait, is_named: true });
        let wait = Duration::from_millis(30_500);
        assert_eq!(held(None), Refusal::Hold { limit, wait, is_named: false });
    }

    #[test]
    fn the_limits_of_searches_are_learned_from_the_rejections_that_name_them() {
        let less = |page, depth| Refusal::AskLess(Less::Search(PageLimits { page, depth }));
        assert_eq!(rejected("Invalid limit"), less(20, 1000));
        assert_eq!(rejected("Limit + Offset exceeds maximum of 300"), less(50, 300));
    }

    #[test]
    fn a_search_is_given_up_when_asking_for_less_would_not_help() {
        assert!(gives_up(&rejected("Limit + Offset exceeds maximum of 1000")));
        assert!(gives_up(&rejected("Limit + Offset exceeds maximum of lots")));
        assert!(gives_up(&rejected("No search query")));
        let one = PageLimits { page: 1, depth: 1000 };
        assert!(gives_up(&meaning(rejection("Invalid limit"), Endpoint::Search, one, 50, true)));
    }

    #[test]
    fn an_endpoint_closes_unless_a_single_thing_is_gone() {
        let closed = |status| {
            let evidence = Evidence { status: Some(status), ..Evidence::default() };
            SpotifyError::Closed { evidence }
        };
        let related =
            |status, known_open| meaning(closed(status), Endpoint::RelatedArtists, LIMITS, 50, known_open);
        let close = |status| Refusal::Failure(Failure::Close(closed(status)));
        assert_eq!(related(403, false), close(403));
        assert_eq!(related(404, false), close(404));
        assert!(gives_up(&related(404, true)));
        assert_eq!(related(403, true), close(403));
        let search = meaning(closed(403), Endpoint::Search, LIMITS, 50, true);
        assert_eq!(search, Refusal::Failure(Failure::EndRun(closed(403))));
    }

    #[test]
    fn an_endpoint_that_grants_less_is_asked_for_less() {
        let rejected =
            |message: &str, page| meaning(rejection(message), Endpoint::ArtistAlbums, LIMITS, page, true);
        assert_eq!(rejected("Invalid limit", 50), Refusal::AskLess(Less::Page(20)));
        assert_eq!(rejected("Too many ids requested", 20), Refusal::AskLess(Less::Page(10)));
        assert!(gives_up(&rejected("Invalid limit", 1)));
        assert!(gives_up(&rejected("invalid id", 50)));
    }
}
