//! Items of other releases: those of the first are understood, unknown newer ones are left alone.

use collect::catalogue::{Artist, ArtistId};
use collect::ports::{ArtistRows, Artists, Control, Frontier, PortError, Sighting};
use collect::term::{RunId, TermKey, TermState};
use serde_json::{Value, json};

use crate::script::{Answer, Aws, item, output};

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
    let at = "2026-11-23T06:00:00Z".parse().unwrap();
    refused(aws.artists().upsert(&[artist], &[], &Sighting { run: run(), term: key(), at }).await);
    assert_eq!(aws.operations(), ["GetItem", "Query", "GetItem", "BatchGetItem", "BatchGetItem"]);
}
