//! The star schema of the tracks by genre: one fact, its dimensions and bridges, built from the tables of
//! tracks of the same snapshot.
//!
//! Each snapshot is one load. A surrogate key is a function of the natural key alone, so it is the same in
//! every load: the first 32 hexadecimal digits of the SHA-256 of the natural key. The natural key is
//! Spotify's id, the code of a genre in decimal digits, or several of these and the day of the load, joined
//! by `#`. A day is its own key.
//!
//! | table | its natural key | it refers to |
//! |---|---|---|
//! | `fact_track_features` | day, track and genre | track, genre, day |
//! | `dim_track` | track | album |
//! | `dim_artist`, `dim_album`, `dim_playlist`, `dim_genre` | the id, or the code | |
//! | `dim_date` | day | |
//! | `bridge_track_artist` | track and artist | track, artist |
//! | `bridge_playlist_track` | day, playlist, track and genre | playlist, track, genre, day |
//!
//! Nothing in a dimension can put a row into quarantine, so a reference that holds before the quarantine
//! holds after it. Absurd audio features are quarantined in the fact, which nothing refers to; the table
//! `tracks` has them as they were received.

use super::table::{Column, Derived, Kind, Rule, Table, TableName};
use super::tables::{COUNT, SEQUENCE, column};

/// When something was seen last before the load. Of several rows with one key, the newest stays.
const LAST_SEEN: Column = column("last_seen", Kind::Time, "last sighting that was written").required();

const TRACK_KEY: Column = column("track_key", Kind::Text, "key of the track").required();
const TRACK_OF: Column = TRACK_KEY.rules(&[Rule::References(TableName::DimTrack)]);
const GENRE_KEY: Column = column("genre_key", Kind::Text, "key of the genre").required();
const GENRE_OF: Column = GENRE_KEY.rules(&[Rule::References(TableName::DimGenre)]);
const DATE_KEY: Column = column("date_key", Kind::Text, "day of the load, as YYYY-MM-DD").required();
const DATE_OF: Column = DATE_KEY.rules(&[Rule::References(TableName::DimDate)]);
const ALBUM_KEY: Column = column("album_key", Kind::Text, "key of the album");
const ARTIST_KEY: Column = column("artist_key", Kind::Text, "key of the artist").required();
const PLAYLIST_KEY: Column = column("playlist_key", Kind::Text, "key of the playlist").required();

const SHARE: &[Rule] = &[Rule::Between(0.0, 1.0)];

const fn feature(name: &'static str, kind: Kind, rules: &'static [Rule], about: &'static str) -> Column {
    column(name, kind, about).rules(rules)
}

/// How tracks sound, by genre and load.
pub static FACT_TRACK_FEATURES: Table = Table::new(
    TableName::FactTrackFeatures,
    "One row for each track, genre and load: how the track sounds, in Spotify's units. A track belongs to a genre \
     if it is on one of its playlists. Features are null where Spotify has none or was never asked.",
    &[
        column("fact_key", Kind::Text, "key of day, track and genre").required(),
        TRACK_OF,
        GENRE_OF,
        DATE_OF,
        feature("acousticness", Kind::Real, SHARE, "confidence that it is acoustic, 0 to 1"),
        feature("danceability", Kind::Real, SHARE, "how suitable for dancing, 0 to 1"),
        feature("duration_ms", Kind::Integer, &[Rule::Between(0.0, 86_400_000.0)], "length in milliseconds"),
        feature("energy", Kind::Real, SHARE, "intensity, 0 to 1"),
        feature("instrumentalness", Kind::Real, SHARE, "confidence that it has no vocals, 0 to 1"),
        feature(
            "pitch_class",
            Kind::Integer,
            &[Rule::Between(-1.0, 11.0)],
            "Spotify's key: 0 is C, -1 if none was detected",
        ),
        feature("liveness", Kind::Real, SHARE, "confidence that it is live, 0 to 1"),
        feature(
            "loudness",
            Kind::Real,
            &[Rule::Between(-100.0, 10.0)],
            "average in decibels, about -60 to 0",
        ),
        feature("mode", Kind::Integer, SHARE, "1 is major, 0 is minor"),
        feature("speechiness", Kind::Real, SHARE, "share of spoken words, 0 to 1"),
        feature(
            "tempo",
            Kind::Real,
            &[Rule::Between(0.0, 1000.0)],
            "beats per minute, 0 if none was detected",
        ),
        feature(
            "time_signature",
            Kind::Integer,
            &[Rule::Between(0.0, 7.0)],
            "beats per bar, 3 to 7; 0 and 1 occur",
        ),
        feature("valence", Kind::Real, SHARE, "how cheerful, 0 to 1"),
        LAST_SEEN,
        SEQUENCE,
    ],
)
.derived(Derived {
    from: TableName::Memberships,
    with: &[TableName::Tracks, TableName::Playlists],
});

/// The tracks.
pub static DIM_TRACK: Table = Table::new(
    TableName::DimTrack,
    "One row for each track.",
    &[
        TRACK_KEY,
        column("track_id", Kind::Text, "Spotify's id of the track").required(),
        column("track_name", Kind::Text, "title").required(),
        ALBUM_KEY.rules(&[Rule::References(TableName::DimAlbum)]),
        column("popularity", Kind::Integer, "Spotify's popularity of the track, 0 to 100"),
        column("isrc", Kind::Text, "its recording code, by which other databases know it"),
        LAST_SEEN,
        SEQUENCE,
    ],
)
.derived(OF_TRACKS);

