//! A second run over the same catalogue, from the leaves of the first.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use collect::artist::Artist;
use collect::batch::Fetcher;
use collect::capability::Operator;
use collect::id::ArtistId;
use collect::memory::{Catalogue, Memory, MemorySpotify, VirtualClock};
use collect::pace::{Pacing, Rate};
use collect::ports::{Clock, Opening};
use collect::run::{Run, RunId};
use collect::schedule::{self, Tick};
use collect::settings::Settings;
use collect::stop::StopRule;

const ARTISTS: usize = 2_000;

fn settings(stop: StopRule) -> Settings {
    Settings { pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())), stop, ..Settings::default() }
}

/// Names of one or two words of two syllables each, so that most searches saturate.
fn world() -> Memory {
    world_of(|catalogue| MemorySpotify::new(catalogue, 10, 60))
}

/// The same with another search.
fn world_of(search: impl FnOnce(Catalogue) -> MemorySpotify) -> Memory {
    let syllables = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ro", "su", "ta", "ve", "wi",
        "xo", "yu", "za",
    ];
    let artist = |number: usize| {
        let word = |n: usize| format!("{}{}", syllables[n % 20], syllables[n / 20 % 20]);
        let name = if number.is_multiple_of(2) {
            format!("{} {}", word(number / 2), word(number / 7))
        } else {
            format!("{}{}", word(number / 2), word(number / 200))
        };
        let id = ArtistId::new(format!("{number:022}")).unwrap();
        Artist { id, name, popularity: None, followers: None, genres: None }
    };
    Memory {
        clock: VirtualClock::at("2026-11-16T03:00:00Z".parse().unwrap()),
        spotify: search(Catalogue::new((0..ARTISTS).map(artist).collect())),
        ..Memory::default()
    }
}

/// A search that excludes nothing: terms overlap, and most artists are shown many times. A page has room for a whole slice of
/// the sample.
fn overlapping(catalogue: Catalogue) -> MemorySpotify {
    MemorySpotify::new(catalogue, 50, 100).without([Operator::Not, Operator::Quotes, Operator::NotQuotes])
}

async fn play(world: &Memory, run: &str, stop: StopRule) -> Run {
    let settings = settings(stop);
    let mut fetcher = Fetcher::new(settings.clone());
    let (opening, _) = schedule::collect(world, &settings, RunId::new(run).unwrap()).await.unwrap();
    assert_eq!(opening, Opening::Opened);
    let mut next_tick = world.clock.now();
    for _ in 0..20_000 {
        let now = world.clock.now();
        if now >= next_tick {
            next_tick = now + Duration::from_mins(1);
            if let Tick::Closed(run) = schedule::tick(world, &settings).await.unwrap() {
                return *run;
            }
        }
        // About what a batch takes under a pace of ten requests a second.
        world.clock.advance(Duration::from_secs(5));
        let batch = world.window.receive(now, 10);
        let outcomes = fetcher.work_batch(world, &batch, now + Duration::from_mins(1)).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
    }
    unreachable!("the run does not end")
}

#[tokio::test]
async fn the_next_run_sees_the_same_with_fewer_requests_because_it_begins_with_the_leaves() {
    let world = world();
    let first = play(&world, "2026-11-16", StopRule::default()).await;
    let asked = world.spotify.asked().len();
    let second = play(&world, "2026-11-23", StopRule::default()).await;
    let again = world.spotify.asked().len() - asked;
    let (first, second) = (first.report.unwrap(), second.report.unwrap());
    assert_eq!(first.artists_new, ARTISTS as u64);
    assert_eq!((second.artists_new, second.artists_returned), (0, ARTISTS as u64));
    assert_eq!(second.artists_changed, 0, "nothing changes in this catalogue");
    assert!(again * 10 < asked * 9, "{again} requests after {asked}");
    assert!(second.split < first.split / 2, "{} terms split again", second.split);
}

#[tokio::test]
async fn a_least_yield_counts_what_the_run_has_not_seen_and_not_what_the_table_lacks() {
    let world = world();
    play(&world, "2026-11-16", StopRule::default()).await;
    let least_yield = StopRule { requests: None, least_yield: Some(3.0) };
    let second = play(&world, "2026-11-23", least_yield).await;
    let report = second.report.unwrap();
    let seen = report.artists_new + report.artists_returned;
    assert!(seen > ARTISTS as u64 * 8 / 10, "{seen} seen: {report:?}");
    assert!(second.stopped.is_some() && report.unasked > 0, "{report:?}");
}

#[tokio::test]
async fn an_artist_whose_followers_move_between_two_answers_is_seen_first_once_in_each_run() {
    let world = world_of(|catalogue| overlapping(catalogue).with_moving_followers());
    for (name, expected) in [("2026-11-16", [ARTISTS as u64, 0]), ("2026-11-23", [0, ARTISTS as u64])] {
        let report = play(&world, name, StopRule::default()).await.report.unwrap();
        assert_eq!([report.artists_new, report.artists_returned], expected);
        assert!(report.artists_changed > ARTISTS as u64, "{} repeats", report.artists_changed);
        assert_eq!(report.artists_changed + ARTISTS as u64, report.rows, "every repeat was written again");
        let estimate = report.estimate.unwrap();
        assert!((estimate.size - 2_000.0).abs() < 1.0, "{estimate:?}");
        assert!(estimate.coverage > 0.99 && estimate.low < 2_001.0, "{estimate:?}");
    }
}

#[tokio::test]
async fn a_least_yield_is_not_kept_up_by_artists_who_change_between_two_answers() {
    let play = async |search: fn(MemorySpotify) -> MemorySpotify| {
        let world = world_of(|catalogue| search(overlapping(catalogue)));
        let run = play(&world, "2026-11-16", StopRule { requests: None, least_yield: Some(1.0) }).await;
        (run.stopped, run.report.unwrap().requests)
    };
    let (still, moving) = (play(|of| of).await, play(MemorySpotify::with_moving_followers).await);
    assert!(still.0.is_some(), "{still:?}");
    assert_eq!(moving, still);
}
