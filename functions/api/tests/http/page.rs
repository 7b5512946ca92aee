//! The files of the dashboard.

use axum::http::header;

use crate::world::{ask, serve, world};

#[tokio::test]
async fn the_page_loads_its_own_files_only_and_is_small() {
    let router = serve(world());
    let (mut bytes, mut pending, mut seen) = (0, vec!["/".to_owned()], Vec::new());
    while let Some(path) = pending.pop() {
        let (status, headers, body) = ask(&router, "GET", &path, None).await;
        assert_eq!(status, 200, "{path}");
        assert!(headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'"));
        bytes += body.len();
        let text = String::from_utf8(body).unwrap();
        let loaded = ["src=\"", "rel=\"stylesheet\" href=\"", "url(", "import "].iter();
        let loaded =
            loaded.flat_map(|mark| text.split(mark).skip(1).filter_map(|rest| rest.split('"').next()));
        pending.extend(loaded.map(str::to_owned));
        seen.push(path);
    }
    seen.sort();
    assert_eq!(seen, ["/", "/dashboard.css", "/dashboard.js", "/theme.js"]);
    assert!(bytes < 100 * 1024, "{bytes} bytes");
}
