//! What a day counts, and what a refusal teaches.

use super::*;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + hours * 3600).unwrap()
}

#[test]
fn a_spent_day_names_whose_limit_it_was() {
    let mut day = Day::default();
    day.add(at(0), at(0), 300, at(0));
    assert_eq!(day.spent(at(1)), None);
    day.refused(0, at(0), Some(at(24)));
    assert_eq!(day.spent(at(1)), Some(DayLimit::Spotify(299)));
    day.allow(Some(301));
    assert_eq!(day.spent(at(1)), Some(DayLimit::Spotify(299)), "one more is allowed");
    day.allow(Some(300));
    assert_eq!(day.spent(at(1)), Some(DayLimit::Operator(300)));
    assert_eq!(day.spent(at(25)), None);
}

#[test]
fn a_refusal_tells_the_quota_and_the_bucket_then_stops_by_itself() {
    let mut day = Day::default();
    assert_eq!(day.left(at(0)), None);
    day.add(at(0), at(0), 701, at(0));
    day.refused(1, at(0), Some(at(24)));
    assert_eq!((day.quota(), day.left(at(1))), (Some(698), Some(0)));
    assert_eq!(day.frees_at(at(1)), at(24) + MARGIN);
    assert_eq!(day.left(at(24) + MARGIN), Some(698));
}

/// A day on whose first hour 600 requests were used, and then refused.
fn learned() -> Day {
    let mut day = Day::default();
    day.add(at(0), at(0), 600, at(0));
    day.refused(0, at(0), Some(at(24)));
    assert_eq!(day.quota(), Some(598));
    day
}

#[test]
fn a_quota_that_others_have_used_teaches_nothing() {
    let mut day = Day::default();
    day.add(at(0), at(0), 10, at(0));
    day.refused(1, at(0), Some(at(20)));
    assert_eq!((day.quota(), day.left(at(20))), (None, None), "nine requests are no quota");
    let mut day = learned();
    day.add(at(30), at(30), 200, at(30));
    day.refused(0, at(30), Some(at(40)));
    assert_eq!((day.quota(), day.left(at(55))), (Some(598), Some(598)));
}

#[test]
fn a_quota_that_is_refused_early_twice_in_a_row_has_shrunk() {
    let mut day = learned();
    for (hour, quota) in [(30, 598), (60, 200)] {
        day.add(at(hour), at(hour), 200, at(hour));
        day.refused(0, at(hour), Some(at(hour + 24)));
        assert_eq!(day.quota(), Some(quota));
    }
    let mut day = learned();
    for (hour, used) in [(30, 200), (60, 590), (90, 200)] {
        day.add(at(hour), at(hour), used, at(hour));
        day.refused(0, at(hour), Some(at(hour + 24)));
    }
    assert_eq!(day.quota(), Some(589), "not in a row");
}

#[test]
fn that_a_refusal_came_early_is_stored_until_the_next_one() {
    let mut day = learned();
    let stored = |day: &Day| serde_json::to_string(day).unwrap();
    assert!(!stored(&day).contains("early"), "it costs nothing where it says nothing");
    day.add(at(30), at(30), 200, at(30));
    day.refused(0, at(30), Some(at(54)));
    let mut read: Day = serde_json::from_str(&stored(&day)).unwrap();
    read.add(at(60), at(60), 200, at(60));
    read.refused(0, at(60), Some(at(84)));
    assert_eq!(read.quota(), Some(200), "twice in a row, whoever heard of them");
    assert!(!stored(&read).contains("early"));
}

#[test]
fn a_wait_that_spotify_has_not_named_tells_nothing_of_the_day() {
    let mut day = Day::default();
    day.add(at(0), at(0), 700, at(0));
    day.refused(0, at(0), None);
    assert_eq!((day.quota(), day.left(at(2))), (Some(698), Some(0)));
    assert_eq!(day.frees_at(at(2)), at(24) + MARGIN);
}

