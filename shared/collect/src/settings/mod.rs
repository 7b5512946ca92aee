//! What an operator may set.

mod bounds;
mod refresh;
mod stop_rule;
mod strings;

use std::sync::Arc;
use std::time::Duration;

pub use bounds::{Bounds, MOST_DEPTH};
pub use refresh::Refresh;
pub use stop_rule::StopRule;
pub use strings::{InvalidStrings, Strings};

use crate::catalogue::{Genre, PlaylistId};
use crate::pace::{Pacing, Rate};
use crate::run::{GenreTracks, Run};
use crate::term::{Source, Sources};
use crate::web_api::PageLimits;

/// The collector's settings; the same for every function of a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The pace.
    pub pacing: Pacing,
    /// How artists are looked for.
    pub sources: Sources,
    /// What the systematic search asks.
    pub strings: Strings,
    /// Playlists that are read whatever Spotify lists.
    pub playlists: Arc<[PlaylistId]>,
    /// Playlists that are read for the tracks of a genre. A genre that has any is read from these alone.
    pub genre_playlists: Arc<[(Genre, PlaylistId)]>,
    /// How many terms are in the queue at most.
    pub window: usize,
    /// The page limits of an app that nothing is known of yet.
    pub limits: PageLimits,
    /// Terms that the seeder reads or puts in one step, before it is kept where it stands.
    pub chunk: usize,
    /// The longest a request may take, with the writes that follow it: nothing is begun that could not end in
    /// time.
    pub request_time: Duration,
    /// How long a row is kept after it was last seen, and a term after its run was closed.
    pub retention: Duration,
    /// How known artists are kept fresh; nothing to let them expire unless they are found again.
    pub refresh: Option<Refresh>,
    /// When to end a run before everything was asked.
    pub stop: StopRule,
    /// What a run may cost at most, whatever it is answered.
    pub bounds: Bounds,
}

impl Default for Settings {
    /// A deployment with two environments of ten messages each, of whose app nothing is known yet.
    fn default() -> Self {
        Self {
            pacing: Pacing::default(),
            sources: Sources::default(),
            strings: Strings::default(),
            playlists: [].into(),
            genre_playlists: [].into(),
            window: 40,
            limits: Self::BEST_LIMITS,
            chunk: 2_000,
            request_time: Duration::from_secs(12),
            retention: Duration::from_hours(90 * 24),
            refresh: None,
            stop: StopRule::default(),
            bounds: Bounds::default(),
        }
    }
}

/// Real failures in a row, with no answer between them, after which a term is given up.
pub const MAX_ATTEMPTS: u32 = 5;

/// Requests that a term of the window takes on average, rather more than fewer.
const REQUESTS_PER_TERM: u32 = 25;

impl Settings {
    /// The page limits that Spotify grants at best.
    pub const BEST_LIMITS: PageLimits = PageLimits { page: 50, depth: 1000 };

    /// What holds for `run`, which may ask for tracks where the operator has not named them.
    #[must_use]
    pub fn of_run(&self, run: Option<&Run>) -> Self {
        let sources = match run.map(|run| run.tracks).unwrap_or_default() {
            GenreTracks::None => self.sources,
            GenreTracks::Beside => self.sources.with(Source::Tracks),
            GenreTracks::Alone => [Source::Tracks].into_iter().collect(),
        };
        Self { sources, ..self.clone() }
    }

    /// How long a dispatched term counts as on its way: as long as the window before it may take at this
    /// pace. A fetcher that receives its message keeps the lease alive for as long as it works or defers it.
    /// So this is also how soon a term is dispatched again whose message was lost in a crash. Too short a
    /// lease costs a message, never a term.
    pub fn lease_time(&self) -> Duration {
        let window = u32::try_from(self.window).unwrap_or(u32::MAX);
        // A rate that is still to be learned is at least this.
        let slowest = self.pacing.rate.map_or(Duration::from_secs(1), Rate::interval);
        let queued = slowest.saturating_mul(window.saturating_mul(REQUESTS_PER_TERM));
        Duration::from_mins(5).saturating_add(queued).min(Duration::from_hours(336))
    }
}
