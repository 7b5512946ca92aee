//! What to recommend to somebody: the tracks that Spotify recommends, where the app may ask it, and artists
//! computed from what was collected.
//!
//! Nothing is trained. From the artists of a [`Profile`] a [walk] leads over playlists and lists of
//! related artists to others; where that finds too few, those follow that share the profile's rarest
//! [genres].
//! Every recommendation has a [`Reason`] that can be checked in the snapshot.
//!
//! Nothing here reads, writes or waits.

pub mod genres;
pub mod graph;
mod profile;
mod reason;
pub mod walk;

use std::collections::BTreeSet;

use self::genres::Genres;
use self::graph::Graph;
pub use self::profile::{
    FRESH_DAYS, InvalidUsername, Item, Known, MOST_SEEDS, Method, Profile, Recommended, Seed, Subject,
    TrackSeed, Username, known,
};
pub use self::reason::Reason;
use self::walk::Walker;
use crate::catalogue::{ArtistId, Track};

/// Items of a list.
pub const MOST_ITEMS: usize = 30;

/// Recommends artists to one user after the other.
#[derive(Debug)]
pub struct Recommender<'g> {
    graph: &'g Graph,
    genres: &'g Genres,
    walker: Walker<'g>,
}

impl<'g> Recommender<'g> {
    /// Recommends from these edges and genres.
    pub fn new(graph: &'g Graph, genres: &'g Genres) -> Self {
        Self { graph, genres, walker: Walker::new(graph) }
    }

    /// Up to `most` artists for `profile`, best first, without those whose ids are `known`.
    pub fn recommend(&mut self, profile: &Profile, known: &BTreeSet<ArtistId>, most: usize) -> Vec<Item> {
        let graph = self.graph;
        let seeds: Vec<u32> = profile.artist_ids().filter_map(|id| graph.find(id)).collect();
        let numbers: BTreeSet<u32> = known.iter().filter_map(|id| graph.find(id)).collect();
        // An artist without a name is not in the snapshot: it has expired or was erased.
        let is_left_out = |artist| graph.name(artist).is_empty() || numbers.contains(&artist);
        let arrivals = self.walker.walk(&seeds, most, is_left_out);
        let walked = arrivals.iter().filter_map(|arrival| {
            let reason = self.walker.reason(arrival.artist);
            let id = graph.artist_id(arrival.artist)?;
            Some(item(id, graph.name(arrival.artist), Method::Walk, &reason))
        });
        let mut items: Vec<Item> = walked.collect();
        let found: BTreeSet<ArtistId> = arrivals.iter().filter_map(|at| graph.artist_id(at.artist)).collect();
        let is_known = |id: &ArtistId| known.contains(id) || found.contains(id);
        let kin = self.genres.kin(profile, most - items.len(), is_known);
        items.extend(kin.into_iter().map(|kin| item(kin.id, &kin.name, Method::Genres, &kin.reason)));
        items
    }
}

fn item(id: ArtistId, name: &str, method: Method, reason: &Reason) -> Item {
    Item { subject: Subject::Artist { id }, name: name.to_owned(), method, reason: reason.to_string() }
}

/// Up to `most` of the `tracks` that Spotify recommends for what has these `names`, in its order, each once
/// and without those that the user has.
pub fn of_spotify(tracks: Vec<Track>, names: &[&str], known: &Known, most: usize) -> Vec<Item> {
    let reason = Reason::Spotify(names.iter().map(|name| (*name).to_owned()).collect()).to_string();
    let mut seen = BTreeSet::new();
    let new =
        tracks.into_iter().filter(|track| !known.tracks.contains(&track.id) && seen.insert(track.id.clone()));
    let item = |track: Track| Item {
        subject: Subject::Track {
            id: track.id,
            artists: track.artists.into_iter().map(|artist| artist.name).collect(),
        },
        name: track.name,
        method: Method::Spotify,
        reason: reason.clone(),
    };
    new.take(most).map(item).collect()
}

/// Small graphs for tests.
#[cfg(test)]
pub(crate) mod testing {
    use super::graph::{Graph, GraphBuilder};
    use crate::catalogue::{ArtistId, Edge, PlaylistId};

    pub(crate) fn artist(of: u32) -> ArtistId {
        ArtistId::new(format!("0{of:021}")).unwrap()
    }

    pub(crate) fn on(of: u32, playlist: u32) -> Edge {
        let playlist = PlaylistId::new(format!("1{playlist:021}")).unwrap();
        Edge::Playlist { artist: artist(of), playlist }
    }

    pub(crate) fn related(of: u32, other: u32) -> Edge {
        Edge::Related { artist: artist(of), other: artist(other) }
    }

    pub(crate) fn graph(edges: &[Edge]) -> Graph {
        let mut builder = GraphBuilder::default();
        for edge in edges {
            builder.add(edge);
        }
        builder.build()
    }

    pub(crate) fn named(edges: &[Edge], names: &[(u32, &str)]) -> Graph {
        let mut graph = graph(edges);
        for (of, name) in names {
            graph.set_name(&artist(*of), name);
        }
        graph
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{artist, named, on};
    use super::*;

    fn seed(of: u32, genre: &str) -> Seed {
        Seed { id: artist(of), name: format!("A{of}"), genres: vec![genre.to_owned()] }
    }

    #[test]
    fn genres_fill_a_list_that_the_walk_leaves_short() {
        let graph = named(&[on(1, 1), on(2, 1), on(3, 1)], &[(1, "A1"), (2, "A2")]);
        let mut genres = Genres::default();
        for of in [2, 4, 5] {
            genres.add(&artist(of), &format!("A{of}"), Some(50), &["drone".to_owned()]);
        }
        let profile = Profile { artists: vec![seed(1, "drone")], ..Profile::default() };
        let known = BTreeSet::from([artist(5)]);
        let items = Recommender::new(&graph, &genres).recommend(&profile, &known, 10);
        let told: Vec<_> =
            items.iter().map(|item| (item.name.as_str(), item.method, item.reason.as_str())).collect();
        assert_eq!(
            told,
            [
                ("A2", Method::Walk, "On a playlist with A1."),
                ("A4", Method::Genres, "Shares the genre \"drone\" with A1."),
            ],
            "3 is not in the snapshot, 5 is known"
        );
    }

    #[test]
    fn a_profile_of_genres_alone_gets_a_list() {
        let graph = named(&[], &[]);
        let mut genres = Genres::default();
        genres.add(&artist(4), "A4", None, &["drone".to_owned()]);
        let profile = Profile { genres: vec!["drone".to_owned()], ..Profile::default() };
        let items = Recommender::new(&graph, &genres).recommend(&profile, &BTreeSet::new(), 10);
        assert_eq!(items[0].reason, "Has the genre \"drone\", which you named.");
        assert_eq!(items.len(), 1);
    }
}
