//! Users, their recommendations, and the snapshots that these rest on.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use collect::catalogue::{Artist, ArtistId, Credit, Genre, PlaylistId, Track, TrackId};
use collect::plan::{Sighted, Sighting};
use collect::ports::{Artists, Clock, Tracks, Users};
use collect::recommend::{Item, Method, Profile, Recommended, Subject, Username};
use collect::term::TermKey;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::{ARTIST, World, get, id, serve, world};

async fn send(router: &Router, method: &str, path: &str, body: &str) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json").body(Body::from(body.to_owned()));
    let answer = router.clone().oneshot(request.unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
}

const TRACK: &str = "6rqhFgbbKwnb9MLmUQDhG6";

/// A world that knows one artist with one genre, and a track.
async fn with_artist() -> World {
    let world = world();
    let genres = Some(vec!["pop".to_owned()]);
    let artist = ArtistId::new(ARTIST).unwrap();
    let artist = Artist { id: artist, name: "Ånn".to_owned(), popularity: None, followers: None, genres };
    let (term, at) = (TermKey::parse("search:a").unwrap(), world.clock.now());
    let sighting = Sighting { run: id("1"), term, at };
    let credit = Credit { id: artist.id.clone(), name: artist.name.clone() };
    world.artists.upsert(&[artist], &[], &sighting).await.unwrap();
    let track = Track {
        id: TrackId::new(TRACK).unwrap(),
        name: "Sång".to_owned(),
        artists: vec![credit],
        album: None,
        popularity: None,
        isrc: None,
    };
    let playlist = PlaylistId::new("37i9dQZF1DXcBWIGoYBM5M").unwrap();
    let sighted = Sighted { genre: Genre::Pop, playlist, began: at, tracks: vec![track] };
    world.tracks.sight(&sighted, &sighting).await.unwrap();
    world
}

fn list(date: &str) -> Recommended {
    Recommended {
        user: Username::new("ana").unwrap(),
        date: date.parse().unwrap(),
        made_at: "2026-11-24T02:00:00Z".parse().unwrap(),
        snapshot: "2026-11-23".to_owned(),
        items: vec![
            Item {
                subject: Subject::Artist { id: ArtistId::new(ARTIST).unwrap() },
                name: "Ånn".to_owned(),
                method: Method::Walk,
                reason: "On a playlist with Bo.".to_owned(),
            },
            Item {
                subject: Subject::Track {
                    id: TrackId::new(TRACK).unwrap(), artists: vec!["Ånn".to_owned()]
                },
                name: "Sång".to_owned(),
                method: Method::Spotify,
                reason: "Recommended by Spotify for Bo.".to_owned(),
            },
        ],
    }
}

#[tokio::test]
async fn a_user_is_kept_as_it_was_put_until_it_is_deleted() {
    let router = serve(with_artist().await);
    assert_eq!(get(&router, "/v1/users/ana").await.0, 404);
    let wishes =
        json!({"artists": [ARTIST, ARTIST], "genres": ["pop"], "tracks": [TRACK, TRACK]}).to_string();
    let (status, put) = send(&router, "PUT", "/v1/users/ana", &wishes).await;
    let artist = json!({"id": ARTIST, "name": "Ånn", "spotify_url": format!("https://open.spotify.com/artist/{ARTIST}")});
    let track = json!({"id": TRACK, "name": "Sång", "spotify_url": format!("https://open.spotify.com/track/{TRACK}")});
    let user = json!({"user": "ana", "artists": [artist], "genres": ["pop"], "tracks": [track]});
    assert_eq!((status, &put), (200, &user));
    assert_eq!(get(&router, "/v1/users/ana").await, (200, put));
    assert_eq!(send(&router, "PUT", "/v1/users/ana", "{}").await.1["artists"], json!([]), "it is replaced");
    assert_eq!(send(&router, "DELETE", "/v1/users/ana", "").await, (204, Value::Null));
    assert_eq!(send(&router, "DELETE", "/v1/users/ana", "").await.0, 204);
    assert_eq!(get(&router, "/v1/users/ana").await.0, 404);
}