/// The albums of the tracks.
pub static DIM_ALBUM: Table = Table::new(
    TableName::DimAlbum,
    "One row for each album, as the track of it that was seen last says.",
    &[
        ALBUM_KEY.required(),
        column("album_id", Kind::Text, "Spotify's id of the album").required(),
        column("album_name", Kind::Text, "title of the album"),
        column("album_kind", Kind::Text, "album, single or compilation"),
        column("released", Kind::Text, "when it was released: a year, a month or a day"),
        column("release_year", Kind::Integer, "the year of that"),
        LAST_SEEN,
        SEQUENCE,
    ],
)
.derived(OF_TRACKS);

/// The artists of the tracks.
pub static DIM_ARTIST: Table = Table::new(
    TableName::DimArtist,
    "One row for each artist of a track, under the name that the track seen last says.",
    &[
        ARTIST_KEY,
        column("artist_id", Kind::Text, "Spotify's id of the artist").required(),
        column("artist_name", Kind::Text, "name of the artist"),
        LAST_SEEN,
        SEQUENCE,
    ],
)
.derived(OF_TRACKS);

/// Which artist is on which track.
pub static BRIDGE_TRACK_ARTIST: Table = Table::new(
    TableName::BridgeTrackArtist,
    "One row for each artist of a track.",
    &[
        column("bridge_key", Kind::Text, "key of track and artist").required(),
        TRACK_OF,
        ARTIST_KEY.rules(&[Rule::References(TableName::DimArtist)]),
        column("position", Kind::Integer, "place among the artists of the track, from 1")
            .required()
            .rules(COUNT),
        LAST_SEEN,
        SEQUENCE,
    ],
)
.derived(OF_TRACKS);

/// The playlists.
pub static DIM_PLAYLIST: Table = Table::new(
    TableName::DimPlaylist,
    "One row for each playlist that was read to its end, as its reading seen last says.",
    &[
        PLAYLIST_KEY,
        column("playlist_id", Kind::Text, "Spotify's id of the playlist").required(),
        column("playlist_name", Kind::Text, "name of the playlist"),
        column("owner_id", Kind::Text, "id of the user who owns it"),
        LAST_SEEN,
        SEQUENCE,
    ],
)
.derived(OF_PLAYLISTS);

/// Which track is on which playlist.
pub static BRIDGE_PLAYLIST_TRACK: Table = Table::new(
    TableName::BridgePlaylistTrack,
    "One row for each track on a playlist that was read to its end, by genre and load.",
    &[
        column("bridge_key", Kind::Text, "key of day, playlist, track and genre").required(),
        PLAYLIST_KEY.rules(&[Rule::References(TableName::DimPlaylist)]),
        TRACK_OF,
        GENRE_OF,
        DATE_OF,
        LAST_SEEN,
        SEQUENCE,
    ],
)
.derived(Derived { from: TableName::Memberships, with: &[TableName::Tracks, TableName::Playlists] });

/// The genres.
pub static DIM_GENRE: Table = Table::new(
    TableName::DimGenre,
    "The genres whose tracks are collected. Codes and names never change.",
    &[
        GENRE_KEY,
        column("genre", Kind::Integer, "code of the genre, 0 to 10").required(),
        column("genre_name", Kind::Text, "name of the genre").required(),
        SEQUENCE,
    ],
)
.derived(OF_PLAYLISTS);

/// The day of the load.
pub static DIM_DATE: Table = Table::new(
    TableName::DimDate,
    "The day of the load.",
    &[
        DATE_KEY,
        column("year", Kind::Integer, "year").required(),
        column("month", Kind::Integer, "month, 1 to 12").required(),
        column("day", Kind::Integer, "day of the month").required(),
        column("week", Kind::Text, "the Monday of its week, as YYYY-MM-DD").required(),
        SEQUENCE,
    ],
)
.derived(OF_PLAYLISTS);

const OF_TRACKS: Derived = Derived { from: TableName::Tracks, with: &[] };

const OF_PLAYLISTS: Derived = Derived { from: TableName::Playlists, with: &[] };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_table_is_built_from_received_ones_and_refers_to_derived_ones() {
        let received = |name: TableName| name.table().derived.is_none();
        for table in TableName::ALL.map(TableName::table) {
            let Some(derived) = &table.derived else { continue };
            assert!(
                received(derived.from) && derived.with.iter().all(|name| received(*name)),
                "{}",
                table.name
            );
            for rule in table.columns.iter().flat_map(|column| column.rules) {
                let Rule::References(other) = rule else { continue };
                assert!(!received(*other), "{} refers to {other}", table.name);
            }
        }
    }

    #[test]
    fn no_dimension_can_lose_a_row_that_something_refers_to() {
        let referred = TableName::ALL.map(TableName::table).into_iter().flat_map(|table| table.columns);
        let referred = referred.flat_map(|column| column.rules).filter_map(|rule| match rule {
            Rule::References(other) => Some(other.table()),
            _ => None,
        });
        for table in referred.filter(|table| table.derived.is_some()) {
            let rules = table.columns.iter().flat_map(|column| column.rules);
            let sure = |rule: &Rule| matches!(rule, Rule::References(_));
            assert!(rules.clone().all(sure), "{} has a rule that data can break", table.name);
        }
    }
}
