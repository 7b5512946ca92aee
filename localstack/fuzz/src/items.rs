//! Items of the tables.

use std::time::Duration;

use cloud::artists::{read_row, write_row};
use cloud::control::pace::PaceItem;
use cloud::terms::item::TermItem;
use collect::catalogue::Artist;
use collect::pace::{Hold, LeaseAnswer, LeaseRequest, Limit, PaceState, Pacing};
use collect::permits::Permits;
use collect::plan::split::Means;
use collect::plan::{Findings, forecast, split};
use collect::run::{Report, Run};
use collect::settings::Settings;
use collect::term::{Operators, Progress, Question, SearchProgress, SearchTerm, Source, Sources, Step, Term};
use collect::web_api::{Bucket, Page};
use jiff::Timestamp;
use serde_dynamo::Item;

use crate::world::{now, settings};

/// An item as JSON, read as each kind of item in the tables.
pub fn items(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(data) else { return };
    let Ok(item) = serde_dynamo::to_item::<_, Item>(&value) else { return };
    if let Ok(bucket) = serde_dynamo::from_item::<Item, PaceItem>(item.clone()) {
        pace(bucket.state);
    }
    if let Ok(item) = serde_dynamo::from_item::<Item, TermItem>(item.clone())
        && let Ok(term) = item.into_term()
    {
        go_on(term);
    }
    if let Ok(run) = serde_dynamo::from_item::<Item, Run>(item.clone()) {
        let mut report = run.report.clone().unwrap_or_default();
        // NaN does not equal itself.
        report.estimate = None;
        let Ok(key) = collect::term::TermKey::parse("search:a") else { return };
        report.count(&collect::term::TermSummary {
            key,
            source: Source::Search,
            state: collect::term::TermState::Failed,
            priority: 1.0,
            tally: collect::term::Tally::default(),
            reason: Some("why".to_owned()),
        });
        let closed = run.closed(report, now());
        let stored = serde_dynamo::to_item::<_, Item>(&closed).and_then(serde_dynamo::from_item::<Item, Run>);
        assert_eq!(stored.ok(), Some(closed), "an item must be stored as it was read");
    }
    let _report = serde_dynamo::from_item::<Item, Report>(item.clone());
    if let Ok(row) = read_row(item.clone().into()) {
        assert_eq!(read_row(write_row(&row)), Ok(row), "a row is written as it is read");
    }
    found_out(item);
}

/// Capabilities and yields, and what is computed from them.
fn found_out(item: Item) {
    if let Ok(findings) = serde_dynamo::from_item::<Item, Findings>(item.clone()) {
        let best = |endpoint| Findings::default().page(endpoint);
        assert!(findings.0.keys().all(|of| (1..=best(*of)).contains(&findings.page(*of))));
    }
    let item = item.into();
    match cloud::control::sources::read_yields(&item) {
        Ok((_, yields)) => {
            for source in Source::ALL {
                assert!(!yields.calibrated(source, 20.0).is_nan(), "{yields:?}");
                let _ = yields.is_spent(source, Sources::default());
            }
            let _ = yields.forgetting();
        }
        Err(why) => crate::readable(&why),
    }
    match cloud::control::capability::read(item) {
        Ok((_, Some(found))) => {
            let limits = found.limits;
            assert!((1..=50).contains(&limits.page) && (1..=1000).contains(&limits.depth));
        }
        Ok(_) => {}
        Err(why) => crate::readable(&why),
    }
}

/// Leases and refusals on a stored pace.
fn pace(mut state: PaceState) {
    if let Err(why) = state.check(now()) {
        crate::readable(&why);
        return;
    }
    for pacing in [settings().pacing, Pacing { rate: None, search_per_day: Some(700) }, Pacing::default()] {
        let mut permits = Permits::new(pacing);
        permits.observe(&state, now());
        let _held = state.held_at(Bucket::Search, now());
        assert!(state.rate(pacing).is_finite());
        for seconds in [0, 40, 90_000] {
            let now = now() + Duration::from_secs(seconds);
            let request = LeaseRequest {
                now,
                bucket: Bucket::Search,
                pacing,
                time_per_use: Duration::from_millis(100),
                horizon: Duration::from_secs(2),
                in_hand: None,
                settled: Vec::new(),
            };
            let lease = state.lease(&request);
            assert!(in_time(lease, now), "{lease:?} at {now}");
            for limit in [Limit::Rate, Limit::Day] {
                let until = now + Duration::from_secs(30);
                let bucket_epoch = state.buckets.get(&Bucket::Search).map_or(0, |bucket| bucket.epoch);
                let (bucket, epoch, settled, is_named) = (Bucket::Search, state.epoch, Vec::new(), true);
                let (due, at) = (now, now);
                state.hold(&Hold { bucket, epoch, bucket_epoch, due, at, until, limit, is_named, settled });
            }
        }
    }
    let stored =
        serde_dynamo::to_item::<_, Item>(&state).and_then(serde_dynamo::from_item::<Item, PaceState>);
    assert!(stored.is_ok(), "a stored item must be readable: {:?}", stored.err());
}

/// Whether an answer grants something, or names a time in the future.
fn in_time(answer: LeaseAnswer, now: Timestamp) -> bool {
    match answer {
        LeaseAnswer::Granted(lease) => {
            lease.permits > 0 && !lease.interval.is_zero() && lease.first_due >= now
        }
        LeaseAnswer::Reserved(permits) => permits > 0,
        LeaseAnswer::OnHold(until) | LeaseAnswer::Busy(until) => until > now,
    }
}

/// The next page of a stored term, and its follow-up terms.
fn go_on(mut term: Term) {
    let limits = Settings::BEST_LIMITS;
    let Question::Search(search) = term.question.clone() else { return };
    let mut progress = SearchProgress::from(std::mem::replace(&mut term.progress, Progress::Nothing));
    let _next = forecast::next_page(&progress, limits, &search);
    learn(&mut progress, &search);
    let parts = [true, false].map(|not| {
        let works = Some(true);
        let operators = Operators { not: Some(not), quotes: works, not_quotes: Some(not), years: works };
        let means = Means { operators, depth: limits.depth, this_year: 2026 };
        split::divide(&search, &progress.seen, 1000.0, means).parts
    });
    for part in parts.into_iter().flatten() {
        let priority = forecast::first_page(&part, forecast::fresh(progress.last_page), limits);
        let follow_up = term.follow_up(part.term, priority);
        assert!(follow_up.priority.is_finite(), "{} cannot be sorted by", follow_up.priority);
    }
    let _yield = term.measured_yield();
}

fn learn(progress: &mut SearchProgress, search: &SearchTerm) {
    let name = format!("{} band", search.words().join(" "));
    let known: Vec<Artist> = Vec::new();
    let page = Page { artists: known, rows: 50, total: Some(u64::MAX), has_next: true, ..Page::default() };
    for _ in 0..3 {
        match progress.walk.step(Settings::BEST_LIMITS, progress.artists.len()) {
            Step::Ask { limit, .. } => {
                progress.walk.observe(limit, &page, progress.artists.len());
                progress.seen.learn(search, &name);
                progress.artists.insert(7);
            }
            Step::Exhausted | Step::Short | Step::Saturated => return,
        }
    }
}
