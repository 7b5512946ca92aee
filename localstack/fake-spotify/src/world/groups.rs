//! Lists of artists by group, in little memory.

use crate::catalogue::{Catalogue, narrow};

/// For each group the ranks of its artists, in search order.
#[derive(Debug, Default)]
pub(super) struct Groups {
    ranks: Vec<u32>,
    /// Where each group begins, and the end of the last.
    starts: Vec<u32>,
}

impl Groups {
    /// Sorts `members`, pairs of group and rank in the order of ranks, into `groups` groups.
    pub(super) fn new(groups: usize, members: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0_u32; groups + 1];
        for (group, _) in members.clone() {
            starts[group as usize + 1] += 1;
        }
        for group in 1..starts.len() {
            starts[group] += starts[group - 1];
        }
        let mut ranks = vec![0; starts.last().map_or(0, |end| *end as usize)];
        let mut next = starts.clone();
        for (group, rank) in members {
            let slot = &mut next[group as usize];
            ranks[*slot as usize] = rank;
            *slot += 1;
        }
        Self { ranks, starts }
    }

    /// The artists of every genre, by the genre's number.
    pub(super) fn by_genre(catalogue: &Catalogue) -> Self {
        let members = (0..narrow(catalogue.len()))
            .flat_map(|rank| catalogue.artist(rank).genre_numbers().iter().map(move |genre| (*genre, rank)));
        Self::new(catalogue.genre_names().len(), members)
    }

    /// Number of groups.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The ranks of one group.
    pub(super) fn of(&self, group: u32) -> &[u32] {
        let group = group as usize;
        &self.ranks[self.starts[group] as usize..self.starts[group + 1] as usize]
    }
}
