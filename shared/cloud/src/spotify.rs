//! The client of the Spotify Web API, with the app's credentials from Secrets Manager.

use ::spotify::{Client, Config, Credentials, SetupError};
use aws_config::SdkConfig;
use collect::ports::PortError;

use crate::config::SpotifyPlace;
use crate::secret::StoredSecret;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The secret could not be read.
    #[error(transparent)]
    Secret(#[from] PortError),
    /// The client could not be built.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// A client for the Spotify at `place`. It reads the secret now, and again once Spotify refuses the
/// credentials.
///
/// # Errors
/// When the secret cannot be read, or a setting is wrong.
pub async fn client(aws: &SdkConfig, place: &SpotifyPlace) -> Result<Client, StartError> {
    let config = Config::at(place.api_url.as_deref(), place.token_url.as_deref());
    let config = Config { plain_http: place.plain_http, market: place.market.clone(), ..config };
    let secret = StoredSecret::new(aws, &place.secret);
    let read = move || {
        let secret = secret.clone();
        async move {
            let secret = secret.read().await?;
            Ok(Credentials { client_id: secret.client_id, client_secret: secret.client_secret })
        }
    };
    Client::rotating(&config, read).await
}
