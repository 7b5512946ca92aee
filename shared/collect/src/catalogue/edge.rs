//! Which artists appear together, as far as an answer has shown it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ArtistId, PlaylistId};

/// One sighting of an artist beside something else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edge {
    /// The artist has a track on a playlist.
    Playlist {
        /// The artist.
        artist: ArtistId,
        /// The playlist.
        playlist: PlaylistId,
    },
    /// Spotify lists `other` among the related artists of `artist`. The relation is not symmetric.
    Related {
        /// Whose list it is.
        artist: ArtistId,
        /// Who is on it.
        other: ArtistId,
    },
}

/// What an edge leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeKind {
    /// A playlist.
    Playlist,
    /// Another artist.
    Related,
}

impl EdgeKind {
    /// The name in keys and columns.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Playlist => "playlist",
            Self::Related => "related",
        }
    }
}

impl Edge {
    /// The artist at its beginning.
    pub fn artist(&self) -> &ArtistId {
        match self {
            Self::Playlist { artist, .. } | Self::Related { artist, .. } => artist,
        }
    }

    /// What it leads to.
    pub fn kind(&self) -> EdgeKind {
        match self {
            Self::Playlist { .. } => EdgeKind::Playlist,
            Self::Related { .. } => EdgeKind::Related,
        }
    }

    /// The id of the playlist or of the other artist.
    pub fn other(&self) -> &str {
        match self {
            Self::Playlist { playlist, .. } => playlist.as_str(),
            Self::Related { other, .. } => other.as_str(),
        }
    }

    /// The edge that stands as these parts in a table; `None` if a part is malformed.
    pub fn from_parts(artist: &str, kind: &str, other: &str) -> Option<Self> {
        let artist = ArtistId::new(artist).ok()?;
        match kind {
            "playlist" => Some(Self::Playlist { artist, playlist: PlaylistId::new(other).ok()? }),
            "related" => Some(Self::Related { artist, other: ArtistId::new(other).ok()? }),
            _ => None,
        }
    }
}

/// The key of the edge: artist, kind and other, joined by `#`.
impl fmt::Display for Edge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}#{}#{}", self.artist(), self.kind().as_str(), self.other())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_read_back_from_its_parts() {
        let (artist, other) = ("0".repeat(22), "1".repeat(22));
        for kind in [EdgeKind::Playlist, EdgeKind::Related] {
            let edge = Edge::from_parts(&artist, kind.as_str(), &other).unwrap();
            assert_eq!(edge.kind(), kind);
            assert_eq!(edge.to_string(), format!("{artist}#{}#{other}", kind.as_str()));
        }
        for (artist, kind, other) in
            [("a", "related", &*other), (&*artist, "album", &*other), (&*artist, "related", "b")]
        {
            assert_eq!(Edge::from_parts(artist, kind, other), None);
        }
    }
}
