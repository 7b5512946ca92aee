//! Users: profiles are read as they are now, lists at half the price.

use collect::ports::Users;
use collect::recommend::Username;
use serde_json::{Value, json};

use crate::script::{Aws, Call, call, done, item};

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
