//! A second run over the same catalogue, from the leaves of the first.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use collect::catalogue::{Artist, ArtistId};
use collect::fetcher::Fetcher;
use collect::memory::{Catalogue, Memory, MemorySpotify, VirtualClock};
use collect::pace::{Pacing, Rate};
use collect::ports::{Clock, Opening};
use collect::run::{Run, RunState};
use collect::seeder;
use collect::seeder::Tick;
use collect::settings::{Settings, StopRule};
use collect::term::{Operator, RunId};
use collect::web_api::{Evidence, SpotifyError};

const ARTISTS: usize = 2_000;

fn settings() -> Settings {
    Settings { pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())), ..Settings::default() }
}

fn artist(number: usize, name: &str) -> Artist {
    let id = ArtistId::new(format!("{number:022}")).unwrap();
    Artist { id, name: name.to_owned(), popularity: None, followers: None, genres: None }
}

/// Names of one or two words of two syllables each, so that most searches saturate, and after them `more`.
fn catalogue(artists: usize, more: &[&str]) -> Catalogue {
    let syllables = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ro", "su", "ta", "ve", "wi",
        "xo", "yu", "za",
    ];
    let generated = |number: usize| {
        let word = |n: usize| format!("{}{}", syllables[n % 20], syllables[n / 20 % 20]);
        if number.is_multiple_of(2) {
            artist(number, &format!("{} {}", word(number / 2), word(number / 7)))
        } else {
            artist(number, &format!("{}{}", word(number / 2), word(number / 200)))
        }
    };
    let more = more.iter().enumerate().map(|(number, name)| artist(1_000_000 + number, name));
    Catalogue::new((0..artists).map(generated).chain(more).collect())
}

fn spotify(artists: usize, more: &[&str]) -> MemorySpotify {
    MemorySpotify::new(catalogue(artists, more), 10, 60)
}

/// A search that excludes nothing: terms overlap, and most artists are shown many times. A page has room for
/// a whole slice of the sample.
fn overlapping() -> MemorySpotify {
    let broken = [Operator::Not, Operator::Quotes, Operator::NotQuotes];
    MemorySpotify::new(catalogue(ARTISTS, &[]), 50, 100).without(broken)
}

fn world(spotify: MemorySpotify) -> Memory {
    let clock = VirtualClock::at("2026-11-16T03:00:00Z".parse().unwrap());
    Memory { clock, spotify, ..Memory::default() }
}

/// Those of the names `more` that were not found.
fn missing<'a>(world: &Memory, more: &[&'a str]) -> Vec<&'a str> {
    let rows = world.artists.rows();
    let found = |name: &&str| rows.values().any(|row| row.artist.name == **name);
    more.iter().copied().filter(|name| !found(name)).collect()
}

async fn play(world: &Memory, run: &str, settings: &Settings) -> Run {
    play_by(&mut Fetcher::new(settings.clone()), world, run, settings).await
}

