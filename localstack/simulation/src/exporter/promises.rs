//! What must hold after each effect, and at the end.

use std::collections::{BTreeMap, BTreeSet};

use collect::run::Run;
use collect::snapshot::layout::LATEST;
use collect::snapshot::manifest::{Latest, Manifest};
use collect::snapshot::table::TableName;
use jiff::Timestamp;

use super::workshop::{derived, digest, rows};
use super::world::{Row, State};

fn latest(state: &State) -> Option<Latest> {
    serde_json::from_slice(&state.objects.get(LATEST)?.bytes).ok()
}

fn manifest(state: &State, key: &str) -> Option<Manifest> {
    serde_json::from_slice(&state.objects.get(key)?.bytes).ok()
}

/// After each effect: what `latest.json` and the catalogue name is whole.
pub(super) fn watch(state: &mut State) {
    if let Some(why) = state.objects.contains_key(LATEST).then(|| unsound(state)).flatten() {
        state.broken("whole", || why);
    }
    let published: BTreeSet<String> = state
        .objects
        .keys()
        .filter_map(|key| key.strip_prefix("snapshots/"))
        .filter_map(|key| key.strip_suffix("/_manifest.json").map(str::to_owned))
        .collect();
    let early = state.partitions.iter().find(|partition| !published.contains(*partition)).cloned();
    if let Some(partition) = early {
        state.broken("valid before seen", || format!("the catalogue has {partition}, which has no manifest"));
    }
}

/// `latest.json` never names an earlier snapshot than before.
pub(super) fn forward(state: &mut State, before: &[u8], after: &[u8]) {
    let number = |bytes: &[u8]| serde_json::from_slice(bytes).ok().map(|latest: Latest| latest.sequence);
    let (before, after) = (number(before), number(after));
    if after <= before {
        state.broken("forward", || format!("latest.json goes from {before:?} to {after:?}"));
    }
}

/// What is wrong with the latest snapshot.
fn unsound(state: &State) -> Option<String> {
    let latest = latest(state)?;
    let Some(manifest) = manifest(state, &latest.manifest) else {
        return Some(format!("{} is missing", latest.manifest));
    };
    manifest.files().find_map(|file| {
        let bytes = state.objects.get(&file.path).map(|object| object.bytes.as_slice());
        let sound =
            bytes.is_some_and(|bytes| digest(bytes) == file.sha256 && bytes.len() as u64 == file.bytes);
        (!sound).then(|| format!("{} of {} is not what its manifest says", file.path, latest.snapshot))
    })
}

/// When everything has come to rest.
pub(super) fn judge(state: &mut State) -> u64 {
    if state.ledger.0.active.is_some() {
        let active =
            state.ledger.0.active.as_ref().map(|export| format!("{} {:?}", export.snapshot, export.stage));
        state.broken("ends", || format!("{active:?} is active still"));
    }
    if let Some((run, refused)) = state.closed.last().cloned() {
        expect_exported(state, &run, refused);
    }
    let manifests: BTreeMap<u64, Manifest> = state
        .objects
        .keys()
        .filter(|key| key.ends_with("/_manifest.json"))
        .filter_map(|key| manifest(state, key))
        .map(|manifest| (manifest.sequence, manifest))
        .collect();
    let count = state.objects.keys().filter(|key| key.ends_with("/_manifest.json")).count();
    let numbers: Vec<u64> = manifests.keys().copied().collect();
    if numbers.len() != count || numbers.iter().zip(1..).any(|(number, expected)| *number != expected) {
        state.broken("sequence", || format!("{count} manifests have the numbers {numbers:?}"));
    }
    let last = manifests.keys().last().copied();
    let shown = state.shown.as_ref().map(|(shown, _)| *shown);
    let named = latest(state).map(|latest| latest.sequence);
    if named != last || shown != last {
        state.broken("forward", || {
            format!("{last:?} was published, latest is {named:?}, the catalogue shows {shown:?}")
        });
    }
    for manifest in manifests.values() {
        right_rows(state, manifest, TableName::Artists);
        if state.has_tracks {
            right_rows(state, manifest, TableName::Tracks);
        }
        right_changes(state, manifest, &manifests);
        right_derived(state, manifest);
    }
    manifests.len() as u64
}

/// The last run that closed was exported, once, and published unless it had too many bad rows.
fn expect_exported(state: &mut State, run: &Run, refused: bool) {
    let of_run = |state: &State| -> Vec<String> {
        let manifests = state.objects.keys().filter(|key| key.ends_with("/_manifest.json")).cloned();
        let closed = |key: &String| {
            manifest(state, key).is_some_and(|of| of.run.id == run.id && of.run.closed_at.is_some())
        };
        manifests.filter(closed).collect()
    };
    let found = of_run(state);
    let expected = usize::from(!refused);
    if found.len() != expected {
        let last = state.ledger.0.last.clone();
        state.broken("exported once", || format!("{} has {found:?}; {last:?}", run.id));
    }
}

