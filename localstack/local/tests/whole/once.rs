//! Repeated events.

use local::observe::to_json;
use serde_json::json;

use crate::common::{artist_rows, collect, start, steady};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_event_of_the_same_day_opens_no_second_run() {
    let mut stack = start(steady(100)).await.unwrap();
    let current = async |stack: &local::stack::Stack| {
        to_json(stack.observer().control("current").await.unwrap().unwrap())
    };
    let first = stack.schedule("collect").await.unwrap();
    assert_eq!(first["opening"], "opened", "{first}");
    let opened = current(&stack).await;
    let second = stack.schedule("collect").await.unwrap();
    assert_eq!((&second["opening"], &second["run"]), (&json!("already-open"), &first["run"]), "{second}");
    assert_eq!(current(&stack).await["opened_at"], opened["opened_at"]);

    let report = collect(&mut stack).await.unwrap();
    let (closed, rows) = (current(&stack).await, artist_rows(&stack).await.unwrap());
    let third = stack.schedule("collect").await.unwrap();
    assert_eq!(third["opening"], "already-closed", "{third}");
    assert_eq!(third["tick"]["state"], "no-run", "{third}");
    assert_eq!(current(&stack).await, closed);
    assert_eq!(stack.spotify().stats().await.unwrap().unwrap().requests, report.requests.unwrap());
    assert!(artist_rows(&stack).await.unwrap() == rows);

    // A run under another name is another pass; all its rows are known.
    let event = json!({"job": "collect", "run": "again"});
    assert_eq!(stack.invoke(&stack.deployment().seeder, &event).await.unwrap()["opening"], "opened");
    stack.wait_until_closed(std::time::Duration::from_mins(2)).await.unwrap();
    let again = current(&stack).await;
    assert_eq!((&again["run"], &again["report"]["artists_new"]), (&json!("again"), &json!(0)), "{again}");
    assert_eq!(stack.observer().artists().await.unwrap(), report.artists);
    stack.stop().await.unwrap();
}
