//! Pages into sorted runs.

use collect::ports::PortError;
use collect::ports::export::{Scans, SegmentOf, Workshop};
use collect::snapshot::export::Formats;
use collect::snapshot::table::TableName;
use snapshot::Press;
use snapshot::folder::Folder;

use crate::common::{artist, export, press, sort_task, sorted};

const ARTISTS: TableName = TableName::Artists;

#[tokio::test]
async fn a_piece_that_is_sorted_twice_is_the_same_object() {
    let folder = tempfile::tempdir().unwrap();
    let press = press(folder.path(), &[(ARTISTS, (0..3000).map(artist).collect())]);
    let first = press.sort(&sort_task(ARTISTS, 0, None)).await.unwrap();
    let second = press.sort(&sort_task(ARTISTS, 0, None)).await.unwrap();
    assert_eq!((first.run.as_ref().unwrap().rows, &first.run), (1500, &second.run));
}

#[tokio::test]
async fn a_large_segment_is_sorted_in_pieces_that_together_have_every_row() {
    let folder = tempfile::tempdir().unwrap();
    let press = press(folder.path(), &[(ARTISTS, (0..210_000).map(artist).collect())]);
    let export = sorted(&press, export(&[ARTISTS], Formats::default())).await;
    let rows: Vec<u64> = export.runs(ARTISTS).map(|run| run.rows).collect();
    assert_eq!((rows.iter().sum::<u64>(), rows.len()), (210_000, 4), "{rows:?}");
    assert_eq!(export.parts(ARTISTS), 3);
    let runs: Vec<_> = export.runs(ARTISTS).collect();
    let bounds = press.bounds(&runs, 3).await.unwrap();
    assert!(bounds.len() == 2 && bounds.is_sorted(), "{bounds:?}");
    assert_eq!(press.bounds(&runs, 3).await.unwrap(), bounds);
}

#[tokio::test]
async fn rows_that_had_expired_when_the_export_began_are_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut items: Vec<_> = (0..10).map(artist).collect();
    items[4]["expires_at"]["N"] = "1764324000".into();
    let press = press(folder.path(), &[(ARTISTS, items)]);
    let export = sorted(&press, export(&[ARTISTS], Formats::default())).await;
    assert_eq!(export.counts(ARTISTS).expired, 1);
    assert_eq!(export.runs(ARTISTS).map(|run| run.rows).sum::<u64>(), 9);
}

#[tokio::test]
async fn rows_seen_first_after_the_export_began_are_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut items: Vec<_> = (0..10).map(artist).collect();
    items[3]["first_seen"]["S"] = "2026-11-28T10:00:00.000Z".into();
    items[4]["first_seen"]["S"] = "2026-11-28T10:00:00.001Z".into();
    items[5]["first_seen"]["S"] = "2026-11-28T10:00:00.001Z".into();
    items[5]["expires_at"]["N"] = "1764324000".into();
    let press = press(folder.path(), &[(ARTISTS, items)]);
    let export = sorted(&press, export(&[ARTISTS], Formats::default())).await;
    let counts = export.counts(ARTISTS);
    assert_eq!((counts.expired, counts.later), (1, 1));
    assert_eq!(export.runs(ARTISTS).map(|run| run.rows).sum::<u64>(), 8);
}

/// A scan that answers something else.
struct Nonsense(&'static str);

impl Scans for Nonsense {
    async fn page(
        &self,
        _: &SegmentOf,
        _: Option<&collect::snapshot::export::Cursor>,
    ) -> Result<Vec<u8>, PortError> {
        Ok(self.0.into())
    }
}

#[tokio::test]
async fn what_is_no_page_is_an_error_that_names_the_segment() {
    let folder = tempfile::tempdir().unwrap();
    for nonsense in [
        "",
        "{}",
        "[]",
        "{\"Items\":{}}",
        "{\"Items\":[1]}",
        "{\"Items\":[{\"id\":{\"S\":1}}]}",
        "{\"Items\":[",
    ] {
        let press = Press::new(Nonsense(nonsense), Folder::new(folder.path()));
        let error = press.sort(&sort_task(ARTISTS, 1, None)).await.unwrap_err().to_string();
        assert!(error.contains("artists, segment 1"), "{nonsense}: {error}");
    }
}
