//! A scripted AWS: it gives the answers of a list, one per request, and records the requests as they were
//! sent.
//!
//! It replaces the HTTP client, so the requests are exactly what the SDK sends, and the SDK's retries and
//! timeouts are those of production. The SDK's own replay client does the same, but adds parsers of XML and
//! CBOR and a second version of `http`; the little that is needed is here.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use cloud::artists::DynamoArtists;
use cloud::control::DynamoControl;
use cloud::dead_letters::SqsDeadLetters;
use cloud::queue::SqsWindow;
use cloud::terms::DynamoFrontier;
use cloud::tracks::DynamoTracks;
use cloud::users::DynamoUsers;

/// How long rows are kept in these tests.
pub(crate) const RETENTION: Duration = Duration::from_hours(90 * 24);

/// The condition of a write that reads nothing before.
pub(crate) const UNDERSTOOD: &str = "attribute_not_exists(schema_version)";

/// The condition of a write that has one of its own.
pub(crate) fn if_understood(condition: &str) -> String {
    format!("({condition}) AND {UNDERSTOOD}")
}

/// A request as it was sent.
#[derive(Clone, PartialEq)]
pub(crate) struct Call {
    /// The name of the operation, such as `GetItem`; of S3, the method with path and query.
    pub(crate) operation: String,
    /// Its input; of S3, the headers that make a request conditional or partial.
    pub(crate) input: Value,
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:#}", self.operation, self.input)
    }
}

/// A request that is expected.
pub(crate) fn call(operation: &str, input: Value) -> Call {
    Call { operation: operation.to_owned(), input }
}

/// What AWS answers to one request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The output of the operation.
    Output(Value),
    /// An error: status, code, and what the error carries besides.
    Error(u16, &'static str, Value),
    /// A condition does not hold for the item that stands there after the request before, made of its input.
    RefusedAfter(fn(&Value) -> Value),
    /// What S3 answers: status, `ETag`, body.
    S3(u16, Option<&'static str>, String),
    /// The request may have been carried out, but its answer is lost.
    Lost,
}

/// The operation succeeds.
pub(crate) fn output(output: Value) -> Answer {
    Answer::Output(output)
}

/// The operation succeeds and has nothing to say.
pub(crate) fn done() -> Answer {
    Answer::Output(json!({}))
}

/// The operation fails with `code`.
pub(crate) fn error(code: &'static str) -> Answer {
    Answer::Error(400, code, json!({}))
}

/// A condition does not hold.
pub(crate) fn condition_failed() -> Answer {
    error("ConditionalCheckFailedException")
}

/// A condition does not hold for `item`.
pub(crate) fn condition_failed_on(item: &Value) -> Answer {
    Answer::Error(400, "ConditionalCheckFailedException", json!({"Item": item}))
}

/// A condition does not hold, because the request before was carried out: `standing` makes the item of the
/// input of that request.
pub(crate) fn condition_failed_after(standing: fn(&Value) -> Value) -> Answer {
    Answer::RefusedAfter(standing)
}

/// The operation succeeds, and its answer has this body.
pub(crate) fn raw(body: &str) -> Answer {
    Answer::S3(200, None, body.to_owned())
}

/// S3 answers with this body.
#[cfg(feature = "export")]
pub(crate) fn s3(tag: &'static str, body: &str) -> Answer {
    Answer::S3(200, Some(tag), body.to_owned())
}

/// S3 refuses.
#[cfg(feature = "export")]
pub(crate) fn s3_error(status: u16, code: &str) -> Answer {
    Answer::S3(status, None, format!("<Error><Code>{code}</Code><Message>scripted</Message></Error>"))
}

/// The answer does not arrive.
pub(crate) fn lost() -> Answer {
    Answer::Lost
}

/// The table has no capacity left at the moment.
pub(crate) fn throttled() -> Answer {
    error("ProvisionedThroughputExceededException")
}

/// The scripted AWS.
#[derive(Clone, Debug)]
pub(crate) struct Aws(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    answers: VecDeque<Answer>,
    sent: Vec<Call>,
}

impl Aws {
    /// An AWS that answers with these, in this order.
    pub(crate) fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self(Arc::new(Mutex::new(State { answers: answers.into_iter().collect(), sent: Vec::new() })))
    }

    /// What was sent. Fails if an answer was not fetched.
    pub(crate) fn sent(&self) -> Vec<Call> {
        let state = self.0.lock().unwrap();
        assert!(state.answers.is_empty(), "never asked for: {:?}\nsent: {:#?}", state.answers, state.sent);
        state.sent.clone()
    }

    /// The names of the operations that were sent.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.sent().into_iter().map(|call| call.operation).collect()
    }

    /// The one request that was sent.
    pub(crate) fn only(&self) -> Call {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:#?}");
        sent.remove(0)
    }

    /// A configuration whose requests come here, as patient as in production.
    pub(crate) fn config(&self) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "id", "key", None, None, "test",
            )))
            .timeout_config(cloud::aws::timeouts())
            .retry_config(cloud::aws::retries())
            .http_client(self.clone())
            .build()
    }

    pub(crate) fn artists(&self) -> DynamoArtists {
        DynamoArtists::new(cloud::aws::dynamodb(&self.config()), "artists", RETENTION)
    }

    pub(crate) fn frontier(&self) -> DynamoFrontier {
        DynamoFrontier::new(cloud::aws::dynamodb(&self.config()), "terms")
    }

    pub(crate) fn control(&self) -> DynamoControl {
        DynamoControl::new(cloud::aws::dynamodb(&self.config()), "control", RETENTION)
    }

    pub(crate) fn window(&self) -> SqsWindow {
        SqsWindow::new(cloud::aws::sqs(&self.config()), "http://queue/window", "http://queue/dead")
    }

    pub(crate) fn tracks(&self) -> DynamoTracks {
        DynamoTracks::new(cloud::aws::dynamodb(&self.config()), "tracks", RETENTION)
    }

    pub(crate) fn users(&self) -> DynamoUsers {
        DynamoUsers::new(cloud::aws::dynamodb(&self.config()), "users", RETENTION)
    }

    pub(crate) fn dead_letters(&self) -> SqsDeadLetters {
        SqsDeadLetters::new(cloud::aws::sqs(&self.config()), "http://queue/dead")
    }
}

