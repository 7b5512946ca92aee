//! The tables of a snapshot, each declared once: the columns, where they come from, and what is expected.
//!
//! Ranges are those that Spotify documents. A new table is one declaration here and one name in
//! [`TableName`].

use super::table::{Column, Kind, Rule, Table, TableName};

/// An optional column without rules.
pub(super) const fn column(name: &'static str, kind: Kind, about: &'static str) -> Column {
    Column { name, from: name, kind, required: false, rules: &[], compared: false, about }
}

impl Column {
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) const fn from(self, from: &'static str) -> Self {
        Self { from, ..self }
    }

    pub(super) const fn rules(self, rules: &'static [Rule]) -> Self {
        Self { rules, ..self }
    }

    pub(super) const fn compared(self) -> Self {
        Self { compared: true, ..self }
    }
}

/// Ends every table. It is no attribute of the items: it is filled in when their ranges are merged.
pub(super) const SEQUENCE: Column = column(
    "sequence",
    Kind::Integer,
    "number of the snapshot; of two, the one that was made later has the greater",
)
.required();

/// A count.
pub(super) const COUNT: &[Rule] = &[Rule::Between(0.0, 1e15)];

/// The artists.
pub static ARTISTS: Table = Table::new(
    TableName::Artists,
    "One row for each artist that has not expired. Null means that Spotify did not provide the field.",
    &[
        column("id", Kind::Text, "Spotify's id").required().rules(&[Rule::SpotifyId]),
        column("name", Kind::Text, "display name").required().compared(),
        column("popularity", Kind::Integer, "Spotify's popularity, 0 to 100")
            .rules(&[Rule::Between(0.0, 100.0)])
            .compared(),
        column("followers", Kind::Integer, "number of followers").rules(COUNT).compared(),
        column("genres", Kind::Texts, "genres in Spotify's order; an empty list was provided").compared(),
        column("not_provided", Kind::Texts, "fields that no answer has provided"),
        column("found_by", Kind::Text, "key of the term that found the artist first").required(),
        column("found_in", Kind::Text, "run that found the artist first").required(),
        column("first_seen", Kind::Time, "first sighting").required(),
        column("last_seen", Kind::Time, "last sighting that was written").required(),
        column("last_run", Kind::Text, "run of the last sighting").required(),
        column("expires_at", Kind::Time, "when the row expires unless the artist is seen again").required(),
        SEQUENCE,
    ],
)
.with_changes()
.least_share(0.5)
.fresh("last_seen");

/// The terms of the run.
pub static TERMS: Table = Table::new(
    TableName::Terms,
    "One row for each question of the run: what became of it, what it cost and what it brought.",
    &[
        column("key", Kind::Text, "canonical key of the term").required(),
        column("run", Kind::Text, "run that asked it").required(),
        column("source", Kind::Text, "way to find artists that it belongs to").required(),
        column("state", Kind::Text, "done, split, open or failed; ready or sent if the run was still open")
            .required()
            .rules(&[Rule::OneOf(&["ready", "sent", "done", "split", "open", "failed"])]),
        column("priority", Kind::Real, "new artists that its next request was expected to bring"),
        column("parent", Kind::Text, "term whose results led to it"),
        column("depth", Kind::Integer, "how many terms lie above it").rules(COUNT),
        column("attempts", Kind::Integer, "failures since its last answer").rules(COUNT),
        column("reason", Kind::Text, "why it is open or failed"),
        column("requests", Kind::Integer, "requests answered or failed").from("tally.requests").rules(COUNT),
        column("rows", Kind::Integer, "rows of artists, repeats included").from("tally.rows").rules(COUNT),
        column("artists_new", Kind::Integer, "artists that no run had seen").from("tally.new").rules(COUNT),
        column("artists_returned", Kind::Integer, "known artists that this run saw here first")
            .from("tally.returned")
            .rules(COUNT),
        column("artists_changed", Kind::Integer, "rows written again because something changed")
            .from("tally.changed")
            .rules(COUNT),
        SEQUENCE,
    ],
);

/// The edges between artists and what they appear on.
pub static EDGES: Table = Table::new(
    TableName::Edges,
    "One row for each artist on a playlist, and for each pair of related artists, as far as a source has seen it.",
    &[
        column("edge", Kind::Text, "artist, kind and other, joined by #").required(),
        column("artist", Kind::Text, "Spotify's id of the artist")
            .required()
            .rules(&[Rule::SpotifyId, Rule::References(TableName::Artists)]),
        column("kind", Kind::Text, "playlist or related")
            .required()
            .rules(&[Rule::OneOf(&["playlist", "related"])]),
        column("other", Kind::Text, "id of the playlist, or of the related artist")
            .required()
            .rules(&[Rule::SpotifyId]),
        column("first_seen", Kind::Time, "first sighting").required(),
        column("last_seen", Kind::Time, "last sighting").required(),
        column("last_run", Kind::Text, "run of the last sighting").required(),
        column("expires_at", Kind::Time, "when the row expires unless it is seen again").required(),
        SEQUENCE,
    ],
)
.with_changes();

/// The runs.
pub static RUNS: Table = Table::new(
    TableName::Runs,
    "One row for each closed run, with its report.",
    &[
        column("run", Kind::Text, "id of the run").required(),
        column("state", Kind::Text, "complete or partial")
            .required()
            .rules(&[Rule::OneOf(&["complete", "partial"])]),
        column("opened_at", Kind::Time, "when it was opened").required(),
        column("closed_at", Kind::Time, "when it was closed").required(),
        column("stopped", Kind::Text, "why it was ended early"),
        column("requests", Kind::Integer, "requests answered or failed").from("report.requests").rules(COUNT),
        column("artists_new", Kind::Integer, "artists that no run had seen")
            .from("report.artists_new")
            .rules(COUNT),
        column("artists_returned", Kind::Integer, "known artists that it saw too")
            .from("report.artists_returned")
            .rules(COUNT),
        column("size", Kind::Real, "estimated artists in the catalogue").from("report.estimate.size"),
        column("coverage", Kind::Real, "estimated share of them that was seen, 0 to 1")
            .from("report.estimate.coverage")
            .rules(&[Rule::Between(0.0, 1.0)]),
        column("coverage_low", Kind::Real, "low end of its 95 % interval")
            .from("report.estimate.coverage_low"),
        column("coverage_high", Kind::Real, "high end of its 95 % interval")
            .from("report.estimate.coverage_high"),
        column("report", Kind::Json, "the whole report"),
        SEQUENCE,
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_name_and_begins_with_its_key_and_ends_with_the_load() {
        for name in TableName::ALL {
            let table = name.table();
            assert_eq!(table.name, name);
            assert!(table.key().required && table.key().kind == Kind::Text, "{name}");
            assert_eq!(table.columns.last().map(|column| column.name), Some(SEQUENCE.name), "{name}");
            assert!(table.fresh.is_none_or(|fresh| table.columns.iter().any(|column| column.name == fresh)));
        }
    }
}
