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
        let piece = Sorted { run: None, expired: 0, later: 0, next: None, scanned: (now(), now()) };
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

#[test]
fn a_scan_lasts_from_its_first_page_asked_for_to_the_last_that_came() {
    let run = Run::open(RunId::of_day(now()), now()).closed(Report::default(), now());
    let segments = [(TableName::Artists, 2)].into();
    let mut ledger = Ledger::default();
    ledger.begin(&Wish { segments, ..Wish::default() }, &run, now());
    let mut export = ledger.active.unwrap();
    let at = |minute| now() + Duration::from_mins(minute);
    let mut from = None;
    for (segment, begin, end, next) in [(0, 1, 2, Some("m")), (0, 3, 9, None), (1, 4, 5, None)] {
        let next = next.map(|next| Cursor(next.to_owned()));
        let run = SortedRun { object: String::new(), rows: 50_001 };
        let scanned = (at(begin), at(end));
        let piece = Sorted { run: Some(run), expired: 0, later: 0, next: next.clone(), scanned };
        assert!(export.take_in_sorted((TableName::Artists, segment), from.as_ref(), piece, now()));
        from = next;
    }
    assert_eq!(export.scanned(), Some((at(1), at(9))));
    assert_eq!(export.parts(TableName::Artists), 2, "150,003 rows are more than a part holds");
}

#[test]
fn publishing_is_tried_for_ever() {
    let mut export = sorted(&[TableName::Artists]);
    merge(&mut export, None);
    for lease in 0..=MOST_ATTEMPTS {
        let now = now() + LEASE * lease;
        assert_eq!((export.given_up(now), export.take_due(now)), (None, vec![WorkItem::Publish]));
    }
}
