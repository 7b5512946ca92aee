//! A run that Spotify stopped goes on once the cause is fixed, and no leaves are lost on the way.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use collect::catalogue::{Artist, ArtistId};
use collect::fetcher::Fetcher;
use collect::memory::{Catalogue, Memory, MemorySpotify, VirtualClock};
use collect::operator::Status;
use collect::pace::{Pacing, Rate};

use collect::ports::{Clock, Control, Frontier, Gauges, Messages, Opening, PortError};
use collect::run::{ForArtists, Run, RunState, Seeding};
use collect::seeder::{self, Resuming, Tick};
use collect::settings::Settings;
use collect::term::{Lane, RunId};
use collect::web_api::{Evidence, SpotifyError};

const ARTISTS: usize = 600;

fn settings() -> Settings {
    Settings { pacing: Pacing::fixed(Rate::per_30s(300.try_into().unwrap())), ..Settings::default() }
}

/// Names of two words over few syllables, so that prefixes saturate.
fn world() -> Memory {
    let syllables = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu"];
    let artist = |number: usize| {
        let word = |n: usize| format!("{}{}", syllables[n % 10], syllables[n / 10 % 10]);
        let id = ArtistId::new(format!("{number:022}")).unwrap();
        let name = format!("{} {}", word(number), word(number / 7));
        Artist { id, name, popularity: None, followers: None, genres: None }
    };
    Memory {
        clock: VirtualClock::at("2026-11-16T03:00:00Z".parse().unwrap()),
        spotify: MemorySpotify::new(Catalogue::new((0..ARTISTS).map(artist).collect()), 10, 60),
        ..Memory::default()
    }
}

fn id(run: &str) -> RunId {
    RunId::new(run).unwrap()
}

async fn open(world: &Memory, run: &str) {
    let (opening, _) = seeder::open_run(world, &settings(), id(run)).await.unwrap();
    assert_eq!(opening, Opening::Opened);
}

/// One minute: a tick, and a batch every five seconds.
async fn minute(world: &Memory, fetcher: &mut Fetcher) -> Tick {
    let tick = seeder::tick(world, &settings()).await.unwrap();
    for _ in 0..12 {
        let now = world.clock.now();
        let batch = world.window.receive(now, 10);
        let outcomes = fetcher.process_batch(world, &batch, now + Duration::from_mins(1)).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
        world.clock.advance(Duration::from_secs(5));
    }
    tick
}

async fn to_the_end(world: &Memory, fetcher: &mut Fetcher) -> Run {
    for _ in 0..5_000 {
        if let Tick::Closed(run) = minute(world, fetcher).await {
            return *run;
        }
    }
    unreachable!("the run does not end")
}

fn no_premium() -> SpotifyError {
    SpotifyError::PremiumRequired { evidence: Evidence::default() }
}

#[tokio::test]
async fn a_resumed_run_goes_on_where_it_stood() {
    let calm = world();
    open(&calm, "1").await;
    let undisturbed = to_the_end(&calm, &mut Fetcher::new(settings())).await;

    let world = world();
    let mut fetcher = Fetcher::new(settings());
    open(&world, "1").await;
    minute(&world, &mut fetcher).await;
    world.spotify.fail_next([no_premium()]);
    let stopped = to_the_end(&world, &mut fetcher).await;
    assert_eq!((stopped.state, stopped.stopped.is_some()), (RunState::Partial, true));
    let before = world.artists.rows().len();
    assert!((1..ARTISTS).contains(&before), "{before} artists before the stop");
    // Long enough for its terms to get their ends.
    for _ in 0..20 {
        minute(&world, &mut fetcher).await;
    }

    let resumed = seeder::resume_run(&world, &settings()).await.unwrap();
    assert_eq!(resumed, Resuming::Resumed(id("1")));
    let run = to_the_end(&world, &mut fetcher).await;
    assert_eq!((run.state, run.stopped, run.resumed), (RunState::Complete, None, 1));
    assert_eq!(
        world.artists.rows().keys().collect::<Vec<_>>(),
        calm.artists.rows().keys().collect::<Vec<_>>()
    );
    let (again, once) = (run.report.unwrap(), undisturbed.report.unwrap());
    assert_eq!(again.artists_new, once.artists_new, "every artist is counted once");
    let (asked, calmly) = (world.spotify.asked().len(), calm.spotify.asked().len());
    assert!(asked <= calmly + calmly / 20, "{asked} requests instead of {calmly}");
}

