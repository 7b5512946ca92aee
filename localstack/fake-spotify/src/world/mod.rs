//! What is around the artists of a catalogue: who is related to whom, albums, tracks and how they sound,
//! playlists, categories, users and podcasts.
//!
//! Nothing of it is stored but a few lists of ranks: an object follows from its number, the catalogue and the
//! seed whenever it is asked for, and its id is its number in disguise. So a world of a million artists has
//! its tens of millions of tracks for nothing, and a test that has the same catalogue and seed knows the
//! truth about all of them. Only the tracks of a file are stored as they are, and then there are no others.

mod albums;
mod categories;
mod find;
mod groups;
mod ids;
mod playlists;
mod podcasts;
mod reach;
mod recommend;
mod related;
mod sound;
mod style;
#[cfg(test)]
mod tests;
mod tracklist;
mod users;

use std::sync::Arc;

use self::categories::Pools;
use self::groups::Groups;
use self::related::Related;
use self::tracklist::Tracklist;
use crate::catalogue::{Catalogue, narrow};
use crate::tracks::FiledTrack;

pub use self::albums::{Album, AlbumType, Track};
pub use self::find::{Found, Sought, Thing};
pub use self::playlists::{Item, Playlist};
pub use self::podcasts::{Episode, Show};
pub use self::reach::Reach;
pub use self::recommend::{Pool, Seed};
pub use self::related::MOST_RELATED;
pub use self::style::{STYLES, Style};
pub use self::users::User;

/// All that can be known about a catalogue's artists.
#[derive(Debug)]
pub struct World {
    catalogue: Arc<Catalogue>,
    seed: u64,
    genres: Groups,
    /// The style of each genre, by the genre's number.
    styles: Vec<Option<Style>>,
    related: Related,
    pools: Pools,
    /// The tracks of a file; without them tracks are generated.
    tracks: Option<Tracklist>,
    new_albums: Vec<Album>,
}

impl World {
    /// The world of these artists that follows from `seed`. Takes about a second for a million artists.
    pub fn new(catalogue: Arc<Catalogue>, seed: u64) -> Self {
        Self::of(catalogue, seed, None)
    }

    /// The same with the tracks of a file in place of generated ones.
    pub(crate) fn with_tracks(catalogue: Arc<Catalogue>, seed: u64, tracks: Vec<FiledTrack>) -> Self {
        let list = Tracklist::new(&catalogue, tracks);
        Self::of(catalogue, seed, Some(list))
    }

    fn of(catalogue: Arc<Catalogue>, seed: u64, tracks: Option<Tracklist>) -> Self {
        let genres = Groups::by_genre(&catalogue);
        let related = Related::new(&catalogue, &genres, seed);
        let pools = Pools::new(&catalogue, &genres, tracks.as_ref());
        let styles = catalogue.genre_names().iter().map(|name| Style::of_genre(name)).collect();
        let mut world =
            Self { catalogue, seed, genres, styles, related, pools, tracks, new_albums: Vec::new() };
        world.new_albums = world.find_new_albums();
        world
    }

    /// The artists of this world.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The same to keep.
    pub(crate) fn shared_catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue)
    }

    /// The albums of the last two weeks, those of popular artists first.
    pub fn new_albums(&self) -> &[Album] {
        &self.new_albums
    }

    /// The ranks of the artists related to that of `rank`, nearest first: at most [`MOST_RELATED`], often
    /// fewer, and none for an artist whom nobody hears.
    pub fn related(&self, rank: u32) -> Vec<u32> {
        self.related.of(&self.catalogue, &self.genres, rank)
    }

    /// The sorted ranks of all artists that are found by asking for related artists again and again, from
    /// `start`; these are among them.
    pub fn component(&self, start: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let mut found = vec![false; self.catalogue.len()];
        let mut next: Vec<u32> = start.into_iter().collect();
        while let Some(rank) = next.pop() {
            if !std::mem::replace(&mut found[rank as usize], true) {
                next.extend(self.related(rank).into_iter().filter(|other| !found[*other as usize]));
            }
        }
        (0..narrow(found.len())).filter(|rank| found[*rank as usize]).collect()
    }
}
