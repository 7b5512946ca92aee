//! The recommender: makes the lists of a night, one for each profile. Where Spotify recommends tracks to this
//! app they come first ([`spotify`]); the rest of a list is computed.
//!
//! A list belongs to a user and a date and is written on the condition that there is none, so a night that is
//! repeated adds nothing and replaces nothing. Up to which user the lists are made is noted after each page
//! of profiles: an execution that runs out of time, or is killed, is continued by the next one. Without
//! profiles nothing of a snapshot is read.

pub mod spotify;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::catalogue::Track;
use crate::plan::erasure::uncredit;
use crate::ports::{Clock, PortError, Tombstones, Users};
use crate::recommend::genres::Genres;
use crate::recommend::graph::Graph;
use crate::recommend::{
    FRESH_DAYS, Item, Known, MOST_ITEMS, Profile, Recommended, Recommender, Subject, Username, known,
    of_spotify,
};
use crate::web_api::Seeds;

/// Profiles that are read at a time.
const PAGE: usize = 25;

/// Kept off the end of an invocation for the user in work: a wait for Spotify, a request, and the writes.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

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

/// Recommends tracks.
#[trait_variant::make(Send)]
pub trait Suggestions {
    /// The tracks for these seeds; none if it may not be asked, or has none.
    async fn tracks(&mut self, seeds: &Seeds) -> Result<Vec<Track>, PortError>;
}

/// Recommends nothing: every list is computed.
impl Suggestions for () {
    async fn tracks(&mut self, _: &Seeds) -> Result<Vec<Track>, PortError> {
        Ok(Vec::new())
    }
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

/// Makes the lists of `date` until every profile has one or `deadline` is near. No list names any of the
/// `artists` that were erased, though the profile or the snapshot may still do.
///
/// # Errors
/// When a table or the snapshot cannot be used. The next execution goes on after the last page.
pub async fn recommend<K, U, A, L, S>(
    clock: &K,
    users: &U,
    artists: &A,
    library: &L,
    suggestions: &mut S,
    date: Date,
    deadline: Timestamp,
) -> Result<Night, PortError>
where
    K: Clock,
    U: Users,
    A: Tombstones,
    L: Library,
    S: Suggestions,
{
    let mut night = Night::default();
    let mut after = users.night(date).await?;
    let mut page = users.profiles(after.as_ref(), PAGE).await?;
    if page.is_empty() && after.is_some() {
        // All had their lists; but a profile may have been put since then, anywhere in the order.
        match first_without(clock, users, date, deadline).await? {
            Some(found) => (after, page) = found,
            None => return Ok(night),
        }
    }
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
            let added = serve((users, artists), &mut recommender, suggestions, &made, profile).await?;
            *if added { &mut night.added } else { &mut night.skipped } += 1;
            after = Some(user.clone());
        }
        night = noted(clock, users, date, after.clone(), night).await?;
        page = users.profiles(after.as_ref(), PAGE).await?;
    }
    Ok(Night { done: true, ..night })
}

/// The profiles from the first one on that has no list of `date`, as far as a page goes, and the user before
/// it; no profiles if all have one. `None` if that takes too long.
async fn first_without<K: Clock, U: Users>(
    clock: &K,
    users: &U,
    date: Date,
    deadline: Timestamp,
) -> Result<Option<(Option<Username>, Vec<(Username, Profile)>)>, PortError> {
    let mut before = None;
    loop {
        let mut page = users.profiles(before.as_ref(), PAGE).await?;
        for at in 0..page.len() {
            if clock.now() + MARGIN >= deadline {
                return Ok(None);
            }
            let newest = users.lists(&page[at].0, date.tomorrow().ok(), 1).await?;
            if newest.first().is_none_or(|list| list.date != date) {
                return Ok(Some((before, page.split_off(at))));
            }
            before = Some(page[at].0.clone());
        }
        if page.is_empty() {
            return Ok(Some((before, page)));
        }
    }
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
async fn serve<U: Users, A: Tombstones, S: Suggestions>(
    (users, artists): (&U, &A),
    recommender: &mut Recommender<'_>,
    suggestions: &mut S,
    made: &Made<'_>,
    profile: &Profile,
) -> Result<bool, PortError> {
    // Later days count too: the list of an earlier day may be made after theirs.
    let after = made.date.checked_add((FRESH_DAYS + 1).days()).ok();
    let limit = usize::try_from(2 * FRESH_DAYS + 1).unwrap_or_default();
    let lists = users.lists(made.user, after, limit).await?;
    if lists.iter().any(|list| list.date == made.date) {
        return Ok(false);
    }
    let profile = &profile.without(&artists.erased(&profile.artist_ids().cloned().collect()).await?);
    let mut known = known(profile, &lists, made.date);
    let (seeds, names) = profile.seeds(made.date);
    let mut tracks = if seeds.count() == 0 { Vec::new() } else { suggestions.tracks(&seeds).await? };
    let credited = tracks.iter().flat_map(|track| &track.artists).map(|credit| credit.id.clone());
    let erased = artists.erased(&credited.collect()).await?;
    uncredit(&mut tracks, &erased);
    let mut items = of_spotify(tracks, &names, &known, MOST_ITEMS);
    items.extend(computed(artists, recommender, profile, &mut known, MOST_ITEMS - items.len()).await?);
    let list = Recommended {
        user: made.user.clone(),
        date: made.date,
        made_at: made.at,
        snapshot: made.snapshot.to_owned(),
        items,
    };
    users.add_list(&list).await
}

/// Up to `most` artists, computed. The snapshot may be older than an erasure: whoever was erased makes room
/// for others.
async fn computed<A: Tombstones>(
    artists: &A,
    recommender: &mut Recommender<'_>,
    profile: &Profile,
    known: &mut Known,
    most: usize,
) -> Result<Vec<Item>, PortError> {
    loop {
        let items = recommender.recommend(profile, &known.artists, most);
        let ids = items.iter().filter_map(|item| match &item.subject {
            Subject::Artist { id } => Some(id.clone()),
            Subject::Track { .. } => None,
        });
        let erased = artists.erased(&ids.collect()).await?;
        if erased.is_empty() {
            return Ok(items);
        }
        known.artists.extend(erased);
    }
}
