//! The ports of [`collect`] on AWS.
//!
//! | module | port | what it uses |
//! |---|---|---|
//! | [`mod@artists`] | `Artists` | table `artists`: BatchGetItem, BatchWriteItem, conditional PutItem |
//! | [`terms`] | `Frontier` | table `terms` and its index `lanes` |
//! | [`control`] | `Control` | table `control`: one item for the run, one for each bucket, one for the page limits |
//! | [`queue`] | `Window` | the window queue and its dead letters |
//! | [`letters`] | `DeadLetters` | the dead letters, for the operator |
//! | [`secret`] | | the Spotify credentials in Secrets Manager |
//! | [`clock`] | `Clock` | the system clock |
//! | [`logging`] | | JSON lines with run, term and outcome |
//! | [`aws`] | | what all clients share; each call can be logged, to compare with what a role allows |
//! | [`metrics`] | | CloudWatch metrics, as lines of the log |
//! | [`config`] | | the environment variables of a function, all bad ones named at once |
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

/// The ports that opening, dispatching and closing runs need.
#[derive(Debug)]
pub struct Cloud {
    clock: SystemClock,
    control: DynamoControl,
    frontier: DynamoFrontier,
    window: SqsWindow,
}

impl Cloud {
    /// The ports on the tables and queues that `config` names.
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

/// The artist rows that `config` names.
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