/// Plays a run with an environment that may have worked on another one.
async fn play_by(fetcher: &mut Fetcher, world: &Memory, run: &str, settings: &Settings) -> Run {
    let (opening, _) = seeder::open_run(world, settings, RunId::new(run).unwrap()).await.unwrap();
    assert_eq!(opening, Opening::Opened);
    let mut next_tick = world.clock.now();
    for _ in 0..20_000 {
        let now = world.clock.now();
        if now >= next_tick {
            next_tick = now + Duration::from_mins(1);
            if let Tick::Closed(run) = seeder::tick(world, settings).await.unwrap() {
                return *run;
            }
        }
        // About what a batch takes under a pace of ten requests a second.
        world.clock.advance(Duration::from_secs(5));
        let batch = world.window.receive(now, 10);
        let outcomes = fetcher.process_batch(world, &batch, now + Duration::from_mins(1)).await;
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
    let world = world(spotify(ARTISTS, &[]));
    let first = play(&world, "2026-11-16", &settings()).await;
    let second = play(&world, "2026-11-23", &settings()).await;
    // Both runs ask last for what brings nobody, and how much that is has nothing to do with the leaves.
    let requests = |run: &str| -> u32 {
        let terms = world.frontier.terms(&RunId::new(run).unwrap());
        terms.iter().map(|term| term.tally).filter(|tally| tally.rows > 0).map(|tally| tally.requests).sum()
    };
    let (asked, again) = (requests("2026-11-16"), requests("2026-11-23"));
    let (first, second) = (first.report.unwrap(), second.report.unwrap());
    assert_eq!(first.artists_new, ARTISTS as u64);
    assert_eq!((second.artists_new, second.artists_returned), (0, ARTISTS as u64));
    assert_eq!(second.artists_changed, 0, "nothing changes in this catalogue");
    assert!(again * 10 < asked * 9, "{again} requests after {asked}");
    assert!(second.split < first.split / 2, "{} terms split again", second.split);
}

#[tokio::test]
async fn an_environment_that_outlives_a_run_puts_the_same_terms_in_the_next_one() {
    let world = world(spotify(ARTISTS, &[]));
    let mut fetcher = Fetcher::new(settings());
    play_by(&mut fetcher, &world, "2026-11-16", &settings()).await;
    // The leaves have expired: the next run begins with the same roots.
    world.clock.advance(settings().retention);
    let second = play_by(&mut fetcher, &world, "2027-02-15", &settings()).await;
    let report = second.report.unwrap();
    assert_eq!((second.earlier, report.artists_new + report.artists_returned), (None, ARTISTS as u64));
}

#[tokio::test]
async fn a_least_yield_counts_what_the_run_has_not_seen_and_not_what_the_table_lacks() {
    let world = world(spotify(ARTISTS, &[]));
    play(&world, "2026-11-16", &settings()).await;
    let stop = StopRule { requests: None, least_yield: Some(6.0) };
    let second = play(&world, "2026-11-23", &Settings { stop, ..settings() }).await;
    let report = second.report.unwrap();
    let seen = report.artists_new + report.artists_returned;
    assert!(seen > ARTISTS as u64 * 8 / 10, "{seen} seen: {report:?}");
    assert!(second.stopped.is_some() && report.unasked > 0, "{report:?}");
}

#[tokio::test]
async fn names_that_begin_with_what_brought_nobody_are_found_when_they_come() {
    let more = ["Zyx", "Qua", "Жук", "7up", "Xen", "Wolf", "Yak", "9 Lives", "Vox", "Uma", "王", "★ ★"];
    let mut world = world(spotify(600, &[]));
    play(&world, "2026-11-16", &settings()).await;
    play(&world, "2026-11-23", &settings()).await;
    world.spotify = spotify(600, &more);
    let third = play(&world, "2026-11-30", &settings()).await;
    assert_eq!(third.state, RunState::Complete);
    assert!(missing(&world, &more).is_empty(), "{:?} not found", missing(&world, &more));
}

#[tokio::test]
async fn a_sign_that_is_no_question_to_spotify_makes_no_run_partial() {
    let rejected =
        SpotifyError::Rejected { message: "No search query".to_owned(), evidence: Evidence::default() };
    let world = world(spotify(600, &["* Ba", "♥ ♥", "♥"]).never_answering("*", rejected));
    let run = play(&world, "2026-11-16", &settings()).await;
    assert!(world.spotify.queries().contains(&"*".to_owned()));
    assert_eq!((run.state, world.artists.rows().len()), (RunState::Complete, 603));
}

#[tokio::test]
async fn after_a_run_that_did_not_search_for_everything_a_run_begins_with_the_roots() {
    for sources in ["systematic", "search,systematic", "new-releases"] {
        let world = world(spotify(600, &[]));
        let other =
            Settings { sources: sources.parse().unwrap(), strings: "a-z:2".parse().unwrap(), ..settings() };
        play(&world, "2026-11-16", &other).await;
        let search = play(&world, "2026-11-23", &settings()).await;
        assert_eq!((search.earlier, search.state), (None, RunState::Complete), "{sources}");
        assert_eq!(world.artists.rows().len(), 600, "{sources}");
    }
}

#[tokio::test]
async fn a_run_whose_leaves_have_begun_to_expire_begins_with_the_roots() {
    let world = world(spotify(600, &[]));
    let settings = Settings { retention: Duration::from_hours(8 * 24), ..settings() };
    let opened = world.clock.now();
    play(&world, "2026-11-16", &settings).await;
    let wait_until = |day: u64| {
        let until = opened + Duration::from_hours(24 * day);
        world.clock.advance(Duration::try_from(until.duration_since(world.clock.now())).unwrap());
    };
    wait_until(6);
    assert!(play(&world, "2026-11-22", &settings).await.earlier.is_some());
    wait_until(14);
    assert!(play(&world, "2026-11-30", &settings).await.earlier.is_none());
}

#[tokio::test]
async fn where_not_works_all_of_a_sudden_the_roots_are_asked_beside_the_leaves() {
    // Without NOT a prefix goes on with the characters that are known, and ø is seen too late.
    let more = ["Køra", "Kørab", "Kørac"];
    let mut world = world(spotify(ARTISTS, &more).without([Operator::Not]));
    let first = play(&world, "2026-11-16", &settings()).await;
    assert_eq!((first.state, missing(&world, &more)), (RunState::Partial, more.to_vec()));
    world.spotify = spotify(ARTISTS, &more);
    let second = play(&world, "2026-11-23", &settings()).await;
    assert_eq!(second.state, RunState::Complete);
    assert!(missing(&world, &more).is_empty(), "{:?} not found", missing(&world, &more));
}

#[tokio::test]
async fn where_operators_turn_into_words_a_run_is_not_complete_on_the_strength_of_an_earlier_one() {
    let more = ["Year 1900 2026", "The Year 1900 2026"];
    let mut world = world(spotify(600, &[]));
    assert_eq!(play(&world, "2026-11-16", &settings()).await.state, RunState::Complete);
    world.spotify = spotify(600, &more).without([Operator::Years, Operator::Not]);
    let second = play(&world, "2026-11-23", &settings()).await;
    let report = second.report.unwrap();
    assert_eq!((second.state, report.artists_new), (RunState::Partial, 2), "{report:?}");
    assert_eq!(report.artists_returned, 600, "everybody is seen, though not by the leaves as they stand");
}

#[tokio::test]
async fn where_years_are_words_what_shows_a_few_artists_is_not_taken_for_everything() {
    let world = world(spotify(600, &["Year 1900 2026", "The Year 1900 2026"]).without([Operator::Years]));
    let run = play(&world, "2026-11-16", &settings()).await;
    assert_eq!((run.state, run.report.unwrap().artists_new), (RunState::Partial, 602));
}

#[tokio::test]
async fn an_artist_whose_followers_move_between_two_answers_is_seen_first_once_in_each_run() {
    let world = world(overlapping().with_moving_followers());
    for (name, expected) in [("2026-11-16", [ARTISTS as u64, 0]), ("2026-11-23", [0, ARTISTS as u64])] {
        let report = play(&world, name, &settings()).await.report.unwrap();
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
        let world = world(search(overlapping()));
        let stop = StopRule { requests: None, least_yield: Some(1.0) };
        let run = play(&world, "2026-11-16", &Settings { stop, ..settings() }).await;
        (run.stopped, run.report.unwrap().requests)
    };
    let (still, moving) = (play(|of| of).await, play(MemorySpotify::with_moving_followers).await);
    assert!(still.0.is_some(), "{still:?}");
    assert_eq!(moving, still);
}
