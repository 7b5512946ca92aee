//! Nobody but their owner's programs may use the emulators: requests as browsers and other users would send
//! them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::TcpStream;

use emulator::{
    Access, Lifetime, Server, http,
    python::{Environment, Requirements},
    workspace::{Workspace, create_private_dir},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SECRET: &str = "what-nobody-else-may-read";

/// Requests that are refused, as they go over the wire. `HOST` is the emulator's address.
const REFUSED: [(&str, &str); 7] = [
    (
        "a page asks whether it may send requests",
        "OPTIONS / HTTP/1.1\nHost: HOST\nOrigin: https://example.com\nAccess-Control-Request-Method: POST\n\
         Access-Control-Request-Headers: x-amz-target\n\n",
    ),
    (
        "a page asks for the secret",
        "POST / HTTP/1.1\nHost: HOST\nOrigin: https://example.com\nX-Amz-Target: secretsmanager.GetSecretValue\n\
         Content-Type: application/x-amz-json-1.1\nContent-Length: 17\n\n{\"SecretId\": \"s\"}",
    ),
    (
        "a page creates a function without asking",
        "POST /2015-03-31/functions HTTP/1.1\nHost: HOST\nOrigin: null\nSec-Fetch-Site: cross-site\n\
         Sec-Fetch-Mode: no-cors\nContent-Type: text/plain\nContent-Length: 2\n\n{}",
    ),
    (
        "a page looks for open ports by images",
        "GET /_localstack/health HTTP/1.1\nHost: HOST\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: image\n\n",
    ),
    (
        "a page whose name server answers with 127.0.0.1",
        "GET /_localstack/health HTTP/1.1\nHost: rebound.example.com\n\n",
    ),
    (
        "another user of the machine asks for the secret with the usual credentials",
        "POST / HTTP/1.1\nHost: HOST\nX-Amz-Target: secretsmanager.GetSecretValue\nX-Amz-Date: 20261128T000000Z\n\
         Authorization: AWS4-HMAC-SHA256 Credential=test/20261128/us-east-1/secretsmanager/aws4_request, \
         SignedHeaders=host;x-amz-date, \
         Signature=0000000000000000000000000000000000000000000000000000000000000000\n\
         Content-Type: application/x-amz-json-1.1\nContent-Length: 17\n\n{\"SecretId\": \"s\"}",
    ),
    ("another user of the machine lists buckets without credentials", "GET / HTTP/1.1\nHost: HOST\n\n"),
];

#[tokio::test]
async fn ministack_serves_its_owner_only() {
    serves_its_owner_only(Requirements::Run).await;
}

#[tokio::test]
async fn localstack_serves_its_owner_only() {
    serves_its_owner_only(Requirements::LocalStack).await;
}

async fn serves_its_owner_only(requirements: Requirements) {
    let workspace = Workspace::find().await.unwrap();
    let environment = Environment::ensure(&workspace, requirements).await.unwrap();
    let folder = workspace.home().join(format!("guard/{}", std::process::id()));
    create_private_dir(&folder).unwrap();
    let server = match requirements {
        Requirements::LocalStack => Server::localstack(&environment, &folder, Lifetime::Command).await,
        _ => Server::ministack(&environment, &folder, Lifetime::Command).await,
    };
    let server = server.unwrap();
    let address = server.access().endpoint().trim_start_matches("http://").to_owned();

    let body = format!(r#"{{"Name": "s", "SecretString": "{SECRET}", "ClientRequestToken": "{:032}"}}"#, 1);
    let (status, answer) = call(server.access(), "CreateSecret", body).await;
    assert_eq!(status, 200, "{answer}");
    for (who, request) in REFUSED {
        let answer = send(&address, &request.replace("HOST", &address)).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{who}: {answer}");
        let answer = answer.to_lowercase();
        assert!(!answer.contains(SECRET) && !answer.contains("access-control"), "{who}: {answer}");
    }
    let (status, answer) = call(server.access(), "GetSecretValue", r#"{"SecretId": "s"}"#.to_owned()).await;
    assert!(status == 200 && answer.contains(SECRET), "{status} {answer}");

    // Another address of this machine stands for its networks.
    let (_, port) = address.split_once(':').unwrap();
    assert!(TcpStream::connect(("127.0.0.2", port.parse().unwrap())).is_err(), "it listens on every network");
    server.stop().await;
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A signed request to Secrets Manager.
async fn call(access: &Access, operation: &str, body: String) -> (u16, String) {
    let client = http::client().unwrap();
    let request = client
        .post(access.endpoint())
        .header("x-amz-target", format!("secretsmanager.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .body(body)
        .build()
        .unwrap();
    let answer = client.execute(access.sign("secretsmanager", None, request).unwrap()).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Sends a request as it is, and gives what comes back.
async fn send(address: &str, request: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = request.replace('\n', "\r\n").replacen("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
