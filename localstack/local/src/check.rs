//! Compares a sample of the stand-in's catalogue with the artist table, row by row.
//!
//! Scanning the table takes longer the larger it is, especially on an emulator. Reading a thousand rows by
//! key takes a second at any size.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use fake_spotify::catalogue::{Artist, Catalogue};
use serde::Serialize;
use serde_json::Value;

use crate::{
    observe::to_json,
    stack::Stack,
    terminal::words::{counted, number},
};

/// Artists in the sample, spread evenly over the catalogue.
const SAMPLE: usize = 1000;

/// Keys in one `BatchGetItem`.
const BATCH: usize = 100;

/// Most ids that the result lists.
const NAMED: usize = 5;

/// The result of the comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Artists in the sample.
    pub sampled: u64,
    /// Artists that are missing in the table.
    pub missing: u64,
    /// Artists whose row differs from the catalogue.
    pub different: u64,
    /// The ids of some of those artists.
    pub different_ids: Vec<String>,
}

impl Check {
    /// Runs the comparison; `None` if the catalogue is unknown because the Spotify was not started here.
    pub async fn of(stack: &Stack) -> Result<Option<Self>> {
        let Some(settings) = stack.spotify().settings.clone() else { return Ok(None) };
        let catalogue = tokio::task::spawn_blocking(move || settings.catalogue()).await??;
        let ranks = sample(catalogue.len());
        let mut check = Self {
            sampled: u64::try_from(ranks.len())?,
            missing: 0,
            different: 0,
            different_ids: Vec::new(),
        };
        for batch in ranks.chunks(BATCH) {
            let rows = rows(stack, &catalogue, batch).await?;
            for rank in batch {
                check.count(catalogue.artist(*rank), &rows);
            }
        }
        Ok(Some(check))
    }

    fn count(&mut self, artist: Artist<'_>, rows: &HashMap<String, Value>) {
        let Some(row) = rows.get(artist.id()) else {
            self.missing += 1;
            return;
        };
        if !agrees(artist, row) {
            self.different += 1;
            if self.different_ids.len() < NAMED {
                self.different_ids.push(artist.id().to_owned());
            }
        }
    }

    /// The result as one line.
    pub fn text(&self) -> String {
        let sampled = counted(self.sampled, "artist");
        let missing = match self.missing {
            0 => "all are in the table".to_owned(),
            1 => "1 is missing".to_owned(),
            missing => format!("{} are missing", number(missing)),
        };
        let different = match self.different {
            0 => "every stored value equals the catalogue's".to_owned(),
            different => {
                let such = self.different_ids.join(" ");
                format!("{} with other values than the catalogue's, such as {such}", number(different))
            }
        };
        format!("Sample: {sampled} of the catalogue: {missing}; {different}.")
    }
}

/// Ranks spread evenly over a catalogue.
fn sample(artists: usize) -> Vec<u32> {
    let size = artists.min(SAMPLE);
    (0..size).filter_map(|number| u32::try_from(number * artists / size).ok()).collect()
}

/// The rows of these artists by id; missing artists are left out.
async fn rows(stack: &Stack, catalogue: &Catalogue, ranks: &[u32]) -> Result<HashMap<String, Value>> {
    let table = &stack.deployment().artists;
    let key = |rank: &u32| {
        let id = catalogue.artist(*rank).id().to_owned();
        HashMap::from([("id".to_owned(), AttributeValue::S(id))])
    };
    let keys = KeysAndAttributes::builder().set_keys(Some(ranks.iter().map(key).collect())).build()?;
    let (mut rows, mut pending) = (HashMap::new(), Some(keys));
    while let Some(keys) = pending.take() {
        let answer = stack.clients().dynamodb.batch_get_item().request_items(table, keys).send().await;
        let answer = answer.context("cannot read the artists of the sample")?;
        let items = answer.responses.and_then(|mut tables| tables.remove(table)).unwrap_or_default();
        for row in items.into_iter().map(to_json) {
            rows.insert(row["id"].as_str().context("an artist row has no id")?.to_owned(), row);
        }
        pending = answer.unprocessed_keys.and_then(|mut tables| tables.remove(table));
    }
    Ok(rows)
}

/// Whether a row agrees with the catalogue. Fields that an answer did not contain are missing in the row,
/// which is fine. A number that the catalogue does not know is answered as 0.
fn agrees(artist: Artist<'_>, row: &Value) -> bool {
    let same = |field: &str, value: Value| row.get(field).is_none_or(|stored| *stored == value);
    row["name"] == artist.name()
        && same("popularity", artist.popularity().unwrap_or(0).into())
        && same("followers", artist.followers().unwrap_or(0).into())
        && same("genres", artist.genres().collect())
}

#[cfg(test)]
mod tests {
    use fake_spotify::generate::generate;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_sample_is_spread_evenly_and_never_larger_than_the_catalogue() {
        assert_eq!((sample(0), sample(3)), (vec![], vec![0, 1, 2]));
        let large = sample(1_000_000);
        assert_eq!((large.len(), large[0], large[1], large[999]), (1000, 0, 1000, 999_000));
    }

    #[test]
    fn an_unknown_number_agrees_with_the_zero_that_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("artists.csv");
        std::fs::write(&file, "id,name,followers,popularity,genres\n4Z8W4fKeB5YxbusRsdQVP2,Bert,,,\n")
            .unwrap();
        let catalogue = fake_spotify::catalogue::from_csv(&file).unwrap();
        let agrees = |row| agrees(catalogue.artist(0), &row);
        assert!(agrees(json!({"name": "Bert", "popularity": 0, "followers": 0, "genres": []})));
        assert!(agrees(json!({"name": "Bert"})), "an app in development mode gets neither");
        assert!(!agrees(json!({"name": "Bert", "popularity": 1})));
    }

    #[test]
    fn missing_and_changed_artists_are_counted_and_named() {
        let catalogue = generate(3, 1).unwrap();
        let row = |rank: u32| {
            let artist = catalogue.artist(rank);
            json!({"id": artist.id(), "name": artist.name(), "popularity": artist.popularity()})
        };
        let mut changed = row(1);
        changed["name"] = "another".into();
        let rows = [row(0), changed].map(|row| (row["id"].as_str().unwrap().to_owned(), row)).into();
        let mut check = Check { sampled: 3, missing: 0, different: 0, different_ids: Vec::new() };
        for artist in catalogue.iter() {
            check.count(artist, &rows);
        }
        assert_eq!((check.missing, check.different), (1, 1));
        assert_eq!(check.different_ids, [catalogue.artist(1).id()]);
        assert!(
            check.text().starts_with("Sample: 3 artists of the catalogue: 1 is missing; 1 with other values"),
            "{}",
            check.text()
        );
    }
}
