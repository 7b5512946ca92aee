//! Operations of AWS as X-Ray's daemon receives them.

use std::net::UdpSocket;

use cloud::traces::{DAEMON, TRACES, Traces, invocation};
use collect::ports::{Control, Frontier, PortError};
use collect::term::{RunId, TermKey};
use serde_json::{Value, json};
use tracing::Instrument;
use tracing_subscriber::layer::SubscriberExt;

use crate::script::{Answer, Aws, condition_failed, done, lost, throttled};

const HEADER: &str = "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Sampled=1";

/// What X-Ray's daemon receives from an invocation that does `work`.
async fn sent(work: impl Future<Output = ()>) -> Vec<Value> {
    let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = daemon.local_addr().unwrap().to_string();
    let traces = Traces::read(|name| match name {
        TRACES => Some("true".to_owned()),
        DAEMON => Some(address.clone()),
        _ => None,
    });
    let layer = traces.unwrap().unwrap().layer();
    let _traced = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    work.instrument(invocation(Some(HEADER))).await;
    daemon.set_nonblocking(true).unwrap();
    let (mut documents, mut buffer) = (Vec::new(), vec![0; 100_000]);
    while let Ok(length) = daemon.recv(&mut buffer) {
        let document = buffer[..length].splitn(2, |byte| *byte == b'\n').last().unwrap();
        documents.push(serde_json::from_slice(document).unwrap());
    }
    documents
}

/// The one operation of an invocation that reads a term, and the invocation.
async fn reading(answers: impl IntoIterator<Item = Answer>) -> (Value, Value) {
    let aws = Aws::answering(answers);
    let documents = sent(async {
        let (run, key) = (RunId::new("1").unwrap(), TermKey::parse("search:a").unwrap());
        let _ = aws.frontier().get(&run, &key).await;
    });
    let mut documents = documents.await;
    let (invocation, operation) = (documents.pop().unwrap(), documents.pop().unwrap());
    assert_eq!(documents, Vec::<Value>::new(), "one span for all attempts");
    aws.sent();
    (operation, invocation)
}

#[tokio::test(start_paused = true)]
async fn an_operation_names_its_service_and_its_table() {
    let (operation, invocation) = reading([throttled(), done()]).await;
    assert_eq!((&operation["name"], &operation["namespace"]), (&json!("DynamoDB"), &json!("aws")));
    assert_eq!(operation["aws"], json!({"operation": "GetItem"}));
    assert_eq!(operation["annotations"], json!({"stack": "", "resource": "terms"}));
    assert_eq!(operation["http"], json!({"response": {"status": 200}}));
    assert_eq!(operation["parent_id"], invocation["id"]);
    assert_eq!((operation.get("error"), operation.get("fault")), (None, None));
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_fails_is_an_error_or_a_fault() {
    let (refused, _) = reading([condition_failed()]).await;
    assert_eq!((&refused["error"], &refused["http"]["response"]["status"]), (&json!(true), &json!(400)));
    let (unanswered, _) = reading([lost(), lost(), lost(), lost()]).await;
    assert_eq!((&unanswered["fault"], unanswered.get("http")), (&json!(true), None));
}

#[tokio::test]
async fn a_long_text_is_cut_before_a_document_grows_too_large() {
    let documents = sent(async {
        let text = "\u{e9}".repeat(40_000);
        tracing::info_span!(target: collect::spans::TARGET, "AWS", resource = text, other = text);
    });
    let documents = documents.await;
    assert_eq!(documents[0]["annotations"]["resource"].as_str().unwrap().chars().count(), 250);
    assert!(documents[0].to_string().len() < 2_000, "and what is no annotation stays out");
}

#[tokio::test]
async fn the_text_of_an_error_stays_out() {
    let error = json!({"note": "planted-secret"});
    let aws = Aws::answering([Answer::Error(403, "AccessDeniedException", error)]);
    let documents = sent(async {
        let failed = aws.control().overview().await.unwrap_err();
        assert!(matches!(failed, PortError::Misconfigured { .. }));
        tracing::error!(error = "planted-secret", "logged within the invocation");
    });
    let documents = documents.await;
    assert_eq!(documents[0]["http"]["response"]["status"], 403, "{documents:#?}");
    assert!(!json!(documents).to_string().contains("planted"), "{documents:#?}");
}
