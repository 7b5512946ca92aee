//! The window queue and its dead letters.

use std::time::Duration;

use cloud::letters::SqsDeadLetters;
use collect::operator::dead_letters::list;
use collect::ports::{Claim, DeadLetter, DeadLetters, Delivery, Handle, TermMessage, Window};
use collect::term::{RunId, TermKey};
use jiff::Timestamp;

use crate::place::Place;

fn claim(number: u32) -> Claim {
    let key = TermKey::parse(&format!("search:t{number}")).unwrap();
    Claim { run: RunId::new("2026-11-23").unwrap(), key, generation: number }
}

async fn receive(place: &Place, queue: &str) -> Vec<Delivery> {
    let request = place.clients().sqs.receive_message().queue_url(queue).max_number_of_messages(10);
    let received = request.visibility_timeout(1).send().await.unwrap();
    let delivery = |message: &aws_sdk_sqs::types::Message| Delivery {
        id: message.message_id.clone().unwrap(),
        handle: Handle(message.receipt_handle.clone().unwrap()),
        body: message.body.clone().unwrap(),
        receive_count: 1,
        received_at: Timestamp::now(),
    };
    received.messages().iter().map(delivery).collect()
}

#[tokio::test]
async fn every_claim_becomes_a_message_and_a_deferred_one_stays_away() {
    let place = Place::start().await;
    let (window, queue, _) = place.window().await;
    let claims: Vec<Claim> = (1..=23).map(claim).collect();
    assert_eq!(window.send(&claims).await.unwrap(), []);
    let mut bodies = Vec::new();
    let mut first = None;
    while bodies.len() < 23 {
        let batch = receive(&place, &queue).await;
        assert!(!batch.is_empty(), "only {} messages", bodies.len());
        bodies.extend(batch.iter().map(|delivery| delivery.body.clone()));
        first = first.or_else(|| batch.into_iter().next());
    }
    let mut sent: Vec<Claim> =
        bodies.iter().map(|body| serde_json::from_str::<TermMessage>(body).unwrap().into()).collect();
    sent.sort_by_key(|claim| claim.generation);
    assert_eq!(sent, claims);

    let put_off = first.unwrap();
    window.defer(&put_off, Duration::from_mins(10)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut again = Vec::new();
    while again.len() < 22 {
        let batch = receive(&place, &queue).await;
        assert!(!batch.is_empty(), "only {} came back", again.len());
        again.extend(batch.into_iter().map(|delivery| delivery.id));
    }
    assert!(!again.contains(&put_off.id), "it was put off by ten minutes");
    // Twelve hours count from the receive, so more than is left is cut, not refused.
    window.defer(&put_off, Duration::from_hours(20)).await.unwrap();
}

#[tokio::test]
async fn a_dead_letter_carries_the_body_and_the_reason() {
    let place = Place::start().await;
    let (window, queue, dead) = place.window().await;
    let letter =
        DeadLetter { reason: "unreadable".to_owned(), body: "\u{1}not a term".to_owned(), attempts: 2 };
    // A control character is no text for SQS; inside the letter's JSON it is escaped.
    window.set_aside(&letter).await.unwrap();
    let letters = receive(&place, &dead).await;
    assert_eq!(letters.len(), 1);
    assert_eq!(serde_json::from_str::<DeadLetter>(&letters[0].body).unwrap(), letter);
    assert!(receive(&place, &queue).await.is_empty());
}

#[tokio::test]
async fn dead_letters_stay_visible_until_removed() {
    let place = Place::start().await;
    let (window, _, dead) = place.window().await;
    let before = Timestamp::now() - Duration::from_secs(1);
    for number in 0..13 {
        let body = serde_json::to_string(&TermMessage::from(&claim(number))).unwrap();
        window.set_aside(&DeadLetter { reason: "cut body".to_owned(), body, attempts: 5 }).await.unwrap();
    }
    let letters = SqsDeadLetters::new(place.clients().sqs.clone(), &dead);
    let read = list(&letters).await.unwrap();
    assert_eq!(read.len(), 13);
    assert!(read.iter().all(|letter| letter.sent_at >= before && letter.attempts == Some(5)), "{read:?}");
    assert!(read.is_sorted_by_key(|letter| letter.sent_at));
    let again = list(&letters).await.unwrap();
    assert_eq!(again, read, "they were shown again at once");

    let taken = letters.receive(Duration::from_mins(1)).await.unwrap();
    letters.remove(&taken[0]).await.unwrap();
    for letter in &taken[1..] {
        letters.release(letter).await.unwrap();
    }
    let left = list(&letters).await.unwrap();
    assert_eq!(left.len(), 12);
    assert!(left.iter().all(|letter| letter.id != taken[0].id));
}
