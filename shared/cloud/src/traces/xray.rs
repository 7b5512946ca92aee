//! From spans to X-Ray's subsegments, one UDP packet for each.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::Value as Attribute;
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use serde_json::{Map, Value, json};

/// Goes before each document. Source: "Sending segment documents to the X-Ray daemon" in its developer guide.
const HEADER: &str = "{\"format\": \"json\", \"version\": 1}\n";

/// The attributes that become annotations; all others stay out.
const ANNOTATIONS: [&str; 9] =
    ["run", "snapshot", "term", "id", "receive_count", "messages", "bucket", "endpoint", "wait_ms"];

/// The attribute with the table or queue of an operation, an annotation too.
pub(super) const RESOURCE: &str = "resource";

/// Longest text of an annotation, in characters. X-Ray takes 1,000, and 64 KiB for a document.
const LONGEST: usize = 250;

/// X-Ray's daemon.
#[derive(Debug)]
pub(super) struct Daemon {
    socket: UdpSocket,
    /// The stack's name, an annotation of each span.
    stack: String,
}

impl Daemon {
    pub(super) fn new(address: SocketAddr, stack: &str) -> io::Result<Self> {
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any)?;
        socket.set_nonblocking(true)?;
        socket.connect(address)?;
        Ok(Self { socket, stack: stack.to_owned() })
    }
}

impl SpanExporter for Daemon {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &batch {
            let packet = format!("{HEADER}{}", subsegment(span, &self.stack));
            let sent = self.socket.send(packet.as_bytes());
            sent.map_err(|error| OTelSdkError::InternalFailure(error.to_string()))?;
        }
        Ok(())
    }
}

/// A span as X-Ray's subsegment. Source: "X-Ray segment documents" in its developer guide.
fn subsegment(span: &SpanData, stack: &str) -> Value {
    let context = &span.span_context;
    let mut document = json!({
        "type": "subsegment",
        "name": span.name,
        "id": context.span_id().to_string(),
        "trace_id": xray_id(context.trace_id()),
        "start_time": seconds(span.start_time),
        "end_time": seconds(span.end_time),
        "annotations": annotations(span, stack),
    });
    if span.parent_span_id != SpanId::INVALID {
        document["parent_id"] = json!(span.parent_span_id.to_string());
    }
    if let Some(operation) = attribute(span, "rpc.method") {
        document["namespace"] = json!("aws");
        document["aws"] = json!({"operation": text(operation)});
    } else if span.span_kind == SpanKind::Client {
        document["namespace"] = json!("remote");
    }
    let status = match attribute(span, "http.response.status_code") {
        Some(Attribute::I64(status)) => Some(*status),
        _ => None,
    };
    if let Some(status) = status {
        document["http"] = json!({"response": {"status": status}});
    }
    if let Some(Attribute::String(method)) = attribute(span, "http.request.method") {
        document["http"]["request"] = json!({"method": method.as_str()});
    }
    match status {
        Some(429) => {
            document["error"] = json!(true);
            document["throttle"] = json!(true);
        }
        Some(400..500) => document["error"] = json!(true),
        Some(500..) => document["fault"] = json!(true),
        _ if matches!(span.status, Status::Error { .. }) => document["fault"] = json!(true),
        _ => {}
    }
    document
}

fn annotations(span: &SpanData, stack: &str) -> Map<String, Value> {
    let mut annotations = Map::new();
    annotations.insert("stack".to_owned(), json!(stack));
    for name in ANNOTATIONS.into_iter().chain([RESOURCE]) {
        let value = match attribute(span, name) {
            None => continue,
            Some(Attribute::Bool(value)) => json!(value),
            Some(Attribute::I64(value)) => json!(value),
            Some(Attribute::F64(value)) => json!(value),
            Some(value) => json!(text(value)),
        };
        annotations.insert(name.to_owned(), value);
    }
    annotations
}

fn attribute<'a>(span: &'a SpanData, name: &str) -> Option<&'a Attribute> {
    span.attributes.iter().find(|attribute| attribute.key.as_str() == name).map(|attribute| &attribute.value)
}

fn text(value: &Attribute) -> String {
    value.as_str().chars().take(LONGEST).collect()
}

/// Seconds since 1970, with the fraction that X-Ray shows.
fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// A trace's id as X-Ray writes it: the version, the seconds of its beginning, and a number.
fn xray_id(id: TraceId) -> String {
    let id = id.to_string();
    let (time, number) = id.split_at(8);
    format!("1-{time}-{number}")
}
