//! The ports on an emulator with the tables and queues of the template.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    Projection, ProjectionType, ScalarAttributeType,
};
use cloud::artists::{DynamoArtists, EdgeItem, read_row};
use cloud::control::DynamoControl;
use cloud::dead_letters::SqsDeadLetters;
use cloud::queue::SqsWindow;
use cloud::terms::DynamoFrontier;
use cloud::tracks::DynamoTracks;
use cloud::users::DynamoUsers;
use collect::catalogue::ArtistId;
use collect::plan::{ArtistRow, EdgeRow};
use collect::ports::{Delivery, Handle};
use collect::settings::Settings;
use emulator::python::{Environment, Requirements};
use emulator::workspace::Workspace;
use emulator::{Lifetime, Server};
use jiff::Timestamp;

use crate::place::Place;

/// The names of the tables.
const TABLES: [&str; 7] = ["artists", "control", "edges", "search", "terms", "tracks", "users"];

/// A running emulator, and the ports on it; it ends with this value.
pub(crate) struct Emulator {
    _program: Server,
    folder: PathBuf,
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
    artists: DynamoArtists,
    control: DynamoControl,
    frontier: DynamoFrontier,
    window: SqsWindow,
    dead_letters: SqsDeadLetters,
    tracks: DynamoTracks,
    users: DynamoUsers,
}

impl Emulator {
    /// The client behind the tables.
    pub(crate) fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        &self.dynamodb
    }

    /// Begins anew with empty tables.
    pub(crate) async fn empty(&self) {
        for table in TABLES {
            self.dynamodb.delete_table().table_name(table).send().await.unwrap();
        }
        create_tables(&self.dynamodb).await;
    }
}

impl Place for Emulator {
    type Artists = DynamoArtists;
    type Control = DynamoControl;
    type Frontier = DynamoFrontier;
    type Window = SqsWindow;
    type DeadLetters = SqsDeadLetters;
    type Tracks = DynamoTracks;
    type Users = DynamoUsers;

