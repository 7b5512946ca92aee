//! A walk of two steps: from the artists that somebody likes to the contexts they are in, and on to the other
//! artists there.
//!
//! Whoever stands at an artist goes to each of its contexts with the same chance, and from there to each of
//! its artists. So an artist that is everywhere passes little to each of its contexts, and a context that
//! holds everybody little to each of its artists: what many know anyway does not drown what few share. A
//! score is the chance to arrive. Nothing is trained, and every score is a sum of contexts that can be named.

use super::graph::Graph;
use super::reason::{MOST_NAMED, Reason};
use crate::catalogue::EdgeKind;

/// An artist at which the walk arrives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// The artist's number in the graph.
    pub artist: u32,
    /// The chance to arrive there, 0 to 1.
    pub score: f32,
}

/// Walks a graph for one user after the other.
#[derive(Debug)]
pub struct Walker<'g> {
    graph: &'g Graph,
    /// The chance to be at each context, and at each artist. All 0 between walks.
    at_context: Vec<f32>,
    at_artist: Vec<f32>,
    /// Those that are not 0.
    contexts: Vec<u32>,
    artists: Vec<u32>,
    /// The seeds of each context: pairs of context and seed.
    links: Vec<(u32, u32)>,
}

impl<'g> Walker<'g> {
    /// A walker on `graph`.
    pub fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            at_context: vec![0.0; graph.contexts()],
            at_artist: vec![0.0; graph.artists()],
            contexts: Vec::new(),
            artists: Vec::new(),
            links: Vec::new(),
        }
    }

    /// The `most` artists at which a walk from `seeds` arrives most probably, without those for which
    /// `is_left_out` holds and without the seeds. Equal ones stand in the order of their ids.
    pub fn walk(&mut self, seeds: &[u32], most: usize, is_left_out: impl Fn(u32) -> bool) -> Vec<Arrival> {
        let seeds = distinct(seeds);
        self.clear();
        self.step_to_contexts(&seeds);
        self.step_to_artists();
        let mut arrivals: Vec<Arrival> = self
            .artists
            .iter()
            .filter(|artist| seeds.binary_search(artist).is_err() && !is_left_out(**artist))
            .map(|artist| Arrival { artist: *artist, score: self.at_artist[*artist as usize] })
            .collect();
        let order =
            |a: &Arrival, b: &Arrival| b.score.total_cmp(&a.score).then_with(|| a.artist.cmp(&b.artist));
        if most == 0 {
            return Vec::new();
        }
        if arrivals.len() > most {
            arrivals.select_nth_unstable_by(most - 1, order);
            arrivals.truncate(most);
        }
        arrivals.sort_unstable_by(order);
        arrivals
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of artists and contexts, far below 2^24")]
    fn step_to_contexts(&mut self, seeds: &[u32]) {
        for seed in seeds {
            let contexts = self.graph.contexts_of(*seed);
            let step = 1.0 / (seeds.len() * contexts.len()) as f32;
            for context in contexts {
                let at = &mut self.at_context[*context as usize];
                if *at == 0.0 {
                    self.contexts.push(*context);
                }
                *at += step;
                self.links.push((*context, *seed));
            }
        }
        self.contexts.sort_unstable();
        self.links.sort_unstable();
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of artists, far below 2^24")]
    fn step_to_artists(&mut self) {
        for context in &self.contexts {
            let members = self.graph.members(*context);
            let step = self.at_context[*context as usize] / members.len() as f32;
            for member in members {
                let at = &mut self.at_artist[*member as usize];
                if *at == 0.0 {
                    self.artists.push(*member);
                }
                *at += step;
            }
        }
    }

    fn clear(&mut self) {
        for context in self.contexts.drain(..) {
            self.at_context[context as usize] = 0.0;
        }
        for artist in self.artists.drain(..) {
            self.at_artist[artist as usize] = 0.0;
        }
        self.links.clear();
    }

    /// Why the last walk arrived at `artist`: the contexts it shares with the seeds, and the seeds it shares
    /// most of them with.
    pub fn reason(&self, artist: u32) -> Reason {
        let (mut playlists, mut lists) = (0, 0);
        let mut shared: Vec<(u32, u32)> = Vec::new();
        for context in self.graph.contexts_of(artist) {
            let first = self.links.partition_point(|(of, _)| of < context);
            let links = self.links[first..].iter().take_while(|(of, _)| of == context);
            let mut any = false;
            for (_, seed) in links {
                any = true;
                match shared.iter_mut().find(|(of, _)| of == seed) {
                    Some((_, count)) => *count += 1,
                    None => shared.push((*seed, 1)),
                }
            }
            match self.graph.kind(*context) {
                EdgeKind::Playlist => playlists += u32::from(any),
                EdgeKind::Related => lists += u32::from(any),
            }
        }
        shared.sort_unstable_by_key(|(seed, count)| (std::cmp::Reverse(*count), *seed));
        let with = shared.iter().take(MOST_NAMED).map(|(seed, _)| self.graph.name(*seed).to_owned());
        Reason::Together { playlists, lists, with: with.collect() }
    }
}

fn distinct(seeds: &[u32]) -> Vec<u32> {
    let mut seeds = seeds.to_vec();
    seeds.sort_unstable();
    seeds.dedup();
    seeds
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{artist, graph, named, on, related};
    use super::*;
    use crate::catalogue::Edge;

    fn ids(graph: &Graph, arrivals: &[Arrival]) -> Vec<String> {
        arrivals.iter().map(|arrival| graph.id(arrival.artist).to_owned()).collect()
    }

    fn numbers(graph: &Graph, artists: &[u32]) -> Vec<u32> {
        artists.iter().filter_map(|of| graph.find(&artist(*of))).collect()
    }

    #[test]
    fn an_artist_of_a_small_shared_playlist_comes_before_one_of_a_large() {
        // Artist 1 is on a playlist of two, and on one of twenty.
        let mut edges = vec![on(1, 1), on(2, 1)];
        edges.extend((1..21).filter(|of| *of != 2).map(|of| on(of, 2)));
        let graph = graph(&edges);
        let arrivals = Walker::new(&graph).walk(&numbers(&graph, &[1]), 3, |_| false);
        let expected: Vec<String> = [2, 3, 4].map(|of| artist(of).to_string()).into();
        assert_eq!(ids(&graph, &arrivals), expected, "and equal ones in the order of their ids");
    }

    #[test]
    fn a_context_of_an_artist_that_is_everywhere_counts_less() {
        // The seed 1 is on one playlist, the seed 2 on ten.
        let mut edges = vec![on(1, 0), on(100, 0)];
        edges.extend((1..11).flat_map(|playlist| [on(2, playlist), on(100 + playlist, playlist)]));
        let graph = graph(&edges);
        let arrivals = Walker::new(&graph).walk(&numbers(&graph, &[1, 2]), 1, |_| false);
        assert_eq!(ids(&graph, &arrivals), [artist(100).to_string()]);
    }

    #[test]
    fn a_reason_counts_contexts_and_names_the_seeds_that_share_most() {
        let edges = [on(1, 1), on(2, 1), on(9, 1), on(1, 2), on(9, 2), related(1, 9), on(3, 3), on(9, 4)];
        let graph = named(&edges, &[(1, "Ana"), (2, "Bo"), (3, "Cy")]);
        let mut walker = Walker::new(&graph);
        walker.walk(&numbers(&graph, &[3, 2, 1]), 9, |_| false);
        let reason = walker.reason(graph.find(&artist(9)).unwrap());
        let with = vec!["Ana".to_owned(), "Bo".to_owned()];
        assert_eq!(reason, Reason::Together { playlists: 2, lists: 1, with });
    }

    #[test]
    fn a_reason_names_nobody_whom_only_the_user_before_likes() {
        let graph = named(&[on(1, 1), on(9, 1), on(2, 2), on(9, 2)], &[(1, "Ana"), (2, "Bo")]);
        let mut walker = Walker::new(&graph);
        for (seed, name) in [(1, "Ana"), (2, "Bo")] {
            walker.walk(&numbers(&graph, &[seed]), 9, |_| false);
            let reason = walker.reason(graph.find(&artist(9)).unwrap());
            assert_eq!(reason, Reason::Together { playlists: 1, lists: 0, with: vec![name.to_owned()] });
        }
    }

    fn edges() -> impl Strategy<Value = Vec<Edge>> {
        let edge = (0_u32..30, 0_u32..12, any::<bool>());
        let edge = edge.prop_map(|(of, to, listed)| if listed { on(of, to) } else { related(of, to) });
        prop::collection::vec(edge, 1..120)
    }

    proptest! {
        #[test]
        fn a_walk_suggests_neither_seeds_nor_what_is_left_out(
            edges in edges(), seeds in prop::collection::vec(0_u32..30, 1..6), most in 0_usize..40,
        ) {
            let graph = graph(&edges);
            let seeds = numbers(&graph, &seeds);
            let arrivals = Walker::new(&graph).walk(&seeds, most, |artist| artist % 3 == 0);
            prop_assert!(arrivals.len() <= most);
            prop_assert!(arrivals.iter().all(|one| !seeds.contains(&one.artist) && one.artist % 3 != 0));
            prop_assert!(arrivals.iter().all(|one| one.score > 0.0 && one.score <= 1.0));
            prop_assert!(arrivals.is_sorted_by(|a, b| a.score >= b.score));
        }

        #[test]
        fn a_walk_depends_neither_on_the_walk_before_nor_on_any_order(
            edges in edges(), seeds in prop::collection::vec(0_u32..30, 1..6),
        ) {
            let graph = graph(&edges);
            let reversed = self::graph(&edges.iter().rev().cloned().collect::<Vec<_>>());
            let mut seeds = numbers(&graph, &seeds);
            let expected = Walker::new(&graph).walk(&seeds, 20, |_| false);
            let mut walker = Walker::new(&reversed);
            walker.walk(&[0], 5, |_| false);
            seeds.reverse();
            prop_assert_eq!(walker.walk(&seeds, 20, |_| false), expected);
        }

        #[test]
        fn whoever_is_suggested_shares_a_context_with_a_seed(
            edges in edges(), seeds in prop::collection::vec(0_u32..30, 1..6),
        ) {
            let graph = graph(&edges);
            let mut walker = Walker::new(&graph);
            for arrival in walker.walk(&numbers(&graph, &seeds), 50, |_| false) {
                let Reason::Together { playlists, lists, with } = walker.reason(arrival.artist) else {
                    panic!("a walk gives no other reason");
                };
                prop_assert!(playlists + lists > 0 && !with.is_empty());
            }
        }
    }
}
