//! The program that Lambda starts; see the library beside it.

use exporter::ports::{ExporterConfig, ExporterPorts};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    cloud::logging::init();
    let config =
        ExporterConfig::from_env().inspect_err(|error| tracing::error!(%error, "exporter cannot start"))?;
    let ports = ExporterPorts::new(&cloud::aws::sdk_config(), &config);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        // Boxed, because the future of a merge is large.
        Box::pin(exporter::handler::handle(&ports, config.formats, event)).await
    }))
    .await
}
