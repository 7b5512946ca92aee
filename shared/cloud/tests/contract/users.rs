//! Users: what they like, and one list for each date.

use std::time::Duration;

use collect::catalogue::{ArtistId, TrackId};
use collect::ports::Users;
use collect::recommend::{Item, Method, Profile, Recommended, Seed, Subject, TrackSeed, Username};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::place::Place;

on_both![
    a_profile_is_kept_replaced_and_listed_by_name,
    a_list_is_added_once_for_a_user_and_a_date,
    an_erased_user_leaves_nothing_and_gets_no_list,
    a_night_goes_on_where_it_was_noted,
];

fn user(name: &str) -> Username {
    Username::new(name).unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn profile(genre: &str) -> Profile {
    let id = ArtistId::new("0000000000000000000001").unwrap();
    let artists = vec![Seed { id, name: "Ånn".to_owned(), genres: vec!["pop".to_owned()] }];
    let id = TrackId::new("0000000000000000000003").unwrap();
    let track = TrackSeed { id, name: "Sång".to_owned(), artists: vec![artists[0].id.clone()] };
    Profile { artists, genres: vec![genre.to_owned()], tracks: vec![track] }
}

fn list(name: &str, on: &str, reason: &str) -> Recommended {
    let id = ArtistId::new("0000000000000000000002").unwrap();
    let reason = reason.to_owned();
    Recommended {
        user: user(name),
        date: date(on),
        made_at: Timestamp::from_second(Timestamp::now().as_second()).unwrap(),
        snapshot: "2026-11-23".to_owned(),
        items: vec![
            Item {
                subject: Subject::Track {
                    id: TrackId::new("0000000000000000000004").unwrap(),
                    artists: vec!["Ånn".to_owned()],
                },
                name: "Sång".to_owned(),
                method: Method::Spotify,
                reason: "Recommended by Spotify for Ånn.".to_owned(),
            },
            Item { subject: Subject::Artist { id }, name: "Bo".to_owned(), method: Method::Walk, reason },
        ],
    }
}

async fn a_profile_is_kept_replaced_and_listed_by_name<P: Place>(place: &P) {
    let (users, now) = (place.users(), Timestamp::now());
    for name in ["cy", "ana", "bo"] {
        users.keep_profile(&user(name), &profile("drone"), now).await.unwrap();
    }
    users.keep_profile(&user("bo"), &profile("noise"), now).await.unwrap();
    assert_eq!(users.profile(&user("bo")).await.unwrap(), Some(profile("noise")));
    assert_eq!(users.profile(&user("dee")).await.unwrap(), None);
    let names = async |after: Option<Username>, limit| -> Vec<String> {
        let profiles = users.profiles(after.as_ref(), limit).await.unwrap();
        profiles.into_iter().map(|(user, _)| user.to_string()).collect()
    };
    assert_eq!(names(None, 2).await, ["ana", "bo"]);
    assert_eq!(names(Some(user("bo")), 2).await, ["cy"]);
}

async fn a_list_is_added_once_for_a_user_and_a_date<P: Place>(place: &P) {
    let users = place.users();
    users.keep_profile(&user("ana"), &profile("drone"), Timestamp::now()).await.unwrap();
    assert!(users.add_list(&list("ana", "2026-11-24", "first")).await.unwrap());
    assert!(!users.add_list(&list("ana", "2026-11-24", "second")).await.unwrap());
    assert!(users.add_list(&list("ana", "2026-11-25", "next day")).await.unwrap());
    let kept = users.list(&user("ana"), date("2026-11-24")).await.unwrap();
    assert_eq!(
        kept,
        Some(list("ana", "2026-11-24", "first"))
            .map(|list| Recommended { made_at: kept.as_ref().unwrap().made_at, ..list })
    );
    let dates = async |before: Option<&str>, limit| -> Vec<String> {
        let lists = users.lists(&user("ana"), before.map(date), limit).await.unwrap();
        lists.into_iter().map(|list| list.date.to_string()).collect()
    };
    assert_eq!(dates(None, 9).await, ["2026-11-25", "2026-11-24"]);
    assert_eq!(dates(None, 1).await, ["2026-11-25"]);
    assert_eq!(dates(Some("2026-11-25"), 9).await, ["2026-11-24"]);
}

async fn an_erased_user_leaves_nothing_and_gets_no_list<P: Place>(place: &P) {
    let users = place.users();
    for name in ["ana", "bo"] {
        users.keep_profile(&user(name), &profile("drone"), Timestamp::now()).await.unwrap();
        users.add_list(&list(name, "2026-11-24", "")).await.unwrap();
    }
    assert_eq!(users.erase_user(&user("ana")).await.unwrap(), 2);
    assert_eq!(users.erase_user(&user("ana")).await.unwrap(), 0);
    assert!(!users.add_list(&list("ana", "2026-11-25", "")).await.unwrap());
    assert!(users.lists(&user("ana"), None, 9).await.unwrap().is_empty());
    assert_eq!(users.lists(&user("bo"), None, 9).await.unwrap().len(), 1);
}

async fn a_night_goes_on_where_it_was_noted<P: Place>(place: &P) {
    let (users, now) = (place.users(), Timestamp::now() + Duration::from_secs(1));
    assert_eq!(users.night(date("2026-11-24")).await.unwrap(), None);
    users.note_night(date("2026-11-24"), &user("ana"), now).await.unwrap();
    users.note_night(date("2026-11-24"), &user("bo"), now).await.unwrap();
    assert_eq!(users.night(date("2026-11-24")).await.unwrap(), Some(user("bo")));
    assert_eq!(users.night(date("2026-11-25")).await.unwrap(), None);
}