/// The rows of the artists in a snapshot.
fn artists(state: &State, manifest: &Manifest) -> Vec<Row> {
    rows_of(state, manifest, TableName::Artists)
}

/// The rows of a table in a snapshot.
fn rows_of(state: &State, manifest: &Manifest, table: TableName) -> Vec<Row> {
    let files = manifest.tables.get(&table).map(|table| table.files.as_slice()).unwrap_or_default();
    let bytes = files.iter().filter_map(|file| state.objects.get(&file.path));
    bytes.flat_map(|object| rows(&object.bytes)).collect()
}

/// Each row is one that the table had during the scan; every row that it had all the time and that counts is
/// there, once.
fn right_rows(state: &mut State, manifest: &Manifest, table: TableName) {
    let found = rows_of(state, manifest, table);
    let Some(scan) = manifest.scan else { return };
    let keys: BTreeSet<&str> = found.iter().map(|row| row.key.as_str()).collect();
    let mut seen = None;
    if keys.len() != found.len() || !found.is_sorted_by_key(|row| row.key.clone()) {
        seen = Some(format!("the {table} of {} are not in order, each once", manifest.snapshot));
    }
    for (key, history) in state.history.get(&table).into_iter().flatten() {
        let values = during(history, scan.started_at, scan.ended_at);
        let counts = |row: &Row| !row.bad && row.expires_at > scan.started_at;
        let in_snapshot = found.iter().find(|row| row.key == *key);
        let known = |row: &Row| values.contains(&Some(row.clone()));
        let right = match in_snapshot {
            Some(row) => {
                known(row)
                    && !row.bad
                    && row.expires_at + std::time::Duration::from_hours(5) > scan.started_at
            }
            None => values.iter().any(|row| row.as_ref().is_none_or(|row| !counts(row))),
        };
        if !right {
            seen = Some(format!("{} has {in_snapshot:?} of {values:?}", manifest.snapshot));
        }
        // The export begins before its scan, so what expired between the two may be there; nothing else may.
        if in_snapshot.is_some_and(|row| row.expires_at <= exported_at(manifest)) {
            seen = Some(format!("{} has {key}, which had expired", manifest.snapshot));
        }
    }
    if let Some(seen) = seen {
        state.broken("right rows", || seen);
    }
}

/// No export begins before its run was opened, and a closed run's not before it was closed.
fn exported_at(manifest: &Manifest) -> Timestamp {
    manifest.run.closed_at.unwrap_or(manifest.run.opened_at)
}

/// What a row was at some moment between two.
fn during(history: &[(Timestamp, Option<Row>)], from: Timestamp, to: Timestamp) -> BTreeSet<Option<Row>> {
    let before = history.iter().rfind(|(at, _)| *at <= from).and_then(|(_, row)| row.clone());
    let meanwhile = history.iter().filter(|(at, _)| *at > from && *at <= to).map(|(_, row)| row.clone());
    std::iter::once(before).chain(meanwhile).collect()
}

/// The changes of the artists lead from the rows of the parent to those of the snapshot. Of tracks none are
/// exported.
fn right_changes(state: &mut State, manifest: &Manifest, all: &BTreeMap<u64, Manifest>) {
    let parent = manifest.parent.as_ref().and_then(|parent| all.get(&parent.sequence));
    let changes = manifest.tables.get(&TableName::Artists).and_then(|table| table.changes.as_ref());
    let (Some(parent), Some(changes)) = (parent, changes) else {
        if manifest.sequence > 1 {
            state.broken("right changes", || format!("{} has no changes", manifest.snapshot));
        }
        return;
    };
    let values =
        |rows: Vec<Row>| rows.into_iter().map(|row| (row.key, row.value)).collect::<BTreeMap<_, _>>();
    let mut replayed = values(artists(state, parent));
    let expected = values(artists(state, manifest));
    let bytes = changes.files.iter().filter_map(|file| state.objects.get(&file.path));
    for line in bytes.flat_map(|object| {
        String::from_utf8_lossy(&object.bytes).lines().map(str::to_owned).collect::<Vec<_>>()
    }) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["new" | "changed", key, value] => {
                _ = replayed.insert((*key).to_owned(), value.parse().unwrap_or_default());
            }
            ["gone", key] => _ = replayed.remove(*key),
            _ => {}
        }
    }
    if replayed != expected {
        state.broken("right changes", || {
            format!("{}: {replayed:?} instead of {expected:?}", manifest.snapshot)
        });
    }
}

/// The derived tables follow from the tracks of the same snapshot.
fn right_derived(state: &mut State, manifest: &Manifest) {
    let expected = derived(&rows_of(state, manifest, TableName::Tracks));
    for table in
        [TableName::DimTrack, TableName::DimArtist, TableName::DimAlbum, TableName::BridgeTrackArtist]
    {
        let found = rows_of(state, manifest, table);
        if found != expected {
            state.broken("right derived", || {
                format!("{} has {found:?} in {table} instead of {expected:?}", manifest.snapshot)
            });
        }
    }
}
