//! Items of other releases: those of the first are understood, unknown newer ones are left alone.

use std::time::Duration;

use collect::catalogue::{Artist, ArtistId, Edge, PlaylistId, TrackId};
use collect::plan::{Finding, OperatorFinding, Tombstone, Yield, Yields};
use collect::ports::{
    ArtistRows, Artists, Control, EdgeErasure, Edges, Erasure, Frontier, Minute, PortError, Series, Sighting,
    TermErasure, TrackRows, Users,
};
use collect::recommend::{Profile, Username};
use collect::run::{Counting, Expiring, Latest, Report, Run};
use collect::term::{Operator, RunId, Source, TermKey, TermState};
use collect::web_api::Endpoint;
use serde_json::{Value, json};

use crate::script::{Answer, Aws, UNDERSTOOD, condition_failed_on, item, output};

/// Items as the first release stored them, by kind.
fn recorded(kind: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../../fixtures/items-0.1.json")).unwrap();
    all[kind].clone()
}

/// The same, marked by a later release.
fn newer(kind: &str) -> Value {
    let mut value = recorded(kind);
    value["schema_version"] = json!(2);
    value
}

fn run() -> RunId {
    RunId::new("2026-11-23").unwrap()
}

fn key() -> TermKey {
    TermKey::parse("search:abc").unwrap()
}

fn id() -> ArtistId {
    ArtistId::new("0000000000000000000001").unwrap()
}

fn got(value: Value) -> Answer {
    output(json!({"Item": item(value)}))
}

fn rows(value: Value) -> Answer {
    output(json!({"Responses": {"artists": [item(value)]}}))
}

fn control(value: Value) -> Answer {
    output(json!({"Responses": {"control": [item(value)]}}))
}

#[tokio::test]
async fn items_of_the_first_release_are_understood() {
    let aws = Aws::answering([
        got(recorded("term")),
        got(recorded("artist")),
        got(recorded("stub")),
        control(recorded("current")),
        control(recorded("pace")),
    ]);
    let term = aws.frontier().get(&run(), &key()).await.unwrap().unwrap();
    assert_eq!((term.state, term.generation, term.tally.requests), (TermState::Sent, 3, 2));
    let row = aws.artists().artist(&id()).await.unwrap().unwrap();
    assert_eq!((row.artist.name.as_str(), row.artist.followers), ("Ånn", Some(7)));
    assert!(aws.artists().artist(&id()).await.unwrap().unwrap().stub.is_some());
    assert!(aws.control().overview().await.unwrap().open_run().is_some());
    assert!(aws.control().overview().await.is_ok());
}

/// Any other item, marked by a later release.
fn marked(key: Value) -> Value {
    let mut value = key;
    value["schema_version"] = json!(2);
    item(value)
}

/// A write is refused because of a marked item.
fn refused_on(key: Value) -> Answer {
    condition_failed_on(&marked(key))
}

fn sighting() -> Sighting {
    Sighting { run: run(), term: key(), at: now() }
}

