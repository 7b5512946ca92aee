//! Recorded pages of a scan: a file with one answer after the other, each with its length before it.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use collect::ports::PortError;
use collect::ports::export::{Scans, SegmentOf};
use collect::snapshot::export::Cursor;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

/// Rows of a page: about a megabyte, where DynamoDB ends one.
const PAGE: u64 = 2400;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const SYLLABLES: [&str; 16] =
    ["ka", "lo", "mer", "ti", "sun", "vel", "dra", "no", "bi", "ste", "quo", "ära", "ru", "phi", "wen", "zo"];

/// Writes pages with so many invented artists.
pub(super) fn record(path: &Path, rows: u64) -> Result<()> {
    let mut dice = SmallRng::seed_from_u64(1);
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut file = BufWriter::new(file);
    let mut written = 0;
    while written < rows {
        let count = PAGE.min(rows - written);
        let items: Vec<Value> = (0..count).map(|_| artist(&mut dice)).collect();
        written += count;
        let mut page = json!({"Count": count, "Items": items, "ScannedCount": count});
        if written < rows {
            page["LastEvaluatedKey"] = json!({"id": {"S": written.to_string()}});
        }
        let page = page.to_string();
        file.write_all(&u32::try_from(page.len())?.to_le_bytes())?;
        file.write_all(page.as_bytes())?;
    }
    file.flush().context("the pages cannot be written")
}

/// An artist as it is stored: nearly a third has genres.
fn artist(dice: &mut SmallRng) -> Value {
    let mut id = vec![DIGITS[dice.random_range(0..8)]];
    id.extend((0..21).map(|_| DIGITS[dice.random_range(0..62)]));
    let words = dice.random_range(1..4);
    let word = |dice: &mut SmallRng| -> String {
        let length = dice.random_range(1..4);
        (0..length).map(|_| SYLLABLES[dice.random_range(0..SYLLABLES.len())]).collect()
    };
    let name: Vec<String> = (0..words).map(|_| word(dice)).collect();
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
        "id": {"S": String::from_utf8_lossy(&id)}, "name": {"S": name.join(" ")},
        "popularity": {"N": dice.random_range(0..101).to_string()},
        "followers": {"N": dice.random_range(0..5_000_000).to_string()},
        "genres": {"L": genres}, "found_by": {"S": term.clone()}, "found_in": {"S": "2026-11-23"},
        "first_seen": {"S": seen.clone()}, "last_seen": {"S": seen}, "last_run": {"S": "2026-11-23"},
        "sighted_by": {"S": term}, "expires_at": {"N": "1800000000"},
    })
}

/// Recorded pages, read in order.
pub(super) struct Recorded(Mutex<BufReader<File>>);

impl Recorded {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self(Mutex::new(BufReader::new(file))))
    }
}

impl Scans for Recorded {
    async fn page(&self, _: &SegmentOf, _: Option<&Cursor>) -> Result<Vec<u8>, PortError> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut length = [0; 4];
        let mut read = || {
            file.read_exact(&mut length)?;
            let mut page = vec![0; u32::from_le_bytes(length) as usize];
            file.read_exact(&mut page).map(|()| page)
        };
        let told = |error: std::io::Error| PortError::Corrupt {
            what: "the pages".to_owned(),
            why: error.to_string(),
        };
        read().map_err(told)
    }
}