#[tokio::test]
async fn a_genre_is_kept_as_spotify_writes_it() {
    let router = serve(with_artist().await);
    let wishes = json!({"genres": ["Pop", "pop", "P\u{f6}p"]}).to_string();
    let (status, put) = send(&router, "PUT", "/v1/users/ana", &wishes).await;
    assert_eq!((status, &put["genres"]), (200, &json!(["pop"])), "the recommender looks for just that");
}

#[tokio::test]
async fn every_wrong_part_of_a_profile_is_named() {
    let router = serve(with_artist().await);
    let pointers = async |body: &str| -> Vec<String> {
        let (status, answer) = send(&router, "PUT", "/v1/users/ana", body).await;
        assert_eq!(status, 400, "{answer}");
        let errors = answer["errors"].as_array().unwrap();
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
    };
    let wrong = json!({"artists": ["no id", ARTIST, "000Dq0VqTZpxOP6jQMscVM"], "genres": ["pop", " ", "polka"],
            "tracks": [TRACK, "no id", ARTIST]});
    let expected = [
        "#/body/artists/0",
        "#/body/artists/2",
        "#/body/genres/1",
        "#/body/genres/2",
        "#/body/tracks/1",
        "#/body/tracks/2",
    ];
    assert_eq!(pointers(&wrong.to_string()).await, expected);
    let many = json!({"artists": vec![ARTIST; 51]}).to_string();
    assert_eq!(pointers(&many).await, ["#/body/artists"]);
    let many = json!({"tracks": vec![TRACK; 51]}).to_string();
    assert_eq!(pointers(&many).await, ["#/body/tracks"]);
    let long = format!("{{\"genres\": [\"{}\"]}}", "a".repeat(70_000));
    for body in ["", "[", "[]", "null", "{\"albums\": []}", "{\"artists\": [1]}", &long] {
        assert_eq!(pointers(body).await, ["#/body"], "{body:.40}");
    }
    assert_eq!(
        send(&router, "PUT", "/v1/users/-ana", "{}").await.1["errors"][0]["pointer"],
        "#/path/username"
    );
    assert_eq!(get(&router, "/v1/users/ana").await.0, 404, "nothing of it was kept");
}

#[tokio::test]
async fn lists_come_newest_first_or_by_their_date() {
    let world = with_artist().await;
    let user = Username::new("ana").unwrap();
    world.users.keep_profile(&user, &Profile::default(), world.clock.now()).await.unwrap();
    for date in ["2026-11-24", "2026-11-25", "2026-11-26"] {
        world.users.add_list(&list(date)).await.unwrap();
    }
    let router = serve(world);
    let dates = |page: &Value| -> Vec<String> {
        let lists = page["lists"].as_array().unwrap();
        lists.iter().map(|list| list["date"].as_str().unwrap().to_owned()).collect()
    };
    let path = "/v1/users/ana/recommendations";
    let (_, first) = get(&router, &format!("{path}?limit=2")).await;
    assert_eq!(dates(&first), ["2026-11-26", "2026-11-25"]);
    let next = first["next"].as_str().unwrap();
    let (_, second) = get(&router, &format!("{path}?limit=2&cursor={next}")).await;
    assert_eq!((dates(&second), &second["next"]), (vec!["2026-11-24".to_owned()], &Value::Null));
    let (_, one) = get(&router, &format!("{path}?date=2026-11-25")).await;
    assert_eq!(dates(&one), ["2026-11-25"]);
    let (_, old) = get(&router, "/user-recommendations/ana?date=2026-11-25").await;
    assert_eq!(old, one["lists"][0]);
    let item = &old["recommendations"][0];
    assert_eq!(
        (&item["type"], &item["name"], &item["method"]),
        (&json!("artist"), &json!("Ånn"), &json!("walk"))
    );
    let track = &old["recommendations"][1];
    assert_eq!((&track["type"], &track["method"]), (&json!("track"), &json!("spotify")));
    assert_eq!((&track["name"], &track["artists"]), (&json!("Sång"), &json!(["Ånn"])));
    assert_eq!(track["spotify_url"], format!("https://open.spotify.com/track/{TRACK}"));
    assert_eq!(item.get("artists"), None);
    assert_eq!(get(&router, "/user-recommendations/ana").await.1["date"], "2026-11-26", "the newest");
    for (path, status) in [
        ("/v1/users/ana/recommendations?date=2026-11-01", 404),
        ("/v1/users/bo/recommendations", 404),
        ("/user-recommendations/bo", 404),
        ("/user-recommendations/ana?date=20261125", 400),
        ("/user-recommendations/ana?date=2026-02-30", 400),
        ("/v1/users/ana/recommendations?cursor=x", 400),
    ] {
        assert_eq!(get(&router, path).await.0, status, "{path}");
    }
}

