//! The frontier: every write is conditional, so repeats and late comers change nothing.

use std::time::Duration;

use collect::ports::{Claim, Finish, Frontier, Kept, Revival, TermErasure, TermPage};
use collect::term::{
    Lane, LastPage, Progress, Question, RunId, SearchProgress, SearchTerm, Source, Tally, Term, TermKey,
    TermState, TermSummary,
};
use jiff::Timestamp;

use crate::place::Place;

on_both![
    a_term_is_put_once_sent_once_and_finished_once,
    whoever_holds_an_older_generation_writes_nothing,
    lanes_give_the_best_ready_terms_and_the_sent_ones_whose_lease_is_over,
    only_a_failed_term_is_revived_and_only_once,
    terms_are_read_in_the_order_of_their_keys_and_from_where_one_left_off,
    what_is_gone_does_not_come_back_when_terms_get_their_end,
    a_term_is_erased_unless_a_fetcher_has_it,
];

fn run() -> RunId {
    RunId::new("2026-11-23").unwrap()
}

fn term(query: &str, priority: f64) -> Term {
    Term::new(run(), Source::Search, Question::Search(SearchTerm::new(query).unwrap()), priority)
}

/// Progress that tells one write from another.
fn progress(rows: u32) -> Progress {
    SearchProgress { last_page: LastPage { rows, new: 0 }, ..SearchProgress::default() }.into()
}

