//! Playlists, read or invented.
//!
//! An invented playlist is about a *community* of artists, a little about a second one, and holds some that
//! are known to everybody. Within each, few artists are on many playlists and many on few (Zipf). So there is
//! something to find out, and much noise around it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::Playlist;

/// Artists of a community.
const COMMUNITY: u32 = 100;

/// Of the artists on a playlist, the share from its community, and from its second one. The rest is known to
/// everybody.
const SHARES: [f64; 2] = [0.55, 0.2];

/// Fewest and most artists on a playlist.
const SIZES: [f64; 2] = [8.0, 80.0];

/// How steeply popularity falls from rank to rank.
const STEEPNESS: f64 = 0.8;

/// Most tries to find an artist that is not on the playlist yet.
const TRIES: usize = 20;

/// Invents playlists of these `artists`, one by one.
pub(super) struct Inventor {
    rng: SmallRng,
    artists: u32,
    everybody: Zipf,
    community: Zipf,
}

impl Inventor {
    pub(super) fn new(seed: u64, artists: u32) -> Self {
        let communities = (artists / COMMUNITY).max(1);
        Self {
            rng: SmallRng::seed_from_u64(seed),
            artists,
            everybody: Zipf::new(artists),
            community: Zipf::new(artists / communities),
        }
    }

    fn communities(&self) -> u32 {
        (self.artists / COMMUNITY).max(1)
    }

    /// The community of an artist is the remainder of its number, which is its rank in the world.
    pub(super) fn playlist(&mut self) -> Playlist {
        let communities = self.communities();
        let size = SIZES[0] * (SIZES[1] / SIZES[0]).powf(self.rng.random());
        let [first, second] = [(); 2].map(|()| self.rng.random_range(0..communities));
        let mut playlist = BTreeSet::new();
        let mut tries = 0;
        #[expect(clippy::cast_precision_loss, reason = "at most some hundred artists")]
        while (playlist.len() as f64) < size && tries < TRIES * 120 {
            tries += 1;
            let about: f64 = self.rng.random();
            let artist = if about < SHARES[0] {
                self.community.draw(&mut self.rng) * communities + first
            } else if about < SHARES[0] + SHARES[1] {
                self.community.draw(&mut self.rng) * communities + second
            } else {
                self.everybody.draw(&mut self.rng)
            };
            playlist.insert(artist);
        }
        playlist.into_iter().collect()
    }
}

/// Invents playlists of `artists` with about `edges` artists on them in all.
pub(super) fn invent(seed: u64, artists: u32, edges: usize) -> Vec<Playlist> {
    let mut inventor = Inventor::new(seed, artists);
    let (mut playlists, mut count) = (Vec::new(), 0);
    while count < edges {
        let playlist = inventor.playlist();
        count += playlist.len();
        playlists.push(playlist);
    }
    playlists
}

/// Ranks from 0, the first of which are drawn most often.
struct Zipf {
    sums: Vec<f64>,
}

impl Zipf {
    fn new(count: u32) -> Self {
        let mut sum = 0.0;
        let weights = (1..=count.max(1)).map(|rank| f64::from(rank).powf(-STEEPNESS));
        Self {
            sums: weights
                .map(|weight| {
                    sum += weight;
                    sum
                })
                .collect(),
        }
    }

    fn draw(&self, rng: &mut SmallRng) -> u32 {
        let last = self.sums.last().copied().unwrap_or(1.0);
        let at = rng.random::<f64>() * last;
        let rank = self.sums.partition_point(|sum| *sum < at).min(self.sums.len() - 1);
        u32::try_from(rank).unwrap_or(u32::MAX)
    }
}

/// Reads playlists from a CSV file with the columns `playlist` and `artist`.
pub(super) fn read(file: &Path) -> Result<Vec<Playlist>> {
    let context = || format!("cannot read {}", file.display());
    let mut reader = csv::Reader::from_path(file).with_context(context)?;
    let headers = reader.headers().with_context(context)?.clone();
    let column = |name: &str| {
        let at = headers.iter().position(|header| header == name);
        at.with_context(|| format!("{} has no column {name}", file.display()))
    };
    let (playlist, artist) = (column("playlist")?, column("artist")?);
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut playlists: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for record in reader.records() {
        let record = record.with_context(context)?;
        let text = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let next = u32::try_from(numbers.len()).context("too many artists")?;
        let number = *numbers.entry(text(artist)).or_insert(next);
        playlists.entry(text(playlist)).or_default().insert(number);
    }
    ensure!(!playlists.is_empty(), "{} has no lines", file.display());
    Ok(playlists.into_values().map(|artists| artists.into_iter().collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn playlists_are_read_from_their_lines_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("playlists.csv");
        std::fs::write(&file, "artist,playlist\na,one\nb,two\nb,one\na,one\n").unwrap();
        assert_eq!(read(&file).unwrap(), [vec![0, 1], vec![1]]);
        std::fs::write(&file, "artist,list\na,one\n").unwrap();
        assert!(read(&file).unwrap_err().to_string().ends_with("has no column playlist"));
    }

    #[test]
    fn the_same_seed_invents_the_same_playlists() {
        let playlists = invent(3, 1_000, 5_000);
        assert_eq!(playlists, invent(3, 1_000, 5_000));
        assert_ne!(playlists, invent(4, 1_000, 5_000));
        assert!(
            playlists.iter().all(|playlist| playlist.len() >= 8 && playlist.iter().all(|of| *of < 1_000))
        );
    }
}
