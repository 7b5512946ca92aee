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
    Config { artists: Artists::Generated { count: 3_000, seed: 1 }, ..Config::default() }
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

    /// Asks a control path, with the key.
    pub(crate) async fn ask_control(&self, path: &str) -> reqwest::Response {
        let url = format!("{}/_fake/{path}", self.spotify.base_url());
        let request = self.client.get(url).bearer_auth(self.spotify.control_key().expose());
        request.send().await.expect("an answer")
    }

    /// Posts `body` to a control path and returns status and JSON body.
    pub(crate) async fn control(&self, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/_fake/{path}", self.spotify.base_url());
        let request = self.client.post(url).bearer_auth(self.spotify.control_key().expose());
        let answer = request.json(&body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

/// The names of an object's fields, sorted.
pub(crate) fn keys(object: &Value) -> Vec<&str> {
    let fields = object.as_object().unwrap_or_else(|| panic!("no object: {object}"));
    fields.keys().map(String::as_str).collect()
}

/// The fields of a paging object, in which a page that links to itself and its neighbours is wrapped.
pub(crate) const PAGING: [&str; 7] = ["href", "items", "limit", "next", "offset", "previous", "total"];

impl Caller {
    /// All rows of a listing, by its next links, from pages of `limit`; `name` is the field that holds the
    /// pages, if any.
    pub(crate) async fn walk(&self, path: &str, name: Option<&str>, limit: usize) -> Vec<Value> {
        let (mut path, mut rows) = (format!("{path}?limit={limit}"), Vec::new());
        loop {
            let (status, body) = self.get(&path).await;
            assert_eq!(status, 200, "{body}");
            let page = name.map_or(&body, |name| &body[name]);
            assert_eq!(keys(page), PAGING);
            assert_eq!((&page["offset"], &page["limit"]), (&rows.len().into(), &limit.into()));
            rows.extend(page["items"].as_array().expect("items").iter().cloned());
            let Some(next) = page["next"].as_str() else {
                assert_eq!(page["total"], rows.len());
                return rows;
            };
            path = next.strip_prefix(&self.spotify.api_url()).expect("a link to this server").to_owned();
        }
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
