//! What the API reads, behind one object, so that routes do not depend on the kinds of ports.

use collect::catalogue::{ArtistId, TrackId};
use collect::operator::Status;
use collect::operator::dead_letters::{self, Letter, Redriven};
use collect::operator::search::{self, Genre, Part, Wanted};
use collect::operator::snapshots::{self, Listed};
use collect::plan::{ArtistRow, TrackRow};
use collect::ports::{
    ArtistIndex, ArtistRows, Clock, Control, DeadLetters, Frontier, Gauges, Minute, Overview, PortError,
    Records, Series, SnapshotFiles, TrackRows, Users,
};
use collect::recommend::{Profile, Recommended, Username};
use collect::run::Run;
use collect::term::RunId;
use futures::future::BoxFuture;
use jiff::Timestamp;
use jiff::civil::Date;

/// A read of the tables or queues.
pub type Read<'a, T> = BoxFuture<'a, Result<T, PortError>>;

/// Everything that the API reads, and the users that it keeps. Nothing else changes anything.
pub trait Reads: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// The control table.
    fn overview(&self) -> Read<'_, Overview>;
    /// How Fermata stands.
    fn status(&self) -> Read<'_, Status>;
    /// A closed run.
    fn closed_run<'a>(&'a self, run: &'a RunId) -> Read<'a, Option<Run>>;
    /// An artist's row.
    fn artist<'a>(&'a self, id: &'a ArtistId) -> Read<'a, Option<ArtistRow>>;
    /// The rows of tracks, without those that are not there.
    fn tracks<'a>(&'a self, ids: &'a [TrackId]) -> Read<'a, Vec<TrackRow>>;
    /// Whether artists can be found by name and genre.
    fn has_index(&self) -> bool;
    /// Artists after a place of the index.
    fn artists<'a>(
        &'a self,
        wanted: &'a Wanted,
        after: Option<String>,
        limit: usize,
    ) -> Read<'a, Part<ArtistRow>>;
    /// Genres after one.
    fn genres(&self, after: Option<String>, limit: usize) -> Read<'_, Part<Genre>>;
    /// Figures of the minutes from `from` to `to`.
    fn minutes(&self, from: Timestamp, to: Timestamp) -> Read<'_, Vec<Minute>>;
    /// Snapshots from the one with this manifest, or from the latest.
    fn snapshots(&self, from: Option<String>, limit: usize) -> Read<'_, Part<Listed>>;
    /// What a user likes.
    fn profile<'a>(&'a self, user: &'a Username) -> Read<'a, Option<Profile>>;
    /// Keeps what a user likes.
    fn keep_profile<'a>(&'a self, user: &'a Username, profile: &'a Profile) -> Read<'a, ()>;
    /// Deletes a user with all lists; how many items there were.
    fn erase_user<'a>(&'a self, user: &'a Username) -> Read<'a, u64>;
    /// Lists of a user, newest first, of dates before one.
    fn lists<'a>(
        &'a self,
        user: &'a Username,
        before: Option<Date>,
        limit: usize,
    ) -> Read<'a, Vec<Recommended>>;
    /// The list of a user and a date.
    fn list<'a>(&'a self, user: &'a Username, date: Date) -> Read<'a, Option<Recommended>>;
    /// Dead letters, at least `most` if there are as many, each with what a redrive would do about it.
    fn dead_letters(&self, most: usize) -> Read<'_, Vec<(Letter, Redriven)>>;
}

/// The ports of the API.
#[derive(Clone, Debug)]
pub struct Sources<C, F, A, T, G, L, K, S, U> {
    /// Runs, pace, capabilities.
    pub control: C,
    /// Terms.
    pub frontier: F,
    /// Artists.
    pub artists: A,
    /// Tracks.
    pub tracks: T,
    /// Counts.
    pub gauges: G,
    /// Dead letters.
    pub letters: L,
    /// The time.
    pub clock: K,
    /// Snapshots.
    pub snapshots: S,
    /// Users.
    pub users: U,
}

impl<C, F, A, T, G, L, K, S, U> Reads for Sources<C, F, A, T, G, L, K, S, U>
where
    C: Control + Records + Series + Send + Sync,
    F: Frontier + Send + Sync,
    A: ArtistRows + ArtistIndex + Send + Sync,
    T: TrackRows + Send + Sync,
    G: Gauges + Send + Sync,
    L: DeadLetters + Send + Sync,
    K: Clock + Send + Sync,
    S: SnapshotFiles + Send + Sync,
    U: Users + Send + Sync,
{
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn overview(&self) -> Read<'_, Overview> {
        Box::pin(self.control.overview())
    }

    fn status(&self) -> Read<'_, Status> {
        Box::pin(Status::read(&self.control, &self.frontier, &self.gauges, self.now()))
    }

    fn closed_run<'a>(&'a self, run: &'a RunId) -> Read<'a, Option<Run>> {
        Box::pin(self.control.closed_run(run))
    }

    fn artist<'a>(&'a self, id: &'a ArtistId) -> Read<'a, Option<ArtistRow>> {
        Box::pin(self.artists.artist(id))
    }

    fn tracks<'a>(&'a self, ids: &'a [TrackId]) -> Read<'a, Vec<TrackRow>> {
        Box::pin(self.tracks.tracks(ids))
    }

    fn has_index(&self) -> bool {
        self.artists.is_kept()
    }

    fn artists<'a>(
        &'a self,
        wanted: &'a Wanted,
        after: Option<String>,
        limit: usize,
    ) -> Read<'a, Part<ArtistRow>> {
        Box::pin(search::artists(&self.artists, wanted, after, limit, self.now()))
    }

    fn genres(&self, after: Option<String>, limit: usize) -> Read<'_, Part<Genre>> {
        Box::pin(search::genres(&self.artists, after, limit, self.now()))
    }

    fn minutes(&self, from: Timestamp, to: Timestamp) -> Read<'_, Vec<Minute>> {
        Box::pin(self.control.minutes(from, to))
    }

    fn snapshots(&self, from: Option<String>, limit: usize) -> Read<'_, Part<Listed>> {
        Box::pin(snapshots::list(&self.snapshots, from, limit))
    }

    fn profile<'a>(&'a self, user: &'a Username) -> Read<'a, Option<Profile>> {
        Box::pin(self.users.profile(user))
    }

    fn keep_profile<'a>(&'a self, user: &'a Username, profile: &'a Profile) -> Read<'a, ()> {
        Box::pin(self.users.keep_profile(user, profile, self.now()))
    }

    fn erase_user<'a>(&'a self, user: &'a Username) -> Read<'a, u64> {
        Box::pin(self.users.erase_user(user))
    }

    fn lists<'a>(
        &'a self,
        user: &'a Username,
        before: Option<Date>,
        limit: usize,
    ) -> Read<'a, Vec<Recommended>> {
        Box::pin(self.users.lists(user, before, limit))
    }

    fn list<'a>(&'a self, user: &'a Username, date: Date) -> Read<'a, Option<Recommended>> {
        Box::pin(self.users.list(user, date))
    }

    fn dead_letters(&self, most: usize) -> Read<'_, Vec<(Letter, Redriven)>> {
        Box::pin(async move {
            // Receiving from an empty queue waits a second.
            if self.gauges.dead_letters().await? == 0 {
                return Ok(Vec::new());
            }
            dead_letters::preview(&self.control, &self.frontier, &self.letters, most).await
        })
    }
}
