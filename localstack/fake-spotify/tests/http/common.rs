//! What the tests over HTTP share: a client, a token, and a question.

use std::sync::Once;

use fake_spotify::{AppClass, Artists, Config, FakeSpotify};
use reqwest::{Client, StatusCode};
use serde_json::Value;

/// A stand-in and a client with a token for it.
pub(crate) struct Caller {
    pub(crate) spotify: FakeSpotify,
    pub(crate) client: Client,
    pub(crate) token: String,
}

/// The settings of most tests: few artists.
pub(crate) fn config() -> Config {
    Config { artists: Artists::Invented { count: 3_000, seed: 1 }, ..Config::default() }
}

pub(crate) fn config_of(class: AppClass) -> Config {
    Config { class, ..config() }
}

/// A client; the TLS of the workspace comes without a provider, and the client wants one even for plain HTTP.
fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails only if there is one already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    Client::new()
}

impl Caller {
    pub(crate) async fn start(config: Config) -> Self {
        let spotify = FakeSpotify::start(config).await.expect("a stand-in");
        let mut caller = Self { spotify, client: client(), token: String::new() };
        caller.renew().await;
        caller
    }

    /// Gets a new token.
    pub(crate) async fn renew(&mut self) {
        let credentials = self.spotify.credentials().clone();
        let request =
            self.client.post(self.spotify.token_url()).basic_auth(credentials.id, Some(credentials.secret));
        let answer = request.form(&[("grant_type", "client_credentials")]).send().await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let answer: Value = answer.json().await.expect("JSON");
        answer["access_token"].as_str().expect("a token").clone_into(&mut self.token);
    }

    /// Asks the API for `path` and returns the response.
    pub(crate) async fn send(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(format!("{}{path}", self.spotify.api_url())).bearer_auth(&self.token);
        request.send().await.expect("an answer")
    }

    /// Asks the API for `path` and returns status and JSON body.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.send(path).await;
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    /// Asks the API for `path`, which must be refused with this status and message.
    pub(crate) async fn refused(&self, path: &str, status: u16, message: &str) {
        let (found, body) = self.get(path).await;
        assert_eq!((found, body["error"]["message"].as_str()), (status, Some(message)), "{path}: {body}");
        assert_eq!(body["error"]["status"], status, "{path}");
    }

    /// Posts `body` to a control path and returns status and JSON body.
    pub(crate) async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/_fake/{path}", self.spotify.base_url());
        let answer = self.client.post(url).json(&body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

/// The ids of the artists on a search page, without its nulls.
pub(crate) fn ids(page: &Value) -> Vec<String> {
    ids_of(&page["artists"]["items"])
}

/// The ids of the objects in a list, without its nulls.
pub(crate) fn ids_of(items: &Value) -> Vec<String> {
    let items = items.as_array().unwrap_or_else(|| panic!("no list: {items}"));
    items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)).collect()
}
