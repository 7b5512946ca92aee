//! A run under a pace at which no second permit is worth waiting for in place.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use collect::artist::Artist;
use collect::batch::Fetcher;
use collect::id::ArtistId;
use collect::memory::{Catalogue, Memory, MemorySpotify, VirtualClock};
use collect::pace::{Pacing, Rate};
use collect::ports::Clock;
use collect::run::RunId;
use collect::schedule::{self, Tick};
use collect::settings::Settings;
use collect::source::Source;

fn settings() -> Settings {
    Settings {
        // One request in three seconds.
        pacing: Pacing::fixed(Rate::per_30s(10.try_into().unwrap())),
        sources: [Source::Search, Source::Related, Source::Genres].into_iter().collect(),
        playlists: [].into(),
        stop: collect::stop::StopRule::default(),
        window: 40,
        limits: Settings::BEST_LIMITS,
        request_time: Duration::from_secs(12),
        refresh: None,
    }
}

fn world() -> Memory {
    let artist = |number: usize| Artist {
        id: ArtistId::new(format!("{number:022}")).unwrap(),
        name: ["Abba", "Beck", "Мир", "Dodo"][number % 4].to_owned(),
        popularity: None,
        followers: None,
        genres: None,
    };
    Memory {
        clock: VirtualClock::at("2026-11-21T03:00:00Z".parse().unwrap()),
        spotify: MemorySpotify::new(Catalogue::new((0..40).map(artist).collect()), 50, 1000),
        ..Memory::default()
    }
}

#[tokio::test]
async fn the_terms_that_keep_no_progress_come_to_their_end_under_a_slow_pace() {
    let (world, settings) = (world(), settings());
    let mut fetchers = [Fetcher::new(settings.clone()), Fetcher::new(settings.clone())];
    schedule::collect(&world, &settings, RunId::new("2026-11-21").unwrap()).await.unwrap();
    for turn in 0..5000 {
        let now = world.clock.now();
        let batch = world.window.receive(now, 5);
        if batch.is_empty() {
            if let Tick::Closed(run) = schedule::tick(&world, &settings).await.unwrap() {
                let report = run.report.unwrap();
                assert_eq!((report.artists_new, report.failed, report.unasked), (40, 0, 0), "{report:?}");
                return;
            }
            world.clock.advance(Duration::from_secs(20));
            continue;
        }
        let deadline = now + Duration::from_mins(1);
        let outcomes = fetchers[turn % 2].work_batch(&world, &batch, deadline).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
    }
    unreachable!("the run does not end");
}
