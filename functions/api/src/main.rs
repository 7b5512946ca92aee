//! The program that Lambda starts; see the library beside it.

use api::config::ApiConfig;
use lambda_http::Error;
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    cloud::logging::init();
    let config = ApiConfig::from_env().inspect_err(|error| tracing::error!(%error, "api cannot start"))?;
    let sources = config.sources(&cloud::aws::sdk_config());
    lambda_http::run(api::lambda::observed(api::router(sources, config.cursor_key(), config.patience))).await
}
