//! An emulator with the tables, the queue, the bucket and the catalogue of the template, and exporters on
//! them.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, PutRequest,
    ScalarAttributeType, WriteRequest,
};
use aws_sdk_sqs::types::QueueAttributeName;
use cloud::config::Env;
use cloud::control::DynamoControl;
use cloud::export::ledgers::DynamoLedgers;
use cloud::services::json::JsonService;
use collect::exporter::{tick, worker};
use collect::ports::Control;
use collect::ports::export::{Exporting, Inbox, Ledgers};
use collect::run::{Report, Run};
use collect::snapshot::export::Formats;
use collect::snapshot::ledger::Ledger;
use collect::snapshot::table::TableName;
use collect::snapshot::work_item::{WorkItem, WorkMessage};
use collect::term::RunId;
use emulator::python::{Environment, Requirements};
use emulator::workspace::Workspace;
use emulator::{Lifetime, Server};
use exporter::ports::{ExporterConfig, ExporterPorts};
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

pub(crate) const BUCKET: &str = "snapshots";
pub(crate) const DATABASE: &str = "fermata";

/// A running emulator; it ends with this value.
pub(crate) struct Place {
    _emulator: Server,
    folder: PathBuf,
    aws: SdkConfig,
    queue_url: String,
}

impl Place {
    /// One whose tables are empty. A message that an exporter has received comes back after a second, so that
    /// a killed exporter delays nobody.
    pub(crate) async fn start() -> Self {
        Self::hiding("1").await
    }

