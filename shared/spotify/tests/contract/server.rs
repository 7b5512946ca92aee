//! A scripted Spotify on 127.0.0.1 that records its requests.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use collect::catalogue::ArtistId;
use spotify::{Client, Config, Credentials, PageAsk};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub(crate) const SECRET: &str = "hush-hush-secret";
pub(crate) const SEARCH_PAGE: &str = include_str!("../../fixtures/search-page.json");

/// One scripted answer.
#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    delay: Duration,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into(), delay: Duration::ZERO }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"));
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// A token that is valid for `lifetime` seconds.
    pub(crate) fn token(value: &str, lifetime: u32) -> Self {
        Self::new(
            200,
            format!(r#"{{"access_token":"{value}","token_type":"Bearer","expires_in":{lifetime}}}"#),
        )
    }
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    from: SocketAddr,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

#[derive(Default)]
struct Script {
    seen: Mutex<Vec<Seen>>,
    api: Mutex<VecDeque<Reply>>,
    token: Mutex<VecDeque<Reply>>,
    /// If set, the API answers 401 to every other token.
    accepted: Mutex<Option<String>>,
    tokens_given: Mutex<u32>,
}

impl Script {
    fn api_reply(&self, seen: &Seen) -> Reply {
        let accepted = self.accepted.lock().expect("lock").clone();
        if accepted.is_some_and(|token| seen.header("authorization") != format!("Bearer {token}")) {
            return Reply::new(401, r#"{"error":{"status":401,"message":"The access token expired"}}"#);
        }
        let scripted = self.api.lock().expect("lock").pop_front();
        scripted.unwrap_or_else(|| Reply::new(200, SEARCH_PAGE))
    }

    fn token_reply(&self) -> Reply {
        let scripted = self.token.lock().expect("lock").pop_front();
        let mut given = self.tokens_given.lock().expect("lock");
        *given += 1;
        scripted.unwrap_or_else(|| Reply::token(&format!("token-{given}"), 3600))
    }
}

/// The server; it stops with the test's runtime.
pub(crate) struct Server {
    address: SocketAddr,
    script: Arc<Script>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let script = Arc::new(Script::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { address, script }
    }

    pub(crate) fn config(&self) -> Config {
        Config {
            api_url: format!("http://{}/v1", self.address),
            token_url: format!("http://{}/api/token", self.address),
            ..Config::default()
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.config(), credentials()).expect("a client")
    }

    /// Scripts the API's next answer; the default is a page of three artists.
    pub(crate) fn api(&self, reply: Reply) {
        self.script.api.lock().expect("lock").push_back(reply);
    }

    /// Scripts the token service's next answer; the default is `token-1`, `token-2` and so on, valid for an
    /// hour.
    pub(crate) fn token(&self, reply: Reply) {
        self.script.token.lock().expect("lock").push_back(reply);
    }

    /// From now on, the API accepts only this token.
    pub(crate) fn accept_only(&self, token: &str) {
        *self.script.accepted.lock().expect("lock") = Some(token.to_owned());
    }

    pub(crate) fn api_requests(&self) -> Vec<Seen> {
        self.seen(|path| path.starts_with("/v1/"))
    }

    pub(crate) fn token_requests(&self) -> Vec<Seen> {
        self.seen(|path| path == "/api/token")
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen(|_| true).iter().map(|seen| seen.from).collect::<HashSet<_>>().len()
    }

    fn seen(&self, matches: impl Fn(&str) -> bool) -> Vec<Seen> {
        self.script.seen.lock().expect("lock").iter().filter(|seen| matches(&seen.path)).cloned().collect()
    }
}

async fn answer(
    State(script): State<Arc<Script>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response<Body> {
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.expect("a body");
    let body = String::from_utf8(body.to_vec()).expect("text");
    let seen = Seen { path, query, headers, body, from };
    let reply = if seen.path == "/api/token" { script.token_reply() } else { script.api_reply(&seen) };
    script.seen.lock().expect("lock").push(seen);
    tokio::time::sleep(reply.delay).await;
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().extend(reply.headers);
    response
}

/// What [`raw_api`] does after it has written its bytes.
#[derive(Clone, Copy)]
pub(crate) enum Then {
    Close,
    FallSilent,
    /// Writes this 40 times more, one every 50 ms.
    Trickle(&'static str),
}

/// An API that answers every request with `bytes`: for answers that no HTTP library would send.
pub(crate) async fn raw_api(bytes: impl Into<Vec<u8>>, then: Then) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    let bytes = bytes.into();
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => asked.push(byte),
                    Err(_) => break,
                }
            }
            // The client may hang up first.
            let _ = stream.write_all(&bytes).await;
            match then {
                Then::Close => {}
                Then::FallSilent => silent.push(stream),
                Then::Trickle(more) => {
                    for _ in 0..40 {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        let _ = stream.write_all(more.as_bytes()).await;
                    }
                }
            }
        }
    });
    url
}

pub(crate) fn credentials() -> Credentials {
    Credentials { client_id: "synthetic-app".to_owned(), client_secret: SECRET.into() }
}

pub(crate) fn question(query: &str) -> spotify::Request {
    spotify::Request::artist_search(query.to_owned(), PageAsk { limit: 50, offset: 100 })
}

/// The id of the fixtures' `number`-th artist.
pub(crate) fn id(number: u32) -> ArtistId {
    ArtistId::new(format!("0synthetic{number:012}")).expect("an id")
}