/// The manifest of a snapshot, which leads to the one before.
fn manifest(sequence: u64, files: usize) -> String {
    let parent = (sequence > 1).then(|| {
        let before = sequence - 1;
        json!({"snapshot": format!("s{before}"), "sequence": before, "manifest": key(before)})
    });
    let file = json!({"path": "artists/part.parquet", "rows": 7, "bytes": 9, "sha256": "0".repeat(64)});
    let table = json!({
        "about": "", "columns": [], "rows": 7, "bad": 1, "expired": 2, "files": vec![file; files],
        "changes": null,
    });
    json!({
        "schema_version": 1, "snapshot": format!("s{sequence}"), "sequence": sequence, "parent": parent,
        "created_at": "2026-11-23T10:00:00Z", "scan": null, "terms": "",
        "run": {"id": "2026-11-23", "state": "complete", "opened_at": "2026-11-23T00:00:00Z",
            "closed_at": "2026-11-23T09:00:00Z", "report": null},
        "tables": {"artists": table},
    })
    .to_string()
}

fn key(sequence: u64) -> String {
    format!("snapshots/s{sequence}/_manifest.json")
}

/// Lets the world have as many snapshots.
pub(crate) fn add_snapshots(world: &World, count: u64) {
    add_snapshots_of(world, count, 1);
}

fn add_snapshots_of(world: &World, count: u64, files: usize) {
    (1..=count).for_each(|sequence| world.snapshots.put(&key(sequence), manifest(sequence, files)));
    let latest = json!({"snapshot": format!("s{count}"), "sequence": count, "manifest": key(count), "sums": "",
        "tables": {}});
    world.snapshots.put("latest.json", latest.to_string());
}

/// The snapshots that a world lists, page by page.
async fn pages(world: World, limit: usize) -> Vec<Vec<Value>> {
    let router = serve(world);
    let first = format!("/v1/snapshots?limit={limit}");
    let (mut path, mut pages) = (first.clone(), Vec::new());
    loop {
        let (status, page) = get(&router, &path).await;
        assert_eq!(status, 200, "{page}");
        pages.push(page["snapshots"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { return pages };
        path = format!("{first}&cursor={next}");
    }
}

#[tokio::test]
async fn snapshots_come_newest_first_as_far_as_they_are_kept() {
    assert_eq!(get(&serve(world()), "/v1/snapshots").await.1, json!({"snapshots": [], "next": null}));
    let world = world();
    add_snapshots(&world, 5);
    let seen = pages(world, 2).await.concat();
    let sequences: Vec<_> = seen.iter().map(|snapshot| snapshot["sequence"].as_u64().unwrap()).collect();
    assert_eq!(sequences, [5, 4, 3, 2, 1]);
    assert_eq!((&seen[0]["parent"], &seen[4]["parent"]), (&json!("s4"), &Value::Null));
    assert_eq!((&seen[0]["run"], &seen[0]["run_state"]), (&json!("2026-11-23"), &json!("complete")));
    let artists = &seen[0]["tables"]["artists"];
    assert_eq!((&artists["rows"], &artists["bad"], &artists["expired"]), (&json!(7), &json!(1), &json!(2)));
    assert_eq!(artists["files"][0]["sha256"], "0".repeat(64));
}

#[tokio::test]
async fn a_page_of_snapshots_ends_early_before_it_is_too_large() {
    for (files, expected) in [(4_000, vec![2, 1]), (10_001, vec![1, 1, 1])] {
        let world = world();
        add_snapshots_of(&world, 3, files);
        let lengths: Vec<usize> = pages(world, 50).await.iter().map(Vec::len).collect();
        assert_eq!(lengths, expected, "of {files} files each");
    }
}
