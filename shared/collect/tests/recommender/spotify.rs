//! Nights in which Spotify is asked: under one pace with a run, and never at the cost of a list.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use collect::catalogue::{Artist, ArtistId, Credit, Track, TrackId};
use collect::fetcher::Fetcher;
use collect::memory::{
    Catalogue, MemoryArtists, MemoryControl, MemoryFrontier, MemorySpotify, MemoryTracks, MemoryUsers,
    MemoryWindow, VirtualClock,
};
use collect::pace::Pacing;
use collect::permits::Permits;
use collect::plan::Tombstone;
use collect::ports::{Clock, Control, Erasure, Overview, Ports, Scheduling, Spotify, Users};
use collect::recommend::{Method, Recommended, Subject, Username};
use collect::recommender::spotify::AskSpotify;
use collect::recommender::{Night, recommend};
use collect::run::Run;
use collect::seeder::{self, Tick};
use collect::settings::Settings;
use collect::term::RunId;
use collect::web_api::{Bucket, Endpoint, Evidence, Page, Request, SpotifyError};
use jiff::Timestamp;

use crate::world::{Shelf, date, users};

const DAY: &str = "2026-11-24";

/// A clock that the world and its Spotify share.
#[derive(Clone, Debug)]
struct Shared(Arc<VirtualClock>);

impl Clock for Shared {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.advance(duration);
    }
}

/// What a Spotify has seen.
#[derive(Debug, Default)]
struct Seen {
    last_half_minute: Vec<Timestamp>,
    held_until: Option<Timestamp>,
    refused: u32,
    during_holds: Vec<Timestamp>,
    recommended: usize,
}

/// A Spotify that refuses more than some requests in 30 seconds.
#[derive(Debug)]
struct Limited {
    spotify: MemorySpotify,
    clock: Shared,
    most: usize,
    seen: Mutex<Seen>,
}

impl Spotify for Limited {
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError> {
        let now = self.clock.now();
        let is_recommendation = matches!(request, Request::Recommendations(_));
        {
            let mut seen = self.seen.lock().unwrap();
            if seen.held_until.is_some_and(|until| now < until) {
                seen.during_holds.push(now);
            }
            seen.last_half_minute.retain(|at| *at + Duration::from_secs(30) > now);
            if seen.last_half_minute.len() >= self.most {
                seen.refused += 1;
                seen.held_until = Some(now + Duration::from_secs(4));
                return Err(throttled(4));
            }
            seen.last_half_minute.push(now);
            seen.recommended += usize::from(is_recommendation);
        }
        self.clock.sleep(Duration::from_millis(20)).await;
        self.spotify.ask(request).await
    }
}

type World = Ports<Shared, MemoryControl, MemoryFrontier, MemoryWindow, MemoryArtists, Limited, MemoryTracks>;

fn world(spotify: MemorySpotify, most: usize) -> World {
    let clock = Shared(Arc::new(VirtualClock::at(format!("{DAY}T02:00:00Z").parse().unwrap())));
    Ports {
        clock: clock.clone(),
        control: MemoryControl::default(),
        frontier: MemoryFrontier::default(),
        window: MemoryWindow::default(),
        artists: MemoryArtists::default(),
        spotify: Limited { spotify, clock, most, seen: Mutex::default() },
        tracks: MemoryTracks::default(),
    }
}

fn throttled(seconds: u64) -> SpotifyError {
    SpotifyError::Throttled { retry_after: Some(Duration::from_secs(seconds)), evidence: Evidence::default() }
}

fn run_id() -> RunId {
    RunId::new(DAY).unwrap()
}

fn catalogue() -> Catalogue {
    let letters = ["a", "e", "i", "o", "u"];
    let artist = |number: usize| {
        let name: String = (0..5).map(|place| letters[number / 5_usize.pow(place) % 5]).collect();
        let id = ArtistId::new(format!("{number:022}")).unwrap();
        Artist { id, name, popularity: None, followers: None, genres: None }
    };
    Catalogue::new((0..3_000).map(artist).collect())
}

fn tracks(count: usize) -> Vec<Track> {
    let track = |number: usize| Track {
        id: TrackId::new(format!("3{number:021}")).unwrap(),
        name: format!("T{number}"),
        artists: vec![Credit { id: ArtistId::new(format!("4{number:021}")).unwrap(), name: "Bo".to_owned() }],
        album: None,
        popularity: None,
        isrc: None,
    };
    (0..count).map(track).collect()
}

