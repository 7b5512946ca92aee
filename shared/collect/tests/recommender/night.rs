//! A night without Spotify: every profile gets one list, however often and however badly it is repeated.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use collect::memory::{MemoryArtists, MemoryUsers, VirtualClock};
use collect::plan::Tombstone;
use collect::ports::{Clock, Erasure, PortError, Users};
use collect::recommend::{Profile, Recommended, Subject, Username};
use collect::recommender::{Night, recommend};
use jiff::civil::Date;

use crate::world::{Shelf, artist, date, users};

async fn night(clock: &VirtualClock, users: &MemoryUsers, on: &str) -> Night {
    let deadline = clock.now() + Duration::from_mins(5);
    recommend(clock, users, &MemoryArtists::default(), &Shelf::default(), &mut (), date(on), deadline)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_thousand_users_get_one_list_each_and_a_repeat_adds_nothing() {
    let (clock, users) = (VirtualClock::default(), users(1_000).await);
    let first = night(&clock, &users, "2026-11-24").await;
    assert_eq!(first, Night { added: 1_000, done: true, ..Night::default() });
    let lists = users.all_lists();
    assert_eq!(lists.len(), 1_000);
    assert!(lists.iter().all(|list| !list.items.is_empty()));

    assert_eq!(night(&clock, &users, "2026-11-24").await, Night { done: true, ..Night::default() });
    users.forget_nights();
    let again = night(&clock, &users, "2026-11-24").await;
    assert_eq!(again, Night { skipped: 1_000, done: true, ..Night::default() });
    assert_eq!(users.all_lists(), lists, "nothing was replaced");
}

/// Users whose table takes so long that the time of an execution is soon over.
struct Slow<'a>(&'a MemoryUsers, &'a VirtualClock);

impl Users for Slow<'_> {
    async fn profile(&self, user: &Username) -> Result<Option<Profile>, PortError> {
        self.0.profile(user).await
    }
    async fn keep_profile(
        &self,
        user: &Username,
        profile: &Profile,
        now: jiff::Timestamp,
    ) -> Result<(), PortError> {
        self.0.keep_profile(user, profile, now).await
    }
    async fn profiles(
        &self,
        after: Option<&Username>,
        limit: usize,
    ) -> Result<Vec<(Username, Profile)>, PortError> {
        self.0.profiles(after, limit).await
    }
    async fn lists(
        &self,
        user: &Username,
        before: Option<Date>,
        limit: usize,
    ) -> Result<Vec<Recommended>, PortError> {
        self.1.advance(Duration::from_secs(1));
        self.0.lists(user, before, limit).await
    }
    async fn list(&self, user: &Username, date: Date) -> Result<Option<Recommended>, PortError> {
        self.0.list(user, date).await
    }
    async fn add_list(&self, list: &Recommended) -> Result<bool, PortError> {
        self.0.add_list(list).await
    }
    async fn erase_user(&self, user: &Username) -> Result<u64, PortError> {
        self.0.erase_user(user).await
    }
    async fn night(&self, date: Date) -> Result<Option<Username>, PortError> {
        self.0.night(date).await
    }
    async fn note_night(&self, date: Date, up_to: &Username, now: jiff::Timestamp) -> Result<(), PortError> {
        self.0.note_night(date, up_to, now).await
    }
}

#[tokio::test]
async fn an_execution_that_runs_out_of_time_is_continued_by_the_next() {
    let (clock, users) = (VirtualClock::default(), users(1_000).await);
    let (mut executions, mut added) = (0, 0);
    loop {
        let deadline = clock.now() + Duration::from_mins(5);
        let slow = Slow(&users, &clock);
        let (shelf, day) = (Shelf::default(), date("2026-11-24"));
        let night = recommend(&clock, &slow, &MemoryArtists::default(), &shelf, &mut (), day, deadline)
            .await
            .unwrap();
        assert!(clock.now() < deadline, "it ends before Lambda ends it");
        executions += 1;
        added += night.added;
        assert_eq!(night.skipped, 0, "it goes on where the one before ended");
        if night.done {
            break;
        }
    }
    assert_eq!((added, users.all_lists().len()), (1_000, 1_000));
    assert!((4..=6).contains(&executions), "{executions}");
}

#[tokio::test]
async fn a_user_put_after_the_night_was_done_gets_a_list_of_that_day() {
    let (clock, users) = (VirtualClock::default(), users(60).await);
    let day = date("2026-11-24");
    assert_eq!(night(&clock, &users, "2026-11-24").await.added, 60);
    let late = Username::new("user-0030x").unwrap();
    let (_, profile) = users.profiles(None, 1).await.unwrap().remove(0);
    users.keep_profile(&late, &profile, clock.now()).await.unwrap();
    let again = night(&clock, &users, "2026-11-24").await;
    assert_eq!((again.added, again.done), (1, true));
    assert!(users.list(&late, day).await.unwrap().is_some());

    let (shelf, artists) = (Shelf::default(), MemoryArtists::default());
    let deadline = clock.now() + Duration::from_mins(5);
    let third = recommend(&clock, &users, &artists, &shelf, &mut (), day, deadline).await.unwrap();
    assert_eq!((third.added, third.done, shelf.opened.load(Ordering::Relaxed)), (0, true, 0), "{third:?}");
    let slow = Slow(&users, &clock);
    let soon = clock.now() + Duration::from_secs(50);
    let cut_off = recommend(&clock, &slow, &artists, &shelf, &mut (), day, soon).await.unwrap();
    assert!(!cut_off.done && clock.now() < soon, "{cut_off:?}");
}

