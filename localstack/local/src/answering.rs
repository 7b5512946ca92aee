//! A server on this machine in place of AWS, for tests of what is asked of it and what its answers mean.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The bodies of the requests so far.
pub(crate) type Asked = Arc<Mutex<Vec<String>>>;

/// Starts a server that answers each request with what `answer` makes of its body: a status and a body.
pub(crate) async fn answering(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> (SdkConfig, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Asked::default();
    let log = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let body = body(&mut connection).await;
            let (status, answer) = answer(&body);
            log.lock().unwrap().push(body);
            let answer = format!(
                "HTTP/1.1 {status} any\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                answer.len()
            );
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let credentials = Credentials::new("id", "key", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(cloud::aws::http_client())
        .endpoint_url(url)
        .build();
    (config, asked)
}

async fn body(connection: &mut TcpStream) -> String {
    let mut received = Vec::new();
    loop {
        let mut part = [0; 8192];
        let read = connection.read(&mut part).await.unwrap();
        received.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&received).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() >= length.parse::<usize>().unwrap() {
            return body.to_owned();
        }
    }
}
