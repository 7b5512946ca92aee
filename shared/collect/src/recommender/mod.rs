//! The recommender: makes the lists of a night, one for each profile.
//!
//! A list belongs to a user and a date and is written on the condition that there is none, so a night that is
//! repeated adds nothing and replaces nothing. Up to which user the lists are made is noted after each page
//! of profiles: an execution that runs out of time, or is killed, is continued by the next one. Without
//! profiles nothing of a snapshot is read.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::ports::{Clock, PortError, Users};
use crate::recommend::genres::Genres;
use crate::recommend::graph::Graph;
use crate::recommend::{FRESH_DAYS, MOST_ITEMS, Profile, Recommended, Recommender, Username, known};

/// Profiles that are read at a time.
const PAGE: usize = 25;

/// Kept off the end of an invocation, for the user in work.
const MARGIN: SignedDuration = SignedDuration::from_secs(20);

/// What a snapshot tells of who appears with whom.
#[derive(Debug)]
pub struct Knowledge {
    /// The snapshot.
    pub snapshot: String,
    /// Its edges.
    pub graph: Graph,
    /// Its genres.
    pub genres: Genres,
}

/// Reads the latest snapshot.
#[trait_variant::make(Send)]
pub trait Library {
    /// What it tells; none before the first snapshot.
    async fn open(&self) -> Result<Option<Knowledge>, PortError>;
}

/// What an execution did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Night {
    /// Lists that were added.
    pub added: u64,
    /// Users who had one already, or are gone.
    pub skipped: u64,
    /// Whether every profile has its list. Otherwise the next execution goes on.
    pub done: bool,
    /// Whether there was no snapshot to recommend from.
    pub no_snapshot: bool,
}

/// Makes the lists of `date` until every profile has one or `deadline` is near.
///
/// # Errors
/// When the table or the snapshot cannot be used. The next execution goes on after the last page.
pub async fn recommend<K, U, L>(
    clock: &K,
    users: &U,
    library: &L,
    date: Date,
    deadline: Timestamp,
) -> Result<Night, PortError>
where
    K: Clock,
    U: Users,
    L: Library,
{
    let mut night = Night::default();
    let mut after = users.night(date).await?;
    let mut page = users.profiles(after.as_ref(), PAGE).await?;
    if page.is_empty() {
        return Ok(Night { done: true, ..night });
    }
    let Some(knowledge) = library.open().await? else {
        return Ok(Night { no_snapshot: true, ..night });
    };
    let mut recommender = Recommender::new(&knowledge.graph, &knowledge.genres);
    while !page.is_empty() {
        for (user, profile) in &page {
            if clock.now() + MARGIN >= deadline {
                return noted(clock, users, date, after, night).await;
            }
            let made = Made { user, date, at: clock.now(), snapshot: &knowledge.snapshot };
            let added = serve(users, &mut recommender, &made, profile).await?;
            *if added { &mut night.added } else { &mut night.skipped } += 1;
            after = Some(user.clone());
        }
        night = noted(clock, users, date, after.clone(), night).await?;
        page = users.profiles(after.as_ref(), PAGE).await?;
    }
    Ok(Night { done: true, ..night })
}

/// Notes up to whom the lists are made.
async fn noted<K: Clock, U: Users>(
    clock: &K,
    users: &U,
    date: Date,
    up_to: Option<Username>,
    night: Night,
) -> Result<Night, PortError> {
    if let Some(up_to) = &up_to {
        users.note_night(date, up_to, clock.now()).await?;
    }
    Ok(night)
}

/// For whom and when a list is made, and from what.
struct Made<'a> {
    user: &'a Username,
    date: Date,
    at: Timestamp,
    snapshot: &'a str,
}

/// Makes the list of one user; whether it was added.
async fn serve<U: Users>(
    users: &U,
    recommender: &mut Recommender<'_>,
    made: &Made<'_>,
    profile: &Profile,
) -> Result<bool, PortError> {
    let limit = usize::try_from(FRESH_DAYS).unwrap_or_default() + 1;
    let tomorrow = made.date.tomorrow().ok();
    let lists = users.lists(made.user, tomorrow, limit).await?;
    if lists.iter().any(|list| list.date == made.date) {
        return Ok(false);
    }
    let items = recommender.recommend(profile, &known(profile, &lists, made.date), MOST_ITEMS);
    let list = Recommended {
        user: made.user.clone(),
        date: made.date,
        made_at: made.at,
        snapshot: made.snapshot.to_owned(),
        items,
    };
    users.add_list(&list).await
}
