//! The collector's ports: the client that asks the stand-in, and everything else in memory.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use collect::catalogue::{Artist, ArtistId, Edge, Mention};
use collect::memory::{MemoryControl, MemoryFrontier, MemoryWindow, VirtualClock};
use collect::ports::{Artists, Edges, PortError, Ports, Sighting, Spotify, Upserted};
use collect::term::RunId;
use collect::web_api::{Page, Request, SpotifyError};
use fake_spotify::catalogue::{Artist as CatalogueArtist, Catalogue, parse_id};
use fake_spotify::{AppClass, Credentials, FakeSpotify};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use spotify::Client;

use super::meter::{Known, Meter};

/// Everything the collector needs.
pub(super) type World<'a> =
    Ports<VirtualClock, MemoryControl, MemoryFrontier, MemoryWindow, Collected<'a>, Counted>;

/// A world in which nobody has asked `spotify`, whose app is of `class`, anything yet.
pub(super) fn world(spotify: &FakeSpotify, class: AppClass) -> Result<World<'_>> {
    let config = spotify::Config {
        api_url: spotify.api_url(),
        token_url: spotify.token_url(),
        ..spotify::Config::default()
    };
    let Credentials { id, secret } = spotify.credentials().clone();
    let credentials = spotify::Credentials { client_id: id, client_secret: secret.into() };
    let meter = Arc::new(Mutex::new(Meter::new(spotify.catalogue().len(), class)));
    Ok(World {
        clock: VirtualClock::at(opening()),
        control: MemoryControl::default(),
        frontier: MemoryFrontier::default(),
        window: MemoryWindow::default(),
        artists: Collected {
            catalogue: spotify.catalogue(),
            rows: Mutex::new(Rows::of(spotify.catalogue().len())),
            meter: Arc::clone(&meter),
        },
        spotify: Counted { client: Client::new(&config, credentials)?, meter },
        tracks: (),
    })
}

impl Collected<'_> {
    /// How many of the artists that `belong` are known, and how many those are.
    pub(super) fn known(&self, belong: impl Fn(CatalogueArtist<'_>) -> bool) -> Known {
        let rows = lock(&self.rows);
        let mut known = Known::default();
        for (artist, row) in self.catalogue.iter().zip(&rows.by_rank) {
            let belongs = u64::from(belong(artist));
            known.of += belongs;
            known.known += if matches!(row, Row::Unknown) { 0 } else { belongs };
        }
        known
    }

    /// What was counted so far.
    pub(super) fn meter(&self) -> MutexGuard<'_, Meter> {
        lock(&self.meter)
    }
}

/// When the run opens: in the year of the stand-in's latest releases.
fn opening() -> Timestamp {
    jiff::civil::date(2026, 11, 23)
        .to_zoned(TimeZone::UTC)
        .map_or(Timestamp::UNIX_EPOCH, |day| day.timestamp())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The artists table: which of the catalogue's artists are known, and which of them wait to be completed.
/// Rows never change here, so nothing else is kept.
pub(super) struct Collected<'a> {
    catalogue: &'a Catalogue,
    rows: Mutex<Rows>,
    meter: Arc<Mutex<Meter>>,
}

/// What is known of an artist.
#[derive(Clone, Copy)]
enum Row {
    Unknown,
    /// Id and name, and how much it is wanted.
    Stub(u8),
    Complete,
}

struct Rows {
    by_rank: Vec<Row>,
    /// The stubs, the most prominent first.
    stubs: BTreeSet<(Reverse<u8>, u32)>,
}

impl Rows {
    fn of(artists: usize) -> Self {
        Self { by_rank: vec![Row::Unknown; artists], stubs: BTreeSet::new() }
    }
}

impl Collected<'_> {
    fn rank(&self, id: &ArtistId) -> Option<u32> {
        self.catalogue.rank_of(&parse_id(id.as_str())?)
    }
}

impl Artists for Collected<'_> {
    async fn upsert(
        &self,
        artists: &[Artist],
        mentions: &[Mention],
        _: &Sighting,
    ) -> Result<Upserted, PortError> {
        let (mut meter, mut rows) = (lock(&self.meter), lock(&self.rows));
        let mut upserted = Upserted::default();
        for (artist, stub) in Artist::full_and_mentioned(artists, mentions) {
            let Some(rank) = self.rank(&artist.id) else { continue };
            let row = rows.by_rank[rank as usize];
            rows.by_rank[rank as usize] = match (row, stub) {
                (Row::Unknown, Some(prominence)) => {
                    rows.stubs.insert((Reverse(prominence), rank));
                    upserted.new_mentions += 1;
                    Row::Stub(prominence)
                }
                (Row::Unknown, None) => {
                    upserted.new += 1;
                    Row::Complete
                }
                (Row::Stub(prominence), None) => {
                    rows.stubs.remove(&(Reverse(prominence), rank));
                    upserted.completed += 1;
                    Row::Complete
                }
                (known, _) => {
                    upserted.unchanged += 1;
                    known
                }
            };
            upserted.stubs += u32::from(matches!(rows.by_rank[rank as usize], Row::Stub(_)));
            if matches!(row, Row::Unknown) {
                upserted.sighted.insert(artist.id);
                meter.find(rows.stubs.len());
            }
        }
        meter.complete(rows.stubs.len());
        Ok(upserted)
    }

    async fn stubs(&self, limit: usize, _: u32) -> Result<Vec<ArtistId>, PortError> {
        let rows = lock(&self.rows);
        let first = rows.stubs.iter().take(limit);
        let ids = first.map(|(_, rank)| ArtistId::new(self.catalogue.artist(*rank).id()));
        Ok(ids.filter_map(Result::ok).collect())
    }

    async fn stale(
        &self,
        _: Timestamp,
        _: &RunId,
        _: usize,
        _: Duration,
    ) -> Result<Vec<ArtistId>, PortError> {
        Ok(Vec::new())
    }

    async fn withdraw(&self, artists: &[ArtistId], _: &Sighting) -> Result<(), PortError> {
        let ranks: BTreeSet<u32> = artists.iter().filter_map(|id| self.rank(id)).collect();
        lock(&self.rows).stubs.retain(|(_, rank)| !ranks.contains(rank));
        Ok(())
    }
}

/// Edges cost no request, so they are not kept here.
impl Edges for Collected<'_> {
    async fn keep(&self, _: &[Edge], _: &Sighting) -> Result<(), PortError> {
        Ok(())
    }
}

/// The client, and how often it was asked.
pub(super) struct Counted {
    client: Client,
    meter: Arc<Mutex<Meter>>,
}

impl Spotify for Counted {
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError> {
        lock(&self.meter).request();
        self.client.ask(request).await
    }
}
