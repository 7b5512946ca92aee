//! What a handled batch sends to X-Ray's daemon: packets that arrive on 127.0.0.1.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloud::traces::{DAEMON, TRACES, Traces};
use collect::fetcher::Fetcher;
use collect::memory::{Catalogue, Memory, MemorySpotify};
use collect::pace::{Pacing, Rate};
use collect::plan::OperatorFinding;
use collect::ports::Control;
use collect::seeder;
use collect::settings::Settings;
use collect::term::{Operator, RunId};
use collect::web_api::{Evidence, SpotifyError};
use lambda_runtime::LambdaEvent;
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

const SAMPLED: &str =
    "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a:0";

/// Largest document that X-Ray takes.
const LARGEST: usize = 64 * 1024;

/// X-Ray's daemon, as far as a function sees it.
struct Daemon(UdpSocket);

impl Daemon {
    fn listening() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        Self(socket)
    }

    /// Sends what this thread traces to this daemon, if `switch` is on, and its log lines to the other.
    fn tracing(&self, switch: &str, lines: &Lines) -> DefaultGuard {
        let daemon = self.0.local_addr().unwrap().to_string();
        let traces = Traces::read(|name| match name {
            TRACES => Some(switch.to_owned()),
            DAEMON => Some(daemon.clone()),
            "FERMATA_STACK" => Some("fermata-test".to_owned()),
            _ => None,
        });
        let (traces, lines) = (traces.unwrap().map(Traces::layer), lines.clone());
        let logs = tracing_subscriber::fmt::layer().with_writer(move || lines.clone());
        tracing::subscriber::set_default(tracing_subscriber::registry().with(traces).with(logs))
    }

    /// The documents that have arrived. A packet is in the receiver's buffer when the sender goes on.
    fn documents(&self) -> Vec<Value> {
        let (mut documents, mut buffer) = (Vec::new(), vec![0; 100_000]);
        while let Ok(length) = self.0.recv(&mut buffer) {
            let packet = std::str::from_utf8(&buffer[..length]).unwrap();
            let (header, document) = packet.split_once('\n').unwrap();
            let header: Value = serde_json::from_str(header).unwrap();
            assert_eq!(header, json!({"format": "json", "version": 1}));
            assert!(document.len() <= LARGEST, "{} bytes", document.len());
            documents.push(serde_json::from_str(document).unwrap());
        }
        documents
    }
}

/// Log lines that are kept instead of printed.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn with(&self, text: &str) -> usize {
        let lines = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        lines.lines().filter(|line| line.contains(text)).count()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The rules that X-Ray's developer guide has for a subsegment that is sent by itself.
fn assert_valid(document: &Value) {
    let text = |name: &str| document[name].as_str().unwrap_or_else(|| panic!("{name}: {document}"));
    let is_hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    assert_eq!(text("type"), "subsegment");
    assert!(is_hex(text("id"), 16) && is_hex(text("parent_id"), 16), "{document}");
    let parts: Vec<&str> = text("trace_id").split('-').collect();
    assert!(matches!(parts[..], ["1", time, number] if is_hex(time, 8) && is_hex(number, 24)), "{document}");
    let is_name = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/%&#=+\\-@".contains(c);
    assert!((1..=200).contains(&text("name").len()) && text("name").chars().all(is_name), "{document}");
    let (start, end) = (document["start_time"].as_f64().unwrap(), document["end_time"].as_f64().unwrap());
    assert!(1.7e9 < start && start <= end, "seconds since 1970: {document}");
    assert!(document.get("in_progress").is_none(), "{document}");
    let annotations = document["annotations"].as_object().unwrap();
    assert!(annotations.len() <= 50);
    for (key, value) in annotations {
        assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{key}");
        assert!(value.is_number() || value.as_str().is_some_and(|text| text.len() <= 1000), "{value}");
    }
}

fn settings() -> Settings {
    Settings { pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())), ..Settings::default() }
}

/// Handles the example of a batch while a run is open, with this trace header.
async fn handle(header: Option<&str>, refusal: Option<SpotifyError>) {
    let ports = Memory { spotify: MemorySpotify::new(Catalogue::default(), 50, 1000), ..<Memory>::default() };
    let run = RunId::new("2026-11-23").unwrap();
    for operator in [Operator::Not, Operator::Quotes] {
        let finding = OperatorFinding::new(false, &run, "2026-11-23T03:00:00Z".parse().unwrap());
        ports.control.note_operator(operator, &finding).await.unwrap();
    }
    seeder::open_run(&ports, &settings(), run).await.unwrap();
    ports.spotify.fail_next(refusal);
    let payload: Value = serde_json::from_str(include_str!("../fixtures/sqs-batch.json")).unwrap();
    let mut context = lambda_runtime::Context::default();
    context.deadline = 60_000;
    context.xray_trace_id = header.map(str::to_owned);
    let mut fetcher = Fetcher::new(settings());
    fetcher::event::handle(&ports, &mut fetcher, LambdaEvent::new(payload, context)).await.unwrap();
    assert_eq!(ports.spotify.queries(), ["a"], "the work goes on whatever is traced");
}

