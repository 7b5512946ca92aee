//! Recorded pages of scans: a file for each table, with one answer after the other and its length before it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use collect::ports::PortError;
use collect::ports::export::{Scans, SegmentOf};
use collect::snapshot::export::Cursor;
use collect::snapshot::table::TableName;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

/// Rows of a page: about a megabyte, where DynamoDB ends one.
const PAGE: usize = 2400;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const SYLLABLES: [&str; 16] =
    ["ka", "lo", "mer", "ti", "sun", "vel", "dra", "no", "bi", "ste", "quo", "ära", "ru", "phi", "wen", "zo"];

/// Writes pages with so many invented artists.
pub(super) fn artists(folder: &Path, rows: u64) -> Result<()> {
    let mut dice = SmallRng::seed_from_u64(1);
    let rows = usize::try_from(rows)?;
    record(folder, TableName::Artists, (0..rows).map(|_| artist(&mut dice)))
}

/// Writes the pages of a table, with the rows in this order.
pub(super) fn record(
    folder: &Path,
    table: TableName,
    rows: impl ExactSizeIterator<Item = Value>,
) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let path = folder.join(table.as_str());
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let (mut file, all) = (BufWriter::new(file), rows.len());
    let (mut rows, mut written) = (rows, 0);
    while written < all {
        let items: Vec<Value> = rows.by_ref().take(PAGE).collect();
        written += items.len();
        let mut page = json!({"Count": items.len(), "Items": items, "ScannedCount": items.len()});
        if written < all {
            page["LastEvaluatedKey"] = json!({"id": {"S": written.to_string()}});
        }
        let page = page.to_string();
        file.write_all(&u32::try_from(page.len())?.to_le_bytes())?;
        file.write_all(page.as_bytes())?;
    }
    file.flush().context("the pages cannot be written")
}

/// An id as Spotify's are: 22 letters and digits, of which the first is a small digit.
pub(super) fn id(dice: &mut SmallRng) -> String {
    let digit = |below: usize, dice: &mut SmallRng| char::from(DIGITS[dice.random_range(0..below)]);
    std::iter::once(8).chain([62; 21]).map(|below| digit(below, dice)).collect()
}

/// A name of up to three words.
pub(super) fn name(dice: &mut SmallRng) -> String {
    let words = dice.random_range(1..4);
    let words: Vec<String> = (0..words).map(|_| word(dice)).collect();
    words.join(" ")
}

fn word(dice: &mut SmallRng) -> String {
    let length = dice.random_range(1..4);
    (0..length).map(|_| SYLLABLES[dice.random_range(0..SYLLABLES.len())]).collect()
}

/// An artist as it is stored: nearly a third has genres.
fn artist(dice: &mut SmallRng) -> Value {
    let (id, name) = (id(dice), name(dice));
    let genres = if dice.random_bool(0.3) { dice.random_range(1..4) } else { 0 };
    let genres: Vec<Value> =
        (0..genres).map(|_| json!({"S": format!("genre {}", dice.random_range(0..3000))})).collect();
    let term = format!("search:{}", word(dice));
    let seen = format!(
        "2026-11-23T{:02}:{:02}:{:02}.{:03}Z",
        dice.random_range(0..24),
        dice.random_range(0..60),
        dice.random_range(0..60),
        dice.random_range(0..1000)
    );
    json!({
        "id": {"S": id}, "name": {"S": name},
        "popularity": {"N": dice.random_range(0..101).to_string()},
        "followers": {"N": dice.random_range(0..5_000_000).to_string()},
        "genres": {"L": genres}, "found_by": {"S": term.clone()}, "found_in": {"S": "2026-11-23"},
        "first_seen": {"S": seen.clone()}, "last_seen": {"S": seen}, "last_run": {"S": "2026-11-23"},
        "sighted_by": {"S": term}, "expires_at": {"N": "1800000000"},
    })
}

/// Recorded pages, each table's read in order.
pub(super) struct Recorded(BTreeMap<TableName, Mutex<BufReader<File>>>);

impl Recorded {
    /// The pages in a folder.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let mut tables = BTreeMap::new();
        for table in TableName::ALL {
            let path = folder.join(table.as_str());
            if path.exists() {
                let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
                tables.insert(table, Mutex::new(BufReader::new(file)));
            }
        }
        Ok(Self(tables))
    }

    /// The tables whose pages were recorded.
    pub(super) fn tables(&self) -> impl Iterator<Item = TableName> {
        self.0.keys().copied()
    }
}

impl Scans for Recorded {
    async fn page(&self, from: &SegmentOf, _: Option<&Cursor>) -> Result<Vec<u8>, PortError> {
        let corrupt = |why: String| PortError::Corrupt { what: format!("the pages of {}", from.table), why };
        let file = self.0.get(&from.table).ok_or_else(|| corrupt("they were not recorded".to_owned()))?;
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut length = [0; 4];
        let mut read = || {
            file.read_exact(&mut length)?;
            let mut page = vec![0; u32::from_le_bytes(length) as usize];
            file.read_exact(&mut page).map(|()| page)
        };
        read().map_err(|error| corrupt(error.to_string()))
    }
}
