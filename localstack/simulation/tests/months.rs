//! Runs of an app that may ask a few questions a day take months, and lose nothing on the way.

use std::collections::BTreeSet;
use std::time::Duration;

use collect::run::Run;
use simulation::{Slow, play_slowly};

const DAY: Duration = Duration::from_hours(24);

fn days(run: &Run) -> i64 {
    run.closed_at.unwrap_or_default().duration_since(run.opened_at).as_hours() / 24
}

/// Catalogues of different sizes; some take more than two hundred questions.
const SEEDS: std::ops::Range<u64> = 0..16;

#[test]
fn a_run_of_two_hundred_days_loses_nothing() {
    let mut long = 0;
    for seed in SEEDS {
        let played = play_slowly(Slow { seed, per_day: 1, retention: 700 * DAY, runs: 1 });
        assert!(played.violations.is_empty(), "seed {seed}: {:?}", played.violations);
        let run = &played.runs[0];
        assert_eq!(run.stopped, None, "seed {seed}");
        long += u32::from(days(run) >= 200);
    }
    assert!(long >= 2, "{long} runs took two hundred days");
}

#[test]
fn runs_that_grow_too_old_go_on_until_everything_is_asked() {
    let mut went_on = 0;
    for seed in SEEDS {
        let played = play_slowly(Slow { seed, per_day: 1, retention: 90 * DAY, runs: 6 });
        assert!(played.violations.is_empty(), "seed {seed}: {:?}", played.violations);
        let first = &played.runs[0];
        if let Some(stopped) = &first.stopped {
            assert!(days(first) == 81 && stopped.contains("open for 81 days"), "seed {seed}: {stopped}");
            went_on += u32::from(played.found[0].len() < played.all.len());
        }
        let found: BTreeSet<_> = played.found.iter().flatten().cloned().collect();
        let missing = played.all.difference(&found).count();
        assert_eq!(missing, 0, "seed {seed}: {missing} artists in no run of {:?}", played.runs);
    }
    assert!(went_on >= 2, "{went_on} first runs lacked artists");
}
