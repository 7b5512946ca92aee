//! A Spotify that invents artists without end costs no more than a run may cost.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use collect::catalogue::{Artist, ArtistId, Mention};
use collect::fetcher::Fetcher;
use collect::memory::{Memory, VirtualClock};
use collect::pace::{Pacing, Rate};
use collect::ports::{Clock, Spotify};
use collect::run::{Run, RunState};
use collect::seeder::{self, Tick};
use collect::settings::{Bounds, Settings};
use collect::term::{RunId, Source};
use collect::web_api::{Page, Request, SpotifyError};

/// Rows of every answer, whatever was asked for.
const ROWS: u64 = 200;

/// Answers every question with artists that nobody has seen before, and promises more.
#[derive(Debug, Default)]
struct Inventing(AtomicU64);

impl Spotify for Inventing {
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError> {
        let first = self.0.fetch_add(ROWS, Ordering::Relaxed);
        let id = |number: u64| ArtistId::new(format!("{number:022}")).unwrap();
        let letters: Vec<char> = ('a'..='z').collect();
        let name = |number: u64| {
            let letter = |place: u32| letters[usize::try_from(number / 7_u64.pow(place) % 26).unwrap()];
            let asked = match request {
                Request::Search { query, .. } => query.split(' ').next().unwrap_or_default(),
                _ => "",
            };
            format!("{asked}{}", (0..6).map(letter).collect::<String>())
        };
        let numbers = first..first + ROWS / 2;
        let artist =
            |n| Artist { id: id(n), name: name(n), popularity: Some(50), followers: None, genres: None };
        let mention = |n: u64| Mention { id: id(n + ROWS / 2), name: name(n), prominence: None };
        Ok(Page {
            artists: numbers.clone().map(artist).collect(),
            mentions: numbers.map(mention).collect(),
            rows: u32::try_from(ROWS).unwrap(),
            total: Some(1_000_000_000),
            has_next: true,
            ..Page::default()
        })
    }
}

fn settings(bounds: Bounds) -> Settings {
    Settings {
        pacing: Pacing::fixed(Rate::per_30s(3_000.try_into().unwrap())),
        sources: [Source::Search, Source::Related, Source::Albums].into_iter().collect(),
        bounds,
        ..Settings::default()
    }
}

async fn play(settings: &Settings) -> (Run, u64, usize) {
    let world: Memory<Inventing> =
        Memory { clock: VirtualClock::at("2026-11-23T03:00:00Z".parse().unwrap()), ..Memory::default() };
    let mut fetcher = Fetcher::new(settings.clone());
    seeder::open_run(&world, settings, RunId::new("1").unwrap()).await.unwrap();
    for _ in 0..2_000 {
        if let Tick::Closed(run) = seeder::tick(&world, settings).await.unwrap() {
            let artists = world.artists.rows().len();
            return (*run.clone(), world.frontier.terms(&run.id).len() as u64, artists);
        }
        for _ in 0..12 {
            let now = world.clock.now();
            let batch = world.window.receive(now, 10);
            let outcomes = fetcher.process_batch(&world, &batch, now + Duration::from_mins(1)).await;
            for (delivery, outcome) in batch.iter().zip(&outcomes) {
                if !outcome.keeps_message() {
                    world.window.delete(delivery);
                }
            }
            world.clock.advance(Duration::from_secs(5));
        }
    }
    unreachable!("the run does not end")
}

/// What one answer may lead to beyond the limit: a term for every artist in every source.
const SLACK: u64 = 3 * ROWS;

#[tokio::test]
async fn a_run_ends_at_the_most_terms_that_it_may_have() {
    let (run, terms, _) = play(&settings(Bounds { terms: 5_000, ..Bounds::default() })).await;
    let stopped = run.stopped.unwrap();
    assert!(run.state == RunState::Partial && stopped.contains("5000 terms"), "{stopped}");
    assert!((5_000..5_000 + SLACK).contains(&terms), "{terms} terms");
}

#[tokio::test]
async fn a_run_ends_at_the_most_artists_that_it_may_find() {
    let (run, _, artists) = play(&settings(Bounds { artists: 3_000, ..Bounds::default() })).await;
    let stopped = run.stopped.unwrap();
    assert!(stopped.contains("3000 new artists"), "{stopped}");
    assert!((3_000..3_000 + SLACK).contains(&(artists as u64)), "{artists} artists");
}
