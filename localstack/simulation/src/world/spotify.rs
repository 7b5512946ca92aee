//! Spotify: a rolling limit, holds, and everything that makes it unreliable. What it knows to say is in
//! [`super::answers`].

use std::time::Duration;

use collect::catalogue::Artist;
use collect::term::{Purpose, Question, TermKey};
use collect::web_api::{Bucket, Endpoint, Evidence, Kind, Page, Request, SpotifyError};

use super::asked::Asked;
use super::state::World;
use crate::moment::Moment;
use crate::promise::Promise;

/// Failures in a row after which a question is answered, so that no term is given up that could be answered.
const MOST_TROUBLES: u32 = 4;

/// An answer, and the moment before which no request may come if it is a refusal that says so.
pub(crate) struct Answer {
    pub(crate) result: Result<Page, SpotifyError>,
    pub(crate) held_until: Option<Moment>,
}

impl Answer {
    fn error(error: SpotifyError) -> Self {
        Self { result: Err(error), held_until: None }
    }
}

fn evidence(status: u16, detail: &str) -> Evidence {
    Evidence { endpoint: "GET /search".to_owned(), status: Some(status), detail: detail.to_owned() }
}

fn throttled(retry_after: Option<Duration>) -> SpotifyError {
    SpotifyError::Throttled { retry_after, evidence: evidence(429, "API rate limit exceeded") }
}

fn quota_spent(retry_after: Option<Duration>) -> SpotifyError {
    SpotifyError::QuotaSpent { retry_after, evidence: evidence(429, "QUOTA_EXCEEDED") }
}

impl World {
    /// A request arrives; `kept_attempts` is what its term's row has.
    pub(crate) fn answer(&self, asked: &Asked<'_>, kept_attempts: u32) -> Answer {
        if let Some(refused) = self.refuse(asked.bucket()) {
            self.came_on(asked);
            return refused;
        }
        let error = self.stopped().or_else(|| self.closed(asked.request.endpoint()));
        if let Some(error) = error.or_else(|| self.trouble(asked, kept_attempts)) {
            self.came_on(asked);
            return Answer::error(error);
        }
        let result = self.page(asked.request);
        if result.is_ok() {
            self.answered_once(asked);
        }
        Answer { result, held_until: None }
    }

    /// The two limits.
    fn refuse(&self, bucket: Bucket) -> Option<Answer> {
        let now = self.now();
        let mut service = self.service();
        let spent_until = service.spent_until.get(&bucket).copied().unwrap_or_default();
        let held_until = service.held_until.max(spent_until);
        if held_until > now {
            let grown = held_until + self.faults.holds_grow;
            let named = Some(Duration::from_secs(grown.since(now).as_secs() + 1));
            let error = if spent_until == held_until {
                service.spent_until.insert(bucket, grown);
                quota_spent(named)
            } else {
                service.held_until = grown;
                throttled(named)
            };
            return Some(Answer { result: Err(error), held_until: Some(grown) });
        }
        drop(service);
        if self.happens(self.faults.throttled) {
            return Some(self.hold_for_no_reason(bucket));
        }
        if self.service().lets_in(now, self.limit) {
            return None;
        }
        let told_the_limit = self.settings.pacing.rate.is_some() && self.faults.limit_share.is_none();
        let told_the_limit = told_the_limit && self.faults.skew.is_zero();
        self.promise(Promise::PaceKept, !told_the_limit, || {
            "Spotify refused a request of the pace it allows".to_owned()
        });
        let penalty = self.dice(|dice| Duration::from_secs(dice.between(1, 5)));
        self.service().held_until = now + penalty;
        Some(Answer { result: Err(throttled(Some(penalty))), held_until: Some(now + penalty) })
    }

    /// One of the many kinds of 429.
    fn hold_for_no_reason(&self, bucket: Bucket) -> Answer {
        let long = self.service().long_holds > 0 && self.happens(0.2);
        if long {
            self.service().long_holds -= 1;
        }
        let (kind, short, minutes, hours) = self.dice(|dice| {
            (dice.index(5), dice.between(1, 5), dice.between(60, 1200), dice.between(2, 24) * 3600)
        });
        let seconds = Duration::from_secs;
        let (hold, named, quota) = match (long, kind) {
            (true, 0) => (seconds(hours), Some(seconds(hours)), true),
            (true, 1) => (seconds(hours), None, true),
            // Absurd: a hold of seconds that calls itself one of days; the client believes a week at most.
            (true, 2) => (seconds(short), Some(Duration::from_hours(7 * 24)), false),
            // About as long as messages are hidden at most; beyond it terms are parked.
            (true, _) | (false, 2) => (seconds(minutes), Some(seconds(minutes)), false),
            (false, 0) => (seconds(short * 5), None, false),
            (false, 1) => (Duration::ZERO, Some(Duration::ZERO), false),
            (false, _) => (seconds(short), Some(seconds(short)), false),
        };
        let until = self.now() + hold;
        let result = Err(if quota {
            self.service().spent_until.insert(bucket, until);
            quota_spent(named)
        } else {
            self.service().held_until = until;
            throttled(named)
        });
        // A quota that does not say when it ends can only be asked again.
        Answer { result, held_until: (!quota || named.is_some()).then_some(until) }
    }

