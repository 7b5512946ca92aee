//! What Spotify does not know any more by its id, though searches and lists still show it.

use collect::catalogue::{ArtistId, PlaylistId};

use crate::dice::Dice;

/// What is gone: a share of the artists and of the playlists, the same in the whole world.
#[derive(Debug, Default)]
pub(crate) struct Vanished {
    seed: u64,
    share: f64,
}

impl Vanished {
    /// What is gone in the world of a seed where this share is.
    pub(crate) fn new(seed: u64, share: f64) -> Self {
        Self { seed, share }
    }

    /// Whether an artist is.
    pub(crate) fn has_artist(&self, artist: &ArtistId) -> bool {
        self.has("artist", artist.as_str())
    }

    /// Whether a playlist is.
    pub(crate) fn has_playlist(&self, playlist: &PlaylistId) -> bool {
        self.has("playlist", playlist.as_str())
    }

    fn has(&self, kind: &str, id: &str) -> bool {
        self.share > 0.0 && Dice::new(self.seed, &format!("vanished {kind} {id}")).chance(self.share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_the_share_is_gone_and_stays_so() {
        let ids: Vec<ArtistId> =
            (0..1000).map(|number| ArtistId::new(format!("{number:022}")).unwrap()).collect();
        let gone = |share| -> Vec<&ArtistId> {
            let vanished = Vanished::new(7, share);
            ids.iter().filter(|id| vanished.has_artist(id)).collect()
        };
        assert!(gone(0.0).is_empty());
        assert!((200..400).contains(&gone(0.3).len()), "{} of 1000", gone(0.3).len());
        assert_eq!(gone(0.3), gone(0.3));
    }
}
