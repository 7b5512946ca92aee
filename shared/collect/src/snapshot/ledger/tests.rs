//! When an export begins, under which name, and how it ends.

use std::time::Duration;

use super::*;
use crate::run::Report;
use crate::snapshot::export::{Cursor, LEASE, MOST_ATTEMPTS, Merged, Sorted};
use crate::snapshot::work_item::WorkItem;

fn now() -> Timestamp {
    "2026-11-28T10:00:00Z".parse().unwrap()
}

fn open_run() -> Run {
    Run::open(RunId::of_day("2026-11-23T03:00:00Z".parse().unwrap()), now() - Duration::from_hours(1))
}

fn closed_run() -> Run {
    open_run().closed(Report::default(), now())
}

fn due() -> Wish {
    Wish { segments: [(TableName::Artists, 2)].into(), ..Wish::default() }
}

fn on_demand() -> Wish {
    Wish { on_demand: true, ..due() }
}

fn snapshot(name: &str) -> SnapshotId {
    SnapshotId::new(name).unwrap()
}

fn ended(run: &Run, outcome: Ending) -> Ledger {
    let mut ledger = Ledger::default();
    let Begun::Started(name) = ledger.begin(&due(), run, now()) else { panic!("not started") };
    assert!(ledger.finish(&name, outcome, now()));
    ledger
}

const ARTISTS: TableName = TableName::Artists;

#[test]
fn a_closed_run_is_exported_once_under_its_own_name() {
    let mut ledger = Ledger::default();
    assert_eq!(ledger.begin(&due(), &open_run(), now()), Begun::NothingDue);
    let name = snapshot("2026-11-23");
    assert_eq!(ledger.begin(&due(), &closed_run(), now()), Begun::Started(name.clone()));
    assert_eq!(ledger.begin(&on_demand(), &closed_run(), now()), Begun::Active(name.clone()));
    assert!(ledger.finish(&name, Ending::Published, now()));
    assert_eq!(ledger.begin(&due(), &closed_run(), now()), Begun::NothingDue);
    assert_eq!(ledger.begin(&on_demand(), &closed_run(), now()), Begun::Exported(name));
}

#[test]
fn a_refused_export_is_repeated_only_on_demand_and_under_another_name() {
    let mut ledger = ended(&closed_run(), Ending::Refused("too few rows".to_owned()));
    assert_eq!(ledger.begin(&due(), &closed_run(), now()), Begun::NothingDue);
    assert_eq!(ledger.begin(&on_demand(), &closed_run(), now()), Begun::Started(snapshot("2026-11-23.2")));
}

#[test]
fn what_came_to_nothing_is_tried_again_under_another_name_whatever_was_asked_for() {
    for (wish, run, name) in [
        (on_demand(), open_run(), "2026-11-23.2026-11-28"),
        (Wish { snapshot: Some(snapshot("before-move")), ..on_demand() }, closed_run(), "before-move"),
    ] {
        let mut ledger = Ledger::default();
        for attempt in ["", ".2", ".3"] {
            let name = snapshot(&format!("{name}{attempt}"));
            assert_eq!(ledger.begin(&wish, &run, now()), Begun::Started(name.clone()));
            ledger.finish(&name, Ending::Refused("no artist was seen".to_owned()), now());
        }
        let last = snapshot(&format!("{name}.4"));
        assert_eq!(ledger.begin(&wish, &run, now()), Begun::Started(last.clone()));
        ledger.finish(&last, Ending::Published, now());
        assert_eq!(ledger.begin(&wish, &run, now()), Begun::Exported(last));
    }
}

#[test]
fn the_longest_name_has_room_for_its_attempts() {
    let longest = snapshot(&"x".repeat(60));
    let second = longest.attempt(2);
    assert_eq!(SnapshotId::new(second.to_string()), Ok(second.clone()));
    assert_eq!(second.attempt_at(&longest), Some(2));
    assert_eq!(snapshot("y.2").attempt_at(&longest), None);
}

#[test]
fn a_run_that_was_resumed_is_exported_again_when_it_closes() {
    let stopped = Run { stopped: Some("no Premium".to_owned()), ..closed_run() };
    let mut ledger = ended(&stopped, Ending::Published);
    let resumed = stopped.resumed();
    assert_eq!(ledger.begin(&due(), &resumed, now()), Begun::NothingDue, "it is open");
    let closed = resumed.closed(Report::default(), now());
    let second = snapshot("2026-11-23.2");
    assert_eq!(ledger.begin(&due(), &closed, now()), Begun::Started(second.clone()));
    ledger.finish(&second, Ending::Published, now());
    assert_eq!(ledger.begin(&due(), &closed, now()), Begun::NothingDue);
}

#[test]
fn what_is_due_is_the_run_before_an_open_one_that_was_never_stopped() {
    let before = RunId::new("2026-11-16").unwrap();
    let run = Run { previous: Some(before.clone()), ..open_run() };
    assert_eq!(due().looks_back_from(&run), Some(&before));
    assert_eq!(on_demand().looks_back_from(&run), None);
    assert_eq!(due().looks_back_from(&run.clone().closed(Report::default(), now())), None);
    assert_eq!(due().looks_back_from(&run.closed(Report::default(), now()).resumed()), None);
}