/// One execution of the recommender, with a minute of time.
async fn night(world: &World, users: &MemoryUsers, permits: &mut Permits) -> Night {
    let deadline = world.clock.now() + Duration::from_mins(1);
    let mut spotify = AskSpotify::begin(world, &world.spotify, permits).await.unwrap();
    let night =
        recommend(&world.clock, users, &world.artists, &Shelf::default(), &mut spotify, date(DAY), deadline)
            .await;
    assert!(world.clock.now() < deadline, "it ends before Lambda ends it");
    night.unwrap()
}

/// Plays a run to its end, with `between` before every batch of the fetcher.
async fn play(world: &World, mut between: impl AsyncFnMut()) -> Run {
    let settings = Settings::default();
    let mut fetcher = Fetcher::new(settings.clone());
    seeder::open_run(world, &settings, run_id()).await.unwrap();
    for _ in 0..20_000 {
        between().await;
        let batch = world.window.receive(world.clock.now(), 10);
        if batch.is_empty() {
            if let Tick::Closed(run) = seeder::tick(world, &settings).await.unwrap() {
                return *run;
            }
            world.clock.sleep(Duration::from_secs(10)).await;
            continue;
        }
        let deadline = world.clock.now() + Duration::from_mins(1);
        let outcomes = fetcher.process_batch(world, &batch, deadline).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
    }
    unreachable!("the run does not end")
}

fn first_method(list: &Recommended) -> Option<Method> {
    list.items.first().map(|item| item.method)
}

async fn overview(world: &World) -> Overview {
    world.control.overview().await.unwrap()
}

#[tokio::test]
async fn a_thousand_users_get_their_lists_during_a_throttled_run_and_once_only() {
    let undisturbed = world(MemorySpotify::new(catalogue(), 50, 1000), 100_000);
    play(&undisturbed, async || ()).await;

    let world = world(MemorySpotify::new(catalogue(), 50, 1000).recommending(tracks(5)), 60);
    let (users, mut permits) = (users(1_000).await, Permits::new(Pacing::default()));
    let (mut added, mut nights, mut first) = (0, 0, Vec::new());
    let run = play(&world, async || {
        if nights == 2 {
            return;
        }
        let night = night(&world, &users, &mut permits).await;
        added += night.added;
        if night.done {
            nights += 1;
            if nights == 1 {
                first = users.all_lists();
                users.forget_nights();
            }
        }
    })
    .await;

    let lists = users.all_lists();
    assert_eq!((nights, added, lists.len()), (2, 1_000, 1_000), "nobody is lost");
    assert_eq!(lists, first, "the second night has replaced nothing");
    assert!(lists.iter().all(|list| list.items.iter().any(|item| item.method == Method::Walk)));
    let by_spotify = lists.iter().filter(|list| first_method(list) == Some(Method::Spotify)).count();
    let seen = world.spotify.seen.lock().unwrap();
    assert!(by_spotify > 200, "{by_spotify} lists have recommendations of Spotify");
    assert_eq!(seen.recommended, by_spotify, "no answer was asked for in vain, or twice");
    assert!(seen.refused > 0, "the run was throttled");
    assert_eq!(seen.during_holds, [], "no request leaves during a hold");
    let report = run.report.unwrap();
    assert_eq!((report.failed, world.window.dead_letters().len()), (0, 0));
    let ids = |world: &World| world.artists.rows().into_keys().collect::<BTreeSet<_>>();
    assert_eq!(ids(&world), ids(&undisturbed), "the run has lost nothing");
}

/// A world in which a run is open.
async fn with_run(spotify: MemorySpotify) -> World {
    let world = world(spotify, 100_000);
    world.control.open(&Run::open(run_id(), world.clock.now())).await.unwrap();
    world
}

fn methods(users: &MemoryUsers) -> BTreeSet<Option<Method>> {
    users.all_lists().iter().map(first_method).collect()
}

#[tokio::test]
async fn a_closed_endpoint_is_asked_once_a_run() {
    let world = with_run(MemorySpotify::default()).await;
    let users = users(20).await;
    let mut permits = Permits::new(Pacing::default());
    for _ in 0..2 {
        night(&world, &users, &mut permits).await;
        users.forget_nights();
    }
    assert_eq!(world.spotify.seen.lock().unwrap().recommended, 1);
    assert!(overview(&world).await.findings.is_closed(Endpoint::Recommendations, &run_id()));
    assert_eq!((users.all_lists().len(), methods(&users)), (20, [Some(Method::Walk)].into()));
}

