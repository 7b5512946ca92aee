//! What the routes answer.

use std::time::Duration;

use axum::http::header;
use collect::catalogue::{Artist, ArtistId};
use collect::operator::Patience;
use collect::plan::{Sighting, Yield, Yields};
use collect::ports::{Artists, Clock, Control, DeadLetter, Minute, Series, TermMessage, Window};
use collect::run::Latest;
use collect::term::{SearchTerm, Source, Term, TermKey, TermState};
use serde_json::{Value, json};

use crate::world::{ARTIST, add_run, ask, at, get, hold, id, serve, serve_with, world};

#[tokio::test]
async fn runs_come_newest_first_page_by_page() {
    let world = world();
    let names: Vec<String> = (1..=5).map(|number| format!("run-{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        let previous = number.checked_sub(1).map(|previous| names[previous].as_str());
        add_run(&world, name, previous, number < 4).await;
    }
    let router = serve(world);
    let (mut path, mut seen) = ("/v1/runs?limit=2".to_owned(), Vec::new());
    loop {
        let (status, page) = get(&router, &path).await;
        assert_eq!(status, 200, "{page}");
        seen.push(page["runs"].as_array().unwrap().iter().map(|run| run["id"].clone()).collect::<Vec<_>>());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/runs?limit=2&cursor={next}");
    }
    assert_eq!(json!(seen), json!([["run-5", "run-4"], ["run-3", "run-2"], ["run-1"]]));
    let (_, all) = get(&router, "/v1/runs").await;
    assert_eq!((&all["runs"][0]["state"], &all["runs"][0]["requests"]), (&json!("running"), &Value::Null));
    assert_eq!((&all["runs"][1]["state"], &all["runs"][1]["requests"]), (&json!("complete"), &json!(200)));
}

#[tokio::test]
async fn one_run_is_found_open_or_closed_and_the_latest_by_its_name() {
    let world = world();
    add_run(&world, "old", None, true).await;
    add_run(&world, "new", Some("old"), false).await;
    let router = serve(world);
    let (status, old) = get(&router, "/v1/runs/old").await;
    assert_eq!((status, &old["report"]["done"], &old["previous"]), (200, &json!(7), &Value::Null), "{old}");
    let (_, new) = get(&router, "/v1/runs/new").await;
    assert_eq!(
        (&new["state"], &new["previous"], &new["report"]),
        (&json!("running"), &json!("old"), &Value::Null)
    );
    assert_eq!(get(&router, "/v1/runs/latest").await, (200, new));
    assert_eq!(get(&router, "/v1/runs/none").await.0, 404);
    assert_eq!(get(&serve(crate::world::world()), "/v1/runs/latest").await.0, 404, "before the first run");
}

#[tokio::test]
async fn an_artist_is_shown_with_a_link_until_its_row_expires() {
    let world = world();
    let genres = Some(vec!["pop".to_owned()]);
    let artist = ArtistId::new(ARTIST).unwrap();
    let artist = Artist { id: artist, name: "Ånn".to_owned(), popularity: Some(0), followers: None, genres };
    let sighting =
        Sighting { run: id("1"), term: TermKey::parse("search:a").unwrap(), at: world.clock.now() };
    world.artists.upsert(&[artist], &[], &sighting).await.unwrap();
    let clock = world.clock.clone();
    let router = serve(world);
    let path = format!("/v1/artists/{ARTIST}");
    let (status, artist) = get(&router, &path).await;
    assert_eq!((status, &artist["name"], &artist["popularity"]), (200, &json!("Ånn"), &json!(0)), "{artist}");
    assert_eq!((&artist["followers"], &artist["not_provided"]), (&Value::Null, &json!(["followers"])));
    assert_eq!(artist["spotify_url"], format!("https://open.spotify.com/artist/{ARTIST}"));
    assert_eq!(get(&router, "/v1/artists/000Dq0VqTZpxOP6jQMscVM").await.0, 404);
    clock.0.advance(Duration::from_hours(24));
    assert_eq!(get(&router, &path).await.0, 404);
}

#[tokio::test]
async fn the_status_shows_the_hold_and_stays_the_same_while_nothing_happens() {
    let world = world();
    add_run(&world, "1", None, false).await;
    let seen = ArtistId::new(ARTIST).unwrap();
    let artist =
        Artist { id: seen.clone(), name: "Ånn".into(), popularity: None, followers: None, genres: None };
    let term = Term::new(id("1"), Source::Search, SearchTerm::new("å").unwrap(), 1.0);
    let sighting = Sighting { run: id("1"), term: term.key(), at: world.clock.now() };
    world.artists.upsert(&[artist], &[], &sighting).await.unwrap();
    let mut latest = Latest::default();
    latest.see([seen, ArtistId::new("000Dq0VqTZpxOP6jQMscVM").unwrap()]);
    latest.finish(&term, TermState::Split);
    let mut yields = Yields::default();
    yields.add(Source::Search, Yield { asked: 4.0, found: 100.0, ..Yield::default() });
    world.control.note_yields(&id("1"), &yields, &latest).await.unwrap();
    hold(&world).await;
    let clock = world.clock.clone();
    let router = serve(world);
    clock.0.advance(Duration::from_mins(1));
    let (status, body) = get(&router, "/v1/status").await;
    assert_eq!((status, &body["artists_stored"]), (200, &json!(12_345)), "{body}");
    let hold = json!({"until": "2026-11-23T03:10:00Z", "seconds_left": 540});
    assert_eq!((&body["pace"]["hold"], &body["pace"]["buckets"]["search"]["hold"]), (&hold, &hold), "{body}");
    assert_eq!((&body["level"], &body["troubles"][0]["name"]), (&json!("attention"), &json!("dead-letters")));
    assert!(body["sentence"].as_str().unwrap().contains("on hold for another 9 min"), "{body}");
    let source =
        json!({"ready": 0, "more": false, "requests": 4, "artists": 100, "artists_per_request": 25.0});
    assert_eq!(body["frontier"]["sources"], json!({"search": source}));
    let names = body["latest"]["artists"].as_array().unwrap().iter().map(|artist| &artist["name"]);
    assert!(names.eq([&json!("Ånn")]), "one of the two has no row any more: {body}");
    let term = json!({"key": "search:a", "state": "split", "requests": 0, "artists": 0});
    assert_eq!(body["latest"]["terms"], json!([term]));
    assert_eq!((&body["progress"]["artists"], &body["progress"]["expected"]), (&json!(100), &Value::Null));

    let (_, headers, _) = ask(&router, "GET", "/v1/status", None).await;
    let tag = headers[header::ETAG].to_str().unwrap();
    let (status, _, body) = ask(&router, "GET", "/v1/status", Some(tag)).await;
    assert_eq!((status, body.len()), (304, 0));
    clock.0.advance(Duration::from_secs(70));
    let (status, _, _) = ask(&router, "GET", "/v1/status", Some(tag)).await;
    assert_eq!(status, 200, "the sentence has changed");
}

#[tokio::test]
async fn a_dead_letter_says_what_a_redrive_would_do() {
    let world = world();
    let message = TermMessage { run: id("1"), key: TermKey::parse("search:ab").unwrap(), generation: 1 };
    let letter = DeadLetter::new("gave up", &serde_json::to_string(&message).unwrap(), 5);
    world.letters.set_aside(&letter).await.unwrap();
    world.letters.set_aside(&DeadLetter::new("unreadable", "not a term", 0)).await.unwrap();
    let router = serve(world);
    for _ in 0..2 {
        // The first look has hidden nothing for good.
        let (status, body) = get(&router, "/v1/dead-letters").await;
        let letters = body["letters"].as_array().unwrap();
        assert_eq!((status, letters.len(), &body["more"]), (200, 2, &json!(false)), "{body}");
        assert_eq!((&letters[0]["term"], &letters[0]["attempts"]), (&json!("search:ab"), &json!(5)));
        assert_eq!(letters[0]["redrive"], "nothing");
        assert_eq!(letters[0]["redrive_would"], "do nothing: the run 1 has no such term");
        assert_eq!((&letters[1]["term"], &letters[1]["run"]), (&Value::Null, &Value::Null));
    }
}

#[tokio::test]
async fn more_dead_letters_are_announced_only_if_there_are_more() {
    for (count, shown, more) in [(20, 20, false), (21, 20, true)] {
        let world = world();
        for _ in 0..count {
            world.letters.set_aside(&DeadLetter::new("unreadable", "not a term", 0)).await.unwrap();
        }
        let (_, body) = get(&serve(world), "/v1/dead-letters").await;
        let letters = body["letters"].as_array().unwrap().len();
        assert_eq!((letters, &body["more"]), (shown, &json!(more)), "{count}");
    }
}

#[tokio::test]
async fn the_series_has_the_minutes_that_were_asked_for() {
    let world = world();
    for minute in 0..5_u64 {
        let at = at("2026-11-23T02:58:00Z") + Duration::from_mins(minute);
        let figures =
            Minute { at, run: id("1"), granted: minute * 100, refused: 0, artists: minute, utilisation: 0.5 };
        world.control.note_minute(&figures, at + Duration::from_hours(1)).await.unwrap();
    }
    let router = serve(world);
    let (status, body) = get(&router, "/v1/series?from=2026-11-23T02:59:00Z&to=2026-11-23T03:01:00Z").await;
    let granted: Vec<_> = body["points"].as_array().unwrap().iter().map(|point| &point["granted"]).collect();
    assert_eq!((status, granted), (200, vec![&json!(100), &json!(200)]), "{body}");
    assert_eq!(get(&router, "/v1/series?to=-009999-01-02T01:59:59Z").await.0, 200, "the first time there is");
    assert_eq!(get(&router, "/v1/series").await.1["points"].as_array().unwrap().len(), 2, "until now");
}

#[tokio::test]
async fn a_run_is_overdue_when_the_deployment_says_so() {
    let day = Duration::from_hours(24);
    for (days, is_overdue) in [(7, true), (180, false)] {
        let world = world();
        add_run(&world, "1", None, false).await;
        let clock = world.clock.clone();
        let router = serve_with(world, Patience { overdue: day * days, ..Patience::default() });
        clock.0.advance(day * 8);
        let (_, body) = get(&router, "/v1/status").await;
        let troubles = body["troubles"].as_array().unwrap();
        assert_eq!(troubles.iter().any(|trouble| trouble["name"] == "run-overdue"), is_overdue, "{body}");
    }
}
