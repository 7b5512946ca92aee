//! The ports in memory.

use std::time::Duration;

use collect::catalogue::ArtistId;
use collect::memory::{
    MemoryArtists, MemoryControl, MemoryFrontier, MemoryTracks, MemoryUsers, MemoryWindow, VirtualClock,
};
use collect::plan::{ArtistRow, EdgeRow};
use collect::ports::{Clock, Delivery};

use crate::place::Place;

/// The ports in memory.
pub(crate) struct Memory {
    artists: MemoryArtists,
    clock: VirtualClock,
    control: MemoryControl,
    frontier: MemoryFrontier,
    users: MemoryUsers,
    window: MemoryWindow,
    tracks: MemoryTracks,
}

impl Place for Memory {
    type Artists = MemoryArtists;
    type Control = MemoryControl;
    type Frontier = MemoryFrontier;
    type Window = MemoryWindow;
    type DeadLetters = MemoryWindow;
    type Tracks = MemoryTracks;
    type Users = MemoryUsers;

    async fn start() -> Self {
        Self {
            artists: MemoryArtists::default(),
            clock: VirtualClock::default(),
            control: MemoryControl::default(),
            frontier: MemoryFrontier::default(),
            users: MemoryUsers::default(),
            window: MemoryWindow::default(),
            tracks: MemoryTracks::default(),
        }
    }

    fn artists(&self) -> &MemoryArtists {
        &self.artists
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

    fn users(&self) -> &MemoryUsers {
        &self.users
    }

    fn dead_letters(&self) -> &MemoryWindow {
        &self.window
    }

    fn tracks(&self) -> &MemoryTracks {
        &self.tracks
    }

    async fn row(&self, id: &ArtistId) -> Option<ArtistRow> {
        self.artists.rows().remove(id)
    }

    async fn edges(&self) -> Vec<EdgeRow> {
        self.artists.edges()
    }

    async fn receive(&self) -> Vec<Delivery> {
        self.window.receive(self.clock.now(), 10)
    }

    async fn until_visible(&self) {
        self.clock.advance(Duration::from_mins(7));
    }
}
