//! The dashboard in a real browser: Chromium, driven by Playwright, with axe-core for accessibility.

use std::path::Path;
use std::process::{Command, Stdio};

use tokio::net::TcpListener;

use crate::python::{python, source};
use crate::scenes;
use crate::world::{World, serve};

/// Name or path of Chromium; `none` skips the test, for machines without it.
const CHROMIUM: &str = "FERMATA_CHROMIUM";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dashboard_is_true_and_usable_in_a_browser() {
    let chromium = std::env::var(CHROMIUM).unwrap_or_else(|_| "chromium".to_owned());
    if chromium == "none" {
        eprintln!("SKIPPED: {CHROMIUM} is `none`");
        return;
    }
    let mut scenes = Vec::new();
    for (name, world) in [
        ("running", scenes::running().await),
        ("held", scenes::held().await),
        ("partial", scenes::partial().await),
        ("first", scenes::first()),
    ] {
        scenes.push(format!("{name}={}", opened(world).await));
    }
    let output = tokio::task::spawn_blocking(move || {
        let screenshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/fermata/screenshots");
        let mut command = Command::new(python("browser"));
        command.arg(source("browser", "dashboard.py")).arg(chromium).arg(screenshots).args(scenes);
        command.stdin(Stdio::null()).output().unwrap()
    });
    let output = output.await.unwrap();
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(output.status.success(), "{}", said.concat());
}

/// Serves a world until the test ends, and returns its address.
async fn opened(world: World) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(api::serve::serve(listener, serve(world)));
    url
}
