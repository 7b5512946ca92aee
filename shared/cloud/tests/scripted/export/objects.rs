//! S3: an object is created or replaced only under its condition, and nobody sees half of one.

use cloud::export::objects::S3Objects;
use collect::ports::PortError;
use collect::ports::export::{Created, Objects, Span, Tag, Upload};
use serde_json::{Value, json};

use crate::script::{Answer, Aws, Call, call, lost, s3, s3_error};

const KEY: &str = "artists/part-00000.parquet";

fn objects(aws: &Aws) -> S3Objects {
    S3Objects::new(cloud::export::objects::client(&aws.config()), "bucket")
}

fn if_new() -> Value {
    json!({"if-none-match": "*"})
}

fn put(condition: Value) -> Call {
    call("PUT latest.json", condition)
}

async fn create(aws: &Aws) -> Result<Created, PortError> {
    objects(aws).create("latest.json", b"{}").await
}

fn conflict() -> Answer {
    s3_error(409, "ConditionalRequestConflict")
}

fn refused() -> Answer {
    s3_error(412, "PreconditionFailed")
}

#[tokio::test]
async fn an_object_is_created_only_if_there_is_none() {
    let aws = Aws::answering([s3("\"1\"", ""), refused()]);
    assert_eq!(create(&aws).await.unwrap(), Created::New);
    assert_eq!(create(&aws).await.unwrap(), Created::Exists);
    assert_eq!(aws.sent(), [put(if_new()), put(if_new())]);
}

#[tokio::test]
async fn an_object_is_replaced_only_in_the_version_that_was_read() {
    let aws = Aws::answering([s3("\"1\"", "{}"), s3("\"2\"", ""), refused()]);
    let objects = objects(&aws);
    let read = objects.get("latest.json").await.unwrap().unwrap();
    assert_eq!((read.bytes.as_slice(), &read.tag), (b"{}".as_slice(), &Tag("\"1\"".to_owned())));
    assert!(objects.replace("latest.json", b"new", Some(&read.tag)).await.unwrap());
    assert!(!objects.replace("latest.json", b"late", Some(&read.tag)).await.unwrap());
    let condition = json!({"if-match": "\"1\""});
    assert_eq!(aws.sent(), [call("GET latest.json", json!({})), put(condition.clone()), put(condition)]);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_met_another_one_is_tried_again_for_a_while() {
    let aws = Aws::answering([conflict(), conflict(), s3("\"1\"", "")]);
    assert_eq!(create(&aws).await.unwrap(), Created::New);
    let aws = Aws::answering((0..6).map(|_| conflict()));
    let given_up = create(&aws).await.unwrap_err();
    assert!(matches!(given_up, PortError::Unavailable { .. }), "{given_up}");
    assert!(given_up.to_string().contains("latest.json"), "{given_up}");
    assert_eq!(aws.sent().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_was_lost_says_that_the_object_exists() {
    // The SDK sends it again, and meets what it has written itself: whoever creates compares the content.
    let aws = Aws::answering([lost(), refused()]);
    assert_eq!(create(&aws).await.unwrap(), Created::Exists);
}

#[tokio::test]
async fn only_an_object_that_is_not_there_is_none() {
    let aws = Aws::answering([s3_error(404, "NoSuchKey"), s3_error(404, "NoSuchBucket")]);
    assert_eq!(objects(&aws).get(KEY).await.unwrap(), None);
    let error = objects(&aws).get(KEY).await.unwrap_err();
    assert!(matches!(&error, PortError::Misconfigured { .. }), "{error}");
    assert!(error.to_string().contains("bucket"), "{error}");
}

#[tokio::test]
async fn a_span_of_an_object_that_is_gone_does_not_come_back() {
    let aws = Aws::answering([s3_error(404, "NoSuchKey"), s3_error(503, "SlowDown")]);
    let gone = objects(&aws).span(KEY, Span::Last(2)).await.unwrap_err();
    assert!(!gone.may_pass() && gone.to_string().contains("it is gone"), "{gone}");
    assert!(objects(&aws).span(KEY, Span::Last(2)).await.unwrap_err().may_pass());
}

#[tokio::test]
async fn a_span_is_asked_for_by_its_bytes() {
    let aws = Aws::answering([s3("\"1\"", "abc"), s3("\"1\"", "yz")]);
    let objects = objects(&aws);
    assert_eq!(objects.span(KEY, Span::Of(4..7)).await.unwrap().0, b"abc");
    assert_eq!(objects.span(KEY, Span::Last(2)).await.unwrap().0, b"yz");
    assert!(objects.span(KEY, Span::Of(4..4)).await.is_err(), "no request can ask for nothing");
    let asked: Vec<Value> = aws.sent().into_iter().map(|call| call.input).collect();
    assert_eq!(asked, [json!({"range": "bytes=4-6"}), json!({"range": "bytes=-2"})]);
}

const STARTED: &str =
    "<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>";
const COMPLETED: &str = "<CompleteMultipartUploadResult><Key>k</Key></CompleteMultipartUploadResult>";

/// Writes twenty megabytes in pieces of one.
async fn upload(aws: &Aws) -> Result<Created, PortError> {
    let mut upload = objects(aws).upload(KEY).await?;
    for _ in 0..20 {
        upload.push(vec![7; 1024 * 1024]).await?;
    }
    upload.finish().await
}

#[tokio::test]
async fn a_large_object_appears_at_once_and_only_if_there_is_none() {
    let parts = || [s3("\"0\"", STARTED), s3("\"1\"", ""), s3("\"2\"", ""), s3("\"3\"", "")];
    let aws = Aws::answering(parts().into_iter().chain([s3("\"9\"", COMPLETED)]));
    assert_eq!(upload(&aws).await.unwrap(), Created::New);
    let part = |number: u32| call(&format!("PUT {KEY}?partNumber={number}&uploadId=up"), json!({}));
    let expected = [
        call(&format!("POST {KEY}?uploads"), json!({})),
        part(1),
        part(2),
        part(3),
        call(&format!("POST {KEY}?uploadId=up"), if_new()),
    ];
    assert_eq!(aws.sent(), expected);

    let aws = Aws::answering(parts().into_iter().chain([refused(), Answer::S3(204, None, String::new())]));
    assert_eq!(upload(&aws).await.unwrap(), Created::Exists);
    assert_eq!(aws.operations()[5], format!("DELETE {KEY}?uploadId=up"), "nothing of it is left");
}

#[tokio::test]
async fn a_small_object_is_written_in_one_piece() {
    let aws = Aws::answering([s3("\"1\"", "")]);
    let mut small = objects(&aws).upload(KEY).await.unwrap();
    small.push(b"few bytes".to_vec()).await.unwrap();
    assert_eq!(small.finish().await.unwrap(), Created::New);
    assert_eq!(aws.only(), call(&format!("PUT {KEY}"), if_new()));
}
