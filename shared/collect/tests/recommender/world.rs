//! A snapshot in memory, and users.

use std::sync::atomic::{AtomicU32, Ordering};

use collect::catalogue::{ArtistId, Edge, PlaylistId};
use collect::memory::{MemoryUsers, VirtualClock};
use collect::ports::{Clock, PortError, Users};
use collect::recommend::genres::Genres;
use collect::recommend::graph::GraphBuilder;
use collect::recommend::{Profile, Seed, Username};
use collect::recommender::{Knowledge, Library};
use jiff::civil::Date;

const ARTISTS: u32 = 400;

pub(crate) fn artist(number: u32) -> ArtistId {
    ArtistId::new(format!("0{number:021}")).unwrap()
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A snapshot in which each playlist has ten artists.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) opened: AtomicU32,
}

impl Library for Shelf {
    async fn open(&self) -> Result<Option<Knowledge>, PortError> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        let mut builder = GraphBuilder::default();
        for playlist in 0..200 {
            for place in 0..10 {
                let playlist_id = PlaylistId::new(format!("1{playlist:021}")).unwrap();
                let number = (playlist * 7 + place * place) % ARTISTS;
                builder.add(&Edge::Playlist { artist: artist(number), playlist: playlist_id });
            }
        }
        let mut graph = builder.build();
        (0..ARTISTS).for_each(|number| graph.set_name(&artist(number), &format!("A{number}")));
        Ok(Some(Knowledge { snapshot: "2026-11-23".to_owned(), graph, genres: Genres::default() }))
    }
}

/// Users who like two artists each.
pub(crate) async fn users(count: u32) -> MemoryUsers {
    let users = MemoryUsers::default();
    for number in 0..count {
        let seed = |of: u32| Seed { id: artist(of % ARTISTS), name: format!("A{of}"), genres: Vec::new() };
        let profile = Profile { artists: vec![seed(number), seed(number * 3 + 1)], ..Profile::default() };
        let user = Username::new(format!("user-{number:04}")).unwrap();
        users.keep_profile(&user, &profile, VirtualClock::default().now()).await.unwrap();
    }
    users
}
