//! Tests of what is drawn, and of what is throttled.

use super::*;

#[test]
fn every_kind_of_fault_is_there_in_some_seeds_and_absent_in_others() {
    let drawn: Vec<Faults> = (0..400).map(Faults::draw).collect();
    for of in [
        |faults: &Faults| faults.killed > 0.0,
        |faults: &Faults| faults.table_answer_lost > 0.0,
        |faults: &Faults| faults.stops_at.is_some(),
        |faults: &Faults| faults.stops_at.and(faults.mended_after).is_some(),
        |faults: &Faults| faults.followers_grow > 0.0,
        |faults: &Faults| faults.something_strays(),
        |faults: &Faults| faults.answers_fall_short(),
        |faults: &Faults| faults.throttling.is_some(),
        |faults: &Faults| faults.index_stands.is_some(),
        |faults: &Faults| faults.total_falls_short > 0.0,
        |faults: &Faults| faults.broken_terms > 0,
        |faults: &Faults| faults.vanished > 0.0,
        |faults: &Faults| faults.letter_refused > 0.0,
        |faults: &Faults| faults.holds_grow > Duration::from_secs(2),
        |faults: &Faults| faults.work_is_repeated(),
    ] {
        let there = drawn.iter().filter(|faults| of(faults)).count();
        assert!((5..395).contains(&there), "in {there} of 400 seeds");
    }
    assert_eq!(Faults::draw(5), Faults::draw(5));
    assert!(drawn.iter().all(|faults| !faults.clone().without_strays().something_strays()));
}

#[test]
fn throttling_refuses_the_writes_of_one_kind_and_stops_again() {
    let every = Duration::from_mins(1);
    let throttling = Throttling { writes: WRITES[0], every, lasts: Duration::from_secs(20) };
    let at = |seconds| Moment::default() + Duration::from_secs(seconds);
    assert!(throttling.refuses("finish", at(119) + Duration::from_secs(1)));
    assert!(throttling.refuses("finish", at(79)) && !throttling.refuses("finish", at(80)));
    assert!(!throttling.refuses("upsert", at(0)) && !throttling.refuses("get", at(0)));
}

/// Operations that change nothing.
const READS: [&str; 9] =
    ["overview", "pace", "snapshots", "stubs", "stale", "get", "lane", "count lane", "page"];

/// The operations of the tables, by the names that they go by there.
fn operations() -> Vec<&'static str> {
    let sources = [include_str!("../world/tables.rs"), include_str!("../world/terms.rs")];
    let calls = sources.into_iter().flat_map(|source| source.split(".table(").skip(1));
    calls.filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next()).collect()
}

#[test]
fn each_write_of_the_tables_can_be_throttled_in_one_way() {
    let operations = operations();
    assert!(operations.len() > 30, "{operations:?}");
    for operation in &operations {
        let lists = WRITES.iter().filter(|writes| writes.contains(operation)).count();
        assert_eq!(lists, usize::from(!READS.contains(operation)), "{operation}");
    }
    for write in WRITES.concat() {
        assert!(operations.contains(&write), "{write} is no operation");
    }
}