#[tokio::test]
async fn nothing_is_recommended_twice_within_thirty_days() {
    let (clock, users) = (VirtualClock::default(), users(1).await);
    let mut seen = BTreeSet::new();
    let mut day = date("2026-11-24");
    for _ in 0..31 {
        night(&clock, &users, &day.to_string()).await;
        let list = users.list(&Username::new("user-0000").unwrap(), day).await.unwrap().unwrap();
        assert!(list.items.iter().all(|item| seen.insert(item.subject.clone())), "{day}: {list:?}");
        day = day.tomorrow().unwrap();
    }
    assert!(seen.len() > 10, "{seen:?}");
    night(&clock, &users, &day.to_string()).await;
    let list = users.list(&Username::new("user-0000").unwrap(), day).await.unwrap().unwrap();
    assert!(list.items.iter().all(|item| seen.contains(&item.subject)) && !list.items.is_empty(), "{list:?}");
}

#[tokio::test]
async fn a_list_of_an_earlier_day_repeats_nothing_of_the_later_ones() {
    let (clock, users) = (VirtualClock::default(), users(1).await);
    let mut seen = BTreeSet::new();
    for day in ["2026-11-24", "2026-12-24", "2026-11-25", "2026-12-23"] {
        night(&clock, &users, day).await;
        let list = users.list(&Username::new("user-0000").unwrap(), date(day)).await.unwrap().unwrap();
        assert!(list.items.iter().all(|item| seen.insert(item.subject.clone())), "{day}: {list:?}");
    }
    assert!(seen.len() > 30, "{seen:?}");
}

#[tokio::test]
async fn a_new_list_names_no_artist_that_was_erased_since_the_snapshot() {
    let (clock, users, artists) = (VirtualClock::default(), users(1).await, MemoryArtists::default());
    let (user, day) = (Username::new("user-0000").unwrap(), date("2026-11-24"));
    night(&clock, &users, "2026-11-24").await;
    let before = users.list(&user, day).await.unwrap().unwrap();
    let Subject::Artist { id: recommended } = before.items[0].subject.clone() else { panic!("{before:?}") };
    let liked = artist(0);
    for id in [recommended.clone(), liked.clone()] {
        artists.forget(&Tombstone { id, forgotten_at: clock.now() }).await.unwrap();
    }
    let fresh = crate::world::users(1).await;
    let deadline = clock.now() + Duration::from_mins(5);
    recommend(&clock, &fresh, &artists, &Shelf::default(), &mut (), day, deadline).await.unwrap();
    let list = fresh.list(&user, day).await.unwrap().unwrap();
    assert_eq!(list.items.len(), before.items.len(), "others take the place");
    assert!(!list.items.iter().any(|item| item.subject == Subject::Artist { id: recommended.clone() }));
    let names_liked =
        |reason: &str| reason.contains("A0 ") || reason.contains("A0.") || reason.contains("A0,");
    assert!(before.items.iter().any(|item| names_liked(&item.reason)), "{before:?}");
    assert!(!list.items.iter().any(|item| names_liked(&item.reason)), "{list:?}");
}

#[tokio::test]
async fn without_profiles_no_snapshot_is_read() {
    let (clock, users, shelf) = (VirtualClock::default(), MemoryUsers::default(), Shelf::default());
    let deadline = clock.now() + Duration::from_mins(5);
    let (artists, day) = (MemoryArtists::default(), date("2026-11-24"));
    let night = recommend(&clock, &users, &artists, &shelf, &mut (), day, deadline).await.unwrap();
    assert_eq!((night.done, shelf.opened.load(Ordering::Relaxed)), (true, 0));
}

#[tokio::test]
async fn an_erased_user_gets_no_further_list() {
    let (clock, users) = (VirtualClock::default(), users(2).await);
    let user = Username::new("user-0000").unwrap();
    night(&clock, &users, "2026-11-24").await;
    let list = users.list(&user, date("2026-11-24")).await.unwrap().unwrap();
    assert_eq!(users.erase_user(&user).await.unwrap(), 2);
    assert!(!users.add_list(&Recommended { date: date("2026-11-25"), ..list }).await.unwrap());
    night(&clock, &users, "2026-11-25").await;
    assert!(users.lists(&user, None, 9).await.unwrap().is_empty());
    assert_eq!(users.all_lists().len(), 2);
}
