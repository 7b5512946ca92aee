//! What triggers the seeder: a Scheduler's input, a rule's envelope, or somebody by hand.

use collect::term::RunId;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Open a run.
    Collect {
        /// Its name, if the event gives it one.
        run: Option<RunId>,
        /// When it was scheduled for, if the event says so.
        scheduled_for: Option<Timestamp>,
    },
    /// Do one minute's work on the open run.
    TopUp {
        /// When it was scheduled for, if the event says so.
        scheduled_for: Option<Timestamp>,
    },
}

/// How far the clocks of the Scheduler and of this machine may differ.
const CLOCKS: SignedDuration = SignedDuration::from_mins(1);

/// An event that names no job, or asks for what may not be done.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It names no job.
    #[error("the event names no job; it must be {{\"job\":\"collect\"}} or {{\"job\":\"top-up\"}}, not {0}")]
    NoJob(String),
    /// It names another one.
    #[error("the event names the job {0:?}; there are \"collect\" and \"top-up\"")]
    UnknownJob(String),
    /// A field cannot be read.
    #[error("the event's {field} cannot be read: {why}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// It would open the run of a day that has not come, and that day's own event would find its run closed.
    #[error(
        "the event asks for the run {0}, whose day has not come; leave `run` out or give it another name"
    )]
    NotYet(RunId),
}

/// The fields of a Scheduler's input or a manual event.
struct Input<'a> {
    job: Option<&'a Value>,
    run: Option<&'a Value>,
    scheduled_for: Option<&'a Value>,
}

impl Job {
    /// Reads any of the three forms.
    pub fn parse(event: &Value) -> Result<Self, EventError> {
        if event.get("detail-type").is_some() {
            return Self::of_envelope(event);
        }
        Self::of_input(&Input {
            job: event.get("job"),
            run: event.get("run"),
            scheduled_for: event.get("scheduled_for"),
        })
        .map_err(|error| match error {
            EventError::NoJob(_) => EventError::NoJob(excerpt(event)),
            error => error,
        })
    }

    /// A classic rule wraps its input: the job stands in `detail`, or the rule's name ends in it, or else the rule is the
    /// weekly one; `time` is when it fired.
    fn of_envelope(event: &Value) -> Result<Self, EventError> {
        let detail = event.get("detail");
        let of_detail = |field: &str| detail.and_then(|detail| detail.get(field));
        let rule = event.pointer("/resources/0").and_then(Value::as_str).unwrap_or_default();
        let by_name = Value::from(if rule.ends_with("top-up") { "top-up" } else { "collect" });
        Self::of_input(&Input {
            job: Some(of_detail("job").unwrap_or(&by_name)),
            run: of_detail("run"),
            scheduled_for: of_detail("scheduled_for").or_else(|| event.get("time")),
        })
    }

    fn of_input(input: &Input<'_>) -> Result<Self, EventError> {
        match input.job {
            Some(Value::String(job)) if job == "collect" => Ok(Self::Collect {
                run: field("run", input.run)?,
                scheduled_for: field("scheduled_for", input.scheduled_for)?,
            }),
            Some(Value::String(job)) if job == "top-up" => {
                Ok(Self::TopUp { scheduled_for: field("scheduled_for", input.scheduled_for)? })
            }
            Some(Value::String(job)) => Err(EventError::UnknownJob(job.chars().take(60).collect())),
            other => Err(EventError::NoJob(other.map_or_else(String::new, excerpt))),
        }
    }
}

/// The run that an event of the job `collect` asks for at `now`: the one that it names, or that of its day.
///
/// # Errors
/// [`EventError::NotYet`] for a day that has not come. Whoever may invoke the seeder could otherwise take that day's run
/// away.
pub fn wanted_run(
    run: Option<RunId>,
    scheduled_for: Option<Timestamp>,
    now: Timestamp,
) -> Result<RunId, EventError> {
    let run = run.unwrap_or_else(|| RunId::of_day(scheduled_for.unwrap_or(now)));
    let latest = RunId::of_day(now.saturating_add(CLOCKS).unwrap_or(now));
    let is_day = run.as_str().parse::<Date>().is_ok();
    if is_day && run > latest { Err(EventError::NotYet(run)) } else { Ok(run) }
}

