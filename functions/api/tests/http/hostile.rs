//! Many clients at once, with input that no honest one sends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::fuzz::full_world;
use crate::world::{ARTIST, serve};

const CLIENTS: usize = 200;

/// Longest answer to a bad request. A query of 60 kB must not get more back than it sent.
const LONGEST: usize = 8 * 1024;

/// Texts that would tell something about the program, the tables or the machine.
const INTERNAL: [&str; 6] = ["panicked", ".rs:", "arn:", "fermata-", "/home", "Cursor"];

/// What comes after a path.
fn queries() -> Vec<String> {
    let many = (0..9_000).map(|at| format!("&p{at}=")).collect::<Vec<_>>().concat();
    [
        "?a=".to_owned() + &"a".repeat(60_000),
        "?".to_owned() + &many,
        "?".to_owned() + &"&".repeat(60_000),
        "?name=".to_owned() + &"%ff".repeat(5_000),
        "?name=".to_owned() + &"%F0%9F%8E%B5".repeat(100),
        "?genre=".to_owned() + &"%EF%B7%BA".repeat(100),
        "?name=%".to_owned(),
        "?name=%zz&genre=%0".to_owned(),
        "?name=%00".to_owned(),
        "?name=%F4%8F%BF%BF".to_owned(),
        "?genre=a%09%0A&order=name%00".to_owned(),
        "?genre=a&cursor=".to_owned() + &"A".repeat(50_000),
        "?cursor=..%2F..%2Fetc%2Fpasswd&limit=1".to_owned(),
        "?limit=18446744073709551616".to_owned(),
        "?limit=-1&limit=1e3".to_owned(),
        "?min_popularity=NaN&genre='%20OR%201=1".to_owned(),
        "?from=9999-12-31T23:59:59Z&to=-009999-01-02T01:59:59Z".to_owned(),
        "?from=+275760-09-13T00:00:00Z".to_owned(),
    ]
    .into()
}

/// Whole requests, up to the host.
fn requests() -> Vec<Vec<u8>> {
    let paths = [
        "/v1/artists",
        "/v1/genres",
        "/v1/runs",
        "/v1/runs/first",
        "/v1/runs/latest",
        "/v1/status",
        "/v1/series",
        "/v1/dead-letters",
        "/v1/capabilities",
        "/v1/snapshots",
        "/v1/users/ana",
        "/v1/users/ana/recommendations",
        "/user-recommendations/ana",
        "/v1/openapi.json",
        "/",
    ];
    let asked =
        paths.iter().flat_map(|path| queries().into_iter().map(move |query| format!("{path}{query}")));
    let (long, cut) = ("9".repeat(60_000), format!("{ARTIST}%00"));
    let odd = ["%2e%2e%2f%2e%2e%2f", "%00", "%ff%fe", "'", "{id}", long.as_str(), cut.as_str()];
    let odd = odd.into_iter().flat_map(|id| ["artists", "runs", "users"].map(|of| format!("/v1/{of}/{id}")));
    let mut requests: Vec<Vec<u8>> =
        asked.chain(odd).map(|path| format!("GET {path} HTTP/1.1\r\n").into_bytes()).collect();
    let tags = "\"x\",".repeat(10_000);
    requests.push(format!("GET /v1/status HTTP/1.1\r\nif-none-match: {tags}\r\n").into_bytes());
    let headers = (0..300).map(|at| format!("x-{at}: y\r\n")).collect::<Vec<_>>().concat();
    requests.push(format!("GET /v1/status HTTP/1.1\r\n{headers}").into_bytes());
    let deep = "[".repeat(60_000);
    requests.push(format!("PUT /v1/users/ana HTTP/1.1\r\ncontent-length: 60000\r\n\r\n{deep}").into_bytes());
    requests.push(b"PUT /v1/users/ana HTTP/1.1\r\ncontent-length: 99999999\r\n".to_vec());
    requests.push(b"BREW /v1/status HTTP/1.1\r\n".to_vec());
    requests.push(b"POST /v1/artists?name=a HTTP/1.1\r\ncontent-length: 99999999\r\n".to_vec());
    requests.push(b"GET /v1/\xff\xfe HTTP/1.1\r\n".to_vec());
    requests
}

/// Sends a request and returns the status and the answer.
async fn send(to: SocketAddr, request: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let end = format!("host: {to}\r\nconnection: close\r\n\r\n");
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(&[request, end.as_bytes()].concat()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or(0), answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_hostile_clients_break_nothing_and_learn_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = listener.local_addr().unwrap();
    let server = tokio::spawn(api::serve::serve(listener, serve(full_world().await)));
    let idle = send(to, b"GET /v1/runs/first HTTP/1.1\r\n").await;
    assert_eq!(idle.0, 200, "{}", idle.1);
    let tasks = Handle::current().metrics().num_alive_tasks();

    let requests = Arc::new(requests());
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let requests = requests.clone();
        // Together, the clients send every request several times, and never in the same order.
        clients.spawn(async move {
            let mut seen = Vec::new();
            for at in (client % 20..requests.len()).step_by(20) {
                let (status, answer) = send(to, &requests[at]).await;
                seen.push((at, status, answer));
            }
            seen
        });
    }
    let mut refused = 0;
    while let Some(seen) = clients.join_next().await {
        for (at, status, answer) in seen.unwrap() {
            let request = String::from_utf8_lossy(&requests[at][..requests[at].len().min(120)]).into_owned();
            // Without an answer, the server has closed the connection while the client was still sending.
            assert!(status < 500, "{request}: {answer}");
            if status >= 400 {
                refused += 1;
                assert!(answer.len() <= LONGEST, "{request}: {} bytes", answer.len());
                let told = INTERNAL.iter().find(|text| answer.contains(**text));
                assert_eq!(told, None, "{request}: {answer}");
            }
        }
    }

    assert!(refused > CLIENTS, "{refused} bad requests were answered");
    let (status, _) = send(to, b"GET /v1/status HTTP/1.1\r\n").await;
    assert_eq!(status, 200, "it answers honest clients as before");
    // Nothing of the clients is left behind: each connection was a task.
    tokio::time::timeout(Duration::from_mins(1), async {
        while Handle::current().metrics().num_alive_tasks() > tasks {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    server.abort();
}
