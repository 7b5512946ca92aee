//! Errors: each names what is wrong, and none reveals the backend.

use api::{Read, Reads};
use axum::http::header;
use collect::catalogue::{ArtistId, TrackId};
use collect::operator::Status;
use collect::operator::dead_letters::{Letter, Redriven};
use collect::operator::search::{Genre, Part, Wanted};
use collect::operator::snapshots::Listed;
use collect::plan::{ArtistRow, TrackRow};
use collect::ports::{Minute, Overview, PortError};
use collect::recommend::{Profile, Recommended, Username};
use collect::run::Run;
use collect::term::RunId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::world::{ARTIST, ask, get, serve, world};

fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_bad_part_of_a_request_is_named() {
    let router = serve(world());
    for (path, expected) in [
        ("/v1/runs?limit=0", vec!["#/query/limit"]),
        ("/v1/runs?limit=51", vec!["#/query/limit"]),
        ("/v1/runs?limit=x", vec!["#/query/limit"]),
        ("/v1/runs?cursor=bm90IHNpZ25lZA", vec!["#/query/cursor"]),
        ("/v1/runs?cursor=", vec!["#/query/cursor"]),
        ("/v1/runs?limit=1&limit=2", vec!["#/query/limit"]),
        ("/v1/runs?a=1&b=%ff", vec!["#/query/a", "#/query/b"]),
        ("/v1/runs/tag%20der%20arbeit", vec!["#/path/id"]),
        ("/v1/runs/%ff", vec!["#/path/id"]),
        ("/v1/artists/4Z8W4fKeB5YxbusRsdQVP", vec!["#/path/id"]),
        ("/v1/artists/%00", vec!["#/path/id"]),
        ("/v1/artists", vec!["#/query/name"]),
        ("/v1/artists?name=", vec!["#/query/name"]),
        ("/v1/artists?genre=+", vec!["#/query/genre"]),
        ("/v1/artists?name=%0C%1F", vec!["#/query/name"]),
        ("/v1/artists?name=a&genre=b", vec!["#/query/genre"]),
        ("/v1/artists?name=a&order=popularity", vec!["#/query/order"]),
        ("/v1/artists?genre=a&order=fame", vec!["#/query/order"]),
        ("/v1/artists?genre=a&min_popularity=101", vec!["#/query/min_popularity"]),
        ("/v1/artists?genre=a&limit=101", vec!["#/query/limit"]),
        ("/v1/artists?genre=a&cursor=bm90IHNpZ25lZA", vec!["#/query/cursor"]),
        ("/v1/genres?limit=51", vec!["#/query/limit"]),
        ("/v1/genres?name=a", vec!["#/query/name"]),
        ("/v1/status?verbose", vec!["#/query/verbose"]),
        ("/v1/series?from=soon", vec!["#/query/from"]),
        ("/v1/series?from=2026-11-21T03:00:00Z", vec!["#/query/from"]),
        ("/v1/series?from=2026-11-24T03:00:00Z", vec!["#/query/from"]),
        ("/v1/series?to=-009999-01-02T01:59:59Z&from=2026-11-24T03:00:00Z", vec!["#/query/from"]),
        ("/v1/capabilities?x", vec!["#/query/x"]),
        ("/v1/dead-letters?x", vec!["#/query/x"]),
        ("/v1/openapi.json?x", vec!["#/query/x"]),
    ] {
        let (status, problem) = get(&router, path).await;
        assert_eq!((status, pointers(&problem)), (400, expected), "{path}: {problem}");
    }
}

#[tokio::test]
async fn unknown_paths_are_404_and_other_methods_405() {
    let router = serve(world());
    for path in ["/v1", "/v1/", "/v1/capabilities/", "/v2/status", "/v1/runs/a/b", "/index.html"] {
        assert_eq!(get(&router, path).await.0, 404, "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let (status, headers, body) = ask(&router, method, "/v1/status", None).await;
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, &problem["status"]), (405, &json!(405)), "{method}");
        assert_eq!(headers[header::ALLOW], "GET,HEAD", "{method}");
    }
    let (status, _, body) = ask(&router, "HEAD", "/v1/status", None).await;
    assert_eq!((status, body.len()), (200, 0));
}

