//! Builds the star schema from the merged tables of tracks of the same snapshot.
//!
//! One part of the table that a derived one is built [from](collect::snapshot::table::Derived) becomes one
//! sorted run. Planning and merging then treat it like any other table, so expectations, quarantine and
//! deterministic parts are the same. What is held in memory is bounded by the part, its derived rows and, for
//! memberships, the playlists of the snapshot: some thousands, since each was listed for one of eleven
//! genres.

mod constant;
mod dimension;
mod membership;
mod source;
mod surrogate;

use collect::ports::PortError;
use collect::ports::export::{DeriveTask, Objects};
use collect::snapshot::export::{Export, File, SortedRun};
use collect::snapshot::table::TableName;

use self::source::Row;
use crate::columns::{Filler, Rows};
use crate::error::OrPortError;
use crate::merge::newest_of_each;
use crate::sort::store;

/// Derives the rows of a table from one part into a sorted run; none if there are none.
pub(crate) async fn derive(
    objects: &(impl Objects + Sync),
    task: &DeriveTask<'_>,
) -> Result<Option<SortedRun>, PortError> {
    let what = format!("segment {} of {}", task.segment, task.table);
    let rows = rows(objects, task).await?.finish().port_error(&what)?;
    let order = newest_of_each(std::slice::from_ref(&rows), task.table.table());
    let order = order.into_iter().map(|(_, row)| u32::try_from(row).unwrap_or(u32::MAX)).collect();
    store(objects, &task.folder, &what, rows, order).await
}

async fn rows(objects: &(impl Objects + Sync), task: &DeriveTask<'_>) -> Result<Rows, PortError> {
    let DeriveTask { export, table, .. } = task;
    let mut rows = Rows::new(table.table(), 0);
    match table {
        TableName::FactTrackFeatures => membership::facts(objects, task, &mut rows).await?,
        TableName::BridgePlaylistTrack => membership::bridges(objects, task, &mut rows).await?,
        TableName::DimTrack => each(objects, task, |row| dimension::track(row, &mut rows)).await?,
        TableName::DimAlbum => each(objects, task, |row| dimension::album(row, &mut rows)).await?,
        TableName::DimArtist => each(objects, task, |row| dimension::artists(row, &mut rows)).await?,
        TableName::BridgeTrackArtist => each(objects, task, |row| dimension::credits(row, &mut rows)).await?,
        TableName::DimPlaylist => each(objects, task, |row| dimension::playlist(row, &mut rows)).await?,
        TableName::DimGenre => constant::genres(&mut rows),
        TableName::DimDate => constant::day(export, &mut rows)?,
        TableName::Artists
        | TableName::Terms
        | TableName::Edges
        | TableName::Runs
        | TableName::Tracks
        | TableName::Memberships
        | TableName::Playlists => {
            let why = "it is received and not derived".to_owned();
            return Err(PortError::Corrupt { what: table.to_string(), why });
        }
    }
    Ok(rows)
}

/// The part that a segment is derived from.
fn part<'a>(task: &DeriveTask<'a>) -> Result<&'a File, PortError> {
    let from = task.table.table().derived.as_ref().map(|derived| derived.from);
    let part = from.and_then(|from| part_of(task.export, from, task.segment));
    part.ok_or_else(|| PortError::Corrupt {
        what: format!("segment {} of {}", task.segment, task.table),
        why: "what it is derived from is not merged".to_owned(),
    })
}

fn part_of(export: &Export, table: TableName, range: u32) -> Option<&File> {
    export.parts_of(table).nth(usize::try_from(range).ok()?)
}

/// Gives each row of the segment's part to `take`.
async fn each(
    objects: &(impl Objects + Sync),
    task: &DeriveTask<'_>,
    take: impl FnMut(Row<'_>),
) -> Result<(), PortError> {
    source::each(objects, part(task)?, take).await
}

/// Begins a row of a derived table.
fn fill(rows: &mut Rows) -> Filler<'_> {
    Filler::new(rows)
}
