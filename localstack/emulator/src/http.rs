//! Plain HTTP to servers on this machine.

use std::sync::LazyLock;

use anyhow::{Context, Result};
use reqwest::Client;

static CLIENT: LazyLock<Result<Client, reqwest::Error>> = LazyLock::new(|| {
    // Whoever was first has installed the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A proxy cannot reach this machine's own addresses.
    Client::builder().no_proxy().build()
});

/// The one client.
pub fn client() -> Result<&'static Client> {
    CLIENT.as_ref().context("the HTTP client cannot be made")
}

/// Whether a GET of `url` is answered at all; `Some(true)` when it is answered with success.
pub async fn probe(url: &str) -> Option<bool> {
    let answer = client().ok()?.get(url).send().await.ok()?;
    Some(answer.status().is_success())
}
