//! Figures: of past minutes, of the table and of the queues.

use std::time::Duration;

use cloud::gauges::AwsGauges;
use cloud::queue;
use collect::ports::{Gauges, Messages, Minute, PortError, Series};
use collect::term::RunId;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::script::{Answer, Aws, Call, UNDERSTOOD, call, done, error, item, output};

fn at(time: &str) -> Timestamp {
    format!("2026-11-29T{time}Z").parse().unwrap()
}

fn minute(time: &str, artists: u64) -> Minute {
    let run = RunId::new("2026-11-23").unwrap();
    Minute { at: at(time), run, granted: 700, refused: 2, artists, utilisation: 0.25 }
}

/// The figures of a minute, as they are stored.
fn stored(artists: u64) -> Value {
    json!(["2026-11-23", 700, 2, artists, 0.25])
}

#[tokio::test]
async fn the_figures_of_a_minute_stand_in_the_item_of_its_hour_until_their_end() {
    let aws = Aws::answering([done()]);
    let of_minute = Minute { utilisation: 0.25012, ..minute("05:07:00", 9) };
    aws.control().note_minute(&of_minute, at("05:07:00") + Duration::from_hours(24)).await.unwrap();
    let end = (at("05:07:00") + Duration::from_hours(24)).as_second();
    let expected = json!({
        "TableName": "control", "Key": item(json!({"id": "series#2026-11-29T05"})),
        "UpdateExpression": "SET #minute = :figures, expires_at = :end", "ConditionExpression": UNDERSTOOD,
        "ExpressionAttributeNames": {"#minute": "m07"},
        "ExpressionAttributeValues": item(json!({":figures": stored(9), ":end": end})),
        "ReturnValues": "ALL_NEW", "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(aws.only(), call("UpdateItem", expected));
}

/// The answer that holds the items of these hours.
fn hours(hours: &[Value]) -> Answer {
    let items: Vec<Value> = hours.iter().cloned().map(item).collect();
    output(json!({"Responses": {"control": items}}))
}

#[tokio::test]
async fn minutes_are_read_from_every_hour_and_cut_to_the_time_that_is_asked_for() {
    let of = |hour: u32, minutes: &[(&str, u64)]| {
        let mut item = json!({"id": format!("series#2026-11-29T0{hour}"), "expires_at": 1_900_000_000});
        for (name, artists) in minutes {
            item[*name] = stored(*artists);
        }
        item
    };
    let (six, five) = (of(6, &[("m00", 3), ("m01", 4)]), of(5, &[("m58", 1), ("m59", 2)]));
    let aws = Aws::answering([hours(&[six, five])]);
    let read = aws.control().minutes(at("05:59:00"), at("06:01:00")).await.unwrap();
    assert_eq!(read, [minute("05:59:00", 2), minute("06:00:00", 3)]);
    let keys = ["series#2026-11-29T05", "series#2026-11-29T06"].map(|id| item(json!({"id": id})));
    let expected = json!({"RequestItems": {"control": {"Keys": keys, "ConsistentRead": false}}});
    assert_eq!(aws.only(), call("BatchGetItem", expected));
}

#[tokio::test]
async fn a_minute_that_cannot_be_read_is_named() {
    for (name, value) in [("m07", json!(1)), ("m61", stored(1)), ("m07", json!(["#", 1, 2, 3, 0.5]))] {
        let mut hour = json!({"id": "series#2026-11-29T05"});
        hour[name] = value;
        let aws = Aws::answering([hours(&[hour])]);
        let error = aws.control().minutes(at("05:00:00"), at("05:59:00")).await.unwrap_err();
        assert!(matches!(error, PortError::Corrupt { .. }), "{error}");
        assert!(error.to_string().contains(&format!("{name} of series#2026-11-29T05")), "{error}");
    }
}

fn gauges(aws: &Aws) -> AwsGauges {
    AwsGauges {
        dynamodb: cloud::aws::dynamodb(&aws.config()),
        sqs: cloud::aws::sqs(&aws.config()),
        artists: "artists".to_owned(),
        window: "http://queue/window".to_owned(),
        dead_letters: "http://queue/dead".to_owned(),
    }
}

fn attributes(visible: &str, hidden: &str) -> Answer {
    let attributes =
        json!({"ApproximateNumberOfMessages": visible, "ApproximateNumberOfMessagesNotVisible": hidden});
    output(json!({"Attributes": attributes}))
}

fn ask(queue: &str, names: &[&str]) -> Call {
    call("GetQueueAttributes", json!({"QueueUrl": queue, "AttributeNames": names}))
}

const BOTH: [&str; 2] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];

#[tokio::test]
async fn gauges_tell_visible_messages_from_hidden_ones_and_count_all_dead_letters() {
    let table = output(json!({"Table": {"TableName": "artists", "ItemCount": 1234}}));
    let aws = Aws::answering([attributes("3", "8"), attributes("2", "5"), table]);
    let gauges = gauges(&aws);
    assert_eq!(gauges.window().await.unwrap(), Messages { visible: 3, hidden: 8 });
    assert_eq!(gauges.dead_letters().await.unwrap(), 7);
    assert_eq!(gauges.artists().await.unwrap(), 1234);
    let table = call("DescribeTable", json!({"TableName": "artists"}));
    assert_eq!(aws.sent(), [ask("http://queue/window", &BOTH), ask("http://queue/dead", &BOTH), table]);
}

#[tokio::test]
async fn a_gauge_that_cannot_be_read_is_an_error() {
    let aws = Aws::answering([error("AccessDeniedException"), error("ResourceNotFoundException")]);
    let gauges = gauges(&aws);
    assert!(gauges.window().await.is_err() && gauges.artists().await.is_err());
}

#[tokio::test]
async fn the_depth_of_a_queue_is_its_visible_messages() {
    let aws = Aws::answering([attributes("3", "8"), done()]);
    let client = cloud::aws::sqs(&aws.config());
    assert_eq!(queue::depth(&client, "http://queue/dead").await.unwrap(), 3);
    let depth = queue::depth(&client, "http://queue/dead").await;
    assert!(matches!(depth, Err(PortError::Corrupt { .. })), "no number is not zero: {depth:?}");
    assert_eq!(aws.sent(), [ask("http://queue/dead", &BOTH[..1]), ask("http://queue/dead", &BOTH[..1])]);
}