    async fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let workspace = Workspace::find().await.unwrap();
        let environment = Environment::ensure(&workspace, Requirements::Run).await.unwrap();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = workspace.home().join(format!("contract/{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let program = Server::ministack(&environment, &folder, Lifetime::Command).await.unwrap();
        let aws = program.access().config();
        let (dynamodb, sqs) = (aws_sdk_dynamodb::Client::new(&aws), aws_sdk_sqs::Client::new(&aws));
        create_tables(&dynamodb).await;
        let [queue, dead] = create_queues(&sqs).await;
        let retention = Settings::default().retention;
        Self {
            _program: program,
            folder,
            artists: DynamoArtists::new(dynamodb.clone(), "artists", retention)
                .with_index(Some("search"))
                .with_edges("edges"),
            control: DynamoControl::new(dynamodb.clone(), "control", retention),
            frontier: DynamoFrontier::new(dynamodb.clone(), "terms"),
            window: SqsWindow::new(sqs.clone(), &queue, &dead),
            dead_letters: SqsDeadLetters::new(sqs.clone(), &dead),
            tracks: DynamoTracks::new(dynamodb.clone(), "tracks", retention),
            users: DynamoUsers::new(dynamodb.clone(), "users", retention),
            queue_url: queue,
            dynamodb,
            sqs,
        }
    }

    fn artists(&self) -> &DynamoArtists {
        &self.artists
    }

    fn control(&self) -> &DynamoControl {
        &self.control
    }

    fn frontier(&self) -> &DynamoFrontier {
        &self.frontier
    }

    fn window(&self) -> &SqsWindow {
        &self.window
    }

    fn users(&self) -> &DynamoUsers {
        &self.users
    }

    fn dead_letters(&self) -> &SqsDeadLetters {
        &self.dead_letters
    }

    fn tracks(&self) -> &DynamoTracks {
        &self.tracks
    }

    async fn row(&self, id: &ArtistId) -> Option<ArtistRow> {
        let id = AttributeValue::S(id.as_str().to_owned());
        let read = self.dynamodb.get_item().table_name("artists").key("id", id).send().await.unwrap();
        Some(read_row(read.item?).unwrap())
    }

    async fn edges(&self) -> Vec<EdgeRow> {
        let items = self.dynamodb.scan().table_name("edges").send().await.unwrap().items.unwrap();
        let row = |item| serde_dynamo::from_item::<_, EdgeItem>(item).unwrap().into_row().unwrap();
        let mut rows: Vec<EdgeRow> = items.into_iter().map(row).collect();
        rows.sort_by_key(|row| row.edge.to_string());
        rows
    }

    async fn receive(&self) -> Vec<Delivery> {
        let request = self.sqs.receive_message().queue_url(&self.queue_url).max_number_of_messages(10);
        let received = request.visibility_timeout(1).send().await.unwrap();
        let delivery = |message: &aws_sdk_sqs::types::Message| Delivery {
            id: message.message_id.clone().unwrap(),
            handle: Handle(message.receipt_handle.clone().unwrap()),
            body: message.body.clone().unwrap(),
            receive_count: 1,
            received_at: Timestamp::now(),
        };
        received.messages().iter().map(delivery).collect()
    }

    async fn until_visible(&self) {
        tokio::time::sleep(Duration::from_millis(1500)).await;
    }
}

async fn create_tables(dynamodb: &aws_sdk_dynamodb::Client) {
    let stubs = [("stub", KeyType::Hash), ("prominence", KeyType::Range)];
    let lanes = [("lane", KeyType::Hash), ("rank", KeyType::Range)];
    let terms = [("run", KeyType::Hash), ("key", KeyType::Range)];
    create_table(dynamodb, "artists", &[("id", KeyType::Hash)], Some(("stubs", &stubs))).await;
    let search = [("shelf", KeyType::Hash), ("place", KeyType::Range)];
    create_table(dynamodb, "search", &search, None).await;
    let pending = [("pending", KeyType::Hash)];
    create_table(dynamodb, "tracks", &[("id", KeyType::Hash)], Some(("pending", &pending))).await;
    let edges = [("artist", KeyType::Hash), ("edge", KeyType::Range)];
    create_table(dynamodb, "edges", &edges, None).await;
    let users = [("shelf", KeyType::Hash), ("place", KeyType::Range)];
    create_table(dynamodb, "users", &users, None).await;
    create_table(dynamodb, "control", &[("id", KeyType::Hash)], None).await;
    create_table(dynamodb, "terms", &terms, Some(("lanes", &lanes))).await;
}

async fn create_table(
    dynamodb: &aws_sdk_dynamodb::Client,
    table: &str,
    key: &[(&str, KeyType)],
    index: Option<(&str, &[(&str, KeyType)])>,
) {
    let (index_name, index_key) = index.unwrap_or(("", &[]));
    let schema = |key: &[(&str, KeyType)]| -> Vec<KeySchemaElement> {
        let element = |(name, kind): &(&str, KeyType)| {
            KeySchemaElement::builder().attribute_name(*name).key_type(kind.clone()).build().unwrap()
        };
        key.iter().map(element).collect()
    };
    let attributes = key.iter().chain(index_key).map(|(name, _)| {
        let is_number = matches!(*name, "rank" | "prominence");
        let kind = if is_number { ScalarAttributeType::N } else { ScalarAttributeType::S };
        AttributeDefinition::builder().attribute_name(*name).attribute_type(kind).build().unwrap()
    });
    let index = GlobalSecondaryIndex::builder()
        .index_name(index_name)
        .set_key_schema(Some(schema(index_key)))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build());
    dynamodb
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.collect()))
        .set_key_schema(Some(schema(key)))
        .set_global_secondary_indexes((!index_key.is_empty()).then(|| vec![index.build().unwrap()]))
        .send()
        .await
        .unwrap();
}

/// The window queue and that of the dead letters.
async fn create_queues(sqs: &aws_sdk_sqs::Client) -> [String; 2] {
    let create = async |name: &str| {
        let created = sqs.create_queue().queue_name(name).send().await.unwrap();
        created.queue_url.unwrap()
    };
    [create("window").await, create("dead-letters").await]
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // What cannot be removed lies below `target/`.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
