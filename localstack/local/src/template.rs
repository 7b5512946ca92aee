//! Reads `infra/template.yaml` as text.
//!
//! Two things are needed from it, both on lines of their own: each function's code, to replace it by an
//! uploaded package as `sam package` does, and the events that the schedules send. A YAML parser would have
//! to know CloudFormation's tags to write the same template again.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The template.
#[derive(Clone, Debug)]
pub struct Template(String);

impl Template {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Self> {
        std::fs::read_to_string(path).map(Self).with_context(|| format!("cannot read {}", path.display()))
    }

    /// The template with the code of `function` at `uri`, in the form `s3://bucket/key`.
    ///
    /// # Errors
    /// Fails unless the function's `CodeUri` occurs exactly once.
    pub fn with_code(&self, function: &str, uri: &str) -> Result<Self> {
        let from = format!("CodeUri: ../functions/{function}\n");
        match self.0.matches(&from).count() {
            1 => Ok(Self(self.0.replace(&from, &format!("CodeUri: {uri}\n")))),
            found => bail!("the template should have the line `{}` once, not {found} times", from.trim()),
        }
    }

    /// The template for code of one `architecture`: CloudFormation refuses to deploy it for another.
    ///
    /// # Errors
    /// Fails unless the parameter's default and choices occur exactly once.
    pub fn only_for(&self, architecture: &str) -> Result<Self> {
        const CHOICES: &str = "    Default: arm64\n    AllowedValues: [arm64, x86_64]\n";
        match self.0.matches(CHOICES).count() {
            1 => {
                let only = format!("    Default: {architecture}\n    AllowedValues: [{architecture}]\n");
                Ok(Self(self.0.replace(CHOICES, &only)))
            }
            found => bail!("the template should have the choices of `Architecture` once, not {found} times"),
        }
    }

    /// The event that the schedule for `job` sends at the moment `now` (RFC 3339): its `Input`, with the
    /// placeholder for the scheduled time replaced as EventBridge Scheduler does.
    ///
    /// # Errors
    /// Fails if no schedule in the template has an `Input` for this job.
    pub fn schedule_event(&self, job: &str, now: &str) -> Result<Value> {
        self.0
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Input: '")?.strip_suffix('\''))
            .map(|input| input.replace("<aws.scheduler.scheduled-time>", now))
            .filter_map(|input| serde_json::from_str::<Value>(&input).ok())
            .find(|event| event["job"] == job)
            .with_context(|| format!("no schedule in the template has an Input with the job `{job}`"))
    }

    /// The template's text, for CloudFormation.
    pub fn body(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use collect::operator::Trouble;

    use super::*;

    /// Runbook sections that belong to no alarm.
    const NO_ALARM: [&str; 1] = ["A deployment that failed"];

    fn template() -> Template {
        Template::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/template.yaml")).unwrap()
    }

    #[test]
    fn the_code_of_every_function_can_be_replaced() {
        for function in crate::functions::FUNCTIONS {
            let uri = format!("s3://bucket/{function}.zip");
            let replaced = template().with_code(function, &uri).unwrap();
            assert!(replaced.body().contains(&format!("CodeUri: {uri}\n")));
        }
        assert!(template().with_code("stranger", "s3://bucket/key").is_err());
    }

    #[test]
    fn a_template_for_one_architecture_takes_no_other() {
        let body = template().only_for("x86_64").unwrap().0;
        assert!(body.contains("    Default: x86_64\n    AllowedValues: [x86_64]\n"));
        assert!(!body.contains("[arm64"));
    }

    #[test]
    fn every_schedule_sends_its_job_and_scheduled_time() {
        for job in ["collect", "features", "top-up", "tick"] {
            let event = template().schedule_event(job, "2026-03-02T03:00:00Z").unwrap();
            assert_eq!(event, serde_json::json!({"job": job, "scheduled_for": "2026-03-02T03:00:00Z"}));
        }
        assert!(template().schedule_event("dance", "2026-03-02T03:00:00Z").is_err());
    }

    #[test]
    fn every_alarm_and_trouble_has_a_runbook_section() {
        let template = template();
        let alarms = template.body().lines().filter_map(|line| {
            line.trim().strip_prefix("AlarmName: !Sub \"${AWS::StackName}-")?.strip_suffix('"')
        });
        let alarms: BTreeSet<&str> = alarms.collect();
        assert_eq!(alarms.len(), template.body().matches("Type: AWS::CloudWatch::Alarm").count());
        assert!(!alarms.is_empty());
        let runbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/RUNBOOK.md");
        let runbook = std::fs::read_to_string(runbook).unwrap();
        let sections: BTreeSet<&str> = runbook.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let mut expected = alarms;
        expected.extend(Trouble::ALL.iter().map(|trouble| trouble.name()));
        expected.extend(NO_ALARM);
        assert_eq!(expected, sections);
    }
}
