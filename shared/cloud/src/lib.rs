//! The ports of [`collect`] on AWS.
//!
//! | module | port | what it uses |
//! |---|---|---|
//! | [`mod@artists`] | `Artists` | table `artists`: BatchGetItem, BatchWriteItem, conditional PutItem |
//! | [`terms`] | `Frontier` | table `terms` and its index `lanes` |
//! | [`control`] | `Control` | table `control`: items for runs, pace, capabilities and yields |
//! | [`queue`] | `Window` | the window queue and the dead-letter queue |
//! | [`letters`] | `DeadLetters` | the dead letters, for the operator |
//! | [`secret`] | | the Spotify credentials in Secrets Manager |
//! | [`clock`] | `Clock` | the system clock |
//! | [`logging`] | | JSON lines with run, term and outcome |
//! | [`aws`] | | configuration that all clients share; calls can be logged, to compare them with the roles |
//! | [`metrics`] | | CloudWatch metrics, as log lines |
//! | [`config`] | | the environment variables of a function |
//!
//! Every client honours `AWS_ENDPOINT_URL`, so the same binaries run on an emulator.

pub mod artists;
pub mod aws;
mod batches;
mod calls;
pub mod clock;
pub mod config;
pub mod control;
mod error;
pub mod letters;
pub mod logging;
pub mod metrics;
pub mod queue;
pub mod secret;
pub mod terms;

use collect::ports::Scheduling;

use crate::artists::DynamoArtists;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::control::DynamoControl;
use crate::queue::SqsWindow;
use crate::terms::DynamoFrontier;

/// The ports for opening, dispatching and closing runs.
#[derive(Debug)]
pub struct Cloud {
    clock: SystemClock,
    control: DynamoControl,
    frontier: DynamoFrontier,
    window: SqsWindow,
}

impl Cloud {
    /// The ports on the tables and queues in `config`.
    pub fn new(aws: &aws_config::SdkConfig, config: &Config) -> Self {
        let dynamo = aws::dynamodb(aws);
        let sqs = aws::sqs(aws);
        Self {
            clock: SystemClock,
            control: DynamoControl::new(dynamo.clone(), &config.control_table, config.retention),
            frontier: DynamoFrontier::new(dynamo, &config.terms_table),
            window: SqsWindow::new(sqs, &config.queue_url, &config.dead_letter_queue_url),
        }
    }
}

/// The artists table in `config`.
pub fn artists(aws: &aws_config::SdkConfig, table: &str, config: &Config) -> DynamoArtists {
    DynamoArtists::new(aws::dynamodb(aws), table, config.retention)
}

impl Scheduling for Cloud {
    type Clock = SystemClock;
    type Control = DynamoControl;
    type Frontier = DynamoFrontier;
    type Window = SqsWindow;

    fn clock(&self) -> &SystemClock {
        &self.clock
    }

    fn control(&self) -> &DynamoControl {
        &self.control
    }

    fn frontier(&self) -> &DynamoFrontier {
        &self.frontier
    }

    fn window(&self) -> &SqsWindow {
        &self.window
    }
}
