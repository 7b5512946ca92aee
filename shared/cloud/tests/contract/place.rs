//! An emulator with the tables and queues of the template.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use cloud::artists::DynamoArtists;
use cloud::control::DynamoControl;
use cloud::queue::SqsWindow;
use cloud::terms::DynamoFrontier;
use emulator::python::{Environment, Requirements};
use emulator::workspace::Workspace;
use emulator::{Lifetime, Server};

const RETENTION: Duration = Duration::from_hours(24 * 90);

/// Clients for the services behind the ports.
pub(crate) struct Clients {
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
}

/// A running emulator; it ends with this value.
pub(crate) struct Place {
    _emulator: Server,
    folder: PathBuf,
    clients: Clients,
}

impl Place {
    /// An empty one.
    pub(crate) async fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let workspace = Workspace::find().await.unwrap();
        let environment = Environment::ensure(&workspace, Requirements::Run).await.unwrap();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = workspace.home().join(format!("contract/{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let emulator = Server::ministack(&environment, &folder, Lifetime::Command).await.unwrap();
        let aws = emulator::aws::config(emulator.endpoint());
        let clients =
            Clients { dynamodb: aws_sdk_dynamodb::Client::new(&aws), sqs: aws_sdk_sqs::Client::new(&aws) };
        Self { _emulator: emulator, folder, clients }
    }

    /// The control port; each call stands for another function.
    pub(crate) fn control(&self) -> DynamoControl {
        DynamoControl::new(self.clients.dynamodb.clone(), "control", Duration::from_hours(24))
    }

    /// The table behind it.
    pub(crate) async fn create_control(&self) {
        self.create("control", &[("id", KeyType::Hash)], None).await;
    }

    /// The artists port on a new table.
    pub(crate) async fn artists(&self) -> DynamoArtists {
        let wanted = [("wanted", KeyType::Hash), ("prominence", KeyType::Range)];
        self.create("artists", &[("id", KeyType::Hash)], Some(("wanted", &wanted))).await;
        DynamoArtists::new(self.clients.dynamodb.clone(), "artists", RETENTION)
    }

    /// The frontier port on a new table.
    pub(crate) async fn frontier(&self) -> DynamoFrontier {
        let lanes = [("lane", KeyType::Hash), ("rank", KeyType::Range)];
        self.create("terms", &[("run", KeyType::Hash), ("key", KeyType::Range)], Some(("lanes", &lanes)))
            .await;
        DynamoFrontier::new(self.clients.dynamodb.clone(), "terms")
    }

    /// The window port on two new queues, with the URLs of the window and of the dead letters.
    pub(crate) async fn window(&self) -> (SqsWindow, String, String) {
        let mut urls = Vec::new();
        for name in ["window", "dead-letters"] {
            let created = self.clients.sqs.create_queue().queue_name(name).send().await.unwrap();
            urls.push(created.queue_url.unwrap());
        }
        let window = SqsWindow::new(self.clients.sqs.clone(), &urls[0], &urls[1]);
        (window, urls[0].clone(), urls[1].clone())
    }

    /// Clients for looking behind the ports.
    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    async fn create(&self, table: &str, key: &[(&str, KeyType)], index: Option<(&str, &[(&str, KeyType)])>) {
        let (index_name, index_key) = index.unwrap_or(("", &[]));
        let schema = |key: &[(&str, KeyType)]| -> Vec<KeySchemaElement> {
            let element = |(name, kind): &(&str, KeyType)| {
                KeySchemaElement::builder().attribute_name(*name).key_type(kind.clone()).build().unwrap()
            };
            key.iter().map(element).collect()
        };
        let attributes = key.iter().chain(index_key).map(|(name, _)| {
            let kind = if matches!(*name, "rank" | "prominence") {
                ScalarAttributeType::N
            } else {
                ScalarAttributeType::S
            };
            AttributeDefinition::builder().attribute_name(*name).attribute_type(kind).build().unwrap()
        });
        let index = GlobalSecondaryIndex::builder()
            .index_name(index_name)
            .set_key_schema(Some(schema(index_key)))
            .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build());
        self.clients
            .dynamodb
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
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed lies below `target/`.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
