//! What is known of endpoints, sources and playlists.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::PlaylistId;
use collect::plan::{Finding, Findings, Yield, Yields};
use collect::ports::PortError;
use collect::run::{Latest, Run};
use collect::term::{RunId, Source};
use collect::web_api::Endpoint;
use jiff::Timestamp;
use serde::Deserialize;

use super::{CURRENT, DynamoControl, item_key, latest, number, text};
use crate::batches::{self, Item};
use crate::conditional::Conditional;
use crate::error::{condition_failed, corrupt, port_error};
use crate::schema;

/// The item with an attribute for each endpoint.
pub(super) const ENDPOINTS: &str = "endpoints";

/// The item with the yields of the current run: an attribute for each figure of each source, so that each can
/// be added to.
pub(super) const YIELDS: &str = "yields";

/// The figures of a yield, as they are called in attribute names.
const FIGURES: [&str; 9] =
    ["requests", "new", "mentioned", "forecast", "asked", "found", "found_stubs", "put", "faded"];

/// Larger figures were not counted by anybody. What is forgotten again can leave a little less than nothing.
const MOST_BROUGHT: f64 = 1e12;

impl DynamoControl {
    pub(super) async fn put_finding(&self, endpoint: Endpoint, finding: &Finding) -> Result<(), PortError> {
        let value = serde_dynamo::to_attribute_value(finding)
            .map_err(|error| corrupt(self.what("UpdateItem"), error))?;
        let change = self
            .update(ENDPOINTS)
            .update_expression("SET #endpoint = :finding")
            .expression_attribute_names("#endpoint", attribute(endpoint))
            .expression_attribute_values(":finding", value);
        self.apply(change).await.map(|_| ())
    }

    pub(super) fn findings(&self, mut item: Item) -> Result<Findings, PortError> {
        item.remove("id");
        self.parse(ENDPOINTS, item)
    }

    /// Adds to the figures of `run`. Those of an earlier run are replaced; those of a later one stay.
    pub(super) async fn add_yields(
        &self,
        run: &RunId,
        brought: &Yields,
        latest: &Latest,
    ) -> Result<(), PortError> {
        let Conditional::Refused(standing) = self.try_add_yields(run, brought, latest).await? else {
            return Ok(());
        };
        if !self.is_current(run).await? {
            tracing::info!(%run, "late yields dropped: another run has followed");
            return Ok(());
        }
        // If it fails, somebody else has begun the figures of this run in between.
        if !self.begin_yields(run, brought, latest, standing.get("run")).await? {
            self.try_add_yields(run, brought, latest).await?;
        }
        Ok(())
    }

    /// Whether no other run has followed.
    async fn is_current(&self, run: &RunId) -> Result<bool, PortError> {
        let keys = vec![item_key(CURRENT)];
        let current = batches::read(&self.client, &self.table, keys, true).await?.pop();
        let current: Option<Run> = current.map(|item| self.parse(CURRENT, item)).transpose()?;
        Ok(current.is_none_or(|current| current.id == *run))
    }

    /// Puts the first figures of a run in the place of those of the run `before`. Returns whether they were
    /// the first.
    async fn begin_yields(
        &self,
        run: &RunId,
        brought: &Yields,
        latest: &Latest,
        before: Option<&AttributeValue>,
    ) -> Result<bool, PortError> {
        let figures = brought.0.iter().flat_map(|(source, of)| figures(*source, *of));
        let mut item: Item = figures.map(|(name, figure)| (name, number(figure))).collect();
        item.extend(latest::attributes(latest).map(|(name, value)| (name.to_owned(), value)));
        item.extend([("id".to_owned(), text(YIELDS)), ("run".to_owned(), text(run.as_str()))]);
        let absent = "attribute_not_exists(id)";
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = match before {
            // Somebody may have marked it since.
            Some(before) => put
                .condition_expression(schema::if_understood(&format!("{absent} OR #run = :before")))
                .expression_attribute_names("#run", "run")
                .expression_attribute_values(":before", before.clone()),
            None => put.condition_expression(absent),
        };
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if condition_failed(&error) => Ok(false),
            Err(error) => Err(port_error(self.what("PutItem"), &error)),
        }
    }

    /// Adds to the figures of `run`, if they are of this run. `Refused` contains those that stand there.
    async fn try_add_yields(
        &self,
        run: &RunId,
        brought: &Yields,
        latest: &Latest,
    ) -> Result<Conditional<Item, Item>, PortError> {
        let mut change = self
            .update(YIELDS)
            .condition_expression("#run = :run")
            .expression_attribute_names("#run", "run")
            .expression_attribute_values(":run", text(run.as_str()));
        let mut sums = Vec::new();
        for (at, (name, figure)) in
            brought.0.iter().flat_map(|(source, of)| figures(*source, *of)).enumerate()
        {
            sums.push(format!("#f{at} :f{at}"));
            change = change
                .expression_attribute_names(format!("#f{at}"), name)
                .expression_attribute_values(format!(":f{at}"), number(figure));
        }
        if sums.is_empty() {
            return Ok(Conditional::Written(Item::new()));
        }
        let mut sets = Vec::new();
        for (at, (name, value)) in latest::attributes(latest).enumerate() {
            sets.push(format!("#l{at} = :l{at}"));
            change = change
                .expression_attribute_names(format!("#l{at}"), name)
                .expression_attribute_values(format!(":l{at}"), value);
        }
        let set = if sets.is_empty() { String::new() } else { format!(" SET {}", sets.join(", ")) };
        let expression = format!("ADD {}{set}", sums.join(", "));
        self.apply(change.update_expression(expression)).await
    }

    pub(super) fn yields(&self, item: &Item) -> Result<(RunId, Yields), PortError> {
        read_yields(item).map_err(|why| corrupt(format!("{YIELDS} in table {}", self.table), why))
    }

    pub(super) async fn read_snapshots(
        &self,
        playlists: &[PlaylistId],
    ) -> Result<BTreeMap<PlaylistId, String>, PortError> {
        #[derive(Deserialize)]
        struct Kept {
            playlist: PlaylistId,
            snapshot: String,
            expires_at: i64,
        }
        let ids: BTreeSet<&PlaylistId> = playlists.iter().collect();
        let keys = ids.into_iter().map(|id| item_key(&snapshot_id(id))).collect();
        let now = Timestamp::now().as_second();
        let mut snapshots = BTreeMap::new();
        for item in batches::read(&self.client, &self.table, keys, false).await? {
            let kept: Kept = self.parse("a playlist", item)?;
            // It is deleted some days after its end.
            if kept.expires_at > now {
                snapshots.insert(kept.playlist, kept.snapshot);
            }
        }
        Ok(snapshots)
    }

    pub(super) async fn write_snapshot(
        &self,
        playlist: &PlaylistId,
        snapshot: &str,
    ) -> Result<(), PortError> {
        let half = i64::try_from(self.retention.as_secs() / 2).unwrap_or(i64::MAX);
        let expires_at = Timestamp::now().as_second().saturating_add(half);
        let change = self
            .update(&snapshot_id(playlist))
            .update_expression("SET playlist = :playlist, #snapshot = :snapshot, expires_at = :expires_at")
            .expression_attribute_names("#snapshot", "snapshot")
            .expression_attribute_values(":playlist", text(playlist.as_str()))
            .expression_attribute_values(":snapshot", text(snapshot))
            .expression_attribute_values(":expires_at", number(expires_at));
        self.apply(change).await.map(|_| ())
    }
}

