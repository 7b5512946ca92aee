//! Which endpoints answer which class of apps.

use super::endpoints::Handler;
use super::reply::Reply;
use crate::AppClass;
use crate::limits::Bucket;

/// How an endpoint meets an app.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// It answers.
    Open(Handler),
    /// 403.
    Forbidden,
    /// 404 without a body.
    Gone,
    /// It is open to such an app at Spotify and not built here: answered like a path that does not exist.
    Absent,
}

impl Access {
    /// The refusal that stands in place of an answer, if it does.
    pub(super) fn refusal(self) -> Option<Reply> {
        match self {
            Self::Open(_) => None,
            Self::Forbidden => Some(Reply::forbidden()),
            Self::Gone => Some(Reply::gone()),
            Self::Absent => Some(no_such_service()),
        }
    }
}

/// The answer to a path that does not exist.
pub(super) fn no_such_service() -> Reply {
    Reply::error(axum::http::StatusCode::NOT_FOUND, "Service not found")
}

/// One path of the API.
#[derive(Debug)]
pub(super) struct Endpoint {
    /// The path with `{id}` for an id.
    pub(super) path: &'static str,
    /// Whose quota a request takes.
    pub(super) bucket: Option<Bucket>,
    /// For apps of each class: extended, extended later, development.
    pub(super) access: [Access; 3],
}

impl Endpoint {
    /// How this endpoint meets an app of `class`.
    pub(super) fn access(&self, class: AppClass) -> Access {
        self.access[match class {
            AppClass::Extended => 0,
            AppClass::ExtendedNew => 1,
            AppClass::Development => 2,
        }]
    }
}