#[tokio::test]
async fn terms_that_were_on_their_way_at_the_stop_wait_for_no_lease() {
    let world = world();
    let mut fetcher = Fetcher::new(settings());
    open(&world, "1").await;
    minute(&world, &mut fetcher).await;
    let leased = world.frontier.lane(&id("1"), Lane::SENT, 100).await.unwrap();
    assert!(!leased.is_empty(), "nothing was on its way");
    world.control.stop(&id("1"), "stopped: no Premium").await.unwrap();
    let stopped = world.clock.now();
    to_the_end(&world, &mut fetcher).await;
    let lease = world.frontier.get(&id("1"), &leased[0].key).await.unwrap().unwrap().lease_until.unwrap();

    assert_eq!(
        seeder::resume_run(&world, &settings()).await.unwrap(),
        Resuming::Resumed(id("1")),
        "stopped at {stopped}"
    );
    assert!(world.clock.now() < lease, "the leases have ended");
    assert_eq!(world.frontier.lane(&id("1"), Lane::SENT, 100).await.unwrap(), []);
    let run = to_the_end(&world, &mut fetcher).await;
    assert_eq!(run.state, RunState::Complete);
}

#[tokio::test]
async fn a_run_that_cannot_go_on_is_not_resumed() {
    let world = world();
    let resume = async || seeder::resume_run(&world, &settings()).await.unwrap();
    assert_eq!(resume().await, Resuming::NoRun);
    open(&world, "1").await;
    assert_eq!(resume().await, Resuming::NotStopped(id("1")));
    world.control.stop(&id("1"), "stopped: no Premium").await.unwrap();
    to_the_end(&world, &mut Fetcher::new(settings())).await;
    world.clock.advance(settings().retention);
    let Resuming::StopsAgain(_, reason) = resume().await else { unreachable!("a run too old is resumed") };
    assert!(reason.contains("was open for 81 days"), "{reason}");
}

#[tokio::test]
async fn a_run_stopped_before_it_was_seeded_hands_its_leaves_on() {
    let world = world();
    let mut fetcher = Fetcher::new(settings());
    open(&world, "1").await;
    let first = to_the_end(&world, &mut fetcher).await;

    // Too little time to put even one leaf.
    let slow = Settings { request_time: Duration::from_mins(1), ..settings() };
    seeder::open_run(&world, &slow, id("2")).await.unwrap();
    world.control.stop(&id("2"), "stopped: no Premium").await.unwrap();
    let second = to_the_end(&world, &mut fetcher).await;
    assert_eq!((second.seeded, &second.earlier), (false, &Some(id("1"))));

    open(&world, "3").await;
    let third = world.control.overview().await.unwrap().run.unwrap();
    assert_eq!((third.earlier, third.earlier_closed), (Some(id("1")), first.closed_at));
    assert_eq!(third.previous, Some(id("2")));
}

#[tokio::test]
async fn leaves_that_expire_are_not_promised() {
    let world = world();
    let mut fetcher = Fetcher::new(settings());
    open(&world, "1").await;
    to_the_end(&world, &mut fetcher).await;
    world.clock.advance(Duration::from_hours(24 * 80));
    let slow = Settings { request_time: Duration::from_mins(1), ..settings() };
    seeder::open_run(&world, &slow, id("2")).await.unwrap();
    world.control.stop(&id("2"), "stopped: no Premium").await.unwrap();
    world.clock.advance(Duration::from_hours(24 * 2));
    let resumed = seeder::resume_run(&world, &settings()).await.unwrap();
    assert_eq!(resumed, Resuming::LeavesExpired(id("2")));
}

