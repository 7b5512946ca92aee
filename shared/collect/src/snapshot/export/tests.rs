//! Which work follows from which.

use super::*;
use crate::run::{Report, Run};
use crate::snapshot::ledger::{Ledger, Wish};

const RECEIVED: [TableName; 3] = [TableName::Tracks, TableName::Memberships, TableName::Playlists];

fn now() -> Timestamp {
    "2026-11-28T10:00:00Z".parse().unwrap()
}

/// An export of these tables in one segment each, all of them scanned and none with rows.
fn sorted(tables: &[TableName]) -> Export {
    let run = Run::open(RunId::of_day(now()), now()).closed(Report::default(), now());
    let segments = tables.iter().map(|table| (*table, 1)).collect();
    let mut ledger = Ledger::default();
    ledger.begin(&Wish { segments, ..Wish::default() }, &run, now());
    let mut export = ledger.active.unwrap();
    for table in tables {
        let piece = Sorted { run: None, expired: 0, next: None, scanned: (now(), now()) };
        assert!(export.take_in_sorted((*table, 0), None, piece, now()));
    }
    export
}

/// Plans the current tables, those of `divided` in two ranges, and merges all ranges.
fn merge(export: &mut Export, divided: Option<TableName>) {
    let bounds = |table| if Some(table) == divided { vec!["m".to_owned()] } else { vec![] };
    let bounds: BTreeMap<_, _> = export.current().map(|table| (table, bounds(table))).collect();
    assert!(export.take_in_plan(&bounds, now()));
    for table in bounds.into_keys() {
        for (range, _) in (0..).zip(export.tables[&table].ranges.clone()) {
            assert!(export.take_in_merged(table, range, Merged::default(), now()));
        }
    }
}

#[test]
fn the_star_schema_is_derived_range_by_range_when_its_tables_are_merged() {
    let mut export = sorted(&RECEIVED);
    assert!(!export.take_in_derived((TableName::DimTrack, 0), None, now()), "nothing is merged yet");
    merge(&mut export, Some(TableName::Tracks));
    assert_eq!((export.layer, export.stage), (Layer::Derived, Stage::Sorting));
    let segments = |table| export.tables[&table].segments.len();
    assert_eq!((segments(TableName::DimTrack), segments(TableName::FactTrackFeatures)), (2, 1));
    let work = export.take_due(now());
    assert!(work.iter().all(|work| matches!(work, WorkItem::Sort { .. })) && work.len() == 13, "{work:?}");
    for work in work {
        let WorkItem::Sort { table, segment } = work else { continue };
        assert!(export.take_in_derived((table, segment), None, now()));
        assert!(!export.take_in_derived((table, segment), None, now()), "who is late changes nothing");
    }
    merge(&mut export, None);
    assert_eq!(export.stage, Stage::Publishing { since: now() });
}

#[test]
fn a_planner_that_is_late_with_received_tables_does_not_plan_derived_ones() {
    let mut export = sorted(&RECEIVED);
    let late: BTreeMap<_, _> = export.current().map(|table| (table, vec![])).collect();
    merge(&mut export, None);
    for work in export.take_due(now()) {
        let WorkItem::Sort { table, segment } = work else { panic!("{work} derives nothing") };
        export.take_in_derived((table, segment), None, now());
    }
    assert_eq!(export.stage, Stage::Planning);
    assert!(!export.take_in_plan(&late, now()) && export.wants(WorkItem::Plan));
}

#[test]
fn without_the_tables_of_tracks_nothing_is_derived() {
    let mut export = sorted(&[TableName::Artists, TableName::Tracks]);
    merge(&mut export, None);
    let derived: Vec<TableName> = export.current().collect();
    let of_tracks =
        [TableName::DimTrack, TableName::DimArtist, TableName::DimAlbum, TableName::BridgeTrackArtist];
    assert_eq!(derived, of_tracks, "what follows from the tracks alone");
    let mut export = sorted(&[TableName::Artists]);
    merge(&mut export, None);
    assert_eq!(export.stage, Stage::Publishing { since: now() });
}
