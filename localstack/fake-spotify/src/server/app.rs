//! What all requests share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::token::Tokens;
use crate::limits::Limits;
use crate::stats::Recorder;
use crate::world::World;
use crate::{Config, Faults, LimitSettings, Searcher};

/// The state of the server. Every lock is held for a few instructions, and never across another.
#[derive(Debug)]
pub(super) struct App {
    pub(super) config: Config,
    pub(super) address: SocketAddr,
    pub(super) searcher: Searcher,
    pub(super) world: World,
    started: Instant,
    numbers: AtomicU64,
    faults: RwLock<Arc<Faults>>,
    limits: Mutex<Limits>,
    recorder: Mutex<Recorder>,
    tokens: Mutex<Tokens>,
}

impl App {
    pub(super) fn new(config: Config, address: SocketAddr, (searcher, world): (Searcher, World)) -> Self {
        Self {
            address,
            started: Instant::now(),
            numbers: AtomicU64::new(0),
            faults: RwLock::new(Arc::new(config.faults.clone())),
            limits: Mutex::new(Limits::new(config.limits.clone())),
            recorder: Mutex::new(Recorder::new(searcher.catalogue().len())),
            tokens: Mutex::new(Tokens::new(config.seed)),
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

    pub(super) fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