#[tokio::test]
async fn an_open_endpoint_is_noted_and_its_tracks_come_first_and_once() {
    let mut twice = tracks(3);
    twice.extend(tracks(3));
    let world = with_run(MemorySpotify::default().recommending(twice)).await;
    let users = users(1).await;
    night(&world, &users, &mut Permits::new(Pacing::default())).await;
    assert!(overview(&world).await.findings.is_open(Endpoint::Recommendations, &run_id()));
    let list = users.list(&Username::new("user-0000").unwrap(), date(DAY)).await.unwrap().unwrap();
    let methods: Vec<Method> = list.items.iter().map(|item| item.method).take(4).collect();
    assert_eq!(methods, [Method::Spotify, Method::Spotify, Method::Spotify, Method::Walk], "{list:?}");
    assert_eq!(list.items[0].reason, "Recommended by Spotify for A1 and A0.");
}

#[tokio::test]
async fn a_recommended_track_credits_nobody_who_was_erased() {
    let world = with_run(MemorySpotify::default().recommending(tracks(2))).await;
    let id = tracks(1)[0].artists[0].id.clone();
    world.artists.forget(&Tombstone { id, forgotten_at: world.clock.now() }).await.unwrap();
    let users = users(1).await;
    night(&world, &users, &mut Permits::new(Pacing::default())).await;
    let list = users.list(&Username::new("user-0000").unwrap(), date(DAY)).await.unwrap().unwrap();
    let credits = list.items.iter().filter_map(|item| match &item.subject {
        Subject::Track { artists, .. } => Some(artists.len()),
        Subject::Artist { .. } => None,
    });
    assert_eq!(credits.collect::<Vec<_>>(), [0, 1], "{list:?}");
}

#[tokio::test]
async fn a_refusal_holds_everybody_and_the_list_is_computed() {
    let world = with_run(MemorySpotify::default().recommending(tracks(3))).await;
    world.spotify.spotify.fail_next([SpotifyError::QuotaSpent {
        retry_after: Some(Duration::from_hours(10)),
        evidence: Evidence::default(),
    }]);
    let users = users(20).await;
    night(&world, &users, &mut Permits::new(Pacing::default())).await;
    assert_eq!(overview(&world).await.held(world.clock.now()), [Bucket::Recommendations].into());
    assert_eq!(world.spotify.seen.lock().unwrap().recommended, 1);
    assert_eq!((users.all_lists().len(), methods(&users)), (20, [Some(Method::Walk)].into()));
}

#[tokio::test]
async fn a_spotify_in_trouble_is_left_alone() {
    let world = with_run(MemorySpotify::default().recommending(tracks(3))).await;
    let trouble = || SpotifyError::Transient { evidence: Evidence::default() };
    world.spotify.spotify.fail_next((0..20).map(|_| trouble()));
    let users = users(20).await;
    night(&world, &users, &mut Permits::new(Pacing::default())).await;
    assert_eq!(world.spotify.seen.lock().unwrap().recommended, 3);
    assert_eq!((users.all_lists().len(), methods(&users)), (20, [Some(Method::Walk)].into()));
}

#[tokio::test]
async fn failures_with_answers_between_them_do_not_end_the_asking() {
    let world = with_run(MemorySpotify::default().recommending(tracks(3))).await;
    let trouble = || Some(SpotifyError::Transient { evidence: Evidence::default() });
    world.spotify.spotify.play_next((0..12).map(|number| (number % 3 > 0).then(trouble).flatten()));
    let users = users(20).await;
    night(&world, &users, &mut Permits::new(Pacing::default())).await;
    assert_eq!(world.spotify.seen.lock().unwrap().recommended, 20);
    let by_spotify = |list: &&Recommended| first_method(list) == Some(Method::Spotify);
    assert_eq!(users.all_lists().iter().filter(by_spotify).count(), 12);
}

#[tokio::test]
async fn nothing_is_asked_without_a_run_or_while_it_is_stopped() {
    let nobody = world(MemorySpotify::default().recommending(tracks(3)), 100_000);
    let stopped = with_run(MemorySpotify::default().recommending(tracks(3))).await;
    stopped.control().stop(&run_id(), "the owner has no Premium").await.unwrap();
    for world in [nobody, stopped] {
        let users = users(5).await;
        night(&world, &users, &mut Permits::new(Pacing::default())).await;
        assert_eq!(world.spotify.seen.lock().unwrap().recommended, 0);
        assert_eq!((users.all_lists().len(), methods(&users)), (5, [Some(Method::Walk)].into()));
    }
}
