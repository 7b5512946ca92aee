//! Ways to guess the rest of a playlist: Fermata's walk, popularity, and the neighbours of each artist.

use std::collections::BTreeMap;

use anyhow::Result;
use collect::catalogue::{ArtistId, Edge, PlaylistId};
use collect::recommend::graph::{Graph, GraphBuilder};
use collect::recommend::walk::Walker;

use super::Playlist;

/// Nearest neighbours of each artist that count.
const NEIGHBOURS: usize = 200;

/// Guesses the rest of a playlist.
pub(super) trait Guess {
    /// The `most` likeliest artists beside those that are `shown`, best first.
    fn guess(&mut self, shown: &[u32], most: usize) -> Vec<u32>;
}

/// The identity of an artist with this number.
pub(super) fn artist(number: u32) -> Result<ArtistId> {
    Ok(ArtistId::new(format!("0{number:021}"))?)
}

/// The edge of an artist on a playlist.
pub(super) fn edge(number: u32, playlist: usize) -> Result<Edge> {
    Ok(Edge::Playlist { artist: artist(number)?, playlist: PlaylistId::new(format!("1{playlist:021}"))? })
}

/// Fermata.
pub(super) struct Walk<'g> {
    graph: &'g Graph,
    walker: Walker<'g>,
}

impl<'g> Walk<'g> {
    pub(super) fn graph(playlists: &[&Playlist]) -> Result<Graph> {
        let mut builder = GraphBuilder::default();
        for (number, playlist) in playlists.iter().enumerate() {
            for artist in *playlist {
                builder.add(&edge(*artist, number)?);
            }
        }
        Ok(builder.build())
    }

    pub(super) fn new(graph: &'g Graph) -> Self {
        Self { graph, walker: Walker::new(graph) }
    }
}

impl Guess for Walk<'_> {
    fn guess(&mut self, shown: &[u32], most: usize) -> Vec<u32> {
        let seed = |number: &u32| self.graph.find(&artist(*number).ok()?);
        let seeds: Vec<u32> = shown.iter().filter_map(seed).collect();
        let number = |artist: u32| self.graph.id(artist).parse().unwrap_or(u32::MAX);
        self.walker.walk(&seeds, most, |_| false).iter().map(|arrival| number(arrival.artist)).collect()
    }
}

/// The artists on most playlists, whoever is shown.
pub(super) struct Popularity {
    ranked: Vec<u32>,
}

impl Popularity {
    pub(super) fn new(playlists: &[&Playlist], artists: usize) -> Self {
        let counts = counts(playlists, artists);
        let mut ranked: Vec<u32> =
            (0..).take(artists).filter(|artist| counts[*artist as usize] > 0).collect();
        ranked.sort_by_key(|artist| (std::cmp::Reverse(counts[*artist as usize]), *artist));
        Self { ranked }
    }
}

impl Guess for Popularity {
    fn guess(&mut self, shown: &[u32], most: usize) -> Vec<u32> {
        self.ranked.iter().copied().filter(|artist| !shown.contains(artist)).take(most).collect()
    }
}

/// Item-kNN: the artists whose playlists are most similar to those of the shown ones, by the cosine.
pub(super) struct Knn {
    playlists: Vec<Playlist>,
    /// The playlists of each artist.
    of: Vec<Vec<u32>>,
    neighbours: BTreeMap<u32, Vec<(u32, f64)>>,
}

impl Knn {
    pub(super) fn new(playlists: &[&Playlist], artists: usize) -> Self {
        let mut of = vec![Vec::new(); artists];
        for (number, playlist) in (0_u32..).zip(playlists) {
            for artist in *playlist {
                of[*artist as usize].push(number);
            }
        }
        let playlists = playlists.iter().map(|playlist| (*playlist).clone()).collect();
        Self { playlists, of, neighbours: BTreeMap::new() }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of playlists")]
    fn neighbours(&self, artist: u32) -> Vec<(u32, f64)> {
        let mut together: BTreeMap<u32, u32> = BTreeMap::new();
        let playlists = &self.of[artist as usize];
        for playlist in playlists {
            for other in &self.playlists[*playlist as usize] {
                *together.entry(*other).or_default() += 1;
            }
        }
        together.remove(&artist);
        let cosine = |(other, together): (u32, u32)| {
            let both = (playlists.len() * self.of[other as usize].len()) as f64;
            (other, f64::from(together) / both.sqrt())
        };
        let mut near: Vec<(u32, f64)> = together.into_iter().map(cosine).collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near.truncate(NEIGHBOURS);
        near
    }
}

impl Guess for Knn {
    fn guess(&mut self, shown: &[u32], most: usize) -> Vec<u32> {
        let mut scores: BTreeMap<u32, f64> = BTreeMap::new();
        for artist in shown {
            if !self.neighbours.contains_key(artist) {
                self.neighbours.insert(*artist, self.neighbours(*artist));
            }
            for (other, similarity) in &self.neighbours[artist] {
                *scores.entry(*other).or_default() += similarity;
            }
        }
        let mut ranked: Vec<(u32, f64)> =
            scores.into_iter().filter(|(artist, _)| !shown.contains(artist)).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.into_iter().take(most).map(|(artist, _)| artist).collect()
    }
}

fn counts(playlists: &[&Playlist], artists: usize) -> Vec<u32> {
    let mut counts = vec![0; artists];
    playlists.iter().flat_map(|playlist| playlist.iter()).for_each(|artist| counts[*artist as usize] += 1);
    counts
}
