//! What a collector can reach: the truth that tests compare with.

use serde::{Deserialize, Serialize};

use super::{Playlist, World};

/// What can be found without a search. All lists are sorted ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reach {
    /// The playlists of all categories and the featured ones.
    pub playlists: Vec<String>,
    /// The artists of the tracks on these playlists, as they are now.
    pub playlist_artists: Vec<String>,
    /// The artists that are found from these by asking for related artists again and again, themselves
    /// included.
    pub related_to_playlists: Vec<String>,
}

impl World {
    /// The sorted distinct playlists of all categories and the featured ones.
    pub fn listed_playlists(&self) -> Vec<Playlist> {
        let categories = (0..self.category_count()).flat_map(|category| self.category_playlists(category));
        let mut playlists: Vec<Playlist> = categories.chain(self.featured_playlists()).collect();
        playlists.sort_unstable();
        playlists.dedup();
        playlists
    }

    /// What can be reached when each playlist was changed as often as `changes` says.
    pub fn reach(&self, changes: impl Fn(Playlist) -> u32) -> Reach {
        let playlists = self.listed_playlists();
        let mut artists: Vec<u32> =
            playlists.iter().flat_map(|playlist| self.artists_on(*playlist, changes(*playlist))).collect();
        artists.sort_unstable();
        artists.dedup();
        let sorted = |mut ids: Vec<String>| {
            ids.sort_unstable();
            ids
        };
        let ids = |ranks: &[u32]| {
            sorted(ranks.iter().map(|rank| self.catalogue.artist(*rank).id().to_owned()).collect())
        };
        Reach {
            playlists: sorted(playlists.into_iter().map(Playlist::id).collect()),
            playlist_artists: ids(&artists),
            related_to_playlists: ids(&self.component(artists)),
        }
    }
}
