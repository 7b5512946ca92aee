//! What becomes of an export that stood still, of messages that nobody worked, of a run that another one
//! follows at once, and of a ledger that was lost.

use std::time::Duration;

use collect::snapshot::ledger::{Ending, Ledger};
use serde_json::json;

use crate::exports::{artists, holds, latest};
use crate::place::Place;

#[tokio::test]
async fn an_export_whose_work_has_expired_ends_and_lets_the_next_begin() {
    let place = Place::start().await;
    place.run("2026-11-16", &artists("2026-11-16", 0..50)).await;
    Box::pin(place.work_up_to_publishing()).await;
    place.expire_work().await;
    place.end_leases().await;
    place.work(1).await;
    let last = place.ledger().await.last.unwrap();
    let Ending::Failed(why) = &last.outcome else { panic!("{last:?}") };
    assert!(why.contains("work/2026-11-16/run.json") && why.contains("gone"), "{why}");
    place.run("2026-11-23", &artists("2026-11-23", 0..50)).await;
    place.exporter().handle(json!({"job": "tick"})).await;
    place.work(1).await;
    assert_eq!(holds(&place, &artists("2026-11-23", 0..50)).await.sequence, 1);
}

#[tokio::test]
async fn messages_that_an_earlier_invocation_left_are_worked_by_the_next_tick() {
    let place = Place::start().await;
    let rows = artists("2026-11-23", 0..50);
    place.run("2026-11-23", &rows).await;
    let began = place.exporter().handle_within(Duration::ZERO, json!({"job": "tick"})).await;
    assert_eq!(began["state"], json!("began"));
    let tick = place.exporter().handle(json!({"job": "tick"})).await;
    assert_eq!(tick, json!({"state": "working", "snapshot": "2026-11-23", "sent": []}), "all was sent");
    assert_eq!(place.ledger().await.active, None, "the tick works all that lies in the queue");
    assert_eq!(holds(&place, &rows).await.sequence, 1);
}

#[tokio::test]
async fn a_described_snapshot_is_published_though_its_work_has_expired() {
    let place = Place::start().await;
    let rows = artists("2026-11-23", 0..50);
    place.run("2026-11-23", &rows).await;
    Box::pin(place.work_up_to_publishing()).await;
    place.end_leases().await;
    let manifest = |key: &String| key.ends_with("_manifest.json");
    while !place.objects().await.keys().any(manifest) {
        place.exporter_on("nowhere").handle(json!({"job": "tick"})).await;
    }
    assert!(!place.objects().await.contains_key("latest.json"));
    place.expire_work().await;
    place.end_leases().await;
    place.work(1).await;
    assert_eq!(holds(&place, &rows).await.sequence, 1);
}

#[tokio::test]
async fn a_closed_run_is_exported_though_the_next_one_is_open() {
    let place = Place::start().await;
    let rows = artists("2026-11-16", 0..50);
    place.run("2026-11-16", &rows).await;
    place.open("2026-11-23", Some("2026-11-16")).await;
    let began = place.exporter().handle(json!({"job": "tick"})).await;
    assert_eq!(began, json!({"state": "began", "snapshot": "2026-11-16"}));
    place.work(1).await;
    assert_eq!(holds(&place, &rows).await.run.id.as_str(), "2026-11-16");
    let again = place.exporter().handle(json!({"job": "tick"})).await;
    assert_eq!(again, json!({"state": "nothing"}), "once is enough, and the open run is not due");
}

/// The folder of what lies beside the parts of a snapshot.
async fn manifest_folder(place: &Place, snapshot: &str) -> String {
    let suffix = format!("snapshot={snapshot}/_manifest.json");
    let key = place.objects().await.into_keys().find(|key| key.ends_with(&suffix)).unwrap();
    key.trim_end_matches("_manifest.json").to_owned()
}

#[tokio::test]
async fn after_the_ledger_was_lost_readers_still_get_the_next_snapshot() {
    let place = Place::start().await;
    for run in ["2026-11-09", "2026-11-16"] {
        place.run(run, &artists(run, 0..50)).await;
        place.exporter().handle(json!({"job": "tick"})).await;
        place.work(1).await;
    }
    place.remember(&Ledger::default()).await;
    place.run("2026-11-23", &artists("2026-11-23", 0..51)).await;
    place.exporter().handle(json!({"job": "tick"})).await;
    place.work(1).await;
    let manifest = latest(&place).await;
    assert_eq!((manifest.snapshot.as_str(), manifest.sequence), ("2026-11-23", 3));
    let before = manifest.parent.unwrap();
    assert_eq!((before.snapshot.as_str(), before.sequence), ("2026-11-16", 2));
    let report = manifest_folder(&place, "2026-11-23").await + "_report.md";
    let report = String::from_utf8(place.object(&report).await).unwrap();
    assert!(report.contains("of the 50 rows of the snapshot before"), "{report}");
    assert!(place.location("artists").await.ends_with("/snapshot=2026-11-23/"));
}
