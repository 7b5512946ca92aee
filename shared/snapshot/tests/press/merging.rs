//! Sorted runs into parts, changes and quarantine.

use std::io::Read;

use collect::ports::export::{MergeTask, Workshop};
use collect::snapshot::expectations::ChangeCounts;
use collect::snapshot::export::Formats;
use collect::snapshot::layout::Role;
use collect::snapshot::table::TableName;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::common::{artist, bytes, export, file, id, merged, press, rows, sorted};

const ARTISTS: TableName = TableName::Artists;

#[tokio::test]
async fn a_part_has_every_row_in_key_order_with_the_values_that_were_stored() {
    let folder = tempfile::tempdir().unwrap();
    let mut items: Vec<Value> = (0..5000).map(artist).collect();
    for field in ["popularity", "followers", "genres"] {
        items[7].as_object_mut().unwrap().remove(field);
    }
    items[8]["genres"] = json!({"L": []});
    let press = press(folder.path(), &[(ARTISTS, items)]);
    let export = sorted(&press, export(&[ARTISTS], Formats::default())).await;
    let merged = merged(&press, &export, ARTISTS, None).await;
    let part = file(&merged, &export, Role::Rows, ARTISTS);
    let rows = rows(folder.path(), &part.path).await;
    assert_eq!((rows.len(), merged.counts.rows, part.rows), (5000, 5000, 5000));
    assert!(rows.is_sorted_by_key(|row| row["id"].as_str().unwrap().to_owned()));
    let find = |number: u64| rows.iter().find(|row| row["id"] == id(number)).unwrap();
    let expected = json!({
        "id": id(5), "name": "Näme \"5\"", "popularity": 5, "followers": 33920, "genres": ["deep house", "pop"],
        "not_provided": null, "found_by": "search:na", "found_in": "2026-11-23",
        "first_seen": "2026-11-23T03:00:00.123Z", "last_seen": "2026-11-28T09:30:00Z", "last_run": "2026-11-23",
        "expires_at": "2027-01-15T08:00:00Z", "sequence": 1,
    });
    assert_eq!(*find(5), expected);
    for field in ["popularity", "followers", "genres"] {
        assert_eq!(find(7)[field], Value::Null, "missing is not zero: {field}");
    }
    assert_eq!(find(8)["genres"], json!([]), "an empty list was provided");
    let ends = [rows[0]["id"].as_str(), rows[4999]["id"].as_str()];
    assert_eq!(
        part.keys.as_ref().map(|(first, last)| [Some(first.as_str()), Some(last.as_str())]),
        Some(ends)
    );
    assert_eq!(merged.counts.newest, "2026-11-28T09:30:00Z".parse().ok());
}

#[tokio::test]
async fn ranges_divide_a_table_and_whoever_merges_one_again_writes_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let press = press(folder.path(), &[(ARTISTS, (0..60_000).map(artist).collect())]);
    let export = sorted(&press, export(&[ARTISTS], Formats::default())).await;
    let runs: Vec<_> = export.runs(ARTISTS).collect();
    let bounds = press.bounds(&runs, 3).await.unwrap();
    let ends = [None, Some(bounds[0].as_str()), Some(bounds[1].as_str()), None];
    let mut found = 0;
    for range in 0..3_u32 {
        let (from, to) = (ends[range as usize], ends[range as usize + 1]);
        let task = MergeTask { export: &export, table: ARTISTS, range, from, to, before: None };
        let merged = press.merge(&task).await.unwrap();
        assert!((17_000..23_000).contains(&merged.counts.rows), "{bounds:?} {merged:?}");
        let rows = rows(folder.path(), &merged.files[0].path).await;
        assert!(rows.iter().all(|row| from.is_none_or(|from| row["id"].as_str().unwrap() >= from)));
        assert!(rows.iter().all(|row| to.is_none_or(|to| row["id"].as_str().unwrap() < to)));
        found += rows.len();
        assert_eq!(press.merge(&task).await.unwrap(), merged, "nobody sees who was first");
    }
    assert_eq!(found, 60_000);
}

