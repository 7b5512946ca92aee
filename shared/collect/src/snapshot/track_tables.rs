//! The tables of tracks, as they were received. Only what identifies a row is checked; absurd values are left
//! to whoever builds on them, as the [star schema](super::star_tables) does.

use super::table::{Column, Kind, Rule, Table, TableName};
use super::tables::{SEQUENCE, column};

/// Codes of genres.
const GENRE: &[Rule] = &[Rule::Between(0.0, 10.0)];

const FOUND_IN: Column = column("found_in", Kind::Text, "run that found it first").required();
const LAST_RUN: Column = column("last_run", Kind::Text, "run of the last sighting").required();
const FIRST_SEEN: Column = column("first_seen", Kind::Time, "first sighting").required();
const LAST_SEEN: Column = column("last_seen", Kind::Time, "last sighting that was written").required();
const EXPIRES_AT: Column =
    column("expires_at", Kind::Time, "when the row expires unless it is seen again").required();

const fn feature(name: &'static str, from: &'static str, kind: Kind, about: &'static str) -> Column {
    column(name, kind, about).from(from)
}

/// The tracks.
pub static TRACKS: Table = Table::new(
    TableName::Tracks,
    "One row for each track of a genre that has not expired, with its audio features as they came.",
    &[
        column("track", Kind::Text, "Spotify's id of the track").required().rules(&[Rule::SpotifyId]),
        column("name", Kind::Text, "title").required(),
        column("artist_ids", Kind::Texts, "Spotify's ids of its artists, in Spotify's order"),
        column("artist_names", Kind::Texts, "their names, in the same order"),
        column("album", Kind::Text, "Spotify's id of its album"),
        column("album_name", Kind::Text, "title of the album"),
        column("album_kind", Kind::Text, "album, single or compilation"),
        column("released", Kind::Text, "when the album was released: a year, a month or a day"),
        column("popularity", Kind::Integer, "Spotify's popularity of the track, 0 to 100"),
        column("isrc", Kind::Text, "its recording code, by which other databases know it"),
        column("sound", Kind::Text, "features or nothing: what Spotify has; null if it was never asked")
            .rules(&[Rule::OneOf(&["features", "nothing"])]),
        feature(
            "acousticness",
            "features.acousticness",
            Kind::Real,
            "confidence that it is acoustic, 0 to 1",
        ),
        feature("danceability", "features.danceability", Kind::Real, "how suitable for dancing, 0 to 1"),
        feature("duration_ms", "features.duration_ms", Kind::Integer, "length in milliseconds"),
        feature("energy", "features.energy", Kind::Real, "intensity, 0 to 1"),
        feature(
            "instrumentalness",
            "features.instrumentalness",
            Kind::Real,
            "confidence that it has no vocals, 0 to 1",
        ),
        feature("key", "features.key", Kind::Integer, "pitch class, 0 is C, -1 if none was detected"),
        feature("liveness", "features.liveness", Kind::Real, "confidence that it is live, 0 to 1"),
        feature("loudness", "features.loudness", Kind::Real, "average in decibels, about -60 to 0"),
        feature("mode", "features.mode", Kind::Integer, "1 is major, 0 is minor"),
        feature("speechiness", "features.speechiness", Kind::Real, "share of spoken words, 0 to 1"),
        feature("tempo", "features.tempo", Kind::Real, "beats per minute, 0 if none was detected"),
        feature(
            "time_signature",
            "features.time_signature",
            Kind::Integer,
            "beats per bar, 3 to 7; 0 and 1 occur",
        ),
        feature("valence", "features.valence", Kind::Real, "how cheerful, 0 to 1"),
        FOUND_IN,
        LAST_RUN,
        FIRST_SEEN,
        LAST_SEEN,
        EXPIRES_AT,
        SEQUENCE,
    ],
);

/// The memberships.
pub static MEMBERSHIPS: Table = Table::new(
    TableName::Memberships,
    "One row for each track, genre and playlist by which the track belongs to the genre.",
    &[
        column("id", Kind::Text, "member, track, genre and playlist, joined by #").required(),
        column("track", Kind::Text, "Spotify's id of the track")
            .required()
            .rules(&[Rule::SpotifyId, Rule::References(TableName::Tracks)]),
        column("genre", Kind::Integer, "code of the genre, 0 to 10").required().rules(GENRE),
        column("playlist", Kind::Text, "Spotify's id of the playlist").required().rules(&[Rule::SpotifyId]),
        FOUND_IN,
        LAST_RUN,
        FIRST_SEEN,
        LAST_SEEN,
        EXPIRES_AT,
        SEQUENCE,
    ],
);

/// The playlists.
pub static PLAYLISTS: Table = Table::new(
    TableName::Playlists,
    "One row for each playlist and genre for which it was read to its end. A track was on it then if its \
            membership was seen since read_at.",
    &[
        column("id", Kind::Text, "playlist, genre and playlist, joined by #").required(),
        column("playlist", Kind::Text, "Spotify's id of the playlist").required().rules(&[Rule::SpotifyId]),
        column("genre", Kind::Integer, "code of the genre, 0 to 10").required().rules(GENRE),
        column("name", Kind::Text, "name of the playlist"),
        column("owner", Kind::Text, "id of the user who owns it"),
        column("version", Kind::Text, "its version").from("snapshot"),
        column("tracks", Kind::Integer, "tracks that it claims to have"),
        column("read_at", Kind::Time, "when the reading of that version began").required(),
        FOUND_IN,
        LAST_RUN,
        FIRST_SEEN,
        LAST_SEEN,
        EXPIRES_AT,
        SEQUENCE,
    ],
);