/// Tables that cannot be read.
struct Broken;

const CAUSE: (&str, &str) =
    ("DynamoDB GetItem on table fermata-control", "AccessDenied: arn:aws:iam::1:role/x");

fn broken<T>() -> Read<'static, T>
where
    T: Send + 'static,
{
    let (what, why) = (CAUSE.0.to_owned(), CAUSE.1.to_owned());
    Box::pin(async { Err(PortError::Misconfigured { what, why }) })
}

impl Reads for Broken {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn overview(&self) -> Read<'_, Overview> {
        broken()
    }

    fn status(&self) -> Read<'_, Status> {
        broken()
    }

    fn closed_run<'a>(&'a self, _run: &'a RunId) -> Read<'a, Option<Run>> {
        broken()
    }

    fn artist<'a>(&'a self, _id: &'a ArtistId) -> Read<'a, Option<ArtistRow>> {
        broken()
    }

    fn tracks<'a>(&'a self, _ids: &'a [TrackId]) -> Read<'a, Vec<TrackRow>> {
        broken()
    }

    fn has_index(&self) -> bool {
        true
    }

    fn artists<'a>(&'a self, _: &'a Wanted, _: Option<String>, _: usize) -> Read<'a, Part<ArtistRow>> {
        broken()
    }

    fn genres(&self, _after: Option<String>, _limit: usize) -> Read<'_, Part<Genre>> {
        broken()
    }

    fn minutes(&self, _from: Timestamp, _to: Timestamp) -> Read<'_, Vec<Minute>> {
        broken()
    }

    fn snapshots(&self, _from: Option<String>, _limit: usize) -> Read<'_, Part<Listed>> {
        broken()
    }

    fn profile<'a>(&'a self, _user: &'a Username) -> Read<'a, Option<Profile>> {
        broken()
    }

    fn keep_profile<'a>(&'a self, _user: &'a Username, _profile: &'a Profile) -> Read<'a, ()> {
        broken()
    }

    fn erase_user<'a>(&'a self, _user: &'a Username) -> Read<'a, u64> {
        broken()
    }

    fn lists<'a>(&'a self, _: &'a Username, _: Option<Date>, _: usize) -> Read<'a, Vec<Recommended>> {
        broken()
    }

    fn list<'a>(&'a self, _user: &'a Username, _date: Date) -> Read<'a, Option<Recommended>> {
        broken()
    }

    fn dead_letters(&self, _most: usize) -> Read<'_, Vec<(Letter, Redriven)>> {
        broken()
    }
}

/// The paths of the description, with a value for each variable part.
async fn described(router: &axum::Router) -> Vec<String> {
    let (status, description) = get(router, "/v1/openapi.json").await;
    assert_eq!((status, &description["openapi"]), (200, &json!("3.1.0")), "{description}");
    let paths = description["paths"].as_object().unwrap().keys();
    let asked = |path: &String| match path.as_str() {
        "/v1/artists" => "/v1/artists?name=a".to_owned(),
        path => path
            .replace("artists/{id}", &format!("artists/{ARTIST}"))
            .replace("{id}", "1")
            .replace("{username}", "ana"),
    };
    paths.map(asked).collect()
}

#[tokio::test]
async fn an_error_reveals_nothing_about_the_backend() {
    let router = serve(Broken);
    let paths = described(&router).await;
    assert_eq!(paths.len(), 14, "{paths:?}");
    for path in paths {
        let (status, problem) = get(&router, &path).await;
        let detail = "the data cannot be read or written at the moment; try again later";
        assert_eq!((status, &problem["detail"]), (503, &json!(detail)), "{path}: {problem}");
        let text = problem.to_string();
        assert!(!text.contains("fermata-control") && !text.contains("arn:"), "{path}: {text}");
    }
}

#[tokio::test]
async fn every_described_route_answers_an_empty_table() {
    let router = serve(world());
    for path in described(&router).await {
        let (status, body) = get(&router, &path).await;
        let is_named = ["/artists/", "/runs/", "/users/", "/user-"].iter().any(|of| path.contains(of));
        assert_eq!(status, if is_named { 404 } else { 200 }, "{path}: {body}");
    }
}