impl HttpClient for Aws {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut state = self.0.lock().unwrap();
        let answer = match state.answers.pop_front() {
            Some(Answer::RefusedAfter(standing)) => {
                let before = state.sent.last().expect("a request before");
                Some(condition_failed_on(&standing(&before.input)))
            }
            answer => answer,
        };
        state.sent.push(read(&request));
        HttpConnectorFuture::ready(match answer {
            Some(answer) => answer.into_response(),
            // Nobody retries this one, and it says in the test's output what was not expected.
            None => error("UnexpectedRequest").into_response(),
        })
    }
}

/// A request as a call.
fn read(request: &HttpRequest) -> Call {
    let Some(target) = request.headers().get("x-amz-target") else { return read_s3(request) };
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    Call { operation, input: serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap() }
}

/// A request to S3, without what only names the operation once more.
fn read_s3(request: &HttpRequest) -> Call {
    let path = request.uri().splitn(4, '/').last().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let query: Vec<&str> = query.split('&').filter(|of| !of.is_empty() && !of.starts_with("x-id=")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let headers = ["if-match", "if-none-match", "range"];
    let headers = headers.iter().filter_map(|name| Some((*name, request.headers().get(*name)?)));
    Call {
        operation: format!("{} {path}{query}", request.method()),
        input: headers.map(|(name, value)| (name.to_owned(), json!(value))).collect(),
    }
}

impl Answer {
    fn into_response(self) -> Result<HttpResponse, ConnectorError> {
        let (status, body) = match self {
            Self::Output(output) => (200, output),
            Self::Error(status, code, mut error) => {
                error["__type"] = json!(code);
                error["message"] = json!("scripted");
                (status, error)
            }
            Self::S3(status, tag, body) => {
                let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
                let length = response.body().content_length().unwrap_or_default().to_string();
                response.headers_mut().insert("content-length", length);
                tag.map(|tag| response.headers_mut().insert("etag", tag));
                return Ok(response);
            }
            Self::RefusedAfter(_) => panic!("it depends on the request before"),
            Self::Lost => return Err(ConnectorError::timeout("the answer is lost".into())),
        };
        Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string())))
    }
}

/// An item as DynamoDB writes it: every value under the name of its type.
pub(crate) fn item(value: Value) -> Value {
    let Value::Object(attributes) = value else { panic!("{value} is no item") };
    attributes.into_iter().map(|(name, value)| (name, attribute(value))).collect()
}

fn attribute(value: Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(value) => json!({"BOOL": value}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::String(text) => json!({"S": text}),
        Value::Array(values) => json!({"L": values.into_iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(_) => json!({"M": item(value)}),
    }
}

/// Takes the end of life out of an item, in epoch seconds, and expects it `after` now.
pub(crate) fn expires(item: &mut Value, after: Duration) {
    let expires_at = item.as_object_mut().unwrap().remove("expires_at").expect("it expires");
    let expires_at: i64 = expires_at["N"].as_str().expect("a number").parse().expect("whole seconds");
    let expected = jiff::Timestamp::now().as_second() + i64::try_from(after.as_secs()).unwrap();
    assert!((expected - 60..=expected).contains(&expires_at), "{expires_at} is not {expected}");
}
