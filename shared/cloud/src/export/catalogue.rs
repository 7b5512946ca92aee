//! What Athena knows of the files: tables of a Glue database.
//!
//! The template makes, for each table of a snapshot, `NAME`, whose location is the latest snapshot,
//! `NAME_all` with a partition for each snapshot, and where changes are exported `NAME_changes`. The number
//! of the snapshot that a table shows is kept in its parameter `fermata.sequence`.

use aws_sdk_glue::Client;
use aws_sdk_glue::error::ProvideErrorMetadata;
use aws_sdk_glue::types::{PartitionInput, StorageDescriptor, Table, TableInput};
use collect::ports::PortError;
use collect::ports::export::Catalogue;
use collect::snapshot::export::Export;
use collect::snapshot::layout::Role;
use collect::snapshot::table::TableName;

use crate::error::{corrupt, port_error};

/// The parameter with the number of the snapshot that a table shows.
const SEQUENCE: &str = "fermata.sequence";

/// The Glue database; without a name there is none, as on emulators that have no Glue.
#[derive(Clone, Debug)]
pub struct GlueCatalogue {
    client: Client,
    database: Option<String>,
    bucket: String,
}

/// A client of Glue whose calls can be logged.
pub fn client(aws: &aws_config::SdkConfig) -> Client {
    Client::from_conf(aws_sdk_glue::config::Builder::from(aws).interceptor(crate::calls::Calls).build())
}

impl GlueCatalogue {
    /// The database of that name, for files in a bucket.
    pub fn new(client: Client, database: Option<String>, bucket: &str) -> Self {
        Self { client, database, bucket: bucket.to_owned() }
    }

    fn what(operation: &str, table: &str) -> String {
        format!("Glue {operation} on table {table}")
    }

    async fn table(&self, database: &str, name: &str) -> Result<Table, PortError> {
        let what = || Self::what("GetTable", name);
        let answer = self.client.get_table().database_name(database).name(name).send().await;
        answer.map_err(|error| port_error(what(), &error))?.table.ok_or_else(|| corrupt(what(), "no table"))
    }

    async fn add_partition(
        &self,
        database: &str,
        name: &str,
        export: &Export,
        folder: &str,
    ) -> Result<(), PortError> {
        let table = self.table(database, name).await?;
        let partition = PartitionInput::builder()
            .values(&export.day)
            .values(export.snapshot.as_str())
            .storage_descriptor(self.located(name, &table, folder)?)
            .build();
        let create = self.client.create_partition().database_name(database).table_name(name);
        match create.partition_input(partition).send().await {
            Err(error) if error.code() != Some("AlreadyExistsException") => {
                Err(port_error(Self::what("CreatePartition", name), &error))
            }
            _ => Ok(()),
        }
    }

    /// The table's description of its files, for those in a folder.
    fn located(&self, name: &str, table: &Table, folder: &str) -> Result<StorageDescriptor, PortError> {
        let files = table.storage_descriptor();
        let mut files = files.cloned().ok_or_else(|| corrupt(Self::what("GetTable", name), "no columns"))?;
        files.location = Some(format!("s3://{}/{folder}", self.bucket));
        Ok(files)
    }

    /// Points a table at a folder unless it shows this snapshot or a later one. Returns false if somebody
    /// else has changed it meanwhile.
    async fn point_table(
        &self,
        database: &str,
        name: &str,
        export: &Export,
        folder: &str,
    ) -> Result<bool, PortError> {
        let table = self.table(database, name).await?;
        let shown = table.parameters().and_then(|of| of.get(SEQUENCE)?.parse::<u64>().ok());
        if shown.is_some_and(|shown| shown >= export.sequence) {
            return Ok(true);
        }
        let mut parameters = table.parameters().cloned().unwrap_or_default();
        parameters.insert(SEQUENCE.to_owned(), export.sequence.to_string());
        let built = TableInput::builder()
            .name(name)
            .set_description(table.description().map(str::to_owned))
            .set_table_type(table.table_type().map(str::to_owned))
            .set_parameters(Some(parameters))
            .storage_descriptor(self.located(name, &table, folder)?)
            .build();
        let input = built.map_err(|error| corrupt(Self::what("UpdateTable", name), error))?;
        let update = self.client.update_table().database_name(database).table_input(input);
        match update.set_version_id(table.version_id().map(str::to_owned)).send().await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some("ConcurrentModificationException") => Ok(false),
            Err(error) => Err(port_error(Self::what("UpdateTable", name), &error)),
        }
    }
}

/// The tables that have partitions, with the role of their files.
fn partitioned(export: &Export) -> impl Iterator<Item = (String, Role, TableName)> {
    export.tables.keys().flat_map(|name| {
        let changes = name.table().changes.then(|| (format!("{name}_changes"), Role::Changes, *name));
        [(format!("{name}_all"), Role::Rows, *name)].into_iter().chain(changes)
    })
}

impl Catalogue for GlueCatalogue {
    async fn add(&self, export: &Export) -> Result<(), PortError> {
        let Some(database) = &self.database else { return Ok(()) };
        for (name, role, table) in partitioned(export) {
            self.add_partition(database, &name, export, &export.folder(role, table)).await?;
        }
        Ok(())
    }

    async fn point(&self, export: &Export) -> Result<(), PortError> {
        let Some(database) = &self.database else { return Ok(()) };
        for table in export.tables.keys() {
            let (name, folder) = (table.as_str(), export.folder(Role::Rows, *table));
            while !self.point_table(database, name, export, &folder).await? {}
        }
        Ok(())
    }
}
