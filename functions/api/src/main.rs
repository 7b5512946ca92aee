//! The program that Lambda starts; see the library beside it.

use std::convert::Infallible;

use api::config::ApiConfig;
use collect::ports::Control;
use lambda_http::{Error, Request, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    cloud::logging::init();
    let config = ApiConfig::from_env().inspect_err(|error| tracing::error!(%error, "api cannot start"))?;
    let control = config.control(&cloud::aws::sdk_config().await);
    lambda_http::run(service_fn(async |request: Request| {
        // Boxed, because the future that reads the table is large.
        Ok::<_, Infallible>(api::handler::handle(&request, Box::pin(control.overview())).await)
    }))
    .await
}
