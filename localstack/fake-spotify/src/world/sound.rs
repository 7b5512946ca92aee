//! How tracks sound, and how well they are known.

use super::style::drawn;
use super::{Style, Track, World};
use crate::random::Random;
use crate::tracks::Features;

impl World {
    /// The audio features of a track: those of the file, or drawn from the distributions of its artist's
    /// style.
    pub fn features(&self, track: Track) -> Features {
        match &self.tracks {
            Some(tracks) => tracks.get(track).features,
            None => drawn(self.style_of_artist(track.album.artist), &mut self.sound_draw(track)),
        }
    }

    /// The length of a track in milliseconds.
    pub fn duration_ms(&self, track: Track) -> u32 {
        self.features(track).duration_ms
    }

    /// The popularity of a track, 0 to 100: less than the artist's, and less for what is old or far down its
    /// album, unless a file knows it.
    pub fn track_popularity(&self, track: Track) -> u32 {
        let filed = self.tracks.as_ref().and_then(|tracks| tracks.get(track).popularity);
        filed.map_or_else(|| self.album_popularity(track.album).saturating_sub(track.place), u32::from)
    }

    /// The popularity of an album, 0 to 100.
    pub fn album_popularity(&self, album: super::Album) -> u32 {
        let artist = self.catalogue.artist(album.artist).popularity().unwrap_or(0);
        u32::from(artist).saturating_sub(album.place.saturating_mul(2))
    }

    /// The style of an artist: that of the first of its genres that has one.
    pub fn style_of_artist(&self, rank: u32) -> Option<Style> {
        self.catalogue.artist(rank).genre_numbers().iter().find_map(|genre| self.styles[*genre as usize])
    }

    /// Randomness from which everything about the sound of a generated track follows.
    fn sound_draw(&self, track: Track) -> Random {
        self.draw(0x50_0D, track.number())
    }

    /// Randomness for what an analysis says beside the features.
    pub fn analysis_draw(&self, track: Track) -> Random {
        self.draw(0xA7A1, track.number())
    }
}
