//! Erasing an artist for good, when somebody asks for it.
//!
//! First a [`Tombstone`] takes the place of the artist's row. New rows are written in batches, which allow no
//! condition: a fetcher that has read the table before may write the row once more. So whoever erases waits
//! until no such fetcher can be left, looks again, and repeats it if need be. Then its edges go, its credits
//! in tracks, and the terms that ask about this artist alone, in the runs whose terms are still kept.

use std::time::Duration;

use jiff::Timestamp;

use crate::catalogue::ArtistId;
use crate::plan::{Entry, Tombstone};
use crate::ports::{
    ArtistRows, Clock, Control, EdgeErasure, Erasure, PortError, Records, TermErasure, TrackErasure,
};
use crate::term::{Question, RunId, TermKey};

/// Longer than a fetcher holds what it has read of the table before it ends a write without a condition: it
/// begins none after ten seconds, and a call takes twelve at most.
const WRITES: Duration = Duration::from_secs(25);

/// So often a row that comes back is replaced again.
const TRIES: usize = 5;

/// Most runs whose terms are looked at: more than are ever kept.
const MOST_RUNS: usize = 200;

/// What was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Whether there was a row.
    pub row: bool,
    /// Edges to playlists and related artists that were deleted.
    pub edges: u64,
    /// Tracks that credited the artist and no longer do.
    pub tracks: u64,
    /// Terms that were deleted.
    pub terms: Vec<(RunId, TermKey)>,
    /// Terms in the hands of a fetcher at the moment. They stay until their runs expire, unless the artist is
    /// erased once more.
    pub left: Vec<(RunId, TermKey)>,
}

/// Why an artist is not erased.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ForgetError {
    /// A table could not be used. Erasing once more goes on with what is left.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Its row came back again and again.
    #[error("the row of {0} was written again {TRIES} times; run the command again")]
    ComesBack(ArtistId),
}

/// Erases an artist. Doing so once more changes nothing that is erased.
///
/// # Errors
/// See [`ForgetError`].
pub async fn forget<K, C, A, T, F>(
    clock: &K,
    control: &C,
    artists: &A,
    tracks: &T,
    frontier: &F,
    id: &ArtistId,
) -> Result<Forgotten, ForgetError>
where
    K: Clock,
    C: Control + Records,
    A: ArtistRows + EdgeErasure + Erasure,
    T: TrackErasure,
    F: TermErasure,
{
    let row = erase_row(clock, artists, id).await?;
    // By now no fetcher is left that does not know of the tombstone and could write an edge or a credit.
    let edges = artists.erase_edges(id).await?;
    let tracks = tracks.uncredit(id).await?;
    let mut forgotten = Forgotten { row, edges, tracks, ..Forgotten::default() };
    let questions = Question::about(id);
    for run in kept_runs(control).await? {
        for key in questions.iter().map(Question::key) {
            match frontier.erase(&run, &key).await? {
                Some(true) => forgotten.terms.push((run.clone(), key)),
                Some(false) => forgotten.left.push((run.clone(), key)),
                None => {}
            }
        }
    }
    Ok(forgotten)
}

/// Puts the tombstone, until it stands. Returns whether there was a row.
async fn erase_row<K, A>(clock: &K, artists: &A, id: &ArtistId) -> Result<bool, ForgetError>
where
    K: Clock,
    A: ArtistRows + Erasure,
{
    let mut was_there = false;
    for _ in 0..TRIES {
        let tombstone = Tombstone { id: id.clone(), forgotten_at: whole_seconds(clock.now()) };
        was_there |= artists.forget(&tombstone).await?;
        clock.sleep(WRITES).await;
        if matches!(artists.entry(id).await?, Some(Entry::Forgotten(_))) {
            return Ok(was_there);
        }
    }
    Err(ForgetError::ComesBack(id.clone()))
}

fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The current run and those before it.
async fn kept_runs<C: Control + Records>(control: &C) -> Result<Vec<RunId>, PortError> {
    let mut runs = Vec::new();
    let mut next = control.overview().await?.run;
    while let Some(run) = next.filter(|_| runs.len() < MOST_RUNS) {
        next = match run.before() {
            Some(before) => control.closed_run(before).await?,
            None => None,
        };
        runs.push(run.id);
    }
    Ok(runs)
}
