//! From an HTTP request to its response.

use std::borrow::Cow;

use cloud::clock::SystemClock;
use collect::operator::Trouble;
use collect::ports::{Clock, Overview, PortError};
use lambda_http::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, Method, StatusCode};
use lambda_http::{Body, Request, RequestExt, Response};
use serde::Serialize;

use crate::response::{Capabilities, Failure, LatestRun, Problem};

/// Longest part of a path that is logged.
const LONGEST_PATH: usize = 100;

/// Why a request gets another status than 200. The caller sees this text, so it reveals nothing about the
/// backend.
#[derive(Debug, thiserror::Error)]
enum ApiError {
    #[error("only GET is supported")]
    Method,
    #[error("no such path; use /v1/capabilities or /v1/runs/latest")]
    NoSuchPath,
    #[error("no run has been opened yet")]
    NoRun,
    #[error("the data cannot be read at the moment; try again later")]
    Table(#[source] PortError),
    #[error("the response could not be serialised")]
    Json(#[source] serde_json::Error),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoSuchPath | Self::NoRun => StatusCode::NOT_FOUND,
            Self::Table(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Json(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The cause, which is logged but not shown to the caller.
    fn cause(&self) -> Option<&dyn std::error::Error> {
        std::error::Error::source(self)
    }
}

/// Handles `request`. `overview` reads the control table; it is only polled if the request needs it.
pub async fn handle(
    request: &Request,
    overview: impl Future<Output = Result<Overview, PortError>> + Send,
) -> Response<Body> {
    let answer = answer(request, overview).await;
    let (method, path) = (request.method(), path_to_log(request));
    let status = answer.as_ref().map_or_else(ApiError::status, |_| StatusCode::OK);
    if let Some(error) = answer.as_ref().err().and_then(ApiError::cause) {
        tracing::error!(%error, "api");
    }
    tracing::info!(%method, %path, status = status.as_u16(), "answered");
    if status.is_server_error() {
        cloud::metrics::report(SystemClock.now(), Trouble::ApiErrors);
    }
    respond(status, answer.unwrap_or_else(|error| failure(&error)))
}

async fn answer(
    request: &Request,
    overview: impl Future<Output = Result<Overview, PortError>> + Send,
) -> Result<String, ApiError> {
    if request.method() != Method::GET {
        return Err(ApiError::Method);
    }
    match request.raw_http_path() {
        "/v1/capabilities" => json(&Capabilities::from(overview.await.map_err(ApiError::Table)?)),
        "/v1/runs/latest" => {
            let run = overview.await.map_err(ApiError::Table)?.run.ok_or(ApiError::NoRun)?;
            json(&LatestRun::from(run))
        }
        _ => Err(ApiError::NoSuchPath),
    }
}

fn json(answer: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(answer).map_err(ApiError::Json)
}

fn failure(error: &ApiError) -> String {
    let error = Problem { status: error.status().as_u16(), message: error.to_string() };
    // A number and a sentence always serialise.
    json(&Failure { error }).unwrap_or_default()
}

fn respond(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // The response is as old as the table, so no proxy should cache it.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET"));
    }
    response
}

fn path_to_log(request: &Request) -> Cow<'_, str> {
    let path = request.raw_http_path();
    match path.char_indices().nth(LONGEST_PATH) {
        Some((end, _)) => Cow::Owned(format!("{}...", &path[..end])),
        None => Cow::Borrowed(path),
    }
}

#[cfg(test)]
mod tests {
    use collect::plan::{Field, Finding, Findings, LimitsFinding, OperatorFinding};
    use collect::run::{Report, Run};
    use collect::term::{Operator, RunId};
    use collect::web_api::{Endpoint, PageLimits};
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    /// A request as an HTTP API delivers it.
    fn request(method: &str, path: &str) -> Request {
        let event: Value = serde_json::from_str(include_str!("../fixtures/http-api-v2.json")).unwrap();
        let event = event
            .to_string()
            .replace("/v1/capabilities", path)
            .replace("\"GET\"", &json!(method).to_string());
        lambda_http::request::from_str(&event).unwrap()
    }

    fn status_and_body(response: &Response<Body>) -> (u16, Value) {
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        let Body::Text(body) = response.body() else { panic!("no text: {response:?}") };
        (response.status().as_u16(), serde_json::from_str(body).unwrap())
    }

    async fn get(path: &str, overview: Overview) -> (u16, Value) {
        status_and_body(&handle(&request("GET", path), async { Ok(overview) }).await)
    }

    fn run(id: &str) -> RunId {
        RunId::new(id).unwrap()
    }

    fn at() -> Timestamp {
        "2026-11-23T03:00:01Z".parse().unwrap()
    }

    #[tokio::test]
    async fn capabilities_come_with_the_run_and_time_of_their_discovery() {
        let closed =
            Finding::closed(&run("2026-11-16"), at(), "GET /artists answered 403: Forbidden".to_owned());
        let open = Finding {
            page: Some(10),
            fields: Some(vec![Field::Genres]),
            ..Finding::open(&run("2026-11-23"), at())
        };
        let limits = PageLimits { page: 10, depth: 1000 };
        let not = OperatorFinding::new(true, &run("2026-11-23"), at());
        let old = OperatorFinding { works: false, run: run("2026-11-16"), at: None };
        let overview = Overview {
            findings: Findings([(Endpoint::RelatedArtists, closed), (Endpoint::Search, open)].into()),
            limits: Some(LimitsFinding::new(limits, &run("2026-11-23"), at())),
            operators: [(Operator::Not, not), (Operator::NotQuotes, old)].into(),
            ..Overview::default()
        };
        let expected = json!({
            "endpoints": {
                "search": {"state": "open", "reason": null, "fields": ["genres"], "page": 10, "run": "2026-11-23",
                    "found_at": "2026-11-23T03:00:01Z"},
                "related-artists": {"state": "closed", "reason": "GET /artists answered 403: Forbidden",
                    "fields": null, "page": null, "run": "2026-11-16", "found_at": "2026-11-23T03:00:01Z"},
            },
            "search": {
                "limits": {"page": 10, "window": 1000, "run": "2026-11-23", "found_at": "2026-11-23T03:00:01Z"},
                "operators": {
                    "not": {"works": true, "run": "2026-11-23", "found_at": "2026-11-23T03:00:01Z"},
                    "not-quotes": {"works": false, "run": "2026-11-16", "found_at": null},
                },
            },
        });
        assert_eq!(get("/v1/capabilities", overview).await, (200, expected));
    }

    #[tokio::test]
    async fn an_empty_control_table_is_not_an_error() {
        let nothing = json!({"endpoints": {}, "search": {"limits": null, "operators": {}}});
        assert_eq!(get("/v1/capabilities", Overview::default()).await, (200, nothing));
    }

    #[tokio::test]
    async fn the_latest_run_has_a_report_once_it_is_closed() {
        let (status, error) = get("/v1/runs/latest", Overview::default()).await;
        assert_eq!((status, &error["error"]["status"]), (404, &json!(404)), "before the first run");
        let opened = Run::open(run("2026-11-23"), at());
        let open = json!({"id": "2026-11-23", "state": "running", "opened_at": "2026-11-23T03:00:01Z",
            "closed_at": null, "stopped": null, "report": null});
        let overview = |run: &Run| Overview { run: Some(run.clone()), ..Overview::default() };
        assert_eq!(get("/v1/runs/latest", overview(&opened)).await, (200, open));
        let stopped = Run { stopped: Some("stopped: no Premium".to_owned()), ..opened };
        let closed = stopped.closed(Report { requests: 7, ..Report::default() }, at());
        let (status, body) = get("/v1/runs/latest", overview(&closed)).await;
        assert_eq!(
            (status, &body["state"], &body["report"]["requests"]),
            (200, &json!("partial"), &json!(7))
        );
        assert_eq!(
            (&body["closed_at"], &body["stopped"]),
            (&body["opened_at"], &json!("stopped: no Premium"))
        );
    }

    #[tokio::test]
    async fn unknown_paths_and_methods_are_refused_without_a_read() {
        let unread = || async { unreachable!("the table must not be read") };
        for path in
            ["/", "/v1", "/v1/capabilities/", "/v1/runs/2026-11-23", "/v2/capabilities", "/v1/ <x>\u{e9}"]
        {
            let (status, body) = status_and_body(&handle(&request("GET", path), unread()).await);
            assert_eq!((status, &body["error"]["status"]), (404, &json!(404)), "{path}");
            assert!(body["error"]["message"].as_str().unwrap().contains("/v1/runs/latest"));
        }
        for method in ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] {
            let response = handle(&request(method, "/v1/capabilities"), unread()).await;
            assert_eq!(response.headers()[ALLOW], "GET");
            let (status, body) = status_and_body(&response);
            assert_eq!((status, &body["error"]["status"]), (405, &json!(405)), "{method}");
        }
    }

    #[tokio::test]
    async fn a_table_error_reveals_nothing_about_the_backend() {
        let (what, why) =
            ("DynamoDB BatchGetItem on table fermata-control", "AccessDenied: arn:aws:iam::1:role/x");
        let errors = [
            PortError::Unavailable { what: what.to_owned(), why: why.to_owned() },
            PortError::Misconfigured { what: what.to_owned(), why: why.to_owned() },
            PortError::Corrupt { what: what.to_owned(), why: why.to_owned() },
        ];
        for error in errors {
            for path in ["/v1/capabilities", "/v1/runs/latest"] {
                let failed = async { Err(error.clone()) };
                let (status, body) = status_and_body(&handle(&request("GET", path), failed).await);
                let expected = json!({"error": {"status": 503, "message": "the data cannot be read at the moment; try again later"}});
                assert_eq!((status, body), (503, expected));
            }
        }
    }

    #[test]
    fn only_the_beginning_of_a_long_path_is_logged() {
        let long = request("GET", &format!("/{}", "\u{e9}".repeat(200)));
        assert_eq!(path_to_log(&long).chars().count(), LONGEST_PATH + 3);
        assert_eq!(path_to_log(&request("GET", "/v1")), "/v1");
    }
}
