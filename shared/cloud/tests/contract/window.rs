//! The window queue and its dead letters.

use std::collections::BTreeSet;
use std::time::Duration;

use collect::operator::dead_letters::{Letter, list};
use collect::ports::{Claim, DeadLetter, DeadLetters, TermMessage, Window};
use collect::term::{RunId, TermKey};

use crate::place::Place;

on_both![
    every_claim_becomes_a_message_and_a_deferred_one_stays_away,
    a_dead_letter_carries_the_body_and_the_reason,
    read_dead_letters_stay_visible_and_removed_ones_are_gone,
];

fn claim(number: u32) -> Claim {
    let key = TermKey::parse(&format!("search:t{number}")).unwrap();
    Claim { run: RunId::new("2026-11-23").unwrap(), key, generation: number }
}

async fn every_claim_becomes_a_message_and_a_deferred_one_stays_away<P: Place>(place: &P) {
    let claims: Vec<Claim> = (1..=23).map(claim).collect();
    assert_eq!(place.window().send(&claims).await.unwrap(), []);
    let mut received = Vec::new();
    while received.len() < 23 {
        let batch = place.receive().await;
        assert!(!batch.is_empty(), "only {} messages", received.len());
        received.extend(batch);
    }
    let claim_of = |body: &str| serde_json::from_str::<TermMessage>(body).unwrap().into();
    let mut sent: Vec<Claim> = received.iter().map(|delivery| claim_of(&delivery.body)).collect();
    sent.sort_by_key(|claim| claim.generation);
    assert_eq!(sent, claims);

    let put_off = &received[0];
    place.window().defer(put_off, Duration::from_mins(10)).await.unwrap();
    place.until_visible().await;
    let mut again = BTreeSet::new();
    while again.len() < 22 {
        let batch = place.receive().await;
        assert!(!batch.is_empty(), "only {} came back", again.len());
        again.extend(batch.into_iter().map(|delivery| delivery.id));
    }
    assert!(!again.contains(&put_off.id), "it was put off by ten minutes");
    // Twelve hours count from the receive, so more than is left is cut, not refused.
    place.window().defer(put_off, Duration::from_hours(20)).await.unwrap();
}

async fn a_dead_letter_carries_the_body_and_the_reason<P: Place>(place: &P) {
    let letter =
        DeadLetter { reason: "unreadable".to_owned(), body: "\u{1}not a term".to_owned(), attempts: 2 };
    // A control character is no text for SQS; inside the letter's JSON it is escaped.
    place.window().set_aside(&letter).await.unwrap();
    let letters = place.dead_letters().receive(Duration::from_mins(1)).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(serde_json::from_str::<DeadLetter>(&letters[0].body).unwrap(), letter);
    assert!(place.receive().await.is_empty(), "nothing is in the window");
}

async fn read_dead_letters_stay_visible_and_removed_ones_are_gone<P: Place>(place: &P) {
    for number in 0..13 {
        let body = serde_json::to_string(&TermMessage::from(&claim(number))).unwrap();
        let letter = DeadLetter { reason: "cut body".to_owned(), body, attempts: 5 };
        place.window().set_aside(&letter).await.unwrap();
    }
    let letters = place.dead_letters();
    let read = list(letters).await.unwrap();
    assert_eq!(read.len(), 13);
    assert!(read.iter().all(|letter| letter.attempts == Some(5)), "{read:?}");
    assert!(read.is_sorted_by_key(|letter| letter.sent_at));
    assert_eq!(list(letters).await.unwrap(), read, "they were shown again at once");

    let taken = letters.receive(Duration::from_mins(1)).await.unwrap();
    letters.remove(&taken[0]).await.unwrap();
    for letter in &taken[1..] {
        letters.release(letter).await.unwrap();
    }
    let left: Vec<Letter> = list(letters).await.unwrap();
    assert_eq!(left.len(), 12);
    assert!(left.iter().all(|letter| letter.id != taken[0].id));
}
