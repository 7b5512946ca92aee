//! What a table of a snapshot looks like, and what is expected of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{tables, track_tables};

/// The tables of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
}

impl TableName {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Artists,
        Self::Terms,
        Self::Edges,
        Self::Runs,
        Self::Tracks,
        Self::Memberships,
        Self::Playlists,
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
        }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A table: its columns, the first of which is the key, and its expectations.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// What a row is, in a sentence for whoever reads the manifest.
    pub about: &'static str,
    /// The columns in order. The first is the key: text, required and unique.
    pub columns: &'static [Column],
    /// Whether the differences to the snapshot before are exported too.
    pub changes: bool,
    /// Expected of the number of rows, against the snapshot before: at least this share of them.
    pub least_share: f64,
    /// Expected of this time column: its newest value is not older than the run.
    pub fresh: Option<&'static str>,
}

impl Table {
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
