//! Describes the state of a run in one sentence.

use std::time::Duration;

use jiff::Timestamp;

use super::outlook::Outlook;
use super::words::{counted, number, percent, rounded, time};
use crate::pace::DayLimit;
use crate::run::RunState;
use crate::web_api::Bucket;

/// A hold that ends later than this is said to end on a day, not only at a time.
const TODAY: Duration = Duration::from_hours(12);

/// What the sentence needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The open run or the last one; `None` before the first.
    pub run: Option<RunStanding>,
    /// Artists in the table.
    pub artists: u64,
    /// Requests of the last 30 seconds, if there were any.
    pub sent: Option<f64>,
    /// The learned limit of requests per 30 seconds, if there is one.
    pub limit: Option<f64>,
    /// The hold that keeps the next request back; `None` if there is none.
    pub held: Option<Held>,
    /// How much of the catalogue the open run has seen, as far as an earlier run allows an estimate.
    pub outlook: Outlook,
}

/// A hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// How long it lasts from now on.
    pub left: Duration,
    /// When it ends.
    pub until: Timestamp,
    /// The bucket whose day is used up, and the limit of it; `None` if the rate is why.
    pub day: Option<(Bucket, DayLimit)>,
}

/// The state of the open run or the last one.
#[derive(Clone, Debug, PartialEq)]
pub struct RunStanding {
    /// The run's id.
    pub id: String,
    /// Whether it is open, or how it ended.
    pub state: RunState,
    /// Time from its opening to its end, or to now.
    pub age: Duration,
    /// Why it was stopped early, if it was.
    pub stopped: Option<String>,
    /// Terms left open, failed or unasked; zero while it is open.
    pub unanswered: u64,
}

/// The sentence. It contains text from other parties unescaped: whoever prints it must escape it.
pub fn sentence(standing: &Standing) -> String {
    let Some(run) = &standing.run else { return "No run has been opened yet.".to_owned() };
    let artists = match standing.artists {
        0 => "no artists yet".to_owned(),
        count => counted(count, "artist"),
    };
    let (id, age) = (&run.id, time(run.age));
    match run.state {
        RunState::Running => match (&run.stopped, &standing.held) {
            (Some(why), _) => {
                format!("Run {id} was stopped and is about to close ({why}): {artists} in the table.")
            }
            (None, Some(held)) => {
                let why = why(held.day);
                let form = if held.left > TODAY { "%Y-%m-%d %H:%M UTC" } else { "%H:%M UTC" };
                format!(
                    "Run {id} is on hold for another {}{why}; it has collected for {age}: {artists} in the table. \
                     Nothing is lost, and it goes on by itself at {}.",
                    time(held.left),
                    held.until.strftime(form)
                )
            }
            (None, None) => {
                let rate = rate(standing);
                let outlook = outlook(&standing.outlook);
                format!("Run {id} has been collecting for {age}: {artists} in the table{rate}.{outlook}")
            }
        },
        RunState::Complete => format!("Run {id} is complete: {artists} in the table after {age}."),
        RunState::Partial => {
            let why = match (&run.stopped, run.unanswered) {
                (Some(why), _) => format!("it was stopped ({why})"),
                (None, 1) => "1 term has no full answer".to_owned(),
                (None, count) => format!("{} terms have no full answer", number(count)),
            };
            format!("Run {id} is partial, because {why}: {artists} in the table after {age}.")
        }
    }
}

/// Who keeps the next request back.
fn why(day: Option<(Bucket, DayLimit)>) -> String {
    match day {
        None => ", as Spotify asked".to_owned(),
        Some((bucket, DayLimit::Spotify(quota))) => {
            let quota = number(quota.into());
            format!(", because the {quota} {bucket} requests that Spotify allows a day are used")
        }
        Some((bucket, DayLimit::Operator(allowed))) => {
            let allowed = number(allowed.into());
            format!(", because the {allowed} {bucket} requests that your settings allow a day are used")
        }
    }
}

/// How fast it asks, beside the limit; empty if it has not asked lately.
fn rate(standing: &Standing) -> String {
    match (standing.sent, standing.limit) {
        (None, _) => String::new(),
        (Some(sent), Some(limit)) => format!(", {sent:.0} of {limit:.0} requests per 30 s"),
        (Some(sent), None) => format!(", {sent:.0} requests per 30 s"),
    }
}

