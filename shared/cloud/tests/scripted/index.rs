//! The index of the artists: entries come before their row, and outdated ones go after it.

use collect::catalogue::{Artist, ArtistId};
use collect::plan::Tombstone;
use collect::plan::index::{ArtistSearch, Order};
use collect::ports::{ArtistIndex, Artists, Erasure, Sighting};
use collect::term::{RunId, TermKey};
use serde_json::{Value, json};

use crate::script::{Answer, Aws, call, condition_failed, done, error, item, output};

const ID: &str = "000Dq0VqTZpxOP6jQMscVL";
const LAST_WEEK: &str = "2026-11-16T06:00:00.000Z";

/// The artist as a run sees it now.
fn artist(popularity: u8) -> Artist {
    Artist {
        id: ArtistId::new(ID).unwrap(),
        name: "Ånn".to_owned(),
        popularity: Some(popularity),
        followers: None,
        genres: Some(vec!["pop".to_owned()]),
    }
}

/// Its row of the week before, with a popularity of 40.
fn known() -> Answer {
    let row = json!({
        "id": ID, "name": "Ånn", "popularity": 40, "genres": ["pop"], "found_by": "search:a",
        "found_in": "2026-11-16", "first_seen": LAST_WEEK, "last_seen": LAST_WEEK, "last_run": "2026-11-16",
        "sighted_by": "search:a", "not_provided": ["followers"], "expires_at": 1_800_000_000,
    });
    output(json!({"Responses": {"artists": [item(row)]}}))
}

async fn see(aws: &Aws, popularity: u8) -> Result<(), collect::ports::PortError> {
    let (run, term) = (RunId::new("2026-11-23").unwrap(), TermKey::parse("search:ann").unwrap());
    let sighting = Sighting { run, term, at: "2026-11-23T06:00:00Z".parse().unwrap() };
    let artists = aws.artists().with_index(Some("search"));
    artists.upsert(&[artist(popularity)], &[], &sighting).await.map(drop)
}

/// The one statement of a call is carried out.
fn updated() -> Answer {
    output(json!({"Responses": [{"TableName": "artists"}]}))
}

/// The places that a batch puts, and that of a delete.
fn places(input: &Value) -> Vec<String> {
    let puts = input["RequestItems"]["search"].as_array().into_iter().flatten();
    let puts = puts.map(|put| &put["PutRequest"]["Item"]["place"]["S"]);
    let places = puts.chain([&input["Key"]["place"]["S"]]);
    places.filter_map(|place| place.as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn entries_are_written_before_a_row_and_with_its_expiry() {
    let aws = Aws::answering([output(json!({"Responses": {}})), done(), done()]);
    see(&aws, 40).await.unwrap();
    assert_eq!(aws.operations(), ["BatchGetItem", "BatchWriteItem", "BatchWriteItem"]);
    let [entries, row] = [1, 2].map(|at| aws.sent()[at].input["RequestItems"].clone());
    assert!(row["artists"].is_array(), "{row}");
    let expires_at = &row["artists"][0]["PutRequest"]["Item"]["expires_at"];
    let entries = entries["search"].as_array().unwrap();
    assert_eq!(entries.len(), 4);
    for entry in entries {
        assert_eq!(&entry["PutRequest"]["Item"]["expires_at"], expires_at, "{entry}");
    }
}

#[tokio::test]
async fn an_entry_that_a_row_no_longer_has_goes_unless_it_was_put_again() {
    // The entry may be gone, or somebody may have put it again: the condition is refused.
    for deleted in [done(), condition_failed()] {
        let aws = Aws::answering([known(), done(), updated(), deleted]);
        see(&aws, 55).await.unwrap();
        let sent = aws.sent();
        let expected = ["BatchGetItem", "BatchWriteItem", "BatchExecuteStatement", "DeleteItem"];
        assert_eq!(aws.operations(), expected);
        assert!(places(&sent[1].input).contains(&format!("pop\t045\t{ID}")), "{:?}", sent[1]);
        let delete = json!({
            "TableName": "search",
            "Key": item(json!({"shelf": "genres-by-popularity", "place": format!("pop\t060\t{ID}")})),
            "ConditionExpression": "last_seen <= :read",
            "ExpressionAttributeValues": item(json!({":read": LAST_WEEK})),
        });
        assert_eq!(sent[3], call("DeleteItem", delete));
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_deleted_loses_nothing() {
    let aws = Aws::answering([known(), done(), updated(), error("AccessDeniedException")]);
    see(&aws, 55).await.unwrap();
}

#[tokio::test]
async fn without_its_entries_no_row_is_written() {
    let aws = Aws::answering([known(), error("AccessDeniedException")]);
    see(&aws, 55).await.unwrap_err();
    assert_eq!(aws.operations(), ["BatchGetItem", "BatchWriteItem"]);
}

#[tokio::test]
async fn a_page_is_one_query_between_two_places() {
    let place = format!("pop\t045\t{ID}");
    let aws = Aws::answering([output(json!({"Items": [item(json!({"place": place}))]}))]);
    let stretch = ArtistSearch::by_genre("Pop", Order::Popularity).stretch(Some(50));
    let index = aws.artists().with_index(Some("search"));
    assert_eq!(index.places(&stretch, Some("pop\t001"), 7).await.unwrap(), [place]);
    let query = json!({
        "TableName": "search", "Limit": 7, "ProjectionExpression": "place",
        "KeyConditionExpression": "shelf = :shelf AND place BETWEEN :from AND :to",
        "ExpressionAttributeValues":
            item(json!({":shelf": "genres-by-popularity", ":from": "pop\t", ":to": "pop\t050\n"})),
        "ExclusiveStartKey": item(json!({"shelf": "genres-by-popularity", "place": "pop\t001"})),
    });
    assert_eq!(aws.only(), call("Query", query));
}

#[tokio::test]
async fn an_artist_whose_entries_cannot_be_deleted_is_not_called_erased() {
    let aws = Aws::answering([known(), error("ResourceNotFoundException")]);
    let tombstone =
        Tombstone { id: ArtistId::new(ID).unwrap(), forgotten_at: "2026-11-24T06:00:00Z".parse().unwrap() };
    let artists = aws.artists().with_index(Some("search"));
    // The row stays, so that erasing it once more finds its entries.
    assert!(artists.forget(&tombstone).await.is_err());
    assert_eq!(aws.operations(), ["BatchGetItem", "DeleteItem"]);
}