    /// The end of all answers.
    fn stopped(&self) -> Option<SpotifyError> {
        let from = self.faults.stops_at?;
        let is_before = self.service().requests < from;
        if is_before || self.service().mended {
            return None;
        }
        // A search that is closed ends a run; another endpoint that is closed ends one source only.
        let kinds = if self.settings.sources.beyond_search() { 2 } else { 3 };
        let thrown = self.dice(|dice| u8::try_from(dice.index(kinds)).unwrap_or_default());
        let mut service = self.service();
        let kind = *service.stopped.get_or_insert(thrown);
        drop(service);
        Some(match kind {
            0 => SpotifyError::PremiumRequired {
                evidence: evidence(403, "Active premium subscription required"),
            },
            1 => SpotifyError::BadCredentials { evidence: evidence(400, "invalid_client") },
            _ => SpotifyError::Closed { evidence: evidence(403, "Forbidden") },
        })
    }

    /// What this app may not ask, from the beginning or from some moment on.
    fn closed(&self, endpoint: Endpoint) -> Option<SpotifyError> {
        let faults = &self.faults;
        let by_now = self.service().requests >= faults.closes_at;
        let status = if faults.closes_at == 0 && endpoint < Endpoint::NewReleases { 404 } else { 403 };
        let closed = by_now && faults.closed.contains(&endpoint);
        closed.then(|| SpotifyError::Closed { evidence: evidence(status, "closed to this app") })
    }

    /// Passing trouble, and questions that are never answered.
    fn trouble(&self, asked: &Asked<'_>, kept_attempts: u32) -> Option<SpotifyError> {
        let broken = self.service().never_answers(asked);
        let in_a_row = self.service().in_a_row.get(asked.subject()).copied().unwrap_or_default();
        // Executions that work one term at the same time do not know of each other's failures: let none be
        // the fifth.
        let enough =
            in_a_row >= MOST_TROUBLES || self.faults.work_is_repeated() && kept_attempts + 1 >= MOST_TROUBLES;
        if !broken && (enough || !self.happens(self.faults.trouble)) {
            return None;
        }
        let mut service = self.service();
        *service.in_a_row.entry(asked.subject().to_owned()).or_default() += 1;
        *service.troubles.entry(asked.subject().to_owned()).or_default() += 1;
        drop(service);
        Some(match self.dice(|dice| dice.index(4)) {
            0 => SpotifyError::Unauthorized { evidence: evidence(401, "The access token expired") },
            1 => SpotifyError::Transient { evidence: evidence(200, "the body was cut") },
            2 => SpotifyError::Transient {
                evidence: Evidence { status: None, ..evidence(0, "connection reset") },
            },
            _ => SpotifyError::Transient { evidence: evidence(502, "Bad gateway") },
        })
    }

    /// The artists of an answer were written with all their fields.
    pub(crate) fn fields_kept(&self, artists: &[Artist]) {
        if self.faults.fields_missing > 0.0 || self.settings.sources.beyond_search() {
            let numbers = artists.iter().filter_map(|artist| artist.id.as_str().parse::<usize>().ok());
            self.service().shown.extend(numbers);
        }
    }

    fn answered_once(&self, asked: &Asked<'_>) {
        let key = (asked.subject().to_owned(), format!("{:?}", asked.request));
        let first = self.service().answered.insert(key);
        if first {
            self.came_on(asked);
        } else {
            self.asked_in_vain(asked);
        }
        let may_repeat = self.faults.something_strays()
            || self.faults.work_is_repeated()
            || self.faults.answers_fall_short()
            || self.faults.lies > 0.0
            || asked.term.as_ref().is_some_and(may_ask_again);
        self.promise(Promise::AskedOnce, first || may_repeat, || format!("{asked} was answered before"));
        let question = asked.term.as_ref().and_then(|term| Question::parse(term.as_str()).ok());
        let is_sample = question.is_some_and(|question| question.purpose() == Purpose::Measure);
        let drawn = !is_sample || asks_for_artists_alone(asked.request);
        self.promise(Promise::TrueName, drawn, || format!("{asked} finds others than those of a sample"));
    }
}

/// Whether an answer shows artists by their names, and mentions nobody beside them.
fn asks_for_artists_alone(request: &Request) -> bool {
    matches!(request, Request::Search { kinds, .. } if kinds == &[Kind::Artist])
}

/// Whether a term may ask what was asked before. The one that tries the endpoints out asks its search again
/// after an interruption: what the answer leads to can only be put when every endpoint is known.
fn may_ask_again(term: &TermKey) -> bool {
    matches!(Question::parse(term.as_str()), Ok(Question::Capabilities(_)))
}
