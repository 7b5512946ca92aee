use super::*;

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn limits(rate: u32, penalty: Penalty, lengthen_s: f64) -> Limits {
    Limits::new(LimitSettings {
        rate: Some(rate),
        penalty_s: penalty,
        lengthen_s,
        ..LimitSettings::default()
    })
}

fn throttled(wait: f64, during_hold: bool) -> Verdict {
    Verdict::Throttled { retry_after: at(wait), during_hold }
}

#[test]
fn a_full_window_refuses_until_its_oldest_request_leaves() {
    let mut limits = limits(2, Penalty::Window, 0.0);
    assert_eq!(limits.judge(None, at(0.0)), Verdict::Pass);
    assert_eq!(limits.judge(None, at(10.0)), Verdict::Pass);
    assert_eq!(limits.judge(None, at(12.0)), throttled(18.0, false));
    assert_eq!(limits.judge(None, at(29.0)), throttled(1.0, true));
    assert_eq!(limits.judge(None, at(30.0)), Verdict::Pass);
    assert_eq!(limits.judge(None, at(31.0)), throttled(9.0, false));
}

#[test]
fn a_fixed_penalty_holds_beyond_the_window() {
    let mut limits = limits(1, Penalty::Fixed(at(60.0)), 0.0);
    assert_eq!(limits.judge(None, at(0.0)), Verdict::Pass);
    assert_eq!(limits.judge(None, at(1.0)), throttled(60.0, false));
    assert_eq!(limits.judge(None, at(60.0)), throttled(1.0, true));
    assert_eq!(limits.judge(None, at(61.0)), Verdict::Pass);
}

#[test]
fn a_fixed_penalty_is_at_least_what_frees_the_window() {
    let mut limits = limits(2, Penalty::Fixed(at(5.0)), 0.0);
    assert_eq!(limits.judge(None, at(0.0)), Verdict::Pass);
    assert_eq!(limits.judge(None, at(28.0)), Verdict::Pass);
    assert_eq!(limits.judge(None, at(29.0)), throttled(5.0, false));
    assert_eq!(limits.judge(None, at(34.0)), Verdict::Pass);
    assert_eq!(limits.judge(None, at(35.0)), throttled(23.0, false));
    assert_eq!(limits.judge(None, at(58.0)), Verdict::Pass);
}

#[test]
fn a_request_during_a_hold_lengthens_it_when_told_to() {
    let mut limits = limits(1, Penalty::Fixed(at(35.0)), 3.0);
    limits.judge(None, at(0.0));
    assert_eq!(limits.judge(None, at(1.0)), throttled(35.0, false));
    assert_eq!(limits.judge(None, at(2.0)), throttled(37.0, true));
    assert_eq!(limits.judge(None, at(38.0)), throttled(4.0, true));
}

#[test]
fn refused_requests_take_no_place_in_the_window() {
    let mut limits = limits(1, Penalty::Window, 0.0);
    limits.judge(None, at(0.0));
    for (second, wait) in [(2.0, 28.0), (9.0, 21.0), (29.0, 1.0)] {
        assert_eq!(limits.judge(None, at(second)), throttled(wait, second > 2.0), "{second}");
    }
    assert_eq!(limits.judge(None, at(30.0)), Verdict::Pass);
}

#[test]
fn a_limit_that_is_lowered_while_it_runs_counts_what_was_used() {
    let mut limits = Limits::new(LimitSettings::default());
    for second in [0.0, 1.0, 2.0] {
        assert_eq!(limits.judge(None, at(second)), Verdict::Pass);
    }
    limits.set(LimitSettings { rate: Some(1), ..LimitSettings::default() });
    assert_eq!(limits.judge(None, at(3.0)), throttled(29.0, false));
}

#[test]
fn a_spent_quota_stops_its_bucket_alone_until_a_day_after_its_first_request() {
    let quotas = BTreeMap::from([(Bucket::Search, 2)]);
    let mut limits = Limits::new(LimitSettings { quotas, ..LimitSettings::default() });
    assert_eq!(limits.judge(Some(Bucket::Search), at(100.0)), Verdict::Pass);
    assert_eq!(limits.judge(Some(Bucket::Search), at(200.0)), Verdict::Pass);
    let spent = |wait, during_hold| Verdict::QuotaSpent { retry_after: at(wait), during_hold };
    assert_eq!(limits.judge(Some(Bucket::Search), at(300.0)), spent(86_200.0, false));
    assert_eq!(limits.judge(Some(Bucket::Search), at(400.0)), spent(86_100.0, true));
    assert_eq!(limits.judge(Some(Bucket::Artists), at(400.0)), Verdict::Pass);
    assert_eq!(limits.judge(Some(Bucket::Search), at(86_500.0)), Verdict::Pass);
    assert_eq!(limits.judge(Some(Bucket::Search), at(86_501.0)), spent(99.0, false));
}

#[test]
fn a_scaled_day_ends_when_it_says() {
    let quotas = BTreeMap::from([(Bucket::Search, 1)]);
    let mut limits = Limits::new(LimitSettings { quotas, quota_period_s: 20.0, ..LimitSettings::default() });
    limits.judge(Some(Bucket::Search), at(1.0));
    let verdict = limits.judge(Some(Bucket::Search), at(6.0));
    assert_eq!(verdict, Verdict::QuotaSpent { retry_after: at(15.0), during_hold: false });
    assert_eq!(limits.judge(Some(Bucket::Search), at(21.0)), Verdict::Pass);
}

#[test]
fn settings_are_written_and_read_as_json_and_nonsense_is_named() {
    let text = r#"{"rate":300,"penalty_s":"window","quotas":{"artist-albums":100}}"#;
    let settings: LimitSettings = serde_json::from_str(text).expect("settings");
    assert_eq!(settings.quotas[&Bucket::ArtistAlbums], 100);
    let again = serde_json::from_value(serde_json::to_value(&settings).expect("JSON")).expect("settings");
    assert_eq!(settings, again);
    let former: LimitSettings =
        serde_json::from_str(r#"{"window_s":20,"quota_window_s":60}"#).expect("former names");
    assert_eq!((former.rate_period(), former.quota_period()), (at(20.0), at(60.0)));
    for (nonsense, named) in
        [("rate_period_s", "rate_period_s is 0"), ("rate", "rate is 0"), ("lengthen_s", "lengthen_s is -1")]
    {
        let value = if nonsense == "lengthen_s" { -1 } else { 0 };
        let settings: LimitSettings =
            serde_json::from_value(serde_json::json!({ nonsense: value })).expect("well formed");
        let error = settings.check().expect_err(nonsense);
        assert!(error.contains(named), "{error}");
    }
}
