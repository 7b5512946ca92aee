//! The rules of the pace, and what no mix of buckets breaks.

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
}

fn fixed(rate: u32) -> Pacing {
    Pacing::fixed(Rate::per_30s(NonZeroU32::new(rate).unwrap()))
}

fn request(millis: i64, pacing: Pacing) -> LeaseRequest {
    LeaseRequest {
        now: at(millis),
        bucket: Bucket::Search,
        pacing,
        time_per_use: Duration::from_millis(100),
        horizon: Duration::from_secs(2),
        in_hand: None,
        settled: Vec::new(),
    }
}

fn refusal(millis: i64, epoch: u64, seconds: i64) -> Hold {
    Hold {
        bucket: Bucket::Search,
        epoch,
        bucket_epoch: 0,
        due: at(millis),
        at: at(millis),
        until: at(millis + seconds * 1000),
        limit: Limit::Rate,
        is_named: true,
        settled: Vec::new(),
    }
}

fn quota_spent(millis: i64, seconds: i64) -> Hold {
    Hold { limit: Limit::Day, ..refusal(millis, 0, seconds) }
}

fn settlement(bucket: Bucket, balance: i64) -> Settlement {
    Settlement { bucket, balance, at: at(0), unused: 0 }
}

fn granted(answer: LeaseAnswer) -> Lease {
    match answer {
        LeaseAnswer::Granted(lease) => lease,
        other => unreachable!("not granted: {other:?}"),
    }
}

fn used(pace: &PaceState, bucket: Bucket) -> u32 {
    pace.buckets.get(&bucket).map_or(0, |state| state.day.used(at(0)))
}

#[test]
fn permits_are_given_one_after_the_other_and_not_beyond_the_horizon() {
    let mut pace = PaceState::default();
    let first = granted(pace.lease(&request(0, fixed(300))));
    assert_eq!((first.first_due, first.permits), (at(0), 10));
    let other = LeaseRequest { bucket: Bucket::Artists, ..request(10, fixed(300)) };
    let second = granted(pace.lease(&other));
    assert_eq!(second.first_due, at(0) + first.interval * 10, "one pace for all buckets");
    assert!(matches!(pace.lease(&request(20, fixed(300))), LeaseAnswer::Busy(_)));
    assert_eq!(granted(pace.lease(&request(60_000, fixed(300)))).first_due, at(60_000));
    assert_eq!(pace.granted, 30);
}

#[test]
fn nothing_is_leased_during_a_hold_and_concurrent_refusals_count_once() {
    let mut pace = PaceState::default();
    granted(pace.lease(&request(0, Pacing::default())));
    for _ in 0..6 {
        pace.hold(&refusal(100, 0, 5));
    }
    let rate = pace.learned.rate();
    assert_eq!((pace.epoch, pace.refused, pace.hold_until), (1, 1, at(5100)));
    pace.hold(&refusal(200, 0, 1));
    assert_eq!((pace.hold_until, pace.learned.rate()), (at(5100), rate), "dropped once");
    for bucket in Bucket::ALL {
        let answer = pace.lease(&LeaseRequest { bucket, ..request(5099, Pacing::default()) });
        assert_eq!(answer, LeaseAnswer::OnHold(at(5100)), "a refusal for the rate holds the app");
    }
    assert_eq!(granted(pace.lease(&request(5100, Pacing::default()))).epoch, 1);
}

#[test]
fn a_refusal_that_came_late_teaches_what_was_sent_before_its_permit() {
    let refused_after = |millis: i64| {
        let mut pace = PaceState::default();
        for lease in 0..4 {
            granted(pace.lease(&request(10_000 * lease, fixed(30))));
        }
        pace.hold(&Hold { at: at(39_000 + millis), ..refusal(39_000, 0, 60) });
        pace.learned.ceiling()
    };
    assert_eq!(refused_after(0), Some(30.0));
    assert_eq!(refused_after(10_000), Some(30.0), "ten seconds for an answer");
}

#[test]
fn a_spent_quota_holds_its_bucket_only_and_counts_once() {
    let mut pace = PaceState::default();
    for lease in 0..3 {
        granted(pace.lease(&request(1000 * lease, fixed(300))));
    }
    for _ in 0..3 {
        pace.hold(&quota_spent(2500, 3600));
    }
    assert_eq!(pace.held_at(Bucket::Search, at(2600)), Some(at(3_602_500)));
    assert_eq!(pace.held_at(Bucket::Artists, at(2600)), None);
    assert!(matches!(pace.lease(&request(3000, fixed(300))), LeaseAnswer::OnHold(_)));
    let other = LeaseRequest { bucket: Bucket::Artists, ..request(3000, fixed(300)) };
    assert_eq!(granted(pace.lease(&other)).epoch, 0, "leases of other buckets stay good");
    let search = &pace.buckets[&Bucket::Search];
    assert_eq!((pace.refused, search.refused, search.epoch), (0, 1, 1));
    // Thirty were leased, due 0.1 s apart: those due after the refused one never left.
    assert!((23..=26).contains(&search.day.quota().unwrap()), "{search:?}");
}

