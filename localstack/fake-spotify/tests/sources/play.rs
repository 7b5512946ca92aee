//! A whole run: seeder, fetcher and the ports in memory, and the client that asks a stand-in.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Once;
use std::time::Duration;

use collect::fetcher::Fetcher;
use collect::memory::{
    Memory, MemoryArtists, MemoryControl, MemoryFrontier, MemoryTracks, MemoryWindow, VirtualClock,
};
use collect::pace::{Pacing, Rate};
use collect::plan::ArtistRow;
use collect::ports::{Clock, Scheduling};
use collect::run::{Report, Run};
use collect::seeder;
use collect::seeder::Tick;
use collect::settings::Settings;
use collect::term::{RunId, Source, Sources};
use fake_spotify::{AppClass, Artists, Config, FakeSpotify};
use spotify::Client;

/// A stand-in with `count` generated artists.
pub(crate) async fn stand_in(class: AppClass, count: usize) -> FakeSpotify {
    let artists = Artists::Generated { count, seed: 1 };
    FakeSpotify::start(Config { class, artists, ..Config::default() }).await.expect("a stand-in")
}

pub(crate) fn sources(list: &str) -> Sources {
    list.parse().expect("sources")
}

pub(crate) fn client(spotify: &FakeSpotify) -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails only if there is one already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    let config = spotify::Config {
        api_url: spotify.api_url(),
        token_url: spotify.token_url(),
        ..spotify::Config::default()
    };
    let fake_spotify::Credentials { id, secret } = spotify.credentials().clone();
    let credentials = spotify::Credentials { client_id: id, client_secret: secret.into() };
    Client::new(&config, credentials).expect("a client")
}

/// What a run has left.
pub(crate) struct Played {
    pub(crate) world: Memory<Client>,
    pub(crate) run: Run,
}

impl Played {
    pub(crate) fn report(&self) -> &Report {
        self.run.report.as_ref().expect("a report")
    }

    pub(crate) fn rows(&self) -> Vec<ArtistRow> {
        self.world.artists.rows().into_values().collect()
    }

    /// The ids of the rows.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.world.artists.rows().into_keys().map(|id| id.to_string()).collect()
    }

    /// Requests of one source.
    pub(crate) fn requests_of(&self, source: Source) -> u64 {
        self.report().sources.get(&source).map_or(0, |of| of.requests)
    }
}

/// A world that asks `spotify`.
pub(crate) fn world(spotify: &FakeSpotify) -> Memory<Client> {
    Memory {
        clock: VirtualClock::at("2026-11-23T03:00:00Z".parse().expect("a time")),
        control: MemoryControl::default(),
        frontier: MemoryFrontier::default(),
        window: MemoryWindow::default(),
        artists: MemoryArtists::default(),
        spotify: client(spotify),
        tracks: MemoryTracks::default(),
    }
}

/// What the systematic search asks here: few enough to look at each.
const STRINGS: &str = "ab:2";

/// Collects from `spotify` with these sources until the run closes.
pub(crate) async fn collect(spotify: &FakeSpotify, list: &str) -> Played {
    collect_in(world(spotify), "2026-11-23", list).await
}

/// The same in a world that may have seen other runs.
pub(crate) async fn collect_in(world: Memory<Client>, run: &str, list: &str) -> Played {
    collect_with(world, run, settings(list)).await
}

pub(crate) fn settings(list: &str) -> Settings {
    Settings {
        // Virtual time costs nothing, and the stand-in has no limit here.
        pacing: Pacing::fixed(Rate::per_30s(NonZeroU32::new(3_000).expect("a rate"))),
        sources: sources(list),
        strings: STRINGS.parse().expect("strings"),
        ..Settings::default()
    }
}

/// The same with other settings.
pub(crate) async fn collect_with(world: Memory<Client>, run: &str, settings: Settings) -> Played {
    let mut fetcher = Fetcher::new(settings.clone());
    seeder::open_run(&world, &settings, RunId::new(run).expect("an id")).await.expect("opened");
    loop {
        let now = world.clock().now();
        let batch = world.window.receive(now, 10);
        if batch.is_empty() {
            if let Tick::Closed(run) = seeder::tick(&world, &settings).await.expect("a tick") {
                return Played { world, run: *run };
            }
            world.clock.advance(Duration::from_secs(10));
            continue;
        }
        let outcomes = fetcher.process_batch(&world, &batch, now + Duration::from_mins(1)).await;
        for (delivery, outcome) in batch.iter().zip(&outcomes) {
            if !outcome.keeps_message() {
                world.window.delete(delivery);
            }
        }
        // As the tick of every minute would, but often enough for a run that takes seconds.
        seeder::tick(&world, &settings).await.expect("a tick");
    }
}
