//! The ports in memory: the same rules as in the cloud, with nothing between the collector and its data.

mod artists;
mod clock;
mod control;
mod dead_letters;
mod frontier;
mod spotify;
mod window;

pub use artists::{MemoryArtists, Row};
pub use clock::VirtualClock;
pub use control::MemoryControl;
pub use frontier::MemoryFrontier;
pub use spotify::{Catalogue, MemorySpotify};
pub use window::MemoryWindow;

use crate::ports::{Fetching, Scheduling, Spotify};

/// A whole world in memory, with a Spotify in memory too or with another.
#[derive(Debug, Default)]
pub struct Memory<S = MemorySpotify> {
    /// Virtual time.
    pub clock: VirtualClock,
    /// Run, pace and capabilities.
    pub control: MemoryControl,
    /// Terms.
    pub frontier: MemoryFrontier,
    /// The queue.
    pub window: MemoryWindow,
    /// Collected rows.
    pub artists: MemoryArtists,
    /// The Web API.
    pub spotify: S,
}

impl<S: Sync> Scheduling for Memory<S> {
    type Clock = VirtualClock;
    type Control = MemoryControl;
    type Frontier = MemoryFrontier;
    type Window = MemoryWindow;

    fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    fn control(&self) -> &MemoryControl {
        &self.control
    }

    fn frontier(&self) -> &MemoryFrontier {
        &self.frontier
    }

    fn window(&self) -> &MemoryWindow {
        &self.window
    }
}

impl<S: Spotify + Sync> Fetching for Memory<S> {
    type Artists = MemoryArtists;
    type Spotify = S;

    fn artists(&self) -> &MemoryArtists {
        &self.artists
    }

    fn spotify(&self) -> &S {
        &self.spotify
    }
}

/// A lock that outlives a panic of its holder: the data is that of a test or a simulation, which has failed already.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