#[tokio::test]
async fn leaves_that_have_expired_are_not_handed_on() {
    let world = world();
    open(&world, "1").await;
    let first = to_the_end(&world, &mut Fetcher::new(settings())).await;
    // It had put them all, and was stopped while it put strings.
    let second = Run {
        earlier: Some(first.id),
        earlier_closed: first.closed_at,
        seeding: Seeding::Strings { put: 1 },
        ..Run::open(id("2"), world.clock.now())
    };
    assert_eq!(world.control.open(&second).await.unwrap(), Opening::Opened);
    world.control.stop(&id("2"), "stopped: no Premium").await.unwrap();
    to_the_end(&world, &mut Fetcher::new(settings())).await;
    world.clock.advance(Duration::from_hours(24 * 81));
    open(&world, "3").await;
    let third = world.control.overview().await.unwrap().run.unwrap();
    assert_eq!((third.earlier, third.previous), (None, Some(id("2"))));
}

#[tokio::test]
async fn runs_for_tracks_pass_on_which_run_for_artists_was_last() {
    let world = world();
    open(&world, "1").await;
    let first = to_the_end(&world, &mut Fetcher::new(settings())).await;
    let last = Some(Box::new(ForArtists { run: first.id.clone(), opened_at: first.opened_at }));
    for tracks in ["2", "3"] {
        world.clock.advance(Duration::from_hours(24 * 50));
        seeder::begin_tracks(&world, &settings(), id(tracks)).await.unwrap();
        let run = world.control.overview().await.unwrap().run.unwrap();
        assert_eq!((run.id.as_str(), &run.for_artists, run.basis()), (tracks, &last, None));
        to_the_end(&world, &mut Fetcher::new(settings())).await;
    }
    open(&world, "4").await;
    let fourth = world.control.overview().await.unwrap().run.unwrap();
    assert_eq!((&fourth.for_artists, fourth.basis()), (&last, Some(&first.id)));
    assert_eq!(fourth.before(), Some(&id("3")));
}

/// Gauges that show nothing.
struct Empty;

impl Gauges for Empty {
    async fn artists(&self) -> Result<u64, PortError> {
        Ok(0)
    }

    async fn window(&self) -> Result<Messages, PortError> {
        Ok(Messages::default())
    }

    async fn dead_letters(&self) -> Result<u64, PortError> {
        Ok(0)
    }
}

#[tokio::test]
async fn a_run_for_tracks_that_was_the_first_of_all_stands_for_no_run_for_artists() {
    let world = world();
    seeder::begin_tracks(&world, &settings(), id("1")).await.unwrap();
    to_the_end(&world, &mut Fetcher::new(settings())).await;
    open(&world, "2").await;
    let second = world.control.overview().await.unwrap().run.unwrap();
    assert_eq!((second.for_artists, second.previous), (None, Some(id("1"))));
    let now = world.clock.now();
    let status = Status::read(&world.control, &world.frontier, &Empty, now).await.unwrap();
    assert_eq!(status.before, None, "its requests say nothing of how far this one is");
}

#[tokio::test]
async fn a_run_that_was_never_seeded_hands_on_what_it_knew_of_its_leaves() {
    for (unasked_first, leaves_lack_not) in [(true, false), (false, true)] {
        let world = world();
        let mut fetcher = Fetcher::new(settings());
        open(&world, "1").await;
        let first = to_the_end(&world, &mut fetcher).await;
        let second = Run {
            previous: Some(first.id.clone()),
            earlier: Some(first.id),
            earlier_closed: first.closed_at,
            unasked_first,
            leaves_lack_not,
            ..Run::open(id("2"), world.clock.now())
        };
        assert_eq!(world.control.open(&second).await.unwrap(), Opening::Opened);
        world.control.stop(&id("2"), "stopped: no Premium").await.unwrap();
        to_the_end(&world, &mut fetcher).await;
        open(&world, "3").await;
        let third = world.control.overview().await.unwrap().run.unwrap();
        assert_eq!((third.unasked_first, third.leaves_lack_not), (unasked_first, leaves_lack_not));
    }
}
