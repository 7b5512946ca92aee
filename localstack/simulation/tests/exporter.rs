//! The exporter keeps its promises in a thousand worlds, and every mutant is found.

use simulation::Seeds;
use simulation::exporter::{Mutant, hunt_one, play, run};

const SEEDS: Seeds = Seeds { from: 0, count: 1000, time: None };

/// Within so many seeds every mutant is found.
const ENOUGH: Seeds = Seeds { from: 0, count: 2000, time: None };

#[test]
fn exactly_one_snapshot_or_none_in_every_world() {
    let summary = run(SEEDS);
    assert!(summary.violations.is_empty(), "{:#?}", &summary.violations[..summary.violations.len().min(5)]);
    assert_eq!(summary.seeds, SEEDS.count);
    assert!(summary.steps > SEEDS.count * 300, "the worlds are empty: {} steps", summary.steps);
}

#[test]
fn worlds_publish_several_snapshots_and_are_played_the_same_way_twice() {
    let published: u64 = (0..200).map(|seed| play(seed, None, false).published).sum();
    assert!(published > 400, "{published} snapshots in 200 worlds");
    let (once, again) = (play(7, None, true), play(7, None, true));
    assert!(once.story.lines().count() > 100);
    assert_eq!(once, again);
}

#[test]
fn every_mutant_is_found() {
    let missed = Mutant::ALL.into_iter().filter(|mutant| hunt_one(ENOUGH, *mutant).is_none());
    let missed: Vec<_> = missed.map(Mutant::name).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
