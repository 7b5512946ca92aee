//! Beginning to collect the tracks of genres: in the run that is open, or in one of their own.

use super::schedule::{Tick, open_as, tick};
use crate::plan::tracks;
use crate::ports::{Control, Frontier, Opening, PortError, Scheduling};
use crate::run::GenreTracks;
use crate::settings::Settings;
use crate::term::RunId;

/// How tracks are collected.
#[derive(Clone, Debug, PartialEq)]
pub enum TracksBegun {
    /// In a run of their own, or that run cannot be opened.
    Alone(Opening),
    /// Beside what the run that is open asks.
    Beside(RunId),
}

/// Begins to collect the tracks of genres. Where a run is open, it asks for them too; its terms that have
/// been put before are not put again. Otherwise the run `id` is opened, which asks for nothing else.
///
/// The run is marked first. Whatever ends between the mark and the terms, the event that comes again puts
/// them; and a marked run is idle no longer, so that it cannot close in between.
pub async fn begin_tracks<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    id: RunId,
) -> Result<(TracksBegun, Tick), PortError> {
    let overview = ports.control().overview().await?;
    if let Some(run) = overview.asking_run().filter(|run| run.id != id)
        && ports.control().add_tracks(&run.id).await?
    {
        ports.frontier().put_new(&tracks::roots(&run.id, settings)).await?;
        return Ok((TracksBegun::Beside(run.id.clone()), tick(ports, settings).await?));
    }
    let (opening, tick) = open_as(ports, settings, id, GenreTracks::Alone).await?;
    Ok((TracksBegun::Alone(opening), tick))
}
