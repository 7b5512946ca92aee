//! Describes the state of a run in one sentence.

use std::time::Duration;

use super::outlook::Outlook;
use super::words::{counted, number, percent, rounded, time};
use crate::run::RunState;

/// What the sentence needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// The open run or the last one; `None` before the first.
    pub run: Option<RunStanding>,
    /// Artists in the table.
    pub artists: u64,
    /// Requests per second over the last half minute, if known.
    pub rate: Option<f64>,
    /// How long until the next request may be sent; `None` if there is no hold.
    pub held: Option<Duration>,
    /// How much of the catalogue the open run has seen, as far as an earlier run allows an estimate.
    pub outlook: Outlook,
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
        RunState::Running => match (&run.stopped, standing.held) {
            (Some(why), _) => {
                format!("Run {id} was stopped and is about to close ({why}): {artists} in the table.")
            }
            (None, Some(held)) => {
                format!(
                    "Run {id} is on hold for another {}; it has collected for {age}: {artists} in the table. \
                     Nothing is lost, and it goes on by itself.",
                    time(held)
                )
            }
            (None, None) => {
                let rate =
                    standing.rate.map_or(String::new(), |rate| format!(", {rate:.1} requests a second"));
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
        Standing { run: Some(run), artists: 12_345, rate: Some(37.04), ..Standing::default() }
    }

    #[test]
    fn an_estimate_of_the_catalogue_adds_coverage_and_the_time_left() {
        let mut standing = standing(RunState::Running);
        let (share, low, high) = (0.614, 0.59, 0.63);
        let basis = RunId::new("2026-11-16").unwrap();
        standing.outlook.coverage = Some(Coverage { share, low, high, catalogue: 15_400_000.4, basis });
        assert!(
            sentence(&standing)
                .ends_with(" a second. It has seen about 61 % of 15,400,000 artists (59 % to 63 %)."),
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
            "Run 2026-11-23 has been collecting for 3 min 20 s: 12,345 artists in the table, 37.0 requests a second."
        );
    }

    #[test]
    fn a_hold_shows_how_long_it_lasts() {
        let held = Standing { held: Some(Duration::from_secs(90)), ..standing(RunState::Running) };
        assert!(
            sentence(&held).starts_with("Run 2026-11-23 is on hold for another 1 min 30 s;"),
            "{}",
            sentence(&held)
        );
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
