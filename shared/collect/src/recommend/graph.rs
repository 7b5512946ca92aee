//! Who appears with whom, as compact as lists of numbers.
//!
//! A playlist is a *context*: the artists who have a track on it. So is the list of an artist's related
//! artists, to which the artist itself belongs. Two artists in one context appear together.

use std::collections::HashMap;

use crate::catalogue::{ArtistId, Edge, EdgeKind};

/// Bytes of a Spotify id.
const ID: usize = 22;

type Id = [u8; ID];

/// Most memberships that are kept by default: some 300 MB while the graph is built.
pub const MOST_MEMBERSHIPS: usize = 12_000_000;

/// Gathers edges, in any order, into a [`Graph`] of bounded size.
///
/// Beyond `most` memberships it keeps every second context, beyond that every fourth, and so on. Which ones
/// depends on their ids alone, so the same edges give the same graph.
#[derive(Debug)]
pub struct GraphBuilder {
    artists: HashMap<Id, u32>,
    contexts: HashMap<(EdgeKind, Id), u32>,
    /// Context and artist.
    memberships: Vec<(u32, u32)>,
    most: usize,
    /// A context is kept if so many of its hash's lowest bits are 0.
    thinned: u32,
}

/// Artists and contexts. Artists are numbered in the order of their ids.
#[derive(Debug)]
pub struct Graph {
    ids: Vec<Id>,
    names: Vec<Box<str>>,
    kinds: Vec<EdgeKind>,
    /// The artists of each context.
    members: Lists,
    /// The contexts of each artist.
    contexts: Lists,
    thinned: u32,
}

/// A list of numbers for each number from 0.
#[derive(Debug, Default)]
struct Lists {
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    fn get(&self, of: u32) -> &[u32] {
        let at = of as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.items[start as usize..self.ends[at] as usize]
    }

    /// The lists of `count` numbers from sorted pairs.
    fn of(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut ends = vec![0_u32; count];
        for (of, _) in pairs.clone() {
            ends[of as usize] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        let mut items = vec![0; sum as usize];
        let mut next: Vec<u32> = std::iter::once(0).chain(ends.iter().copied()).collect();
        for (of, item) in pairs {
            let at = &mut next[of as usize];
            items[*at as usize] = item;
            *at += 1;
        }
        Self { ends, items }
    }
}

impl Default for GraphBuilder {
    fn default() -> Self {
        Self::new(MOST_MEMBERSHIPS)
    }
}

impl GraphBuilder {
    /// Gathers up to `most` memberships, fewer than 2^32.
    pub fn new(most: usize) -> Self {
        let (artists, contexts) = (HashMap::new(), HashMap::new());
        Self { artists, contexts, memberships: Vec::new(), most: most.max(1), thinned: 0 }
    }

    /// Takes an edge in. The same edge may come more than once.
    pub fn add(&mut self, edge: &Edge) {
        let artist = id(edge.artist().as_str());
        match edge {
            Edge::Playlist { playlist, .. } => self.join(EdgeKind::Playlist, id(playlist.as_str()), artist),
            Edge::Related { other, .. } => {
                self.join(EdgeKind::Related, artist, artist);
                self.join(EdgeKind::Related, artist, id(other.as_str()));
            }
        }
    }

    fn join(&mut self, kind: EdgeKind, context: Id, artist: Id) {
        if !is_kept(&context, self.thinned) {
            return;
        }
        let context = number(&mut self.contexts, (kind, context));
        let member = (context, number(&mut self.artists, artist));
        // The edges of a table come sorted, so that an artist joins its own list many times in a row.
        if self.memberships.iter().rev().take(2).any(|last| *last == member) {
            return;
        }
        self.memberships.push(member);
        if self.memberships.len() > self.most {
            self.distinct();
        }
        while self.memberships.len() > self.most && self.thinned < u64::BITS {
            self.thin();
        }
    }

    fn distinct(&mut self) {
        self.memberships.sort_unstable();
        self.memberships.dedup();
    }

    /// Drops every second context, and the artists that have none left.
    fn thin(&mut self) {
        self.thinned += 1;
        let thinned = self.thinned;
        let kept: HashMap<u32, (EdgeKind, Id)> = self
            .contexts
            .drain()
            .filter(|((_, id), _)| is_kept(id, thinned))
            .map(|(context, number)| (number, context))
            .collect();
        let artists: HashMap<u32, Id> = self.artists.drain().map(|(id, number)| (number, id)).collect();
        for (context, artist) in std::mem::take(&mut self.memberships) {
            if let Some((context, artist)) = kept.get(&context).zip(artists.get(&artist)) {
                let context = number(&mut self.contexts, *context);
                self.memberships.push((context, number(&mut self.artists, *artist)));
            }
        }
    }

