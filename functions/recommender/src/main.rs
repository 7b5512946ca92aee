//! The program that Lambda starts; see the library beside it.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use recommender::{Ports, RecommenderConfig, handle};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    cloud::logging::init();
    let config = RecommenderConfig::from_env()
        .inspect_err(|error| tracing::error!(%error, "recommender cannot start"))?;
    let ports = Ports::new(&config).await;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| handle(&ports, event).await)).await
}
