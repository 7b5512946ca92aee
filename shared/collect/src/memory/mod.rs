//! The ports in memory: the same rules as in the cloud, with nothing between the collector and its data.

mod artists;
mod clock;
mod control;
mod dead_letters;
mod edges;
mod frontier;
mod snapshots;
mod spotify;
mod tracks;
mod users;
mod window;

pub use artists::MemoryArtists;
pub use clock::VirtualClock;
pub use control::{MemoryControl, PaceCalls};
pub use frontier::MemoryFrontier;
pub use snapshots::MemorySnapshots;
pub use spotify::{Catalogue, MemorySpotify};
pub use tracks::MemoryTracks;
pub use users::MemoryUsers;
pub use window::MemoryWindow;

use crate::ports::Ports;

/// A whole world in memory, with a Spotify in memory too or with another.
pub type Memory<S = MemorySpotify> =
    Ports<VirtualClock, MemoryControl, MemoryFrontier, MemoryWindow, MemoryArtists, S, MemoryTracks>;

/// A lock that outlives a panic of its holder: the data is that of a test or a simulation, which has failed
/// already.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
