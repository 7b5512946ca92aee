//! Users: profiles are read as they are now, lists at half the price, and both past what has expired.

use collect::ports::Users;
use collect::recommend::{Profile, Recommended, Username};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::script::{Aws, Call, call, done, item, output};

fn query(values: &Value, condition: &str, is_profile: bool) -> Call {
    call(
        "Query",
        json!({
            "TableName": "users", "KeyConditionExpression": condition, "Limit": 25,
            "ExpressionAttributeValues": item(values.clone()), "ScanIndexForward": is_profile,
            "ConsistentRead": is_profile,
        }),
    )
}

#[tokio::test]
async fn profiles_are_read_consistently_and_lists_are_not() {
    let aws = Aws::answering([done(), done()]);
    let user = Username::new("ana").unwrap();
    assert_eq!(aws.users().profiles(Some(&user), 25).await.unwrap(), []);
    assert_eq!(aws.users().lists(&user, Some("2026-11-24".parse().unwrap()), 25).await.unwrap(), []);
    let profiles = json!({":shelf": "profiles", ":place": "ana"});
    let lists = json!({":shelf": "lists#ana", ":place": "2026-11-24"});
    assert_eq!(
        aws.sent(),
        [
            query(&profiles, "shelf = :shelf AND place > :place", true),
            query(&lists, "shelf = :shelf AND place < :place", false),
        ]
    );
}

#[tokio::test]
async fn profiles_behind_a_page_of_expired_ones_are_found() {
    let profile = |user: &str, end: i64| {
        let body = serde_json::to_string(&Profile::default()).unwrap();
        item(json!({"shelf": "profiles", "place": user, "body": body, "expires_at": end}))
    };
    let now = Timestamp::now().as_second();
    let last = item(json!({"shelf": "profiles", "place": "ana"}));
    let aws = Aws::answering([
        output(json!({"Items": [profile("ana", now - 60)], "LastEvaluatedKey": last})),
        output(json!({"Items": [profile("ben", now + 3600)]})),
    ]);
    let found = aws.users().profiles(None, 25).await.unwrap();
    assert_eq!(found, [(Username::new("ben").unwrap(), Profile::default())]);
    let starts: Vec<Value> = aws.sent().iter().map(|call| call.input["ExclusiveStartKey"].clone()).collect();
    assert_eq!(starts, [Value::Null, last]);
}

#[tokio::test]
async fn an_erased_user_loses_the_profile_before_the_lists() {
    let profile = item(json!({"shelf": "profiles", "place": "ana"}));
    let list = item(json!({"shelf": "lists#ana", "place": "2026-11-24"}));
    let deleted = |item: &Value| output(json!({"Attributes": item}));
    let lists = |items: &[&Value]| output(json!({"Items": items}));
    let aws = Aws::answering([deleted(&profile), lists(&[&list]), deleted(&list), lists(&[])]);
    let erased = aws.users().erase_user(&Username::new("ana").unwrap()).await.unwrap();
    // Whoever adds a list meanwhile sees that the profile is gone.
    assert_eq!(aws.operations(), ["DeleteItem", "Query", "DeleteItem", "Query"]);
    let sent = aws.sent();
    assert_eq!((erased, [&sent[0], &sent[2]].map(|call| &call.input["Key"])), (2, [&profile, &list]));
    assert_eq!(sent[1].input["ConsistentRead"], json!(true), "or a list of just now is left");
}

#[tokio::test]
async fn a_list_is_written_before_the_profile_of_its_user_is_looked_for() {
    let list = Recommended {
        user: Username::new("ana").unwrap(),
        date: "2026-11-24".parse().unwrap(),
        made_at: Timestamp::now(),
        snapshot: "2026-11-23".to_owned(),
        items: vec![],
    };
    let aws = Aws::answering([done(), done(), done()]);
    assert!(!aws.users().add_list(&list).await.unwrap());
    // Whoever erases the user meanwhile sees the list.
    assert_eq!(aws.operations(), ["PutItem", "GetItem", "DeleteItem"]);
    assert_eq!(aws.sent()[1].input["ConsistentRead"], json!(true), "or an erased profile is seen");
}
