//! What the endpoints can be asked about, kept on the term that explores them.

use serde::{Deserialize, Serialize};

use crate::catalogue::{AlbumId, ArtistId, CategoryId, PlaylistId};
use crate::web_api::{Lead, Page};

/// Things to ask about, as the answers bring them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subjects {
    pub(crate) artist: Option<ArtistId>,
    pub(crate) category: Option<CategoryId>,
    pub(crate) playlist: Option<PlaylistId>,
    pub(crate) album: Option<AlbumId>,
}

impl Subjects {
    pub(crate) fn learn(&mut self, page: &Page) {
        let most_popular = page.artists.iter().max_by_key(|artist| artist.popularity);
        if self.artist.is_none() {
            self.artist = most_popular.map(|artist| artist.id.clone());
        }
        for lead in &page.leads {
            match lead {
                Lead::Category { id, .. } => _ = self.category.get_or_insert_with(|| id.clone()),
                Lead::Playlist { id, .. } => _ = self.playlist.get_or_insert_with(|| id.clone()),
                Lead::Album(id) => _ = self.album.get_or_insert_with(|| id.clone()),
                Lead::Genre(_) => {}
            }
        }
    }
}