#[test]
fn a_late_refusal_for_a_quota_neither_shortens_its_hold_nor_settles_again() {
    let mut pace = PaceState::default();
    pace.hold(&quota_spent(0, 36_000));
    pace.hold(&Hold { settled: vec![settlement(Bucket::Search, -5)], ..quota_spent(100, 60) });
    assert_eq!(pace.held_at(Bucket::Search, at(200)), Some(at(36_000_000)));
    assert_eq!(used(&pace, Bucket::Search), 0);
}

#[test]
fn a_used_up_day_holds_the_bucket_without_another_refusal() {
    let mut pace = PaceState::default();
    let pacing = Pacing { search_per_day: Some(15), ..fixed(300) };
    assert_eq!(granted(pace.lease(&request(0, pacing))).permits, 10);
    assert_eq!(granted(pace.lease(&request(0, pacing))).permits, 5);
    assert!(matches!(pace.lease(&request(3000, pacing)), LeaseAnswer::OnHold(_)));
    assert_eq!(pace.held_at(Bucket::Artists, at(3000)), None);
    let a_day_later = pace.held_at(Bucket::Search, at(3000)).unwrap();
    assert!(matches!(
        pace.lease(&LeaseRequest { now: a_day_later, ..request(0, pacing) }),
        LeaseAnswer::Granted(_)
    ));
}

#[test]
fn permits_in_hand_are_reserved_for_another_bucket_as_far_as_its_day_goes() {
    let mut pace = PaceState::default();
    let pacing = Pacing { search_per_day: Some(4), ..fixed(300) };
    let lease = granted(pace.lease(&LeaseRequest { bucket: Bucket::Artists, ..request(0, pacing) }));
    let in_hand = LeaseRequest { in_hand: Some(lease.in_hand()), ..request(10, pacing) };
    assert_eq!(pace.lease(&in_hand), LeaseAnswer::Reserved(4));
    assert_eq!((pace.granted, used(&pace, Bucket::Search)), (10, 4), "the permits are those of before");
    assert!(matches!(pace.lease(&in_hand), LeaseAnswer::OnHold(_)));
}

#[test]
fn what_was_asked_from_another_bucket_is_moved_to_its_day() {
    let mut pace = PaceState::default();
    granted(pace.lease(&request(0, fixed(300))));
    let settled = vec![settlement(Bucket::Search, 3), settlement(Bucket::Artists, -3)];
    granted(pace.lease(&LeaseRequest { settled, ..request(900, fixed(300)) }));
    assert_eq!((used(&pace, Bucket::Search), used(&pace, Bucket::Artists)), (17, 3));
}

#[test]
fn the_stored_form_is_small_enough_for_one_write_unit() {
    let mut pace = PaceState::default();
    // A day with every cell in use, and a full last half minute.
    for second in (0..199_900).step_by(50).chain(199_900..200_000) {
        pace.lease(&request(second * 1000, fixed(300)));
    }
    pace.hold(&refusal(200_000_000, 0, 5));
    let stored = serde_json::to_string(&pace).unwrap();
    assert!(
        stored.len() < 1_500,
        "{} bytes as text, of which digits pack two to a byte: {stored}",
        stored.len()
    );
    assert_eq!(serde_json::from_str::<PaceState>(&stored).unwrap(), pace);
}

#[test]
fn what_is_settled_counts_once_however_often_no_permit_is_free() {
    let mut pace = PaceState::default();
    while matches!(pace.lease(&request(0, fixed(30))), LeaseAnswer::Granted(_)) {}
    let before = pace.clone();
    for _ in 0..3 {
        let settled = vec![settlement(Bucket::Search, 1)];
        let answer = pace.lease(&LeaseRequest { settled, ..request(0, fixed(30)) });
        assert!(matches!(answer, LeaseAnswer::Busy(_)), "{answer:?}");
    }
    assert_eq!(pace, before);
}