/// A field that may be absent or null, or that its sender left as the placeholder which only EventBridge Scheduler fills.
fn field<'a, T: Deserialize<'a>>(
    field: &'static str,
    value: Option<&'a Value>,
) -> Result<Option<T>, EventError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.starts_with("<aws.scheduler.") => Ok(None),
        Some(value) => T::deserialize(value)
            .map(Some)
            .map_err(|error| EventError::Field { field, why: error.to_string().chars().take(200).collect() }),
    }
}

fn excerpt(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn collect(run: Option<&str>, scheduled_for: Option<&str>) -> Job {
        Job::Collect {
            run: run.map(|run| RunId::new(run).unwrap()),
            scheduled_for: scheduled_for.map(|time| time.parse().unwrap()),
        }
    }

    #[test]
    fn a_manual_event_names_its_job() {
        assert_eq!(Job::parse(&json!({"job": "collect"})), Ok(collect(None, None)));
        assert_eq!(Job::parse(&json!({"job": "collect", "run": "again"})), Ok(collect(Some("again"), None)));
        assert_eq!(Job::parse(&json!({"job": "top-up"})), Ok(Job::TopUp { scheduled_for: None }));
    }

    #[test]
    fn a_schedulers_input_brings_the_time_it_was_scheduled_for() {
        let event: Value = serde_json::from_str(include_str!("../fixtures/scheduler-weekly.json")).unwrap();
        assert_eq!(Job::parse(&event), Ok(collect(None, Some("2026-11-23T03:00:00Z"))));
    }

    #[test]
    fn a_placeholder_that_an_emulator_did_not_fill_counts_as_absent() {
        let event = json!({"job": "collect", "scheduled_for": "<aws.scheduler.scheduled-time>"});
        assert_eq!(Job::parse(&event), Ok(collect(None, None)));
    }

    #[test]
    fn a_rules_envelope_opens_a_run_or_tops_up_by_its_name() {
        let weekly: Value = serde_json::from_str(include_str!("../fixtures/rule-weekly.json")).unwrap();
        assert_eq!(Job::parse(&weekly), Ok(collect(None, Some("2026-11-23T03:00:00Z"))));
        let minute: Value = serde_json::from_str(include_str!("../fixtures/rule-top-up.json")).unwrap();
        assert!(matches!(Job::parse(&minute), Ok(Job::TopUp { scheduled_for: Some(_) })));
    }

    #[test]
    fn a_bad_event_is_named() {
        let error = |event: Value| Job::parse(&event).unwrap_err().to_string();
        assert!(error(json!({"jobs": "collect"})).contains("jobs"));
        assert!(error(json!([])).contains("[]"));
        assert!(error(json!({"job": "colect"})).contains("colect"));
        assert!(error(json!({"job": "collect", "run": "a#b"})).contains("a#b"));
        assert!(error(json!({"job": "collect", "scheduled_for": "soon"})).contains("scheduled_for"));
    }

    #[test]
    fn nobody_claims_the_run_of_a_day_that_has_not_come() {
        let now: Timestamp = "2026-11-23T23:58:00Z".parse().unwrap();
        let named = |run: &str| wanted_run(Some(RunId::new(run).unwrap()), None, now);
        let scheduled = |time: &str| wanted_run(None, Some(time.parse().unwrap()), now);
        for refused in [named("2026-11-24"), named("2027-01-04"), scheduled("2026-11-30T03:00:00Z")] {
            assert!(matches!(refused, Err(EventError::NotYet(_))), "{refused:?}");
        }
        let asked =
            [named("2026-11-23"), named("2026-11-16"), named("by-hand"), scheduled("2026-11-23T03:00:00Z")];
        assert!(asked.iter().all(Result::is_ok), "{asked:?}");
        assert_eq!(wanted_run(None, None, now).unwrap().as_str(), "2026-11-23");
        let almost_midnight = "2026-11-23T23:59:30Z".parse().unwrap();
        assert!(wanted_run(None, Some("2026-11-24T00:00:00Z".parse().unwrap()), almost_midnight).is_ok());
    }
}
