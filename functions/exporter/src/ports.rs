//! The exporter's environment, and the ports built from it.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use cloud::clock::SystemClock;
use cloud::config::{ConfigError, Env};
use cloud::control::DynamoControl;
use cloud::export::catalogue::GlueCatalogue;
use cloud::export::ledgers::DynamoLedgers;
use cloud::export::objects::{self, S3Objects};
use cloud::export::queue::SqsWork;
use cloud::export::scans::DynamoScans;
use cloud::services::json::JsonService;
use collect::ports::export::Exporting;
use collect::snapshot::export::Formats;
use collect::snapshot::table::TableName;
use snapshot::Press;

use crate::event;

/// The configuration of the exporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExporterConfig {
    tables: BTreeMap<TableName, String>,
    control_table: String,
    queue_url: String,
    bucket: String,
    database: Option<String>,
    segments: u32,
    /// The formats beside Parquet.
    pub formats: Formats,
}

impl ExporterConfig {
    /// Reads the environment of the process.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(Env::of_process())
    }

    /// Reads any environment.
    pub fn read(mut env: Env) -> Result<Self, ConfigError> {
        let formats = env.list("FERMATA_EXPORT_FORMATS", |name| event::formats(&[name.to_owned()]));
        let formats = formats.into_iter().fold(Formats::default(), |sum, of| Formats {
            jsonl: sum.jsonl || of.jsonl,
            csv: sum.csv || of.csv,
        });
        let control_table = env.required("FERMATA_CONTROL_TABLE");
        let tables = [
            (TableName::Artists, env.required("FERMATA_ARTISTS_TABLE")),
            (TableName::Terms, env.required("FERMATA_TERMS_TABLE")),
            (TableName::Edges, env.required("FERMATA_EDGES_TABLE")),
            (TableName::Runs, control_table.clone()),
        ];
        let tracks = env.optional("FERMATA_TRACKS_TABLE");
        let of_tracks = [TableName::Tracks, TableName::Memberships, TableName::Playlists];
        let tracks = of_tracks.into_iter().filter_map(|name| Some((name, tracks.clone()?)));
        let config = Self {
            tables: tables.into_iter().chain(tracks).collect(),
            control_table,
            queue_url: env.required("FERMATA_EXPORT_QUEUE_URL"),
            bucket: env.required("FERMATA_BUCKET"),
            database: env.optional("FERMATA_GLUE_DATABASE"),
            segments: env.within("FERMATA_EXPORT_SEGMENTS", 1, 1000).unwrap_or(4),
            formats,
        };
        env.finish(config)
    }

    /// How many segments each table is scanned in: what stands under one key, or is small, in one.
    fn segments(&self) -> BTreeMap<TableName, u32> {
        let is_large = |table: &TableName| matches!(table, TableName::Artists | TableName::Edges);
        let of = |table: &TableName| if is_large(table) { self.segments } else { 1 };
        self.tables.keys().map(|table| (*table, of(table))).collect()
    }
}

/// All ports of the exporter.
#[derive(Debug)]
pub struct ExporterPorts {
    control: DynamoControl,
    ledgers: DynamoLedgers,
    objects: S3Objects,
    catalogue: GlueCatalogue,
    queue: SqsWork,
    press: Press<DynamoScans, S3Objects>,
    segments: BTreeMap<TableName, u32>,
}

impl ExporterPorts {
    /// The ports on what `config` names.
    pub fn new(aws: &SdkConfig, config: &ExporterConfig) -> Self {
        let dynamo = cloud::aws::dynamodb(aws);
        let objects = S3Objects::new(objects::client(aws), &config.bucket);
        let scans = DynamoScans::new(
            dynamo.clone(),
            aws.http_client().unwrap_or_else(cloud::aws::http_client),
            config.tables.clone(),
        );
        Self {
            // Keeps nothing that expires.
            control: DynamoControl::new(dynamo.clone(), &config.control_table, std::time::Duration::ZERO),
            ledgers: DynamoLedgers::new(dynamo, &config.control_table),
            catalogue: GlueCatalogue::new(JsonService::glue(aws), config.database.clone(), &config.bucket),
            queue: SqsWork::new(cloud::aws::sqs(aws), &config.queue_url),
            press: Press::new(scans, objects.clone()),
            objects,
            segments: config.segments(),
        }
    }
}

impl Exporting for ExporterPorts {
    type Clock = SystemClock;
    type Runs = DynamoControl;
    type Ledgers = DynamoLedgers;
    type Objects = S3Objects;
    type Catalogue = GlueCatalogue;
    type Queue = SqsWork;
    type Workshop = Press<DynamoScans, S3Objects>;

    fn clock(&self) -> &SystemClock {
        &SystemClock
    }

    fn runs(&self) -> &DynamoControl {
        &self.control
    }

    fn ledgers(&self) -> &DynamoLedgers {
        &self.ledgers
    }

    fn objects(&self) -> &S3Objects {
        &self.objects
    }

    fn catalogue(&self) -> &GlueCatalogue {
        &self.catalogue
    }

    fn queue(&self) -> &SqsWork {
        &self.queue
    }

    fn workshop(&self) -> &Press<DynamoScans, S3Objects> {
        &self.press
    }

    fn segments(&self) -> BTreeMap<TableName, u32> {
        self.segments.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: [(&str, &str); 7] = [
        ("FERMATA_ARTISTS_TABLE", "artists"),
        ("FERMATA_TERMS_TABLE", "terms"),
        ("FERMATA_EDGES_TABLE", "edges"),
        ("FERMATA_CONTROL_TABLE", "control"),
        ("FERMATA_EXPORT_QUEUE_URL", "http://queue"),
        ("FERMATA_BUCKET", "bucket"),
        ("FERMATA_EXPORT_FORMATS", "csv, jsonl"),
    ];

    fn read(variables: &[(&'static str, &'static str)]) -> Result<ExporterConfig, ConfigError> {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        ExporterConfig::read(Env::of(move |name| variables.get(name).map(|value| (*value).to_owned())))
    }

    #[test]
    fn a_large_table_has_several_segments_and_a_small_one_has_one() {
        let config = read(&COMPLETE).unwrap();
        assert_eq!(config.formats, Formats { jsonl: true, csv: true });
        assert_eq!((config.segments()[&TableName::Artists], config.segments()[&TableName::Terms]), (4, 1));
    }

    #[test]
    fn tables_of_tracks_are_exported_where_there_is_a_table_of_tracks() {
        assert_eq!(read(&COMPLETE).unwrap().segments().len(), 4);
        let mut with_tracks = COMPLETE.to_vec();
        with_tracks.push(("FERMATA_TRACKS_TABLE", "tracks"));
        let segments = read(&with_tracks).unwrap().segments();
        assert_eq!((segments.len(), segments[&TableName::Memberships]), (7, 1));
    }

    #[test]
    fn every_bad_variable_is_named_at_once() {
        let bad = [("FERMATA_EXPORT_FORMATS", "xml"), ("FERMATA_EXPORT_SEGMENTS", "0")];
        let error = read(&bad).unwrap_err().to_string();
        for name in ["xml", "SEGMENTS", "ARTISTS_TABLE", "BUCKET", "QUEUE_URL"] {
            assert!(error.contains(name), "{error} does not name {name}");
        }
    }
}
