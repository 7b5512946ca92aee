//! What was given up.

use axum::extract::State;
use axum::response::Response;

use super::App;
use super::described::Instead;
use crate::answer::json;
use crate::asked::Asked;
use crate::problem::ApiError;
use crate::response::{DeadLetter, DeadLetters};

/// Most letters in an answer.
const MOST: usize = 20;

/// Up to 20 dead letters, each with what a redrive would do about it. Nothing is sent or removed.
///
/// If there are more, the queue decides which these are: they need not be the oldest.
#[utoipa::path(
    get,
    path = "/v1/dead-letters",
    responses(
        (status = 200, description = "The letters, the oldest of them first", body = DeadLetters,
            headers(("etag" = String, description = "Tag of the content"))),
        Instead,
    )
)]
pub(super) async fn dead_letters(State(shared): App, asked: Asked) -> Result<Response, ApiError> {
    asked.query(&[])?;
    let mut letters = shared.reads.dead_letters(MOST + 1).await?;
    let more = letters.len() > MOST;
    letters.truncate(MOST);
    let letters = letters.into_iter().map(|(letter, would)| DeadLetter::new(letter, &would));
    json(&asked.headers, &DeadLetters { letters: letters.collect(), more })
}