fn now() -> jiff::Timestamp {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

/// The name and version that a refusal tells.
fn refused<T: std::fmt::Debug>(answer: Result<T, PortError>) -> (String, String) {
    match answer {
        Err(PortError::Newer { what, version }) => (what, version),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_item_of_a_later_release_is_named_and_nothing_is_written() {
    let page = output(json!({"Items": [item(newer("term"))]}));
    let aws = Aws::answering([
        got(newer("term")),
        page,
        got(newer("artist")),
        control(newer("current")),
        rows(newer("artist")),
    ]);
    let (what, version) = refused(aws.frontier().get(&run(), &key()).await);
    assert!(what.contains("search:abc") && version == "2", "{what} {version}");
    refused(aws.frontier().page(&run(), None, 10).await);
    let (what, _) = refused(aws.artists().artist(&id()).await);
    assert!(what.contains("0000000000000000000001"), "{what}");
    refused(aws.control().overview().await);
    let artist =
        Artist { id: id(), name: "Ånn".to_owned(), popularity: None, followers: None, genres: None };
    refused(aws.artists().upsert(&[artist], &[], &sighting()).await);
    assert_eq!(aws.operations(), ["GetItem", "Query", "GetItem", "BatchGetItem", "BatchGetItem"]);
}

#[tokio::test]
async fn a_marked_item_of_any_other_kind_is_not_read_either() {
    let of = |table: &str, key: Value| output(json!({"Responses": {table: [marked(key)]}}));
    let (track, playlist) = (TrackId::new("1".repeat(22)).unwrap(), PlaylistId::new("2".repeat(22)).unwrap());
    let user = Username::new("anna").unwrap();
    let edge = Edge::Playlist { artist: id(), playlist: playlist.clone() };
    let aws = Aws::answering([
        of("tracks", json!({"id": format!("track#{track}"), "revision": 1})),
        of("edges", json!({"artist": id().as_str(), "edge": edge.to_string()})),
        output(
            json!({"Item": marked(json!({"shelf": "profiles", "place": "anna", "expires_at": u32::MAX}))}),
        ),
        output(json!({"Items": [marked(json!({"artist": id().as_str(), "edge": edge.to_string()}))]})),
        of("control", json!({"id": "capability"})),
        of("control", json!({"id": "yields"})),
        of("control", json!({"id": "series#2026-11-23T06"})),
        output(json!({"Item": marked(json!({"id": "words#2026-11-23"}))})),
    ]);
    let artists = aws.artists().with_edges("edges");
    let names = [
        refused(aws.tracks().tracks(std::slice::from_ref(&track)).await).0,
        refused(artists.keep(std::slice::from_ref(&edge), &sighting()).await).0,
        refused(aws.users().profile(&user).await).0,
        refused(artists.erase_edges(&id()).await).0,
        refused(aws.control().overview().await).0,
        refused(aws.control().overview().await).0,
        refused(aws.control().minutes(now(), now() + Duration::from_hours(1)).await).0,
        refused(aws.control().saturated_words(&run(), None).await).0,
    ];
    let parts = ["track#1", "#2222", "profiles anna", "#2222", "capability", "yields", "series#", "words#"];
    for (name, part) in names.iter().zip(parts) {
        assert!(name.contains(part), "{name} of {part}");
    }
    assert!(aws.operations().iter().all(|operation| operation != "DeleteItem"), "{:?}", aws.operations());
}

#[tokio::test]
async fn a_write_that_reads_nothing_before_changes_no_marked_item() {
    let user = Username::new("anna").unwrap();
    let profile = Profile { artists: Vec::new(), genres: vec!["pop".to_owned()], tracks: Vec::new() };
    let minute = Minute { at: now(), run: run(), granted: 1, refused: 0, artists: 1, utilisation: 0.5 };
    let playlist = PlaylistId::new("2".repeat(22)).unwrap();
    let tombstone = Tombstone { id: id(), forgotten_at: now() };
    let kept = |id: &str| refused_on(json!({"id": id}));
    let profiles = || refused_on(json!({"shelf": "profiles", "place": "anna"}));
    let aws = Aws::answering([
        kept("endpoints"),
        kept("capability"),
        kept("words#2026-11-23"),
        kept("playlist#2"),
        kept("series#2026-11-23T06"),
        kept("0000000000000000000001"),
        refused_on(json!({"run": "2026-11-23", "key": "search:abc"})),
        profiles(),
        profiles(),
    ]);
    let (control, users) = (aws.control(), aws.users());
    refused(control.note_endpoint(Endpoint::Artists, &Finding::open(&run(), now())).await);
    refused(control.note_operator(Operator::Not, &OperatorFinding::new(true, &run(), now())).await);
    refused(control.saturated_words(&run(), Some("the")).await);
    refused(control.keep_snapshot(&playlist, "v1").await);
    refused(control.note_minute(&minute, now()).await);
    refused(aws.artists().forget(&tombstone).await);
    refused(aws.frontier().erase(&run(), &key()).await);
    refused(users.keep_profile(&user, &profile, now()).await);
    refused(users.erase_user(&user).await);
    for call in aws.sent() {
        let condition = call.input["ConditionExpression"].as_str().unwrap_or_default();
        assert!(condition.contains(UNDERSTOOD), "{call:?}");
    }
}

#[tokio::test]
async fn a_change_of_what_was_read_unmarked_changes_nothing_that_is_marked_since() {
    let open = Run::open(run(), now());
    let closed = Run { idle_since: Some(now()), ..open.clone() }.closed(Report::default(), now());
    let stopped = Run { stopped: Some("no Premium".to_owned()), ..open.clone() };
    let resumed = stopped.closed(Report::default(), now()).resumed();
    let brought = Yields([(Source::Search, Yield { requests: 1.0, ..Yield::default() })].into());
    let nothing = || output(json!({}));
    let of_runs = (0..8).map(|_| refused_on(json!({"id": "current"})));
    let others = [
        refused_on(json!({"id": "expiring"})),
        refused_on(json!({"id": "words#2026-11-23"})),
        refused_on(json!({"id": "yields"})),
        // These are marked only after the figures of an earlier run were found there.
        condition_failed_on(&item(json!({"id": "yields", "run": "2026-11-16"}))),
        nothing(),
        refused_on(json!({"id": "yields"})),
        refused_on(json!({"id": "yields"})),
    ];
    let aws = Aws::answering([nothing(), nothing()].into_iter().chain(of_runs).chain(others));
    let control = aws.control();
    refused(control.open(&open).await);
    refused(control.mark_seeded(&run()).await);
    refused(control.stop(&run(), "no Premium").await);
    refused(control.add_tracks(&run()).await);
    refused(control.mark_counting(&open, &Counting::default()).await);
    refused(control.resume(&resumed).await);
    refused(control.close(&closed).await);
    refused(control.mark_idle(&run(), None).await);
    let expiring = Expiring { since: now(), end: now(), after: None };
    refused(control.mark_expiring(&run(), Some(&expiring)).await);
    refused(control.expire(&run(), now()).await);
    refused(control.note_yields(&run(), &brought, &Latest::default()).await);
    refused(control.note_yields(&run(), &brought, &Latest::default()).await);
    for call in
        aws.sent().into_iter().filter(|call| ["UpdateItem", "PutItem"].contains(&call.operation.as_str()))
    {
        let condition = call.input["ConditionExpression"].as_str().unwrap_or_default();
        assert!(condition.contains(UNDERSTOOD), "{call:?}");
    }
}
