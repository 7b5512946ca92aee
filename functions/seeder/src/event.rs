//! What triggers the seeder: a Scheduler's input, a rule's envelope, or a manual event.

use collect::term::RunId;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// The job that an event asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Open a run.
    Collect {
        /// The run's name, if the event has one.
        run: Option<RunId>,
        /// The scheduled time, if the event has one.
        scheduled_for: Option<Timestamp>,
    },
    /// Collect the tracks of genres: in the run that is open, or in a run of their own.
    Features {
        /// The name of that run, if the event has one.
        run: Option<RunId>,
        /// The scheduled time, if the event has one.
        scheduled_for: Option<Timestamp>,
    },
    /// Resume the last run, which was stopped.
    Resume,
    /// Do one minute's work on the open run.
    TopUp {
        /// The scheduled time, if the event has one.
        scheduled_for: Option<Timestamp>,
    },
}

/// How far the clocks of the Scheduler and of this machine may differ.
const CLOCKS: SignedDuration = SignedDuration::from_mins(1);

/// Why an event is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// It has no job.
    #[error(
        "the event names no job; it must be {{\"job\":\"collect\"}}, {{\"job\":\"features\"}}, \
         {{\"job\":\"resume\"}} or {{\"job\":\"top-up\"}}, not {0}"
    )]
    NoJob(String),
    /// Its job is unknown.
    #[error(
        "the event names the unknown job {0:?}; it must be \"collect\", \"features\", \"resume\" or \
         \"top-up\""
    )]
    UnknownJob(String),
    /// One of its fields cannot be read.
    #[error("cannot read the event's {field}: {why}")]
    Field {
        /// The field's name.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// It asks for the run of a future day; that day's own event would then find its run closed.
    #[error("the event asks for run {0}, whose day is in the future; omit `run` or use another name")]
    NotYet(RunId),
}

/// The fields of a Scheduler's input or a manual event.
struct Input<'a> {
    job: Option<&'a Value>,
    run: Option<&'a Value>,
    scheduled_for: Option<&'a Value>,
}

impl Job {
    /// Parses an event of any of the three forms.
    pub fn parse(event: &Value) -> Result<Self, EventError> {
        if event.get("detail-type").is_some() {
            return Self::from_envelope(event);
        }
        Self::from_input(&Input {
            job: event.get("job"),
            run: event.get("run"),
            scheduled_for: event.get("scheduled_for"),
        })
        .map_err(|error| match error {
            EventError::NoJob(_) => EventError::NoJob(excerpt(event)),
            error => error,
        })
    }

    /// A classic rule wraps its input. The job is in `detail`; if not, a rule whose name ends in `top-up`
    /// means that job, and any other rule is the weekly one. `time` is when it fired.
    fn from_envelope(event: &Value) -> Result<Self, EventError> {
        let detail = event.get("detail");
        let in_detail = |field: &str| detail.and_then(|detail| detail.get(field));
        let rule = event.pointer("/resources/0").and_then(Value::as_str).unwrap_or_default();
        let by_name = Value::from(if rule.ends_with("top-up") { "top-up" } else { "collect" });
        Self::from_input(&Input {
            job: Some(in_detail("job").unwrap_or(&by_name)),
            run: in_detail("run"),
            scheduled_for: in_detail("scheduled_for").or_else(|| event.get("time")),
        })
    }

    fn from_input(input: &Input<'_>) -> Result<Self, EventError> {
        match input.job {
            Some(Value::String(job)) if job == "collect" => Ok(Self::Collect {
                run: field("run", input.run)?,
                scheduled_for: field("scheduled_for", input.scheduled_for)?,
            }),
            Some(Value::String(job)) if job == "top-up" => {
                Ok(Self::TopUp { scheduled_for: field("scheduled_for", input.scheduled_for)? })
            }
            Some(Value::String(job)) if job == "features" => Ok(Self::Features {
                run: field("run", input.run)?,
                scheduled_for: field("scheduled_for", input.scheduled_for)?,
            }),
            Some(Value::String(job)) if job == "resume" => Ok(Self::Resume),
            Some(Value::String(job)) => Err(EventError::UnknownJob(job.chars().take(60).collect())),
            other => Err(EventError::NoJob(other.map_or_else(String::new, excerpt))),
        }
    }
}

