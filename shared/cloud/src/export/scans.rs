//! Pages of scans as DynamoDB sends them.
//!
//! The SDK would make a map of attributes of every item, which costs several times what reading the page
//! does. So the body of an answer is taken aside before the SDK reads it; signing, retries and errors stay
//! the SDK's.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use collect::ports::PortError;
use collect::ports::export::{Scans, SegmentOf};
use collect::snapshot::export::Cursor;
use collect::snapshot::table::TableName;

use crate::artists::NOT_FORGOTTEN;
use crate::error::{corrupt, port_error};

/// The tables that are exported.
#[derive(Clone, Debug)]
pub struct DynamoScans {
    client: Client,
    http: SharedHttpClient,
    tables: BTreeMap<TableName, String>,
}

impl DynamoScans {
    /// Scans of these tables, by their names in DynamoDB. `http` is what `client` uses.
    pub fn new(client: Client, http: SharedHttpClient, tables: BTreeMap<TableName, String>) -> Self {
        Self { client, http, tables }
    }
}

impl Scans for DynamoScans {
    async fn page(&self, from: &SegmentOf, after: Option<&Cursor>) -> Result<Vec<u8>, PortError> {
        let table = self.tables.get(&from.table).map(String::as_str).unwrap_or_default();
        let start = after.map(|after| key(&after.0)).transpose();
        let start = start.map_err(|error| corrupt(format!("the cursor of table {table}"), error))?;
        let kept = Kept::default();
        let http = Keeping { inner: self.http.clone(), kept: kept.clone() };
        let config = aws_sdk_dynamodb::config::Builder::new().http_client(http);
        let segment = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        match from.table {
            // The terms of one run stand together.
            TableName::Terms => {
                let query = self.client.query().table_name(table).key_condition_expression("#run = :run");
                let query = query.expression_attribute_names("#run", "run");
                let query =
                    query.expression_attribute_values(":run", AttributeValue::S(from.run.to_string()));
                let sent =
                    query.set_exclusive_start_key(start).customize().config_override(config).send().await;
                sent.map_err(|error| port_error(format!("DynamoDB Query on table {table}"), &error))?;
            }
            // The control table holds other things too.
            TableName::Runs => {
                let scan = self.client.scan().table_name(table).filter_expression("begins_with(id, :run)");
                let scan = scan.expression_attribute_values(":run", AttributeValue::S("run#".to_owned()));
                let sent =
                    scan.set_exclusive_start_key(start).customize().config_override(config).send().await;
                sent.map_err(|error| port_error(format!("DynamoDB Scan on table {table}"), &error))?;
            }
            // Three kinds of rows stand in one table, told apart by their keys.
            TableName::Tracks | TableName::Memberships | TableName::Playlists => {
                let kind = match from.table {
                    TableName::Tracks => "track#",
                    TableName::Memberships => "member#",
                    _ => "playlist#",
                };
                let scan = self.client.scan().table_name(table).filter_expression("begins_with(id, :kind)");
                let scan = scan.expression_attribute_values(":kind", AttributeValue::S(kind.to_owned()));
                let scan = scan.segment(segment(from.segment)).total_segments(segment(from.of));
                let sent =
                    scan.set_exclusive_start_key(start).customize().config_override(config).send().await;
                sent.map_err(|error| port_error(format!("DynamoDB Scan on table {table}"), &error))?;
            }
            TableName::FactTrackFeatures
            | TableName::DimTrack
            | TableName::DimArtist
            | TableName::DimAlbum
            | TableName::DimGenre
            | TableName::DimPlaylist
            | TableName::DimDate
            | TableName::BridgeTrackArtist
            | TableName::BridgePlaylistTrack => {
                return Err(corrupt(from.table.as_str(), "it is derived, so nothing can be scanned"));
            }
            // Of an artist that was erased, no snapshot tells anything.
            TableName::Artists | TableName::Edges => {
                let scan = self.client.scan().table_name(table).segment(segment(from.segment));
                let scan = scan.total_segments(segment(from.of)).set_exclusive_start_key(start);
                let scan = scan.filter_expression(NOT_FORGOTTEN);
                let sent = scan.customize().config_override(config).send().await;
                sent.map_err(|error| port_error(format!("DynamoDB Scan on table {table}"), &error))?;
            }
        }
        kept.take().ok_or_else(|| corrupt(format!("the answer to a scan of table {table}"), "it has no body"))
    }
}

/// A key as it stands in `LastEvaluatedKey`: all keys of ours are texts.
fn key(json: &str) -> Result<HashMap<String, AttributeValue>, serde_json::Error> {
    let key: HashMap<String, BTreeMap<String, String>> = serde_json::from_str(json)?;
    let text = |of: BTreeMap<String, String>| AttributeValue::S(of.into_values().next().unwrap_or_default());
    Ok(key.into_iter().map(|(name, value)| (name, text(value))).collect())
}

/// The body of the last answer.
#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Option<Vec<u8>>>>);

impl Kept {
    fn put(&self, body: Vec<u8>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
    }

    fn take(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// An HTTP client that keeps the bodies of good answers and gives the SDK an empty object instead.
#[derive(Clone, Debug)]
struct Keeping {
    inner: SharedHttpClient,
    kept: Kept,
}

impl HttpClient for Keeping {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(KeepingConnector { inner, kept: self.kept.clone() })
    }
}

#[derive(Clone, Debug)]
struct KeepingConnector {
    inner: SharedHttpConnector,
    kept: Kept,
}

impl HttpConnector for KeepingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, kept) = (self.inner.call(request), self.kept.clone());
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            if answer.status().is_success() {
                let body = std::mem::replace(answer.body_mut(), SdkBody::from("{}"));
                let body = ByteStream::new(body).collect().await;
                kept.put(body.map_err(|error| ConnectorError::io(error.into()))?.to_vec());
            }
            Ok(answer)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_the_key_that_a_page_ended_with() {
        let key = key(r#"{"run":{"S":"2026-11-23"},"key":{"S":"search:\"ab\""}}"#).unwrap();
        assert_eq!(key["key"], AttributeValue::S("search:\"ab\"".to_owned()));
        assert_eq!(key["run"], AttributeValue::S("2026-11-23".to_owned()));
        assert!(super::key("[]").is_err());
    }
}
