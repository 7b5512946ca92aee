//! The seeder's environment, and the queues that it checks besides the collector's ports.

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use cloud::config::{Config, ConfigError, Env};
use cloud::queue;
use collect::operator::{Patience, Trouble};
use collect::ports::PortError;

/// The seeder's configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct SeederConfig {
    /// The configuration that all functions share.
    pub shared: Config,
    /// `FERMATA_OVERDUE_DAYS`, `FERMATA_PARTIAL_PERCENT`, `FERMATA_SCHEDULED`.
    pub patience: Patience,
    missed_schedules_queue_url: String,
}

impl SeederConfig {
    /// Reads the process environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Env::of_process())
    }

    /// Reads any environment, given as a function from name to value.
    pub fn read(mut env: Env) -> Result<Self, ConfigError> {
        let usual = env.patience();
        let scheduled = env.parsed("FERMATA_SCHEDULED").unwrap_or(usual.scheduled);
        let config = Self {
            shared: Config::read(&mut env),
            patience: Patience { scheduled, ..usual },
            missed_schedules_queue_url: env.required("FERMATA_MISSED_SCHEDULES_QUEUE_URL"),
        };
        env.finish(config)
    }
}

/// The queues for terms and events that were given up.
#[derive(Debug)]
pub struct Leftovers {
    client: Client,
    queues: [(String, Trouble); 2],
}

impl Leftovers {
    /// The queues named in `config`.
    pub fn new(aws: &SdkConfig, config: &SeederConfig) -> Self {
        let queues = [
            (config.shared.dead_letter_queue_url.clone(), Trouble::DeadLetters),
            (config.missed_schedules_queue_url.clone(), Trouble::MissedSchedules),
        ];
        Self { client: cloud::aws::sqs(aws), queues }
    }

    /// One trouble for each queue that is not empty.
    pub async fn troubles(&self) -> Result<Vec<Trouble>, PortError> {
        let mut troubles = Vec::new();
        for (queue, trouble) in &self.queues {
            if queue::depth(&self.client, queue).await? > 0 {
                troubles.push(*trouble);
            }
        }
        Ok(troubles)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const COMPLETE: [(&str, &str); 5] = [
        ("FERMATA_TERMS_TABLE", "terms"),
        ("FERMATA_CONTROL_TABLE", "control"),
        ("FERMATA_QUEUE_URL", "http://queue"),
        ("FERMATA_DEAD_LETTER_QUEUE_URL", "http://dead"),
        ("FERMATA_MISSED_SCHEDULES_QUEUE_URL", "http://missed"),
    ];

    fn read(more: &'static [(&str, &str)]) -> Result<SeederConfig, ConfigError> {
        let find = move |name: &str| COMPLETE.iter().chain(more).find(|(key, _)| *key == name);
        SeederConfig::read(Env::of(move |name| find(name).map(|(_, value)| (*value).to_owned())))
    }

    #[test]
    fn patience_is_read_from_the_environment_or_has_defaults() {
        const MORE: [(&str, &str); 3] = [
            ("FERMATA_OVERDUE_DAYS", "90"),
            ("FERMATA_PARTIAL_PERCENT", "2.5"),
            ("FERMATA_SCHEDULED", "false"),
        ];
        assert_eq!(read(&[]).unwrap().patience, Patience::default());
        let patience =
            Patience { overdue: Duration::from_hours(90 * 24), scheduled: false, unanswered: 0.025 };
        assert_eq!(read(&MORE).unwrap().patience, patience);
    }

    #[test]
    fn each_queue_of_leftovers_has_a_trouble_of_its_own() {
        let leftovers = Leftovers::new(&cloud::aws::sdk_config(), &read(&[]).unwrap());
        let expected = [("http://dead", Trouble::DeadLetters), ("http://missed", Trouble::MissedSchedules)];
        assert_eq!(leftovers.queues, expected.map(|(queue, trouble)| (queue.to_owned(), trouble)));
    }

    #[test]
    fn an_unreadable_variable_is_named() {
        const MORE: [(&str, &str); 2] = [("FERMATA_OVERDUE_DAYS", "0"), ("FERMATA_SCHEDULED", "weekly")];
        let error = read(&MORE).unwrap_err().to_string();
        assert!(error.contains("FERMATA_OVERDUE_DAYS") && error.contains("FERMATA_SCHEDULED"), "{error}");
        let error = SeederConfig::read(Env::of(|_| None)).unwrap_err().to_string();
        assert!(error.contains("FERMATA_MISSED_SCHEDULES_QUEUE_URL is not set"), "{error}");
    }
}
