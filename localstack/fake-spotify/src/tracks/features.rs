//! Audio features: what Spotify says of how a track sounds.

use serde::Serialize;

/// The thirteen audio features of a track, as `/v1/audio-features` answers them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Features {
    /// How surely it is acoustic, 0 to 1.
    pub acousticness: f64,
    /// How well one can dance to it, 0 to 1.
    pub danceability: f64,
    /// Length in milliseconds.
    pub duration_ms: u32,
    /// Intensity, 0 to 1.
    pub energy: f64,
    /// How surely nobody sings, 0 to 1.
    pub instrumentalness: f64,
    /// Pitch class, 0 being C; -1 where none was found.
    pub key: i8,
    /// How surely there is an audience, 0 to 1.
    pub liveness: f64,
    /// Mean loudness in dB, about -60 to 0.
    pub loudness: f64,
    /// 1 for major, 0 for minor.
    pub mode: u8,
    /// Share of spoken words, 0 to 1.
    pub speechiness: f64,
    /// Beats a minute; 0 where none was found.
    pub tempo: f64,
    /// Beats a bar: 3 to 7, and 0 or 1 where it was not found.
    pub time_signature: u8,
    /// How cheerful it sounds, 0 to 1.
    pub valence: f64,
}