fn any_bucket() -> impl Strategy<Value = Bucket> {
    prop::sample::select(Bucket::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_30_seconds_hold_more_requests_than_the_operators_rate_whatever_the_mix_of_buckets(
        rate in 1_u32..900,
        leases in prop::collection::vec((0_i64..3000, 0.0..=1.0_f64, any_bucket()), 1..120),
    ) {
        let (mut pace, mut now, mut sent) = (PaceState::default(), 0, Vec::new());
        for (pause, late, bucket) in leases {
            now += pause;
            let request = LeaseRequest { bucket, ..request(now, fixed(rate)) };
            if let LeaseAnswer::Granted(lease) = pace.lease(&request) {
                let late = (lease.validity + Duration::from_millis(250)).mul_f64(late);
                sent.extend((0..lease.permits).map(|k| lease.first_due + lease.interval * k + late));
            }
        }
        sent.sort_unstable();
        let mut first = 0;
        for (last, at) in sent.iter().enumerate() {
            while sent[first] + Duration::from_secs(30) < *at {
                first += 1;
            }
            prop_assert!(last - first < rate as usize, "{} requests in 30 s at a rate of {}", last - first + 1, rate);
        }
    }

    #[test]
    fn time_always_moves_on_and_no_permit_is_lost_for_ever(
        steps in prop::collection::vec((0_i64..40_000, any::<bool>(), 0_i64..100, any_bucket()), 1..200),
    ) {
        let (mut pace, mut now) = (PaceState::default(), 0);
        for (pause, refuse, seconds, bucket) in steps {
            now += pause;
            match pace.lease(&LeaseRequest { bucket, ..request(now, Pacing::default()) }) {
                LeaseAnswer::Granted(lease) => {
                    prop_assert!(lease.permits > 0 && lease.first_due >= at(now) && lease.interval > Duration::ZERO);
                    prop_assert!(lease.first_due >= pace.hold_until, "a permit due during a hold");
                    if refuse {
                        pace.hold(&Hold { bucket, ..refusal(now, lease.epoch, seconds) });
                    }
                }
                LeaseAnswer::OnHold(until) => prop_assert!(until > at(now)),
                LeaseAnswer::Busy(next) => prop_assert!(next > at(now)),
                LeaseAnswer::Reserved(_) => prop_assert!(false, "nothing was in hand"),
            }
            prop_assert!(pace.learned.rate().is_finite() && pace.learned.rate() >= 1.0);
        }
        let after = pace.hold_until.max(pace.next) + Duration::from_secs(1);
        let late = LeaseRequest { now: after, ..request(0, Pacing::default()) };
        prop_assert!(matches!(pace.lease(&late), LeaseAnswer::Granted(_)), "an app that never gets a permit again");
    }
}

/// A pace as it is stored after some work, with `edit` made by hand.
fn edited(edit: impl FnOnce(&mut serde_json::Value)) -> Result<PaceState, String> {
    let mut pace = PaceState::default();
    granted(pace.lease(&request(0, Pacing::default())));
    pace.hold(&Hold { settled: vec![settlement(Bucket::Search, -50)], ..quota_spent(1000, 60) });
    pace.hold(&refusal(2000, 0, 30));
    let mut stored = serde_json::to_value(&pace).unwrap();
    edit(&mut stored);
    serde_json::from_value(stored).map_err(|error| error.to_string())
}

#[test]
fn a_pace_that_was_edited_into_nonsense_is_refused_with_what_is_wrong() {
    assert_eq!(edited(|_| ()).and_then(|pace| pace.check(at(3000))), Ok(()));
    for (pointer, value, wrong) in [
        ("/epoch", serde_json::json!(u64::MAX), "is no count"),
        ("/granted", serde_json::json!(u64::MAX), "is no count"),
        ("/next_us", serde_json::json!(-1), "no time between"),
        ("/learned/rate", serde_json::json!(0.5), "no number of requests in 30 seconds"),
        ("/learned/growth", serde_json::json!(0.0), "no growth"),
        ("/learned/margin", serde_json::json!(2.0), "no part of one"),
        ("/buckets/search/epoch", serde_json::json!(u64::MAX), "is no count"),
        ("/buckets/search/day/quota", serde_json::json!(0), "nonzero"),
        ("/buckets/search/day/cells", serde_json::json!([253_402_207_199_i64, 0, 5]), "no second between"),
        ("/buckets/search/day/cells", serde_json::json!([1_700_000_000, 0, 5, -60, 0, 5]), "not in order"),
        ("/buckets/search/day/cells", serde_json::json!(vec![0; 603]), "more than 200 cells"),
        ("/buckets/search/recent", serde_json::json!({"from": i64::MAX, "counts": [1]}), "no second between"),
    ] {
        let error = edited(|pace| *pace.pointer_mut(pointer).unwrap() = value).unwrap_err();
        assert!(error.contains(wrong), "{pointer}: {error}");
    }
}

#[test]
fn a_time_in_the_future_is_an_error_but_a_hold_may_last_for_years() {
    let in_2150 = 5_680_281_600_i64;
    for (pointer, value) in [
        ("/next_us", serde_json::json!(in_2150 * 1_000_000)),
        ("/learned/since", serde_json::json!(in_2150 * 1_000_000)),
        ("/learned/probe_at", serde_json::json!(in_2150 * 1_000_000)),
        ("/buckets/search/day/probe_at", serde_json::json!(in_2150 * 1_000_000)),
        ("/buckets/search/day/cells", serde_json::json!([in_2150, 0, 5])),
        ("/buckets/search/recent", serde_json::json!({"from": in_2150, "counts": [1]})),
    ] {
        let pace = edited(|pace| *pace.pointer_mut(pointer).unwrap() = value).unwrap();
        let error = pace.check(at(3000)).unwrap_err();
        assert!(error.contains("later than anything"), "{pointer}: {error}");
    }
    let held = edited(|pace| pace["hold_until_us"] = (in_2150 * 1_000_000).into()).unwrap();
    assert_eq!(held.check(at(3000)), Ok(()));
}