fn tally(requests: u32) -> Tally {
    Tally { requests, ..Tally::default() }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn in_a_minute() -> Timestamp {
    now() + Duration::from_mins(1)
}

fn done(requests: u32) -> Finish {
    Finish {
        state: TermState::Done,
        progress: progress(requests),
        tally: tally(requests),
        attempts: 0,
        reason: None,
    }
}

async fn a_term_is_put_once_sent_once_and_finished_once<P: Place>(place: &P) {
    let frontier = place.frontier();
    let term = term("abc", 5.0);
    let key = term.key();
    assert_eq!(frontier.put_new(std::slice::from_ref(&term)).await.unwrap(), 1);
    let other = Term { priority: 9.0, ..term.clone() };
    assert_eq!(frontier.put_new(&[other]).await.unwrap(), 0);
    assert_eq!(frontier.get(&run(), &key).await.unwrap().as_ref(), Some(&term), "left as it was");
    assert_eq!(frontier.get(&run(), &TermKey::parse("search:zzz").unwrap()).await.unwrap(), None);

    let lease = in_a_minute();
    let claim = frontier.send(&run(), &key, lease).await.unwrap().unwrap();
    assert_eq!(claim, Claim { run: run(), key: key.clone(), generation: 1 });
    assert_eq!(frontier.send(&run(), &key, lease).await.unwrap(), None, "it is on its way");
    let sent = frontier.get(&run(), &key).await.unwrap().unwrap();
    assert_eq!((sent.state, sent.lease_until), (TermState::Sent, Some(lease)));

    assert!(frontier.save(&claim, &progress(3), tally(3), 2, lease).await.unwrap());
    let saved = frontier.get(&run(), &key).await.unwrap().unwrap();
    assert_eq!((saved.progress, saved.tally, saved.attempts), (progress(3), tally(3), 2));

    assert!(frontier.finish(&claim, &done(4)).await.unwrap());
    assert!(!frontier.finish(&claim, &done(5)).await.unwrap(), "a second end changes nothing");
    assert!(!frontier.save(&claim, &progress(9), tally(9), 0, lease).await.unwrap());
    assert!(!frontier.give_back(&claim, None).await.unwrap());
    assert_eq!(frontier.send(&run(), &key, lease).await.unwrap(), None);
    let end = frontier.get(&run(), &key).await.unwrap().unwrap();
    assert_eq!((end.state, end.progress, end.tally), (TermState::Done, progress(4), tally(4)));
    assert_eq!(frontier.count(&run(), Lane::SENT, 10).await.unwrap(), 0, "it has left the index");
}

async fn whoever_holds_an_older_generation_writes_nothing<P: Place>(place: &P) {
    let frontier = place.frontier();
    let term = term("abc", 5.0);
    frontier.put_new(std::slice::from_ref(&term)).await.unwrap();
    let lease = in_a_minute();
    let old = frontier.send(&run(), &term.key(), lease).await.unwrap().unwrap();
    let kept = Kept { progress: &progress(2), tally: tally(2), priority: 5.0, attempts: 0 };
    assert!(frontier.give_back(&old, Some(kept)).await.unwrap());
    assert!(!frontier.give_back(&old, None).await.unwrap(), "it is ready already");
    let ready = frontier.get(&run(), &term.key()).await.unwrap().unwrap();
    assert_eq!((ready.state, ready.lease_until), (TermState::Ready, None));
    assert_eq!((ready.progress, ready.tally), (progress(2), tally(2)));

    let new = frontier.send(&run(), &term.key(), lease).await.unwrap().unwrap();
    assert_eq!(new.generation, 2);
    assert!(!frontier.save(&old, &progress(9), tally(9), 9, lease).await.unwrap());
    assert!(!frontier.finish(&old, &done(9)).await.unwrap());
    assert!(!frontier.give_back(&old, None).await.unwrap());
    let sent = frontier.get(&run(), &term.key()).await.unwrap().unwrap();
    assert_eq!((sent.state, sent.progress, sent.attempts), (TermState::Sent, progress(2), 0));
    assert!(frontier.finish(&new, &done(3)).await.unwrap());
}

async fn lanes_give_the_best_ready_terms_and_the_sent_ones_whose_lease_is_over<P: Place>(place: &P) {
    let frontier = place.frontier();
    let terms = [term("a", 2.5), term("b", 10.0), term("c", 0.125), term("d", 9.0)];
    assert_eq!(frontier.put_new(&terms).await.unwrap(), 4);
    let elsewhere = Term { run: RunId::new("other").unwrap(), ..term("z", 100.0) };
    frontier.put_new(&[elsewhere]).await.unwrap();
    let lane = async |lane, limit| -> Vec<(String, f64)> {
        let ranked = frontier.lane(&run(), lane, limit).await.unwrap();
        ranked.into_iter().map(|term| (term.key.to_string(), term.rank)).collect()
    };
    let ranked = |ranked: &[(&str, f64)]| -> Vec<(String, f64)> {
        ranked.iter().map(|(key, rank)| (format!("search:{key}"), *rank)).collect()
    };
    let ready = Lane::Ready(Source::Search);
    assert_eq!(lane(ready, 10).await, ranked(&[("b", 10.0), ("d", 9.0), ("a", 2.5), ("c", 0.125)]));
    assert_eq!(lane(ready, 2).await, ranked(&[("b", 10.0), ("d", 9.0)]));

    for (index, after) in [(1_usize, 30), (3, 10), (0, 90)] {
        let until = now() + Duration::from_secs(after);
        frontier.send(&run(), &terms[index].key(), until).await.unwrap().unwrap();
    }
    assert_eq!(lane(ready, 10).await, ranked(&[("c", 0.125)]));
    assert_eq!(frontier.count(&run(), Lane::SENT, 10).await.unwrap(), 3);
    assert_eq!(frontier.count(&run(), Lane::SENT, 2).await.unwrap(), 2);
    let ends = ranked(&[("d", 1_800_000_010_000.0), ("b", 1_800_000_030_000.0)]);
    assert_eq!(lane(Lane::SentUntil(in_a_minute()), 10).await, ends);
    assert_eq!(lane(Lane::SentUntil(in_a_minute()), 1).await, ends[..1]);

    let page = frontier.page(&run(), None, 10).await.unwrap();
    assert_eq!(page.terms.len(), 4);
}

async fn only_a_failed_term_is_revived_and_only_once<P: Place>(place: &P) {
    let frontier = place.frontier();
    let term = term("abc", 5.0);
    frontier.put_new(std::slice::from_ref(&term)).await.unwrap();
    assert!(!frontier.revive(&term).await.unwrap(), "it is ready");
    let claim = frontier.send(&run(), &term.key(), in_a_minute()).await.unwrap().unwrap();
    let finish = Finish {
        state: TermState::Failed,
        progress: progress(4),
        tally: tally(4),
        attempts: 5,
        reason: Some("gave up".to_owned()),
    };
    assert!(frontier.finish(&claim, &finish).await.unwrap());
    let failed = frontier.get(&run(), &term.key()).await.unwrap().unwrap();
    assert_eq!((failed.state, failed.reason.as_deref()), (TermState::Failed, Some("gave up")));
    assert!(frontier.revive(&failed).await.unwrap());
    assert!(!frontier.revive(&failed).await.unwrap(), "it is ready already");
    let ready = frontier.get(&run(), &term.key()).await.unwrap().unwrap();
    assert_eq!((ready.state, ready.attempts, ready.reason), (TermState::Ready, 0, None));
    assert_eq!((ready.generation, ready.progress, ready.tally), (2, progress(4), tally(4)), "it is kept");
    let lane = frontier.lane(&run(), Lane::Ready(Source::Search), 10).await.unwrap();
    assert_eq!(lane.into_iter().map(|term| term.key).collect::<Vec<_>>(), [term.key()]);
    let saved = frontier.save(&claim, &progress(9), tally(9), 9, in_a_minute()).await.unwrap();
    assert!(!saved, "the old dispatch is stale");
}

async fn terms_are_read_in_the_order_of_their_keys_and_from_where_one_left_off<P: Place>(place: &P) {
    let frontier = place.frontier();
    let terms = ["d", "a", "c", "b", "e"].map(|query| term(query, 1.0));
    frontier.put_new(&terms).await.unwrap();
    let keys = |page: &TermPage| page.terms.iter().map(|term| term.key.to_string()).collect::<Vec<_>>();
    let first = frontier.page(&run(), None, 2).await.unwrap();
    assert_eq!(keys(&first), ["search:a", "search:b"]);
    let rest = frontier.page(&run(), first.next.as_ref(), 10).await.unwrap();
    assert_eq!((keys(&rest).join(" "), rest.next), ("search:c search:d search:e".to_owned(), None));
    let nothing = frontier.page(&RunId::new("other").unwrap(), None, 10).await.unwrap();
    assert_eq!(nothing, TermPage::default());
    assert_eq!(first.terms[0], TermSummary::from(&terms[1]));
}

async fn what_is_gone_does_not_come_back_when_terms_get_their_end<P: Place>(place: &P) {
    let frontier = place.frontier();
    let (there, gone) = (term("a", 1.0), term("b", 1.0));
    frontier.put_new(std::slice::from_ref(&there)).await.unwrap();
    let end = Timestamp::from_second(1_900_000_000).unwrap();
    frontier.expire(&run(), &[there.key(), gone.key()], end).await.unwrap();
    assert_eq!(frontier.get(&run(), &there.key()).await.unwrap(), Some(there));
    assert_eq!(frontier.get(&run(), &gone.key()).await.unwrap(), None);
}

async fn a_term_is_erased_unless_a_fetcher_has_it<P: Place>(place: &P) {
    let frontier = place.frontier();
    let term = term("abc", 5.0);
    let erase = async || frontier.erase(&run(), &term.key()).await.unwrap();
    assert_eq!(erase().await, None);
    frontier.put_new(std::slice::from_ref(&term)).await.unwrap();
    let claim = frontier.send(&run(), &term.key(), in_a_minute()).await.unwrap().unwrap();
    assert_eq!(erase().await, Some(false));
    frontier.give_back(&claim, None).await.unwrap();
    assert_eq!(erase().await, Some(true));
    assert_eq!(frontier.get(&run(), &term.key()).await.unwrap(), None);
    assert!(frontier.lane(&run(), Lane::Ready(Source::Search), 10).await.unwrap().is_empty());
}