/// The run that a `collect` event at `now` opens: the one that it names, or that of its day.
///
/// # Errors
/// [`EventError::NotYet`] for a future day: otherwise anybody who may invoke the seeder could use up that
/// day's run.
pub fn requested_run(
    run: Option<RunId>,
    scheduled_for: Option<Timestamp>,
    now: Timestamp,
) -> Result<RunId, EventError> {
    let run = run.unwrap_or_else(|| RunId::of_day(scheduled_for.unwrap_or(now)));
    let latest = RunId::of_day(now.saturating_add(CLOCKS).unwrap_or(now));
    let is_day = run.as_str().parse::<Date>().is_ok();
    if is_day && run > latest { Err(EventError::NotYet(run)) } else { Ok(run) }
}

/// The run that a `features` event at `now` opens where no other is open: the one that it names, or that of
/// its day, which has another name than the day's collection of artists.
///
/// # Errors
/// As [`requested_run`].
pub fn requested_features(
    run: Option<RunId>,
    scheduled_for: Option<Timestamp>,
    now: Timestamp,
) -> Result<RunId, EventError> {
    if let Some(run) = run {
        return requested_run(Some(run), None, now);
    }
    let day = requested_run(None, scheduled_for, now)?;
    RunId::new(format!("tracks-{day}"))
        .map_err(|error| EventError::Field { field: "scheduled_for", why: error.to_string() })
}

/// A field that may be absent, null, or still the placeholder that only EventBridge Scheduler replaces.
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
        assert_eq!(Job::parse(&json!({"job": "resume"})), Ok(Job::Resume));
        let features = Ok(Job::Features { run: None, scheduled_for: None });
        assert_eq!(Job::parse(&json!({"job": "features"})), features);
        assert_eq!(Job::parse(&json!({"job": "top-up"})), Ok(Job::TopUp { scheduled_for: None }));
    }

    #[test]
    fn a_schedulers_input_has_its_scheduled_time() {
        let event: Value = serde_json::from_str(include_str!("../fixtures/scheduler-weekly.json")).unwrap();
        assert_eq!(Job::parse(&event), Ok(collect(None, Some("2026-11-23T03:00:00Z"))));
    }

    #[test]
    fn an_unreplaced_placeholder_counts_as_absent() {
        let event = json!({"job": "collect", "scheduled_for": "<aws.scheduler.scheduled-time>"});
        assert_eq!(Job::parse(&event), Ok(collect(None, None)));
    }

    #[test]
    fn a_rules_name_decides_whether_it_opens_a_run_or_tops_up() {
        let weekly: Value = serde_json::from_str(include_str!("../fixtures/rule-weekly.json")).unwrap();
        assert_eq!(Job::parse(&weekly), Ok(collect(None, Some("2026-11-23T03:00:00Z"))));
        let minute: Value = serde_json::from_str(include_str!("../fixtures/rule-top-up.json")).unwrap();
        assert!(matches!(Job::parse(&minute), Ok(Job::TopUp { scheduled_for: Some(_) })));
    }

    #[test]
    fn a_bad_event_is_refused_with_its_reason() {
        let error = |event: Value| Job::parse(&event).unwrap_err().to_string();
        assert!(error(json!({"jobs": "collect"})).contains("jobs"));
        assert!(error(json!([])).contains("[]"));
        assert!(error(json!({"job": "colect"})).contains("colect"));
        assert!(error(json!({"job": "collect", "run": "a#b"})).contains("a#b"));
        assert!(error(json!({"job": "collect", "scheduled_for": "soon"})).contains("scheduled_for"));
    }

    #[test]
    fn the_run_of_a_future_day_is_refused() {
        let now: Timestamp = "2026-11-23T23:58:00Z".parse().unwrap();
        let named = |run: &str| requested_run(Some(RunId::new(run).unwrap()), None, now);
        let scheduled = |time: &str| requested_run(None, Some(time.parse().unwrap()), now);
        for refused in [named("2026-11-24"), named("2027-01-04"), scheduled("2026-11-30T03:00:00Z")] {
            assert!(matches!(refused, Err(EventError::NotYet(_))), "{refused:?}");
        }
        let asked =
            [named("2026-11-23"), named("2026-11-16"), named("by-hand"), scheduled("2026-11-23T03:00:00Z")];
        assert!(asked.iter().all(Result::is_ok), "{asked:?}");
        assert_eq!(requested_run(None, None, now).unwrap().as_str(), "2026-11-23");
        assert_eq!(requested_features(None, None, now).unwrap().as_str(), "tracks-2026-11-23");
        let later = Some("2026-11-30T03:00:00Z".parse().unwrap());
        assert!(requested_features(None, later, now).is_err());
        let almost_midnight = "2026-11-23T23:59:30Z".parse().unwrap();
        assert!(requested_run(None, Some("2026-11-24T00:00:00Z".parse().unwrap()), almost_midnight).is_ok());
    }
}