    /// One whose queue hides a received message for so many seconds.
    pub(crate) async fn hiding(seconds: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let workspace = Workspace::find().await.unwrap();
        let environment = Environment::ensure(&workspace, Requirements::Run).await.unwrap();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = workspace.home().join(format!("contract/exporter-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let emulator = Server::ministack(&environment, &folder, Lifetime::Command).await.unwrap();
        let aws = emulator.access().config();
        let mut place = Self { _emulator: emulator, folder, aws, queue_url: String::new() };
        place.create_table("artists", &["id"]).await;
        place.create_table("terms", &["run", "key"]).await;
        place.create_table("edges", &["artist", "edge"]).await;
        place.create_table("tracks", &["id"]).await;
        place.create_table("control", &["id"]).await;
        place.s3().create_bucket().bucket(BUCKET).send().await.unwrap();
        let queue = place.sqs().create_queue().queue_name("exports");
        let queue = queue.attributes(QueueAttributeName::VisibilityTimeout, seconds).send().await.unwrap();
        place.queue_url = queue.queue_url.unwrap();
        place.create_catalogue().await;
        place
    }

    /// An exporter; each call stands for another execution.
    pub(crate) fn exporter(&self) -> Exporter {
        self.exporter_on(DATABASE)
    }

    /// An exporter that registers its snapshots in another database.
    pub(crate) fn exporter_on(&self, database: &'static str) -> Exporter {
        let queue_url = self.queue_url.clone();
        let env = Env::of(move |name| {
            let value = match name {
                "FERMATA_ARTISTS_TABLE" => "artists",
                "FERMATA_TERMS_TABLE" => "terms",
                "FERMATA_EDGES_TABLE" => "edges",
                "FERMATA_TRACKS_TABLE" => "tracks",
                "FERMATA_CONTROL_TABLE" => "control",
                "FERMATA_BUCKET" => BUCKET,
                "FERMATA_GLUE_DATABASE" => database,
                "FERMATA_EXPORT_QUEUE_URL" => &queue_url,
                _ => return None,
            };
            Some(value.to_owned())
        });
        let config = ExporterConfig::read(env).unwrap();
        Exporter { ports: ExporterPorts::new(&self.aws, &config), config }
    }

    /// Opens a run after the run before it.
    pub(crate) async fn open(&self, id: &str, previous: Option<&str>) -> Run {
        let previous = previous.map(|previous| RunId::new(previous).unwrap());
        let run = Run::open(RunId::new(id).unwrap(), Timestamp::now() - Duration::from_hours(2));
        let run = Run { previous, ..run };
        self.control().open(&run).await.unwrap();
        run
    }

    /// Opens a run that found these artists, and closes it.
    pub(crate) async fn run(&self, id: &str, artists: &[Value]) {
        let run = self.open(id, None).await;
        self.put("artists", artists).await;
        let term = json!({
            "run": id, "key": "search:a", "source": "search", "state": "done", "priority": 1.5, "depth": 0,
            "tally": {"requests": 3, "new": artists.len()},
        });
        self.put("terms", &[term]).await;
        let report = Report { done: 1, ..Report::default() };
        assert!(self.control().close(&run.closed(report, Timestamp::now())).await.unwrap());
    }

    /// Ticks `exporters` at a time until no export is active.
    pub(crate) async fn work(&self, exporters: usize) {
        let mut working = Vec::new();
        for _ in 0..exporters {
            working.push(async {
                let exporter = self.exporter();
                while self.ledger().await.active.is_some() {
                    exporter.handle(json!({"job": "tick"})).await;
                }
            });
        }
        futures::future::join_all(working).await;
    }

    /// Begins the export that is due, and works it until all that is left is to publish it.
    pub(crate) async fn work_up_to_publishing(&self) {
        let ports = self.exporter().ports;
        tick::tick(&ports, Formats::default()).await.unwrap();
        loop {
            let Some(received) = ports.queue().receive().await.unwrap() else { continue };
            let message: WorkMessage = serde_json::from_str(&received.body).unwrap();
            if message.work == WorkItem::Publish {
                return;
            }
            Box::pin(worker::work(&ports, &message, Timestamp::MAX)).await.unwrap();
            ports.queue().remove(&received).await.unwrap();
        }
    }

    /// Removes the intermediate objects, as their expiry does.
    pub(crate) async fn expire_work(&self) {
        let list = self.s3().list_objects_v2().bucket(BUCKET).prefix("work/").send().await.unwrap();
        for key in list.contents.unwrap_or_default().into_iter().filter_map(|object| object.key) {
            self.s3().delete_object().bucket(BUCKET).key(key).send().await.unwrap();
        }
    }

    /// Replaces what the exporter remembers.
    pub(crate) async fn remember(&self, ledger: &Ledger) {
        let ledgers = DynamoLedgers::new(self.dynamodb(), "control");
        let (_, version) = ledgers.load().await.unwrap();
        assert!(ledgers.save(ledger, version).await.unwrap());
    }

    /// Sends a message to the queue of the exports.
    pub(crate) async fn send(&self, body: &str) {
        let send = self.sqs().send_message().queue_url(&self.queue_url).message_body(body);
        send.send().await.unwrap();
    }

    /// What the exporter remembers.
    pub(crate) async fn ledger(&self) -> Ledger {
        DynamoLedgers::new(self.dynamodb(), "control").load().await.unwrap().0
    }

    /// Lets the leases of all work run out.
    pub(crate) async fn end_leases(&self) {
        let ledgers = DynamoLedgers::new(self.dynamodb(), "control");
        let (mut ledger, version) = ledgers.load().await.unwrap();
        let Some(export) = &mut ledger.active else { return };
        export.end_leases(Timestamp::now());
        ledgers.save(&ledger, version).await.unwrap();
    }

    /// All objects of the bucket with their tags, except the intermediate ones.
    pub(crate) async fn objects(&self) -> BTreeMap<String, String> {
        let mut pages = self.s3().list_objects_v2().bucket(BUCKET).into_paginator().send();
        let mut objects = BTreeMap::new();
        while let Some(page) = pages.try_next().await.unwrap() {
            objects.extend(
                page.contents.unwrap_or_default().into_iter().filter_map(|object| {
                    object.key.filter(|key| !key.starts_with("work/")).zip(object.e_tag)
                }),
            );
        }
        objects
    }

    /// An object.
    pub(crate) async fn object(&self, key: &str) -> Vec<u8> {
        let answer = self.s3().get_object().bucket(BUCKET).key(key).send().await.unwrap();
        answer.body.collect().await.unwrap().to_vec()
    }

    /// The folder that a table of the catalogue shows.
    pub(crate) async fn location(&self, table: &str) -> String {
        let answer = self.glue("GetTable", json!({"Name": table})).await;
        location(&answer["Table"])
    }

    /// The folders of a table's partitions.
    pub(crate) async fn partitions(&self, table: &str) -> Vec<String> {
        let answer = self.glue("GetPartitions", json!({"TableName": table})).await;
        answer["Partitions"].as_array().unwrap().iter().map(location).collect()
    }

    /// Removes artists, as their expiry does.
    pub(crate) async fn remove(&self, ids: &[String]) {
        for id in ids {
            let delete = self.dynamodb().delete_item().table_name("artists");
            delete.key("id", AttributeValue::S(id.clone())).send().await.unwrap();
        }
    }

    /// Writes rows as they are.
    pub(crate) async fn put(&self, table: &str, rows: &[Value]) {
        for batch in rows.chunks(25) {
            let requests = batch.iter().map(|row| {
                let put = PutRequest::builder().set_item(Some(item(row))).build().unwrap();
                WriteRequest::builder().put_request(put).build()
            });
            let write = self.dynamodb().batch_write_item().request_items(table, requests.collect());
            write.send().await.unwrap();
        }
    }

    async fn create_table(&self, name: &str, key: &[&str]) {
        let mut create =
            self.dynamodb().create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        for (attribute, kind) in key.iter().zip([KeyType::Hash, KeyType::Range]) {
            let definition = AttributeDefinition::builder().attribute_name(*attribute);
            let definition = definition.attribute_type(ScalarAttributeType::S).build().unwrap();
            let element = KeySchemaElement::builder().attribute_name(*attribute).key_type(kind);
            create = create.attribute_definitions(definition).key_schema(element.build().unwrap());
        }
        create.send().await.unwrap();
    }

    async fn create_catalogue(&self) {
        self.glue("CreateDatabase", json!({"DatabaseInput": {"Name": DATABASE}})).await;
        let columns = json!([{"Name": "id", "Type": "string"}]);
        let files = json!({"Columns": columns, "Location": "s3://snapshots/none/"});
        for table in TableName::ALL {
            let changes = table.table().changes.then(|| format!("{table}_changes"));
            for name in [table.to_string(), format!("{table}_all")].into_iter().chain(changes) {
                let table = json!({"Name": name, "StorageDescriptor": files});
                self.glue("CreateTable", json!({"TableInput": table})).await;
            }
        }
    }

    /// Calls an operation of Glue on the database.
    async fn glue(&self, operation: &'static str, mut input: Value) -> Value {
        input["DatabaseName"] = json!(DATABASE);
        JsonService::glue(&self.aws).call(operation, input).await.unwrap()
    }

    fn control(&self) -> DynamoControl {
        DynamoControl::new(self.dynamodb(), "control", Duration::from_hours(24))
    }

    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.aws)
    }

    fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.aws)
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.aws).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed lies below `target/`.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// An execution of the function.
pub(crate) struct Exporter {
    ports: ExporterPorts,
    config: ExporterConfig,
}

impl Exporter {
    /// Handles an event and succeeds.
    pub(crate) async fn handle(&self, event: Value) -> Value {
        self.handle_within(Duration::from_mins(5), event).await
    }

    /// The same in an invocation that may last so long.
    pub(crate) async fn handle_within(&self, timeout: Duration, event: Value) -> Value {
        let mut context = Context::default();
        let deadline = Timestamp::now() + timeout;
        context.deadline = u64::try_from(deadline.as_millisecond()).unwrap();
        let event = LambdaEvent::new(event, context);
        Box::pin(exporter::handler::handle(&self.ports, self.config.formats, event)).await.unwrap()
    }
}

/// A row as DynamoDB keeps it.
fn item(row: &Value) -> HashMap<String, AttributeValue> {
    let Value::Object(fields) = row else { panic!("{row} is no row") };
    fields.iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(*value),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(values) => AttributeValue::L(values.iter().map(attribute).collect()),
        Value::Object(_) => AttributeValue::M(item(value)),
    }
}

/// The folder of a table or partition.
fn location(described: &Value) -> String {
    described["StorageDescriptor"]["Location"].as_str().unwrap().to_owned()
}
