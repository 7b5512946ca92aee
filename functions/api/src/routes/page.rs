//! The dashboard's files. They come from this program, and load nothing from anywhere else.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::Shared;
use crate::answer::file;
use crate::asked::Asked;
use crate::problem::ApiError;

/// Each file's path, kind and content.
const FILES: [(&str, &str, &str); 4] = [
    ("/", "text/html; charset=utf-8", include_str!("../page/dashboard.html")),
    ("/dashboard.css", "text/css; charset=utf-8", include_str!("../page/dashboard.css")),
    ("/dashboard.js", "text/javascript; charset=utf-8", include_str!("../page/dashboard.js")),
    ("/theme.js", "text/javascript; charset=utf-8", include_str!("../page/theme.js")),
];

pub(super) fn router() -> Router<Arc<Shared>> {
    FILES.into_iter().fold(Router::new(), |router, (path, kind, content)| {
        let answer =
            move |asked: Asked| async move { Ok::<Response, ApiError>(file(&asked.headers, kind, content)) };
        router.route(path, get(answer))
    })
}