/// The figures of a run, or which of them cannot be read.
pub fn read_yields(item: &Item) -> Result<(RunId, Yields), String> {
    let run = item.get("run").and_then(|run| run.as_s().ok()).ok_or("run is no text")?;
    let run = RunId::new(run.as_str()).map_err(|error| error.to_string())?;
    let mut yields = Yields::default();
    for source in Source::ALL {
        let [requests, new, mentioned, forecast, asked, found, found_stubs, put, faded] =
            FIGURES.map(|name| figure(item, source, name));
        let known = Yield {
            requests: requests?,
            new: new?,
            mentioned: mentioned?,
            forecast: forecast?,
            asked: asked?,
            found: found?,
            found_stubs: found_stubs?,
            put: put?,
            faded: faded?,
        };
        if item.contains_key(&figure_name(source, FIGURES[0])) {
            yields.add(source, known);
        }
    }
    Ok((run, yields))
}

/// One of the figures; nothing was brought where there is none.
fn figure(item: &Item, source: Source, name: &str) -> Result<f64, String> {
    let name = figure_name(source, name);
    let Some(value) = item.get(&name) else { return Ok(0.0) };
    let number = value.as_n().ok().and_then(|number| number.parse::<f64>().ok());
    let number = number.filter(|number| number.abs() <= MOST_BROUGHT);
    number.ok_or_else(|| format!("{name} is no number of requests, artists or terms"))
}

fn snapshot_id(playlist: &PlaylistId) -> String {
    format!("playlist#{playlist}")
}

/// The attribute of an endpoint: its name in kebab case, as it is serialised.
fn attribute(endpoint: Endpoint) -> String {
    match serde_dynamo::to_attribute_value(endpoint) {
        Ok(AttributeValue::S(name)) => name,
        _ => endpoint.name().to_owned(),
    }
}

fn figure_name(source: Source, figure: &str) -> String {
    format!("{source}:{figure}")
}

fn figures(source: Source, of: Yield) -> [(String, f64); FIGURES.len()] {
    let Yield { requests, new, mentioned, forecast, asked, found, found_stubs, put, faded } = of;
    let values = [requests, new, mentioned, forecast, asked, found, found_stubs, put, faded];
    std::array::from_fn(|at| (figure_name(source, FIGURES[at]), (values[at] * 1000.0).round() / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_and_what_is_no_figure_is_refused_by_name() {
        let item = |name: &str, value: AttributeValue| {
            Item::from([("run".to_owned(), text("2026-11-23")), (name.to_owned(), value)])
        };
        let (run, yields) = read_yields(&item("search:requests", number(12.5))).unwrap();
        assert_eq!((run.as_str(), yields.of(Source::Search).requests), ("2026-11-23", 12.5));
        assert_eq!(yields.0.len(), 1);
        for value in [text("twelve"), AttributeValue::Null(true), number("1e125")] {
            let error = read_yields(&item("search:new", value)).unwrap_err();
            assert!(error.contains("search:new"), "{error}");
        }
        assert!(read_yields(&item("run", number(1))).unwrap_err().contains("run is no text"));
    }
}
