//! A real client that is not ours, the published spotipy for Python, works against the stand-in unchanged.

use std::path::Path;

use fake_spotify::fold::words;
use fake_spotify::{Artists, Config, FakeSpotify, Faults};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn spotipy_gets_tokens_searches_and_reads_artists() {
    let python = std::env::var_os("FERMATA_PYTHON").expect(
        "FERMATA_PYTHON names no Python interpreter that has spotipy; run the tests by `cargo local test`, which makes one",
    );
    let mut faults = Faults::default();
    faults.tie_shift_rate = 0.0;
    let artists = Artists::Invented { count: 3_000, seed: 1 };
    let spotify =
        FakeSpotify::start(Config { artists, faults, ..Config::default() }).await.expect("a stand-in");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/spotipy_session.py");
    let (id, secret) = (spotify.credentials().id.clone(), spotify.credentials().secret.clone());
    let mut command = std::process::Command::new(&python);
    command.arg(script).args([spotify.base_url(), id, secret]);
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("no panic");
    let output = output.unwrap_or_else(|error| panic!("cannot run {}: {error}", python.display()));
    assert!(output.status.success(), "spotipy failed: {}", String::from_utf8_lossy(&output.stderr));
    let saw: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");

    let the = |name: &str| words(name).iter().any(|word| word.starts_with("the"));
    let expected: Vec<&str> =
        spotify.catalogue().iter().filter(|artist| the(artist.name())).map(|artist| artist.id()).collect();
    assert!(expected.len() > 30);
    assert_eq!(saw["ids"], json!(expected));
    assert_eq!(saw["total"], expected.len());
    assert_eq!(saw["single"], saw["first"]);
    assert_eq!(saw["batch"], json!([expected[0], expected[1], expected[2], null]));
    assert_eq!(saw["too_many"], json!([400, "Invalid limit"]));
    assert_eq!(saw["stranger"], json!([404, "Resource not found"]));
    assert_eq!(saw["wrong_secret"], "invalid_client");
}
