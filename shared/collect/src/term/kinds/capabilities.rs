//! What this app may do: which endpoints answer it.

use serde::{Deserialize, Serialize};

use super::subject::{Alone, Purpose};
use crate::catalogue::{AlbumId, ArtistId, CategoryId, PlaylistId};
use crate::web_api::{Bucket, Lead, Page};

/// What this app may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Capabilities;

/// How far the endpoints have been tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CapabilitiesProgress {
    /// What was found to ask endpoints about; nothing before the first answer. Forgotten when the term is
    /// finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Subjects>,
}

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
    /// Remembers the first of each kind that a page shows; of artists, the most popular one.
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

impl Alone for Capabilities {
    const NAME: &'static str = "capabilities";
    const BUCKET: Bucket = Bucket::Search;
    const PURPOSE: Purpose = Purpose::Find;
    type Progress = CapabilitiesProgress;
}