    /// The graph of all edges that were taken in.
    pub fn build(mut self) -> Graph {
        let mut ids: Vec<(Id, u32)> = self.artists.drain().collect();
        ids.sort_unstable();
        let mut renumbered = vec![0_u32; ids.len()];
        for (new, (_, old)) in (0_u32..).zip(&ids) {
            renumbered[*old as usize] = new;
        }
        // The numbers of contexts follow from their ids too, not from the order of the edges.
        let mut contexts: Vec<((EdgeKind, Id), u32)> = self.contexts.drain().collect();
        contexts.sort_unstable();
        let mut moved = vec![0_u32; contexts.len()];
        for (new, (_, old)) in (0_u32..).zip(&contexts) {
            moved[*old as usize] = new;
        }
        for (context, artist) in &mut self.memberships {
            (*context, *artist) = (moved[*context as usize], renumbered[*artist as usize]);
        }
        self.distinct();
        let pairs = self.memberships.iter().copied();
        Graph {
            members: Lists::of(contexts.len(), pairs.clone()),
            contexts: Lists::of(ids.len(), pairs.map(|(context, artist)| (artist, context))),
            kinds: contexts.into_iter().map(|((kind, _), _)| kind).collect(),
            names: vec![Box::default(); ids.len()],
            ids: ids.into_iter().map(|(id, _)| id).collect(),
            thinned: self.thinned,
        }
    }
}

impl Graph {
    /// Artists with edges.
    pub fn artists(&self) -> usize {
        self.ids.len()
    }

    /// Playlists and lists of related artists.
    pub fn contexts(&self) -> usize {
        self.kinds.len()
    }

    /// Pairs of artist and context.
    pub fn memberships(&self) -> usize {
        self.members.items.len()
    }

    /// One of how many contexts was kept.
    pub fn kept_one_in(&self) -> u64 {
        1_u64.checked_shl(self.thinned).unwrap_or(u64::MAX)
    }

    /// The artist's number, if it has an edge.
    pub fn find(&self, artist: &ArtistId) -> Option<u32> {
        let at = self.ids.binary_search(&id(artist.as_str())).ok()?;
        u32::try_from(at).ok()
    }

    /// The id of an artist.
    pub fn id(&self, artist: u32) -> &str {
        std::str::from_utf8(&self.ids[artist as usize]).unwrap_or_default()
    }

    /// The same as an id of its own type.
    pub fn artist_id(&self, artist: u32) -> Option<ArtistId> {
        ArtistId::new(self.id(artist)).ok()
    }

    /// The name of an artist; empty until it was [set](Self::set_name).
    pub fn name(&self, artist: u32) -> &str {
        &self.names[artist as usize]
    }

    /// Names an artist, if it has an edge.
    pub fn set_name(&mut self, artist: &ArtistId, name: &str) {
        if let Some(artist) = self.find(artist) {
            self.names[artist as usize] = name.into();
        }
    }

    /// The artists of a context, ascending.
    pub(super) fn members(&self, context: u32) -> &[u32] {
        self.members.get(context)
    }

    /// The contexts of an artist, ascending.
    pub(super) fn contexts_of(&self, artist: u32) -> &[u32] {
        self.contexts.get(artist)
    }

    /// What a context is.
    pub(super) fn kind(&self, context: u32) -> EdgeKind {
        self.kinds[context as usize]
    }
}

/// The number of `key`, a new one if it is new.
fn number<K: std::hash::Hash + Eq>(numbers: &mut HashMap<K, u32>, key: K) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(key).or_insert(next)
}

fn is_kept(context: &Id, thinned: u32) -> bool {
    hash(context).trailing_zeros() >= thinned
}

/// FNV-1a with a final mix: its lowest bits alone depend on the lowest bits of the characters only.
fn hash(id: &Id) -> u64 {
    let fnv = id.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (fnv ^ (fnv >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16
}

/// The bytes of an id, all of which have the same length.
fn id(text: &str) -> Id {
    let mut id = [0; ID];
    let length = text.len().min(ID);
    id[..length].copy_from_slice(&text.as_bytes()[..length]);
    id
}

#[cfg(test)]
mod tests {
    use super::super::testing::{artist, on, related};
    use super::*;

    #[test]
    fn a_repeated_edge_counts_once_and_in_any_order() {
        let edges = [on(1, 1), on(2, 1), related(1, 3), related(1, 4), on(1, 1), related(1, 3)];
        let build = |edges: Vec<Edge>| {
            let mut builder = GraphBuilder::default();
            for edge in &edges {
                builder.add(edge);
            }
            builder.build()
        };
        let graph = build(edges.to_vec());
        let reversed = build(edges.iter().rev().cloned().collect());
        assert_eq!((graph.artists(), graph.contexts(), graph.memberships()), (4, 2, 5));
        assert_eq!(graph.members.items, reversed.members.items);
        assert_eq!(graph.find(&artist(9)), None);
        let first = graph.find(&artist(1)).unwrap();
        assert_eq!(graph.id(first), artist(1).as_str());
        assert_eq!(graph.contexts_of(first).len(), 2);
    }

    #[test]
    fn a_graph_that_grows_too_large_keeps_whole_contexts_only() {
        let edges = (0..400).flat_map(|playlist| (0..10).map(move |of| on(playlist * 7 + of, playlist)));
        let mut builder = GraphBuilder::new(1000);
        edges.for_each(|edge| builder.add(&edge));
        let graph = builder.build();
        assert!(graph.memberships() <= 1000 && graph.memberships() > 250, "{}", graph.memberships());
        assert!(graph.kept_one_in() >= 4, "{}", graph.kept_one_in());
        let sizes = (0..u32::try_from(graph.contexts()).unwrap()).map(|context| graph.members(context).len());
        // The context in work when it was thinned is whole too: what it had is kept or dropped with it.
        assert!(sizes.clone().all(|size| size == 10), "{:?}", sizes.collect::<Vec<_>>());
    }
}
