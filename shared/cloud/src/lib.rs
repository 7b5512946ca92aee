//! The ports of [`collect`] on AWS.
//!
//! | module | port | what it uses |
//! |---|---|---|
//! | [`mod@artists`] | `Artists`, `ArtistRows`, `Tombstones` | table `artists`: `GetItem`, `BatchGetItem`, `BatchWriteItem`, conditional `BatchExecuteStatement` and PutItem |
//! | [`mod@artists`] | `ArtistIndex` | table `search`: `BatchWriteItem`, conditional `DeleteItem`, `Query` |
//! | [`mod@tracks`] | `Tracks` | table `tracks`: BatchGetItem, conditional PutItem, its index `pending` |
//! | [`mod@artists`] | `Edges`, `EdgeErasure` | table `edges`: BatchGetItem, BatchWriteItem; `Scan` to erase |
//! | [`terms`] | `Frontier` | table `terms` and its index `lanes` |
//! | [`control`] | `Control`, `Records` | table `control`: items for runs, pace, capabilities and yields |
//! | [`queue`] | `Window` | the window queue and the dead-letter queue |
//! | [`users`] | `Users` | table `users` |
//! | `export` | the exporter's | S3, Glue, a queue, table `control` (feature `export`); `SnapshotFiles` on S3 alone (feature `snapshots`) |
//! | [`dead_letters`] | `DeadLetters` | the dead letters, for the operator |
//! | [`gauges`] | `Gauges` | counts of the artists table and of both queues |
//! | `services` | | a few operations of Glue, Athena and IAM (feature `services`) |
//! | [`secret`] | | the Spotify credentials in Secrets Manager |
//! | `spotify` | `Spotify` | the client of `shared/spotify` with these credentials (feature `spotify`) |
//! | [`clock`] | `Clock` | the system clock |
//! | [`logging`] | | JSON lines with run, term and outcome |
//! | [`aws`] | | configuration that all clients share; calls can be logged, to compare them with the roles |
//! | [`traces`] | | spans of invocations, requests and calls, sent to X-Ray if switched on |
//! | [`metrics`] | | CloudWatch metrics, as log lines |
//! | [`config`] | | the environment variables of a function |
//!
//! Every client honours `AWS_ENDPOINT_URL`, so the same binaries run on an emulator.

pub mod artists;
pub mod aws;
mod batches;
mod calls;
pub mod clock;
mod conditional;
pub mod config;
pub mod control;
pub mod dead_letters;
mod error;
#[cfg(feature = "snapshots")]
pub mod export;
pub mod gauges;
pub mod logging;
mod marks;
pub mod metrics;
pub mod queue;
mod schema;
pub mod secret;
#[cfg(feature = "services")]
pub mod services;
#[cfg(feature = "spotify")]
pub mod spotify;
pub mod terms;
pub mod traces;
pub mod tracks;
pub mod users;

use collect::ports::Ports;

use crate::artists::DynamoArtists;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::control::DynamoControl;
use crate::queue::SqsWindow;
use crate::terms::DynamoFrontier;
use crate::tracks::DynamoTracks;

/// The ports for opening, dispatching and closing runs.
pub type Cloud = Ports<SystemClock, DynamoControl, DynamoFrontier, SqsWindow>;

/// The ports on the tables and queues in `config`.
pub fn ports(aws: &aws_config::SdkConfig, config: &Config) -> Cloud {
    let dynamo = aws::dynamodb(aws);
    let sqs = aws::sqs(aws);
    Cloud {
        clock: SystemClock,
        control: DynamoControl::new(dynamo.clone(), &config.control_table, config.retention),
        frontier: DynamoFrontier::new(dynamo, &config.terms_table),
        window: SqsWindow::new(sqs, &config.queue_url, &config.dead_letter_queue_url),
        artists: (),
        spotify: (),
        tracks: (),
    }
}

/// The tracks table of that name.
pub fn tracks(aws: &aws_config::SdkConfig, table: &str, config: &Config) -> DynamoTracks {
    DynamoTracks::new(aws::dynamodb(aws), table, config.retention)
}

/// The artists table in `config`.
pub fn artists(aws: &aws_config::SdkConfig, table: &str, config: &Config) -> DynamoArtists {
    DynamoArtists::new(aws::dynamodb(aws), table, config.retention)
}
