//! Known artists once more.

use std::time::Duration;

use collect::run::RunState;
use collect::settings::{Refresh, Settings};
use collect::term::Source;
use fake_spotify::AppClass;

use crate::play::{Played, collect, collect_with, settings, stand_in};

const DAY: Duration = Duration::from_hours(24);

/// A run that finds everybody, and fifty days later one that finds hardly anybody and may refresh with so
/// many requests.
async fn refreshed(class: AppClass, requests: u32) -> Played {
    let spotify = stand_in(class, 300).await;
    let first = Box::pin(collect(&spotify, "search")).await;
    assert!(first.ids().len() >= 297, "{}", first.ids().len());
    first.world.clock.advance(50 * DAY);
    let refresh = Some(Refresh { age: 45 * DAY, requests });
    let settings = Settings { refresh, ..settings("new-releases,hydrate") };
    let played = Box::pin(collect_with(first.world, "2027-01-12", settings)).await;
    assert_eq!(played.run.state, RunState::Complete, "{:?}", played.report());
    played
}

#[tokio::test]
async fn artists_whom_no_question_has_shown_for_long_are_asked_for_in_batches_as_far_as_is_allowed() {
    let played = refreshed(AppClass::Extended, 2).await;
    let report = played.report();
    assert_eq!(report.artists_refreshed, 80, "{report:?}");
    // Beside the two: the batch that finds out whether batches answer, and those that complete new artists.
    assert!(played.requests_of(Source::Hydrate) >= 2, "{report:?}");
    let rows = played.rows();
    let fresh = rows.iter().filter(|row| row.last_run.as_str() == "2027-01-12").count();
    assert!((80..300).contains(&fresh), "{fresh}");
    let refreshed: Vec<_> =
        rows.iter().filter(|row| row.sighted_by.as_str().starts_with("refresh:")).collect();
    assert_eq!(refreshed.len(), 80);
    // The first run has seen them in this order.
    let newest = refreshed.iter().map(|row| row.first_seen).max();
    let left = rows.iter().filter(|row| row.last_run.as_str() != "2027-01-12");
    assert!(newest <= left.map(|row| row.last_seen).min(), "the longest unseen first");
}

#[tokio::test]
async fn in_development_mode_they_are_asked_for_one_by_one() {
    let played = refreshed(AppClass::Development, 7).await;
    assert_eq!(played.report().artists_refreshed, 7, "{:?}", played.report());
}

#[tokio::test]
async fn whoever_was_seen_lately_is_left_alone() {
    let spotify = stand_in(AppClass::Extended, 300).await;
    let first = collect(&spotify, "search").await;
    first.world.clock.advance(7 * DAY);
    let refresh = Some(Refresh { age: 45 * DAY, requests: 100 });
    let settings = Settings { refresh, ..settings("new-releases,hydrate") };
    let played = collect_with(first.world, "2026-11-30", settings).await;
    assert_eq!(played.report().artists_refreshed, 0, "{:?}", played.report());
}
