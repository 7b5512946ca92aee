//! What the descriptions of many routes have in common.

use utoipa::{IntoParams, IntoResponses};

use crate::problem::Problem;

/// Fewest, usual and most items in a page of a list whose items are a read each.
pub(super) const LIMIT: [usize; 3] = [1, 10, 50];

/// The parameters of such a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes the parameters")]
pub(super) struct Paging {
    /// Most items in a page; 10 by default
    #[param(value_type = u8, minimum = 1, maximum = 50, required = false)]
    limit: u8,
    /// Where the page begins: `next` of the page before it
    #[param(value_type = String, required = false)]
    cursor: String,
}

/// What every route that reads may answer instead of its content.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only describes the answers")]
pub(super) enum Instead {
    /// The caller has the content with the tag in `If-None-Match`
    #[response(status = 304)]
    NotModified,
    /// A part of the request is wrong; `errors` names each
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// The data cannot be read
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}
