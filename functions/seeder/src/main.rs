//! The seeder: opens a run when the weekly schedule fires, and every minute tops the window up, gives lost terms back and
//! closes the run when nothing is left to ask.
//!
//! What it does lives in [`collect::schedule`]; this crate knows events and the environment.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `FERMATA_TERMS_TABLE`, `FERMATA_CONTROL_TABLE` | the tables | none |
//! | `FERMATA_QUEUE_URL`, `FERMATA_DEAD_LETTER_QUEUE_URL` | the queues | none |
//! | `FERMATA_CONCURRENCY` | fetchers at a time, from which the window follows | 2 |
//! | `FERMATA_WINDOW` | terms in the queue at most | 20 for each fetcher |
//! | `FERMATA_RATE_PER_30S` | the operator's limit of requests in any 30 seconds | learned |
//! | `FERMATA_SEARCH_PER_DAY` | the operator's limit of searches in any 24 hours | learned |
//! | `FERMATA_RETENTION_DAYS` | how long terms are kept | 90 |
//! | `FERMATA_LOG` | log filter | `info` |

mod event;
mod handler;
mod metrics;

use cloud::Cloud;
use cloud::config::Config;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    cloud::logging::init();
    let config = Config::from_env().inspect_err(|error| tracing::error!(%error, "seeder cannot start"))?;
    let ports = Cloud::new(&cloud::aws::sdk_config().await, &config);
    let settings = &config.settings;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        handler::handle(&ports, settings, &event.payload).await
    }))
    .await
}