#[tokio::test]
async fn a_part_that_is_there_with_other_content_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = press(folder.path(), &[(ARTISTS, (0..10).map(artist).collect())]);
    let one = sorted(&first, export(&[ARTISTS], Formats::default())).await;
    merged(&first, &one, ARTISTS, None).await;
    let second = press(folder.path(), &[(ARTISTS, (0..11).map(artist).collect())]);
    let other = sorted(&second, export(&[ARTISTS], Formats::default())).await;
    let task = MergeTask { export: &other, table: ARTISTS, range: 0, from: None, to: None, before: None };
    let error = second.merge(&task).await.unwrap_err().to_string();
    assert!(error.contains("part-00000.parquet") && error.contains("other content"), "{error}");
}

#[tokio::test]
async fn the_changes_lead_from_the_snapshot_before_to_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let first = press(&folder.path().join("1"), &[(ARTISTS, (0..20_000).map(artist).collect())]);
    let one = sorted(&first, export(&[ARTISTS], Formats::default())).await;
    let before = merged(&first, &one, ARTISTS, None).await;
    let before = file(&before, &one, Role::Rows, ARTISTS).clone();
    // The first, some in the middle and the last are gone; one is renamed, one lost a field, one was only
    // seen again.
    let gone = [0, 1, 9999, 10_000, 19_999];
    let mut items: Vec<Value> = (0..20_010).filter(|number| !gone.contains(number)).map(artist).collect();
    let at =
        |items: &[Value], number: u64| items.iter().position(|item| item["id"]["S"] == id(number)).unwrap();
    let (renamed, lost, seen) = (at(&items, 77), at(&items, 78), at(&items, 79));
    items[renamed]["name"]["S"] = "Other".into();
    items[lost].as_object_mut().unwrap().remove("popularity");
    items[lost]["genres"] = json!({"L": [{"S": "pop"}]});
    items[seen]["last_seen"]["S"] = "2026-11-28T09:59:00.000Z".into();
    std::fs::create_dir_all(folder.path().join("2").join(&before.path).parent().unwrap()).unwrap();
    let kept = before.path.replace("snapshot=2026-11-23", "snapshot=before");
    let target = folder.path().join("2").join(&kept);
    std::fs::create_dir_all(target.parent().unwrap()).unwrap();
    std::fs::copy(folder.path().join("1").join(&before.path), target).unwrap();
    let second = press(&folder.path().join("2"), &[(ARTISTS, items)]);
    let two = sorted(&second, export(&[ARTISTS], Formats::default())).await;
    let mut earlier = before.clone();
    earlier.path = kept;
    let merged = merged(&second, &two, ARTISTS, Some(vec![earlier])).await;
    assert_eq!(merged.counts.changes, Some(ChangeCounts { new: 10, changed: 2, gone: 5 }));
    let changes = rows(&folder.path().join("2"), &file(&merged, &two, Role::Changes, ARTISTS).path).await;
    assert!(changes.is_sorted_by_key(|row| row["id"].as_str().unwrap().to_owned()));
    let of = |number: u64| changes.iter().find(|row| row["id"] == id(number)).unwrap();
    assert_eq!((&of(77)["change"], &of(77)["changed_columns"]), (&json!("changed"), &json!(["name"])));
    assert_eq!(of(77)["name"], "Other");
    assert_eq!(of(78)["changed_columns"], json!(["popularity", "genres"]));
    for number in gone {
        assert_eq!((&of(number)["change"], &of(number)["name"]), (&json!("gone"), &Value::Null));
    }
    assert_eq!((&of(20_005)["change"], &of(20_005)["changed_columns"]), (&json!("new"), &Value::Null));
}