#[test]
fn an_open_run_is_exported_on_demand_once_a_day() {
    let mut ledger = Ledger::default();
    let name = snapshot("2026-11-23.2026-11-28");
    assert_eq!(ledger.begin(&on_demand(), &open_run(), now()), Begun::Started(name.clone()));
    ledger.finish(&name, Ending::Published, now());
    assert_eq!(ledger.begin(&on_demand(), &open_run(), now()), Begun::Exported(name));
    let tomorrow = now() + Duration::from_hours(24);
    let begun = ledger.begin(&on_demand(), &open_run(), tomorrow);
    assert_eq!(begun, Begun::Started(snapshot("2026-11-23.2026-11-29")));
}

#[test]
fn a_snapshot_that_somebody_names_is_made_once_beside_that_of_its_run() {
    let mut ledger = Ledger::default();
    let name = snapshot("by-hand");
    let named = Wish { snapshot: Some(name.clone()), ..on_demand() };
    assert_eq!(ledger.begin(&named, &closed_run(), now()), Begun::Started(name.clone()));
    ledger.finish(&name, Ending::Published, now());
    assert_eq!(ledger.begin(&named, &closed_run(), now()), Begun::Exported(name));
    let begun = ledger.begin(&due(), &closed_run(), now());
    assert_eq!(begun, Begun::Started(snapshot("2026-11-23")));
}

#[test]
fn only_a_published_export_is_the_parent_of_the_next() {
    let mut ledger = ended(&closed_run(), Ending::Published);
    let second = Run { id: RunId::new("second").unwrap(), ..closed_run() };
    ledger.begin(&due(), &second, now());
    ledger.finish(&snapshot("second"), Ending::Failed("no bucket".to_owned()), now());
    let third = Run { id: RunId::new("third").unwrap(), ..closed_run() };
    ledger.begin(&due(), &third, now());
    let export = ledger.active.unwrap();
    assert_eq!((export.sequence, export.parent.unwrap().snapshot), (2, snapshot("2026-11-23")));
}

#[test]
fn a_silent_item_is_sent_again_after_its_lease_until_it_is_given_up() {
    let mut ledger = Ledger::default();
    ledger.begin(&due(), &closed_run(), now());
    let export = ledger.active.as_mut().unwrap();
    assert_eq!(export.take_due(now()).len(), 2);
    assert!(export.take_due(now() + LEASE / 2).is_empty());
    let mut time = now();
    for _ in 1..MOST_ATTEMPTS {
        time += LEASE;
        assert_eq!((export.given_up(time), export.take_due(time).len()), (None, 2));
    }
    assert!(export.given_up(time + LEASE).unwrap().contains("sort segment 0 of artists"));
}

#[test]
fn only_trouble_that_no_waiting_mends_gives_an_export_up() {
    for (error, may_pass, expected) in
        [("no connection", true, None), ("access denied", false, Some("access denied"))]
    {
        let mut ledger = Ledger::default();
        let wish = Wish { segments: [(ARTISTS, 1)].into(), ..Wish::default() };
        ledger.begin(&wish, &closed_run(), now());
        let export = ledger.active.as_mut().unwrap();
        let mut time = now();
        for _ in 0..MOST_ATTEMPTS {
            for work in export.take_due(time) {
                export.fail(work, error, may_pass, time);
            }
            time += Duration::from_mins(1);
        }
        let given_up = export.given_up(time);
        assert_eq!(given_up.is_some(), expected.is_some(), "{given_up:?}");
        assert!(expected.is_none_or(|why| given_up.unwrap().contains(why)));
    }
}

#[test]
fn whoever_is_late_with_a_piece_of_a_segment_changes_nothing() {
    let mut ledger = Ledger::default();
    ledger.begin(&due(), &closed_run(), now());
    let export = ledger.active.as_mut().unwrap();
    let piece = |next: Option<&str>| Sorted {
        run: None,
        expired: 1,
        later: 1,
        next: next.map(|next| Cursor(next.to_owned())),
        scanned: (now(), now()),
    };
    assert!(export.take_in_sorted((ARTISTS, 0), None, piece(Some("m")), now()));
    assert!(!export.take_in_sorted((ARTISTS, 0), None, piece(Some("n")), now()));
    assert!(export.take_in_sorted((ARTISTS, 0), Some(&Cursor("m".to_owned())), piece(None), now()));
    assert!(!export.take_in_merged(ARTISTS, 0, Merged::default(), now()), "it is sorted still");
    assert!(export.take_in_sorted((ARTISTS, 1), None, piece(None), now()));
    let counts = export.counts(ARTISTS);
    assert_eq!((export.stage, counts.expired, counts.later), (Stage::Planning, 3, 3));
    assert_eq!(export.take_due(now()), [WorkItem::Plan]);
}

#[test]
fn a_snapshot_name_that_would_leave_its_folder_is_refused() {
    for bad in ["", "a/b", "dt=1", &"x".repeat(61)] {
        assert!(SnapshotId::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn an_export_bears_the_day_on_which_its_run_closed_however_late_it_begins() {
    let mut ledger = Ledger::default();
    let Begun::Started(name) = ledger.begin(&due(), &closed_run(), now() + Duration::from_hours(72)) else {
        panic!("not started")
    };
    assert_eq!(ledger.export(&name).unwrap().day, "2026-11-28");
}
