//! What all requests share.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::tokens::Tokens;
use crate::catalogue::parse_id;
use crate::config::{AppClass, Config};
use crate::control_key::ControlKey;
use crate::faults::Faults;
use crate::limits::{LimitSettings, Limits};
use crate::search::{Manner, Searcher};
use crate::stats::Recorder;
use crate::world::{Found, Playlist, Reach, Sought, World};

/// The state of the server. Every lock is held for a few instructions, and never across another.
#[derive(Debug)]
pub(super) struct App {
    pub(super) config: Config,
    pub(super) address: SocketAddr,
    pub(super) control_key: ControlKey,
    pub(super) searcher: Searcher,
    pub(super) world: World,
    started: Instant,
    numbers: AtomicU64,
    faults: RwLock<Arc<Faults>>,
    limits: Mutex<Limits>,
    recorder: Mutex<Recorder>,
    tokens: Mutex<Tokens>,
    /// How often each playlist was changed, if ever.
    changes: Mutex<HashMap<Playlist, u32>>,
    /// Answers of searches for other things than artists, kept for their other pages.
    found: Mutex<HashMap<Search, Arc<Found>>>,
}

/// A search for something: the query as it came, how it is read, and what it looks for.
type Search = (String, Manner, Sought);

/// Answers kept at most; each holds at most a window of small things.
const KEPT_AT_MOST: usize = 1_024;

impl App {
    pub(super) fn new(
        config: Config,
        address: SocketAddr,
        control_key: ControlKey,
        (searcher, world): (Searcher, World),
    ) -> Self {
        Self {
            address,
            control_key,
            started: Instant::now(),
            numbers: AtomicU64::new(0),
            faults: RwLock::new(Arc::new(config.faults.clone())),
            limits: Mutex::new(Limits::new(config.limits.clone())),
            recorder: Mutex::new(Recorder::new(searcher.catalogue().len())),
            tokens: Mutex::new(Tokens::new(config.seed)),
            changes: Mutex::default(),
            found: Mutex::default(),
            searcher,
            world,
            config,
        }
    }

    /// Time since the start: the clock of limits and tokens.
    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The number of a new request.
    pub(super) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set_faults(&self, faults: Faults) -> Result<(), String> {
        faults.check()?;
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(faults);
        Ok(())
    }

    pub(super) fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_limits(&self, limits: LimitSettings) -> Result<(), String> {
        limits.check()?;
        self.limits().set(limits);
        Ok(())
    }

    pub(super) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to `search`: worked out by `find` once, then kept for its other pages.
    pub(super) fn found(&self, search: Search, find: impl FnOnce() -> Found) -> Arc<Found> {
        let kept = || self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept().get(&search) {
            return Arc::clone(found);
        }
        let found = Arc::new(find());
        let mut kept = kept();
        if kept.len() >= KEPT_AT_MOST {
            kept.clear();
        }
        kept.insert(search, Arc::clone(&found));
        found
    }

    /// How often `playlist` was changed.
    pub(super) fn changes(&self, playlist: Playlist) -> u32 {
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.get(&playlist).copied().unwrap_or(0)
    }

    /// What can be reached by playlists and related artists.
    pub(super) fn reach(&self) -> Reach {
        if self.config.class == AppClass::Extended {
            self.world.reach(|playlist| self.changes(playlist))
        } else {
            Reach::default()
        }
    }

    /// Changes the playlists with these ids; none of them when one id names none.
    pub(super) fn change_playlists(&self, ids: &[&str]) -> Result<(), String> {
        let playlist = |id: &&str| {
            let found = parse_id(id).and_then(|id| self.world.playlist(&id));
            found.ok_or_else(|| format!("{id:?} is no playlist"))
        };
        let playlists: Vec<Playlist> = ids.iter().map(playlist).collect::<Result<_, _>>()?;
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        for playlist in playlists {
            *changes.entry(playlist).or_default() += 1;
        }
        Ok(())
    }

    pub(super) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
