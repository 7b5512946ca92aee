//! What recommendations choose from.

use std::collections::HashSet;

use super::{Track, World};
use crate::catalogue::narrow;
use crate::fold::words;

/// What recommendations start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seed {
    /// The artist of this rank.
    Artist(u32),
    /// A genre by its name.
    Genre(String),
    /// A track.
    Track(Track),
}

/// The tracks that a seed leads to, best fitting first.
pub type Pool = Vec<Track>;

/// Artists that a genre leads to, the best known ones.
const OF_GENRE: usize = 120;
/// Albums of each artist and tracks of each album that are looked at.
const ALBUMS: u32 = 3;
const TRACKS: u32 = 6;
/// Tracks of one pool at most.
const MOST: usize = 500;

impl World {
    /// The tracks that a seed leads to: those of its artists and of artists like them, without the seed
    /// itself.
    pub fn pool(&self, seed: &Seed) -> Pool {
        let mut pool = Vec::new();
        let mut taken = HashSet::new();
        if let (Seed::Genre(genre), Some(tracks)) = (seed, &self.tracks) {
            pool.extend(tracks.of_genre(genre).filter(|track| taken.insert(*track)).take(MOST));
        }
        if let Seed::Track(track) = seed {
            taken.insert(*track);
        }
        for artist in self.artists_like(seed) {
            if pool.len() >= MOST {
                break;
            }
            pool.extend(self.some_tracks(artist).filter(|track| taken.insert(*track)));
        }
        pool.truncate(MOST);
        pool
    }

    /// The ranks of the artists that a seed leads to.
    fn artists_like(&self, seed: &Seed) -> Vec<u32> {
        let around = |rank: u32| std::iter::once(rank).chain(self.related(rank)).collect();
        match seed {
            Seed::Artist(rank) => around(*rank),
            Seed::Track(track) => around(track.album.artist),
            Seed::Genre(genre) => self.artists_of(genre),
        }
    }

    /// The best known artists with a genre of this name, or, where there is none, with one that has all its
    /// words.
    fn artists_of(&self, genre: &str) -> Vec<u32> {
        let wanted = words(genre);
        let names: Vec<Vec<String>> = self.catalogue.genre_names().iter().map(|name| words(name)).collect();
        let artists = |fits: &dyn Fn(&Vec<String>) -> bool| {
            let genres = names.iter().enumerate().filter(|(_, name)| fits(name));
            let mut artists: Vec<u32> =
                genres.flat_map(|(number, _)| self.genres.of(narrow(number))).copied().collect();
            artists.sort_unstable();
            artists.dedup();
            artists.truncate(OF_GENRE);
            artists
        };
        let exact = artists(&|name| *name == wanted);
        if exact.is_empty() { artists(&|name| wanted.iter().all(|word| name.contains(word))) } else { exact }
    }

    fn some_tracks(&self, artist: u32) -> impl Iterator<Item = Track> {
        let albums = self.albums(artist).take(ALBUMS as usize);
        albums.flat_map(|album| self.tracks(album).take(TRACKS as usize))
    }

    /// The best known tracks of the artist of `rank`, at most ten.
    pub fn top_tracks(&self, rank: u32) -> Vec<Track> {
        let mut tracks: Vec<Track> = self.albums(rank).flat_map(|album| self.tracks(album)).collect();
        tracks.sort_by_key(|track| std::cmp::Reverse(self.track_popularity(*track)));
        tracks.truncate(10);
        tracks
    }
}
