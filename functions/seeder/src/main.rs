//! The program that Lambda starts; see the library beside it.

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
        Box::pin(seeder::handler::handle(&ports, settings, &event.payload)).await
    }))
    .await
}
