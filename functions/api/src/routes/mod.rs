//! The routes. Each handler takes what was asked apart, reads, and answers; its annotation is its description
//! in `/v1/openapi.json`.

mod artists;
mod capabilities;
mod dead_letters;
mod described;
mod genres;
mod page;
mod runs;
mod series;
mod snapshots;
mod status;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use collect::operator::Patience;
use jiff::Timestamp;
use tokio::sync::Mutex;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::json;
use crate::asked::{Asked, Query};
use crate::cursor::CursorKey;
use crate::problem::{ApiError, Problem};
use crate::reads::Reads;
use crate::response::Status;

/// What the handlers share.
pub(crate) struct Shared {
    reads: Box<dyn Reads>,
    cursors: CursorKey,
    patience: Patience,
    /// The last status that was read and the end of that read, for those who ask at the same moment.
    status: Mutex<Option<(Timestamp, Arc<Status>)>>,
}

type App = State<Arc<Shared>>;

/// The description of the API, without the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Fermata",
        description = "How Fermata stands, its runs, artists and snapshots, what the Spotify app may do, and \
                       recommendations for your users. On AWS, every request must be signed (AWS Signature \
                       Version 4, service `execute-api`).",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem, artists::ArtistOrder))
)]
struct Description;

/// The API and the dashboard. Cursors are signed with `cursors`. What goes beyond `patience` is trouble,
/// except that no run was opened: whether one should have been, only the seeder knows.
pub fn router(reads: impl Reads + 'static, cursors: CursorKey, patience: Patience) -> Router {
    let patience = Patience { scheduled: false, ..patience };
    let shared = Shared { reads: Box::new(reads), cursors, patience, status: Mutex::default() };
    let (router, description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(artists::artist))
        .routes(routes!(artists::artists))
        .routes(routes!(genres::genres))
        .routes(routes!(runs::list))
        .routes(routes!(runs::latest))
        .routes(routes!(runs::run))
        .routes(routes!(status::status))
        .routes(routes!(series::series))
        .routes(routes!(snapshots::list))
        .routes(routes!(users::put, users::user, users::delete))
        .routes(routes!(users::recommendations))
        .routes(routes!(users::on_date))
        .routes(routes!(dead_letters::dead_letters))
        .routes(routes!(capabilities::capabilities))
        .split_for_parts();
    let description = move |asked: Asked| async move {
        asked.query(&[])?;
        json(&asked.headers, &description)
    };
    router
        .route("/v1/openapi.json", get(description))
        .merge(page::router())
        .fallback(async || ApiError::NoSuchPath)
        .method_not_allowed_fallback(async || ApiError::Method)
        .layer(map_response(secured))
        .with_state(Arc::new(shared))
}

impl Shared {
    /// Fails unless artists can be found by name and genre.
    fn need_index(&self) -> Result<(), ApiError> {
        if self.reads.has_index() {
            return Ok(());
        }
        let why = "this stack keeps no index of its artists; its parameter SearchIndexes switches it on";
        Err(ApiError::NotFound(why.to_owned()))
    }

    /// The place that a query's `cursor` names in `list`.
    fn place(&self, query: &Query, list: &str) -> Result<Option<String>, ApiError> {
        let Some(cursor) = query.get("cursor") else { return Ok(None) };
        let place = self.cursors.open(list, cursor);
        let place =
            place.ok_or_else(|| ApiError::invalid("#/query/cursor", "is not the `next` of this list"));
        place.map(Some)
    }
}

/// Tells browsers to run nothing but the dashboard's own files, and to show it in no other page.
async fn secured(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 3] = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
