//! What Athena knows of the files: tables of a Glue database.
//!
//! The template makes, for each table of a snapshot, `NAME`, whose location is the latest snapshot,
//! `NAME_all` with a partition for each snapshot, and where changes are exported `NAME_changes`. The number
//! of the snapshot that a table shows is kept in its parameter `fermata.sequence`.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use collect::ports::PortError;
use collect::ports::export::Catalogue;
use collect::snapshot::export::Export;
use collect::snapshot::layout::Role;
use collect::snapshot::table::TableName;
use serde_json::{Value, json};

use crate::batches;
use crate::error::{corrupt, port_error};
use crate::services::json::JsonService;

/// The parameter with the number of the snapshot that a table shows.
const SEQUENCE: &str = "fermata.sequence";

/// Updates of a table that others keep changing, with waits that double from 50 ms: some six seconds in all.
const TRIES: u32 = 8;

/// What an update has to repeat of a table, because it replaces the whole description. Glue adds fields of
/// its own to a table, and takes none of them back.
const REPEATED: [&str; 10] = [
    "Name",
    "Description",
    "Owner",
    "Parameters",
    "PartitionKeys",
    "Retention",
    "StorageDescriptor",
    "TableType",
    "ViewExpandedText",
    "ViewOriginalText",
];

/// The Glue database; without a name there is none, as on emulators that have no Glue.
#[derive(Clone, Debug)]
pub struct GlueCatalogue {
    glue: JsonService,
    database: Option<String>,
    bucket: String,
}

impl GlueCatalogue {
    /// The database of that name, for files in a bucket.
    pub fn new(glue: JsonService, database: Option<String>, bucket: &str) -> Self {
        Self { glue, database, bucket: bucket.to_owned() }
    }

    fn what(operation: &str, table: &str) -> String {
        format!("Glue {operation} on table {table}")
    }

    async fn table(&self, database: &str, name: &str) -> Result<Value, PortError> {
        let what = || Self::what("GetTable", name);
        let answer = self.glue.call("GetTable", json!({"DatabaseName": database, "Name": name})).await;
        let mut answer = answer.map_err(|error| port_error(what(), &error))?;
        let table = answer.get_mut("Table").map(Value::take).filter(Value::is_object);
        table.ok_or_else(|| corrupt(what(), "no table"))
    }

    async fn add_partition(
        &self,
        database: &str,
        name: &str,
        export: &Export,
        folder: &str,
    ) -> Result<(), PortError> {
        let table = self.table(database, name).await?;
        let partition = json!({
            "Values": [export.day, export.snapshot.as_str()],
            "StorageDescriptor": self.located(name, &table, folder)?,
        });
        let input = json!({"DatabaseName": database, "TableName": name, "PartitionInput": partition});
        match self.glue.call("CreatePartition", input).await {
            Err(error) if error.code() != Some("AlreadyExistsException") => {
                Err(port_error(Self::what("CreatePartition", name), &error))
            }
            _ => Ok(()),
        }
    }

    /// The table's description of its files, for those in a folder.
    fn located(&self, name: &str, table: &Value, folder: &str) -> Result<Value, PortError> {
        let mut files = table.get("StorageDescriptor").cloned().unwrap_or_default();
        let described = files.as_object_mut();
        let described = described.ok_or_else(|| corrupt(Self::what("GetTable", name), "no columns"))?;
        described.insert("Location".to_owned(), json!(format!("s3://{}/{folder}", self.bucket)));
        Ok(files)
    }

    /// Points a table at a folder, again where somebody else changes it meanwhile: another export, or a
    /// deployment of the template. They are soon done.
    async fn point_until_it_holds(
        &self,
        database: &str,
        name: &str,
        export: &Export,
        folder: &str,
    ) -> Result<(), PortError> {
        for round in 0..TRIES {
            batches::pause(round).await;
            if self.point_table(database, name, export, folder).await? {
                return Ok(());
            }
        }
        let why = format!("{TRIES} times, somebody else changed it meanwhile");
        Err(PortError::Unavailable { what: Self::what("UpdateTable", name), why })
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
        let parameters = table.get("Parameters").and_then(Value::as_object);
        let shown = parameters.and_then(|of| of.get(SEQUENCE)?.as_str()?.parse::<u64>().ok());
        if shown.is_some_and(|shown| shown >= export.sequence) {
            return Ok(true);
        }
        let mut parameters = parameters.cloned().unwrap_or_default();
        parameters.insert(SEQUENCE.to_owned(), json!(export.sequence.to_string()));
        let repeated = REPEATED.iter().filter_map(|field| Some((*field, table.get(field)?.clone())));
        let mut replaced: Value = repeated.map(|(field, value)| (field.to_owned(), value)).collect();
        replaced["Parameters"] = json!(parameters);
        replaced["StorageDescriptor"] = self.located(name, &table, folder)?;
        let mut input = json!({"DatabaseName": database, "TableInput": replaced});
        if let Some(version) = table.get("VersionId") {
            input["VersionId"] = version.clone();
        }
        match self.glue.call("UpdateTable", input).await {
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
            self.point_until_it_holds(database, name, export, &folder).await?;
        }
        Ok(())
    }
}