#[test]
fn an_operators_budget_holds_where_it_is_lower() {
    let mut day = Day::default();
    day.allow(Some(100));
    day.add(at(0), at(0), 90, at(0));
    assert_eq!(day.left(at(1)), Some(10));
    day.refused(0, at(1), Some(at(24)));
    assert_eq!(day.left(at(2)), Some(0));
}

#[test]
fn requests_spread_over_the_day_free_hour_by_hour() {
    let mut day = Day::default();
    for hour in 0..24 {
        day.add(at(hour), at(hour) + Duration::from_mins(30), 10, at(hour));
    }
    assert_eq!(day.used(at(23)), 240);
    assert_eq!(day.used(at(25)), 230);
    assert!(day.cells.len() <= 25);
}

#[test]
fn a_shorter_day_is_learned_from_the_wait_that_is_asked_for() {
    let mut day = Day::default();
    let second = |seconds: i64| at(0) + Duration::from_secs(seconds.unsigned_abs());
    day.add(second(0), second(5), 50, second(0));
    day.refused(0, second(5), Some(second(60)));
    assert_eq!(day.left(second(60)), Some(0), "the last of the burst is not a day old yet");
    assert_eq!(day.left(second(67)), Some(50));
}

#[test]
fn what_is_known_to_be_unused_goes_back_to_the_hour_it_was_counted_in_even_under_an_allowance() {
    let mut day = Day::default();
    day.allow(Some(100));
    day.add(at(0), at(0), 60, at(0));
    day.add(at(2), at(2), 40, at(2));
    day.give_back(10);
    assert_eq!(day.left(at(3)), Some(0), "some that seem unused may have left");
    day.give_back_counted(10, at(0));
    assert_eq!(day.left(at(3)), Some(10));
    assert_eq!(day.left(at(25)), Some(60), "those of the first hour are gone, given back or not");
    day.give_back_counted(10, at(1));
    assert_eq!(day.left(at(25)), Some(60), "nothing was counted then");
}

#[test]
fn the_cells_are_stored_as_whole_seconds_and_read_back() {
    let mut day = Day::default();
    for hour in 0..24 {
        let first = at(hour) + Duration::from_millis(1500);
        day.add(first, first + Duration::from_millis(2200), 10, first);
    }
    let stored = serde_json::to_string(&day).unwrap();
    assert!(stored.len() < 400, "{} bytes: {stored}", stored.len());
    assert_eq!(serde_json::from_str::<Day>(&stored).unwrap(), day);
    assert!(serde_json::from_str::<Day>("{\"cells\":[1,2]}").is_err());
}

#[test]
fn once_a_week_it_is_tried_whether_the_quota_has_grown() {
    let mut day = Day::default();
    day.add(at(0), at(0), 700, at(0));
    day.refused(0, at(0), Some(at(24)));
    assert_eq!(day.left(at(6 * 24)), Some(698));
    day.add(at(6 * 24 + 12), at(6 * 24 + 12), 698, at(6 * 24 + 12));
    assert_eq!(day.frees_at(at(6 * 24 + 13)), at(7 * 24), "before the oldest are a day old");
    assert_eq!(day.left(at(7 * 24)), Some(35));
    day.add(at(7 * 24), at(7 * 24), 35, at(7 * 24));
    assert_eq!(day.quota(), Some(733), "nothing was refused");
}

#[test]
fn an_allowance_counts_24_hours_though_a_refusal_told_a_shorter_day() {
    let mut day = Day::default();
    day.allow(Some(70));
    day.add(at(0), at(0), 50, at(0));
    day.refused(0, at(0), Some(at(0) + Duration::from_mins(1)));
    day.add(at(1), at(1), 5, at(1));
    assert_eq!(day.left(at(1)), Some(15), "the 50 of the hour before are of the operator's day");
}

#[test]
fn a_probe_is_believed_up_to_a_week_after_the_longest_hold() {
    let latest = at(0) + Duration::from_hours(15 * 24);
    let beyond = |probe_at| Day { probe_at, ..Day::default() }.beyond(at(0));
    assert_eq!(beyond(latest), None);
    assert_eq!(beyond(latest + Duration::from_secs(1)), Some(latest + Duration::from_secs(1)));
}