#[tokio::test]
async fn the_first_row_of_a_range_is_not_gone_from_the_range_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let press = press(folder.path(), &[(ARTISTS, (0..100).map(artist).collect())]);
    let export = sorted(&press, export(&[ARTISTS], Formats::default())).await;
    let whole = merged(&press, &export, ARTISTS, None).await;
    let mut before = file(&whole, &export, Role::Rows, ARTISTS).clone();
    let cut = rows(folder.path(), &before.path).await[50]["id"].as_str().unwrap().to_owned();
    let kept = before.path.replace("snapshot=2026-11-23", "snapshot=before");
    std::fs::create_dir_all(folder.path().join(&kept).parent().unwrap()).unwrap();
    std::fs::rename(folder.path().join(&before.path), folder.path().join(&kept)).unwrap();
    before.path = kept;
    for (range, from, to) in [(0, None, Some(cut.as_str())), (1, Some(cut.as_str()), None)] {
        let before = Some(vec![before.clone()]);
        let task = MergeTask { export: &export, table: ARTISTS, range, from, to, before };
        let counts = press.merge(&task).await.unwrap().counts;
        assert_eq!((counts.rows, counts.changes), (50, Some(ChangeCounts::default())), "range {range}");
    }
}

#[tokio::test]
async fn a_row_that_breaks_an_expectation_goes_to_the_quarantine_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut items: Vec<Value> = (0..200).map(artist).collect();
    items[1]["popularity"]["N"] = "101".into();
    items[2]["followers"]["N"] = "33920.5".into();
    items[3].as_object_mut().unwrap().remove("name");
    items[4]["id"]["S"] = "not an id".into();
    items[5]["genres"] = json!({"S": "pop"});
    items[6]["genres"] = json!({"L": [{"N": "1"}]});
    items[7]["last_seen"]["S"] = "soon".into();
    items[8].as_object_mut().unwrap().remove("id");
    items.push(artist(9));
    let press = press(folder.path(), &[(ARTISTS, items)]);
    let export = sorted(&press, export(&[ARTISTS], Formats::default())).await;
    let merged = merged(&press, &export, ARTISTS, None).await;
    assert_eq!((merged.counts.rows, merged.counts.bad), (192, 9));
    let reasons: Vec<&str> = merged.counts.broken.keys().map(String::as_str).collect();
    let expected = [
        "followers is not a whole number",
        "genres is not a list of texts",
        "id is missing",
        "id is no Spotify id",
        "id is there twice",
        "last_seen is not a time",
        "name is missing",
        "popularity is not from 0 to 100",
    ];
    assert_eq!(reasons, expected);
    let quarantine = bytes(folder.path(), &file(&merged, &export, Role::Quarantine, ARTISTS).path).await;
    let lines: Vec<Value> = String::from_utf8(quarantine)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let line = lines.iter().find(|line| line["reason"] == "popularity is not from 0 to 100").unwrap();
    assert_eq!(
        (lines.len(), &line["row"]["popularity"], &line["row"]["id"]),
        (9, &json!(101), &json!(id(1)))
    );
}

#[tokio::test]
async fn a_key_is_written_once_wherever_its_rows_are_divided() {
    // Rows are checked in chunks of a power of two, so a chunk ends amid the three rows of an artist.
    let items = (0..9000).map(|number| artist(number / 3)).collect();
    let folder = tempfile::tempdir().unwrap();
    let press = press(folder.path(), &[(ARTISTS, items)]);
    let export = sorted(&press, export(&[ARTISTS], Formats::default())).await;
    let merged = merged(&press, &export, ARTISTS, None).await;
    assert_eq!((merged.counts.rows, merged.counts.bad), (3000, 6000), "{:?}", merged.counts.broken);
}

#[tokio::test]
async fn an_edge_of_an_artist_that_is_not_exported_is_bad() {
    let folder = tempfile::tempdir().unwrap();
    let edge = |artist: u64| {
        json!({
            "edge": {"S": format!("{}#playlist#{}", id(artist), id(5))}, "artist": {"S": id(artist)},
            "kind": {"S": "playlist"}, "other": {"S": id(5)}, "first_seen": {"S": "2026-11-23T03:00:00.123Z"},
            "last_seen": {"S": "2026-11-23T03:00:00.123Z"}, "last_run": {"S": "2026-11-23"},
            "expires_at": {"N": "1800000000"},
        })
    };
    let items = [(ARTISTS, (0..50).map(artist).collect()), (TableName::Edges, (0..60).map(edge).collect())];
    let press = press(folder.path(), &items);
    let export = sorted(&press, export(&[ARTISTS, TableName::Edges], Formats::default())).await;
    let merged = merged(&press, &export, TableName::Edges, None).await;
    assert_eq!((merged.counts.rows, merged.counts.broken.get("artist is not in artists")), (50, Some(&10)));
}

