//! The program that Lambda starts; see the library beside it.

use collect::fetcher::Fetcher;
use fetcher::ports::{FetcherConfig, ports};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use tokio::sync::Mutex;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    cloud::logging::init();
    let config =
        FetcherConfig::from_env().inspect_err(|error| tracing::error!(%error, "fetcher cannot start"))?;
    let ports = ports(&config).await.inspect_err(|error| tracing::error!(%error, "fetcher cannot start"))?;
    // An environment runs one invocation at a time; the lock only satisfies the compiler.
    let fetcher = Mutex::new(Fetcher::new(config.shared.settings));
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        // Boxed, because the future of a batch is large.
        Box::pin(fetcher::event::handle(&ports, &mut *fetcher.lock().await, event)).await
    }))
    .await
}
