//! A fetcher and whatever Spotify answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use cloud::terms::item::TermItem;
use collect::fetcher::Fetcher;
use collect::ports::{Clock, Spotify};
use collect::term::{Question, RunId, Term};
use collect::web_api::{Page, Request, SpotifyError};
use serde_dynamo::{AttributeValue, Item};

use crate::answers::{kept as kept_page, page_for, read};
use crate::world::{block_on, every_source, memory_with, now, open_with, sendable};

/// An item of `DynamoDB` holds at most 400 kB; some room for what its names and structure count for.
const ITEM_BYTES: usize = 350 * 1024;

/// Between two answers.
const NEXT: &[u8] = b"\n----\n";

/// Answers as the target `answers` takes them, with a line `----` between two; each is given to the next
/// request, and the last one to all others.
pub fn runs(data: &[u8]) {
    let answers = split(data);
    if answers.is_empty() {
        return;
    }
    block_on(async {
        let ports = memory_with(Script { answers, asked: AtomicUsize::new(0) });
        let settings = every_source();
        let run = open_with(&ports, &settings).await;
        let mut fetcher = Fetcher::new(settings);
        for _ in 0..4 {
            let batch = ports.window.receive(ports.clock.now(), 3);
            let deadline = ports.clock.now() + Duration::from_mins(2);
            let outcomes = fetcher.process_batch(&ports, &batch, deadline).await;
            let worked = batch.iter().zip(outcomes).filter(|(_, outcome)| !outcome.keeps_message());
            worked.for_each(|(delivery, _)| ports.window.delete(delivery));
            ports.clock.advance(Duration::from_secs(20));
        }
        ports.window.dead_letters().iter().for_each(sendable);
        ports.frontier.terms(&run).iter().for_each(|term| kept(&run, term));
    });
}

/// Holds that a term fits into its item and is found again under its key.
fn kept(run: &RunId, term: &Term) {
    assert_eq!(Question::parse(term.key().as_str()).as_ref(), Ok(&term.question), "found under its key");
    term.reason.iter().for_each(|reason| crate::readable(reason));
    assert!(term.run == *run && term.priority.is_finite(), "{term:?}");
    // The smallest number that DynamoDB tells from nothing is 1e-130.
    assert!(
        term.priority.abs() < 1e100 && (term.priority == 0.0 || term.priority.abs() > 1e-100),
        "{term:?}"
    );
    let item = serde_dynamo::to_item::<_, Item>(TermItem::ready(term));
    let size = item.map(|item| item.iter().map(|(name, value)| name.len() + bytes(value)).sum::<usize>());
    assert!(size.as_ref().is_ok_and(|size| *size < ITEM_BYTES), "{size:?} bytes for {}", term.key());
}

/// Size of a value as `DynamoDB` counts it, rather more than less.
fn bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + bytes(value)).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + bytes(value)).sum::<usize>()
        }
        _ => 1,
    }
}

fn split(data: &[u8]) -> Vec<Vec<u8>> {
    let mut answers = vec![Vec::new()];
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        if line == &NEXT[1..] {
            answers.push(Vec::new());
        } else if let Some(answer) = answers.last_mut() {
            answer.extend_from_slice(line);
        }
    }
    answers.retain(|answer| read(answer).is_some());
    answers
}

/// A Spotify that answers from a script.
struct Script {
    answers: Vec<Vec<u8>>,
    asked: AtomicUsize,
}

impl Spotify for Script {
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError> {
        let turn = self.asked.fetch_add(1, Ordering::Relaxed).min(self.answers.len().saturating_sub(1));
        let Some(answer) = self.answers.get(turn).and_then(|answer| read(answer)) else {
            return Ok(Page::default());
        };
        let error = || answer.policy(SystemTime::from(now()), &[]);
        if !answer.is_ok() {
            return Err(error());
        }
        let page = page_for(request, &answer.body).map_err(|_| error())?;
        kept_page(&page);
        Ok(page)
    }
}
