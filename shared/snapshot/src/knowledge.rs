//! Reads what a snapshot tells of who appears with whom: edges, names and genres.
//!
//! One file is in memory at a time, and of it one batch of the columns that are needed. What is kept of them
//! is bounded by [`GraphBuilder`] and [`Genres`].

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, RecordBatch};
use collect::catalogue::{ArtistId, Edge};
use collect::operator::snapshots;
use collect::ports::{PortError, SnapshotFiles};
use collect::recommend::genres::Genres;
use collect::recommend::graph::GraphBuilder;
use collect::recommender::{Knowledge, Library};
use collect::snapshot::export::File;
use collect::snapshot::manifest::Manifest;
use collect::snapshot::table::TableName;

use crate::error::OrPortError;
use crate::part_file;

/// The latest snapshot among these files.
#[derive(Clone, Debug)]
pub struct Shelf<F> {
    files: F,
}

impl<F> Shelf<F> {
    /// Reads from `files`.
    pub fn new(files: F) -> Self {
        Self { files }
    }
}

impl<F: SnapshotFiles + Sync> Library for Shelf<F> {
    async fn open(&self) -> Result<Option<Knowledge>, PortError> {
        let Some(manifest) = snapshots::newest(&self.files).await? else { return Ok(None) };
        let mut builder = GraphBuilder::default();
        self.rows(&manifest, TableName::Edges, &["artist", "kind", "other"], |batch| {
            add_edges(&mut builder, batch);
        })
        .await?;
        let (mut graph, mut genres) = (builder.build(), Genres::default());
        self.rows(&manifest, TableName::Artists, &["id", "name", "popularity", "genres"], |batch| {
            for artist in artists(batch) {
                graph.set_name(&artist.id, artist.name);
                genres.add(&artist.id, artist.name, artist.popularity, &artist.genres);
            }
        })
        .await?;
        Ok(Some(Knowledge { snapshot: manifest.snapshot.to_string(), graph, genres }))
    }
}

impl<F: SnapshotFiles> Shelf<F> {
    /// Gives every batch of these columns of a table to `take`.
    async fn rows(
        &self,
        manifest: &Manifest,
        table: TableName,
        columns: &[&str],
        mut take: impl FnMut(&RecordBatch),
    ) -> Result<(), PortError> {
        let files = manifest.tables.get(&table).map_or(&[] as &[File], |of| &of.files);
        for file in files {
            let gone = || PortError::Corrupt { what: file.path.clone(), why: "it is gone".to_owned() };
            let bytes = self.files.read(&file.path).await?.ok_or_else(gone)?;
            for batch in part_file::read(bytes, &file.path, Some(columns))? {
                take(&batch.port_error(&file.path)?);
            }
        }
        Ok(())
    }
}

/// A text column; nothing if a snapshot of another schema does not have it.
fn texts<'a>(batch: &'a RecordBatch, column: &str) -> Option<&'a arrow_array::StringArray> {
    batch.column_by_name(column)?.as_string_opt::<i32>()
}

/// Rows that were published are well-formed; one that is not is passed over.
fn add_edges(builder: &mut GraphBuilder, batch: &RecordBatch) {
    let columns = ["artist", "kind", "other"].map(|column| texts(batch, column));
    let [Some(artists), Some(kinds), Some(others)] = columns else { return };
    for ((artist, kind), other) in artists.iter().zip(kinds).zip(others) {
        let edge = artist.zip(kind).zip(other);
        let edge = edge.and_then(|((artist, kind), other)| Edge::from_parts(artist, kind, other));
        if let Some(edge) = edge {
            builder.add(&edge);
        }
    }
}

struct Artist<'a> {
    id: ArtistId,
    name: &'a str,
    popularity: Option<u8>,
    genres: Vec<String>,
}

fn artists(batch: &RecordBatch) -> Vec<Artist<'_>> {
    let (Some(ids), Some(names)) = (texts(batch, "id"), texts(batch, "name")) else { return Vec::new() };
    let popularity = batch.column_by_name("popularity").and_then(|of| of.as_primitive_opt::<Int64Type>());
    let lists = batch.column_by_name("genres").and_then(|of| of.as_list_opt::<i32>());
    let artist = |row: usize| {
        let popularity = popularity.filter(|of| of.is_valid(row)).map(|of| of.value(row));
        let genres = lists.filter(|of| of.is_valid(row)).map(|of| of.value(row));
        let genres = genres.as_ref().and_then(|genres| genres.as_string_opt::<i32>());
        Some(Artist {
            id: ArtistId::new(ids.value(row)).ok()?,
            name: names.value(row),
            popularity: popularity.and_then(|popularity| u8::try_from(popularity).ok()),
            genres: genres.iter().flat_map(|of| of.iter().flatten()).map(str::to_owned).collect(),
        })
    };
    (0..batch.num_rows()).filter_map(artist).collect()
}
