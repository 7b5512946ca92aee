//! What a table of a snapshot looks like, and what is expected of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{star_tables, tables, track_tables};

/// The tables of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableName {
    /// The artists collected so far.
    Artists,
    /// The terms of the run: what was asked and what it brought.
    Terms,
    /// Which artists appear together: on a playlist, or as related.
    Edges,
    /// All runs with their reports.
    Runs,
    /// The tracks of genres, with their audio features.
    Tracks,
    /// Which track is on which playlist of a genre.
    Memberships,
    /// The playlists that were read for the tracks of a genre.
    Playlists,
    /// How tracks sound, by genre and load: the fact of the star schema.
    FactTrackFeatures,
    /// Its tracks.
    DimTrack,
    /// The artists of its tracks.
    DimArtist,
    /// The albums of its tracks.
    DimAlbum,
    /// Its genres, with their codes.
    DimGenre,
    /// Its playlists.
    DimPlaylist,
    /// The day of the load.
    DimDate,
    /// Which artist is on which track.
    BridgeTrackArtist,
    /// Which track is on which playlist.
    BridgePlaylistTrack,
}

impl TableName {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Artists,
        Self::Terms,
        Self::Edges,
        Self::Runs,
        Self::Tracks,
        Self::Memberships,
        Self::Playlists,
        Self::FactTrackFeatures,
        Self::DimTrack,
        Self::DimArtist,
        Self::DimAlbum,
        Self::DimGenre,
        Self::DimPlaylist,
        Self::DimDate,
        Self::BridgeTrackArtist,
        Self::BridgePlaylistTrack,
    ];

    /// The name in paths, manifests and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Artists => "artists",
            Self::Terms => "terms",
            Self::Edges => "edges",
            Self::Runs => "runs",
            Self::Tracks => "tracks",
            Self::Memberships => "memberships",
            Self::Playlists => "playlists",
            Self::FactTrackFeatures => "fact_track_features",
            Self::DimTrack => "dim_track",
            Self::DimArtist => "dim_artist",
            Self::DimAlbum => "dim_album",
            Self::DimGenre => "dim_genre",
            Self::DimPlaylist => "dim_playlist",
            Self::DimDate => "dim_date",
            Self::BridgeTrackArtist => "bridge_track_artist",
            Self::BridgePlaylistTrack => "bridge_playlist_track",
        }
    }

    /// Its declaration.
    pub fn table(self) -> &'static Table {
        match self {
            Self::Artists => &tables::ARTISTS,
            Self::Terms => &tables::TERMS,
            Self::Edges => &tables::EDGES,
            Self::Runs => &tables::RUNS,
            Self::Tracks => &track_tables::TRACKS,
            Self::Memberships => &track_tables::MEMBERSHIPS,
            Self::Playlists => &track_tables::PLAYLISTS,
            Self::FactTrackFeatures => &star_tables::FACT_TRACK_FEATURES,
            Self::DimTrack => &star_tables::DIM_TRACK,
            Self::DimArtist => &star_tables::DIM_ARTIST,
            Self::DimAlbum => &star_tables::DIM_ALBUM,
            Self::DimGenre => &star_tables::DIM_GENRE,
            Self::DimPlaylist => &star_tables::DIM_PLAYLIST,
            Self::DimDate => &star_tables::DIM_DATE,
            Self::BridgeTrackArtist => &star_tables::BRIDGE_TRACK_ARTIST,
            Self::BridgePlaylistTrack => &star_tables::BRIDGE_PLAYLIST_TRACK,
        }
    }

    /// Where its rows come from.
    pub fn layer(self) -> Layer {
        if self.table().derived.is_some() { Layer::Derived } else { Layer::Received }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Where the rows of a table come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// From a scan: as they were received.
    #[default]
    Received,
    /// From the merged parts of received tables of the same snapshot.
    Derived,
}

/// How a table is built from received ones. Of rows with the same key, the one with the newest `last_seen`
/// stays; where the table does not have that column, any, since they are equal.
#[derive(Clone, Copy, Debug)]
pub struct Derived {
    /// The table whose parts are read one at a time, each for one sorted run.
    pub from: TableName,
    /// The tables that are needed beside it.
    pub with: &'static [TableName],
}

/// A table: its columns, the first of which is the key, and its expectations.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// What a row is, in a sentence for whoever reads the manifest.
    pub about: &'static str,
    /// The columns in order. The first is the key: text, required and unique. The last is the number of the
    /// snapshot.
    pub columns: &'static [Column],
    /// Whether the differences to the snapshot before are exported too.
    pub changes: bool,
    /// Expected of the number of rows, against the snapshot before: at least this share of them.
    pub least_share: f64,
    /// Expected of this time column: its newest value is not older than the run.
    pub fresh: Option<&'static str>,
    /// How it is built from other tables; none if it is received.
    pub derived: Option<Derived>,
}

impl Table {
    /// A received table without changes of which only the rows are checked.
    pub(super) const fn new(name: TableName, about: &'static str, columns: &'static [Column]) -> Self {
        Self { name, about, columns, changes: false, least_share: 0.0, fresh: None, derived: None }
    }

    pub(super) const fn with_changes(self) -> Self {
        Self { changes: true, ..self }
    }

    pub(super) const fn least_share(self, least_share: f64) -> Self {
        Self { least_share, ..self }
    }

    pub(super) const fn fresh(self, column: &'static str) -> Self {
        Self { fresh: Some(column), ..self }
    }

    pub(super) const fn derived(self, derived: Derived) -> Self {
        Self { derived: Some(derived), ..self }
    }

    /// The column that identifies a row.
    pub fn key(&self) -> &'static Column {
        &self.columns[0]
    }

    /// The columns whose change makes a row *changed*.
    pub fn compared(&self) -> impl Iterator<Item = (usize, &'static Column)> {
        self.columns.iter().enumerate().filter(|(_, column)| column.compared)
    }
}

/// A column.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// The attribute of the stored item that it is read from; dots lead into maps.
    pub from: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row without it is bad. Otherwise null means: not provided.
    pub required: bool,
    /// What is expected of each value.
    pub rules: &'static [Rule],
    /// Whether a row counts as changed when this changes.
    pub compared: bool,
    /// What it means, units included.
    pub about: &'static str,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A floating-point number of 64 bits.
    Real,
    /// A moment in UTC, in microseconds. Stored as RFC 3339, or as seconds of the epoch.
    Time,
    /// A list of texts.
    Texts,
    /// Anything nested, as JSON text.
    Json,
}

impl Kind {
    /// The type's name in Athena and Glue.
    pub fn sql(self) -> &'static str {
        match self {
            Self::Text | Self::Json => "string",
            Self::Integer => "bigint",
            Self::Real => "double",
            Self::Time => "timestamp",
            Self::Texts => "array<string>",
        }
    }
}

/// What is expected of a value that is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// A number within these bounds, both included.
    Between(f64, f64),
    /// A text among these.
    OneOf(&'static [&'static str]),
    /// A text of the form of a Spotify id.
    SpotifyId,
    /// The key of a row of this table.
    References(TableName),
}