fn named<'a>(documents: &'a [Value], name: &str) -> Vec<&'a Value> {
    documents.iter().filter(|document| document["name"] == name).collect()
}

#[tokio::test]
async fn a_batch_its_messages_and_its_requests_are_one_chain() {
    let daemon = Daemon::listening();
    let _traced = daemon.tracing("true", &Lines::default());
    handle(Some(SAMPLED), None).await;
    let documents = daemon.documents();
    documents.iter().for_each(assert_valid);
    assert!(documents.iter().all(|document| document["trace_id"] == "1-67891233-abcdef012345678912345678"));
    assert!(documents.iter().all(|document| document["annotations"]["stack"] == "fermata-test"));
    let [invocation] = named(&documents, "invocation")[..] else { panic!("{documents:#?}") };
    assert_eq!(invocation["parent_id"], "53995c3f42cd8ad8", "Lambda's record of the invocation");
    assert_eq!(invocation["annotations"]["messages"], 3);
    let [message, ..] = named(&documents, "message")[..] else { panic!("{documents:#?}") };
    assert!(named(&documents, "message").iter().all(|message| message["parent_id"] == invocation["id"]));
    let about = &message["annotations"];
    assert_eq!((&about["run"], &about["term"]), (&json!("2026-11-23"), &json!("search:a")));
    assert_eq!(about["receive_count"], 1);
    let [request] = named(&documents, "Spotify")[..] else { panic!("{documents:#?}") };
    assert_eq!((&request["parent_id"], &request["namespace"]), (&message["id"], &json!("remote")));
    let about = &request["annotations"];
    assert_eq!((&about["bucket"], &about["endpoint"]), (&json!("search"), &json!("GET /search")));
    assert!(about["wait_ms"].is_u64(), "{request}");
    assert_eq!(request["http"], json!({"response": {"status": 200}}));
    assert_eq!((request.get("error"), request.get("fault")), (None, None));
    assert_eq!(documents.len(), 5, "{documents:#?}");
}

#[tokio::test]
async fn a_refusal_shows_its_status_and_none_of_its_text() {
    let (daemon, lines) = (Daemon::listening(), Lines::default());
    let _traced = daemon.tracing("true", &lines);
    let evidence = Evidence {
        endpoint: "GET /search".to_owned(),
        status: Some(429),
        detail: "planted-secret".to_owned(),
    };
    handle(
        Some(SAMPLED),
        Some(SpotifyError::Throttled { retry_after: Some(Duration::from_secs(9)), evidence }),
    )
    .await;
    assert_ne!(lines.with("planted-secret"), 0, "the text was there to be sent");
    let documents = daemon.documents();
    documents.iter().for_each(assert_valid);
    let [request] = named(&documents, "Spotify")[..] else { panic!("{documents:#?}") };
    assert_eq!((&request["error"], &request["throttle"]), (&json!(true), &json!(true)));
    assert_eq!(request["http"]["response"]["status"], 429);
    assert!(!json!(documents).to_string().contains("planted-secret"), "{documents:#?}");
}

#[tokio::test]
async fn a_request_without_an_answer_is_a_fault() {
    let daemon = Daemon::listening();
    let _traced = daemon.tracing("true", &Lines::default());
    let evidence = Evidence { endpoint: "GET /search".to_owned(), status: None, detail: String::new() };
    handle(Some(SAMPLED), Some(SpotifyError::Transient { evidence })).await;
    let documents = daemon.documents();
    let [request] = named(&documents, "Spotify")[..] else { panic!("{documents:#?}") };
    assert_eq!((&request["fault"], request.get("http")), (&json!(true), None));
}

#[tokio::test]
async fn nothing_is_sent_while_traces_are_off_or_lambda_does_not_sample() {
    let daemon = Daemon::listening();
    for (switch, header) in [("false", SAMPLED), ("true", &SAMPLED.replace("Sampled=1", "Sampled=0"))] {
        let lines = Lines::default();
        let _traced = daemon.tracing(switch, &lines);
        handle(Some(header), None).await;
        assert_eq!(daemon.documents(), Vec::<Value>::new(), "{switch} {header}");
        assert_eq!(lines.with("no trace"), 0);
    }
}

#[tokio::test]
async fn a_broken_header_is_logged_once_and_nothing_is_traced() {
    let (daemon, lines) = (Daemon::listening(), Lines::default());
    let _traced = daemon.tracing("true", &lines);
    for header in [Some("Root=planted"), None, Some("Root=1-2-3;Sampled=1")] {
        handle(header, None).await;
    }
    assert_eq!(daemon.documents(), Vec::<Value>::new());
    assert_eq!(lines.with("no trace"), 1);
    assert_eq!(lines.with("Root=planted"), 1, "the line says what could not be read");
}