#[tokio::test]
async fn terms_and_runs_are_read_from_what_is_nested_in_their_items() {
    let folder = tempfile::tempdir().unwrap();
    let tally = json!({"M": {"requests": {"N": "3"}, "rows": {"N": "120"}, "new": {"N": "7"}}});
    let term = json!({
        "key": {"S": "search:ab"}, "run": {"S": "2026-11-23"}, "source": {"S": "search"}, "state": {"S": "done"},
        "priority": {"N": "12.5"}, "tally": tally, "depth": {"N": "0"},
        "expires_at": {"N": "1800000000"},
    });
    let report = json!({"M": {"requests": {"N": "9"}, "reasons": {"M": {"why": {"N": "2"}}},
        "estimate": {"M": {"coverage": {"N": "0.97"}}}}});
    let run = json!({
        "id": {"S": "run#2026-11-23"}, "run": {"S": "2026-11-23"}, "state": {"S": "complete"},
        "opened_at": {"S": "2026-11-23T03:00:00Z"}, "closed_at": {"S": "2026-11-28T09:59:00.5Z"}, "report": report,
    });
    let press = press(folder.path(), &[(TableName::Terms, vec![term]), (TableName::Runs, vec![run])]);
    let export = sorted(&press, export(&[TableName::Terms, TableName::Runs], Formats::default())).await;
    let terms = merged(&press, &export, TableName::Terms, None).await;
    let terms = rows(folder.path(), &terms.files[0].path).await;
    assert_eq!(
        (&terms[0]["requests"], &terms[0]["artists_new"], &terms[0]["priority"]),
        (&json!(3), &json!(7), &json!(12.5))
    );
    assert_eq!(terms[0]["artists_returned"], Value::Null);
    let runs = merged(&press, &export, TableName::Runs, None).await;
    assert_eq!(runs.counts.broken, [].into());
    let runs = rows(folder.path(), &runs.files[0].path).await;
    assert_eq!((&runs[0]["requests"], &runs[0]["coverage"]), (&json!(9), &json!(0.97)));
    let report: Value = serde_json::from_str(runs[0]["report"].as_str().unwrap()).unwrap();
    assert_eq!(report, json!({"requests": 9, "reasons": {"why": 2}, "estimate": {"coverage": 0.97}}));
}

#[tokio::test]
async fn the_same_rows_are_written_as_json_lines_and_csv_where_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let press = press(folder.path(), &[(ARTISTS, (0..30).map(artist).collect())]);
    let export = sorted(&press, export(&[ARTISTS], Formats { jsonl: true, csv: true })).await;
    let merged = merged(&press, &export, ARTISTS, None).await;
    let parquet = rows(folder.path(), &file(&merged, &export, Role::Rows, ARTISTS).path).await;
    let text = async |role| {
        let mut text = String::new();
        let compressed = bytes(folder.path(), &file(&merged, &export, role, ARTISTS).path).await;
        GzDecoder::new(compressed.as_slice()).read_to_string(&mut text).unwrap();
        text
    };
    let lines = text(Role::JsonLines).await;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, parquet);
    let csv = text(Role::Csv).await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(
        reader.headers().unwrap().iter().take(5).collect::<Vec<_>>(),
        ["id", "name", "popularity", "followers", "genres"]
    );
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(
        (records.len(), &records[3][1], &records[3][4]),
        (30, parquet[3]["name"].as_str().unwrap(), "[\"deep house\",\"pop\"]")
    );
}

#[tokio::test]
async fn an_empty_table_has_a_part_without_rows() {
    let folder = tempfile::tempdir().unwrap();
    let press = press(folder.path(), &[]);
    let export = sorted(&press, export(&[ARTISTS], Formats::default())).await;
    let merged = merged(&press, &export, ARTISTS, None).await;
    assert_eq!((merged.counts.rows, merged.files[0].rows, merged.files.len()), (0, 0, 1));
    assert!(rows(folder.path(), &merged.files[0].path).await.is_empty());
}
