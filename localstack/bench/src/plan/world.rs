//! The collector's ports over a catalogue in memory: the real code asks, nothing lies between it and the
//! answers.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use collect::catalogue::{Artist, ArtistId, Edge, Mention};
use collect::memory::{MemoryControl, MemoryFrontier, MemoryWindow, VirtualClock};
use collect::ports::{Artists, Edges, PortError, Ports, Sighting, Spotify, Upserted};
use collect::term::{Purpose, Question, RunId};
use collect::web_api::{Evidence, Page, PageLimits, Request, SpotifyError};
use fake_spotify::Searcher;
use fake_spotify::catalogue::parse_id;
use fake_spotify::search::Manner;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::meter::Meter;

/// Everything the collector needs, in memory.
pub(super) type World = Ports<VirtualClock, MemoryControl, MemoryFrontier, MemoryWindow, Collected, Search>;

/// A world whose Spotify shows the catalogue of `searcher` under `limits`.
pub(super) fn world(searcher: Arc<Searcher>, limits: PageLimits, manner: Manner) -> World {
    let meter = Arc::new(Mutex::new(Meter::new(searcher.catalogue().len())));
    World {
        clock: VirtualClock::at(opening()),
        control: MemoryControl::default(),
        frontier: MemoryFrontier::default(),
        window: MemoryWindow::default(),
        artists: Collected {
            searcher: Arc::clone(&searcher),
            meter: Arc::clone(&meter),
            sampled: Mutex::default(),
        },
        spotify: Search { searcher, limits, manner, meter },
        tracks: (),
    }
}

impl Collected {
    /// Forgets which artists were seen, for another run.
    pub(super) fn begin_again(&self) {
        *self.meter() = Meter::new(self.searcher.catalogue().len());
        self.sampled.lock().unwrap_or_else(PoisonError::into_inner).clear();
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

fn lock(meter: &Mutex<Meter>) -> MutexGuard<'_, Meter> {
    meter.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The artists table: which of the catalogue's artists have been seen. Rows never change here, so nothing
/// else is kept.
pub(super) struct Collected {
    searcher: Arc<Searcher>,
    meter: Arc<Mutex<Meter>>,
    /// Whom the sample saw first. Of other terms nobody asks it.
    sampled: Mutex<BTreeSet<ArtistId>>,
}

impl Artists for Collected {
    async fn upsert(
        &self,
        artists: &[Artist],
        _: &[Mention],
        sighting: &Sighting,
    ) -> Result<Upserted, PortError> {
        let mut meter = lock(&self.meter);
        let mut sampled = self.sampled.lock().unwrap_or_else(PoisonError::into_inner);
        let question = Question::parse(sighting.term.as_str()).ok();
        let by_sample = question.is_some_and(|question| question.purpose() == Purpose::Measure);
        let mut upserted = Upserted::default();
        for artist in artists {
            let rank = parse_id(artist.id.as_str()).and_then(|id| self.searcher.catalogue().rank_of(&id));
            let is_new = rank.is_some_and(|rank| meter.find(rank));
            *if is_new { &mut upserted.new } else { &mut upserted.unchanged } += 1;
            if by_sample && is_new {
                sampled.insert(artist.id.clone());
            }
            if is_new || by_sample && sampled.contains(&artist.id) {
                upserted.sighted.insert(artist.id.clone());
            }
        }
        Ok(upserted)
    }

    async fn stubs(&self, _: usize, _: u32) -> Result<Vec<ArtistId>, PortError> {
        Ok(Vec::new())
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

    async fn withdraw(&self, _: &[ArtistId], _: &Sighting) -> Result<(), PortError> {
        Ok(())
    }
}

/// A search shows no edges.
impl Edges for Collected {
    async fn keep(&self, _: &[Edge], _: &Sighting) -> Result<(), PortError> {
        Ok(())
    }
}

/// Spotify's search over the catalogue.
pub(super) struct Search {
    searcher: Arc<Searcher>,
    limits: PageLimits,
    manner: Manner,
    meter: Arc<Mutex<Meter>>,
}

impl Search {
    fn artist(&self, rank: u32) -> Option<Artist> {
        let artist = self.searcher.catalogue().artist(rank);
        Some(Artist {
            id: ArtistId::new(artist.id()).ok()?,
            name: artist.name().to_owned(),
            popularity: artist.popularity(),
            followers: artist.followers(),
            genres: None,
        })
    }
}

impl Spotify for Search {
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError> {
        let Request::Search { query, page, .. } = request else {
            return Err(SpotifyError::Closed { evidence: Evidence::default() });
        };
        let rejected = |message: String| {
            lock(&self.meter).request(0);
            Err(SpotifyError::Rejected { message, evidence: Evidence::default() })
        };
        if page.limit == 0 || page.limit > self.limits.page {
            return rejected("Invalid limit".into());
        }
        if page.limit + page.offset > self.limits.depth {
            return rejected(format!("Limit + Offset exceeds maximum of {}", self.limits.depth));
        }
        let wanted = page.offset as usize..(page.offset + page.limit) as usize;
        let slice = match self.searcher.slice(query, self.manner, wanted.clone()) {
            Ok(slice) => slice,
            Err(nothing) => return rejected(nothing.to_string()),
        };
        lock(&self.meter).request(slice.ranks.len() as u64);
        let artists: Vec<Artist> = slice.ranks.iter().filter_map(|rank| self.artist(*rank)).collect();
        Ok(Page {
            rows: u32::try_from(artists.len()).unwrap_or(u32::MAX),
            artists,
            total: Some(slice.total as u64),
            has_next: wanted.end < slice.total,
            ..Page::default()
        })
    }
}