/// A second sentence about the whole catalogue; empty if nothing is known about it.
fn outlook(outlook: &Outlook) -> String {
    let Some(coverage) = &outlook.coverage else { return String::new() };
    let left = outlook.left.map_or(String::new(), |left| format!("; about {} left", time(left)));
    format!(
        " It has seen about {} of {} artists ({} to {}){left}.",
        percent(coverage.share, 0),
        rounded(coverage.catalogue),
        percent(coverage.low, 0),
        percent(coverage.high, 0)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::outlook::Coverage;
    use crate::term::RunId;

    fn standing(state: RunState) -> Standing {
        let run = RunStanding {
            id: "2026-11-23".to_owned(),
            state,
            age: Duration::from_secs(200),
            stopped: None,
            unanswered: 0,
        };
        Standing { run: Some(run), artists: 12_345, sent: Some(176.3), ..Standing::default() }
    }

    #[test]
    fn an_estimate_of_the_catalogue_adds_coverage_and_the_time_left() {
        let mut standing = standing(RunState::Running);
        let (share, low, high) = (0.614, 0.59, 0.63);
        let basis = RunId::new("2026-11-16").unwrap();
        standing.outlook.coverage = Some(Coverage { share, low, high, catalogue: 15_400_000.4, basis });
        assert!(
            sentence(&standing)
                .ends_with(" per 30 s. It has seen about 61 % of 15,400,000 artists (59 % to 63 %)."),
            "{}",
            sentence(&standing)
        );
        standing.outlook.left = Some(Duration::from_hours(9));
        assert!(sentence(&standing).ends_with("(59 % to 63 %); about 9 h left."), "{}", sentence(&standing));
    }

    #[test]
    fn an_open_run_shows_its_age_artists_and_rate() {
        assert_eq!(
            sentence(&standing(RunState::Running)),
            "Run 2026-11-23 has been collecting for 3 min 20 s: 12,345 artists in the table, 176 requests per 30 s."
        );
        let limited = Standing { limit: Some(180.0), ..standing(RunState::Running) };
        assert!(sentence(&limited).ends_with(", 176 of 180 requests per 30 s."), "{}", sentence(&limited));
    }

    #[test]
    fn a_hold_shows_how_long_it_lasts() {
        let until: Timestamp = "2026-11-23T14:05:00Z".parse().unwrap();
        let held = |left, day| {
            let held = Held { left, until, day };
            sentence(&Standing { held: Some(held), ..standing(RunState::Running) })
        };
        assert_eq!(
            held(Duration::from_secs(90), None),
            "Run 2026-11-23 is on hold for another 1 min 30 s, as Spotify asked; it has collected for 3 min 20 s: \
             12,345 artists in the table. Nothing is lost, and it goes on by itself at 14:05 UTC."
        );
        for (limit, who) in
            [(DayLimit::Spotify(1_700), "Spotify allows"), (DayLimit::Operator(1_700), "your settings allow")]
        {
            let said = held(Duration::from_hours(20), Some((Bucket::Search, limit)));
            let why =
                format!("for another 20 h, because the 1,700 search requests that {who} a day are used;");
            assert!(said.contains(&why), "{said}");
            assert!(said.ends_with(" at 2026-11-23 14:05 UTC."), "{said}");
        }
    }

    #[test]
    fn a_closed_run_shows_how_it_ended_and_why() {
        let complete = sentence(&standing(RunState::Complete));
        assert_eq!(complete, "Run 2026-11-23 is complete: 12,345 artists in the table after 3 min 20 s.");
        let mut partial = standing(RunState::Partial);
        partial.run.as_mut().unwrap().unanswered = 1200;
        assert!(sentence(&partial).contains("is partial, because 1,200 terms have no full answer"));
        partial.run.as_mut().unwrap().stopped = Some("the app's owner has no Premium".to_owned());
        assert!(sentence(&partial).contains("because it was stopped (the app's owner has no Premium)"));
    }

    #[test]
    fn before_the_first_run_the_sentence_says_so() {
        assert_eq!(sentence(&Standing::default()), "No run has been opened yet.");
    }
}
