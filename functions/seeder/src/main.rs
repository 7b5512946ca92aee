//! The program that Lambda starts; see the library beside it.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use seeder::config::{Leftovers, SeederConfig};
use seeder::handler::handle;
use serde_json::Value;
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    cloud::logging::init();
    let config =
        SeederConfig::from_env().inspect_err(|error| tracing::error!(%error, "seeder cannot start"))?;
    let aws = cloud::aws::sdk_config();
    let (ports, leftovers) = (cloud::ports(&aws, &config.shared), Leftovers::new(&aws, &config));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let (settings, patience) = (&config.shared.settings, &config.patience);
        let span = cloud::traces::invocation(event.context.xray_trace_id.as_deref());
        let handled = handle(&ports, settings, patience, leftovers.troubles(), &event.payload);
        let answer = Box::pin(handled).instrument(span).await;
        cloud::metrics::report_throttling();
        answer
    }))
    .await
}
