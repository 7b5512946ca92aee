//! A real client that is not ours, the published spotipy for Python, works against the stand-in unchanged.

use std::path::Path;

use fake_spotify::fold::words;
use fake_spotify::world::{Album, Playlist};
use fake_spotify::{Artists, Config, FakeSpotify, Faults};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn spotipy_gets_tokens_searches_and_reads_artists_and_what_is_around_them() {
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
    what_is_around(&spotify, &saw);
}

/// Compares what spotipy saw around the artists with the world.
fn what_is_around(spotify: &FakeSpotify, saw: &Value) {
    let (world, catalogue) = (spotify.world(), spotify.catalogue());
    let ids = |ranks: Vec<u32>| ranks.into_iter().map(|rank| catalogue.artist(rank).id()).collect::<Vec<_>>();
    let sorted = |ranks| {
        let mut ids = ids(ranks);
        ids.sort_unstable();
        ids
    };
    let first =
        catalogue.rank_of(saw["ids"][0].as_str().expect("an id").as_bytes().try_into().expect("an id"));
    let first = first.expect("a known artist");
    assert_eq!(saw["related"], json!(ids(world.related(first))));
    let albums: Vec<_> = world.albums(first).chain(world.appears_on(first)).map(Album::id).collect();
    assert_eq!(saw["artist_albums"], json!(albums));
    assert_eq!(saw["categories"], world.category_count());
    let jazz =
        (0..world.category_count()).find(|number| world.category_name(*number) == "Jazz").expect("jazz");
    let playlists: Vec<Playlist> = world.category_playlists(jazz).collect();
    let ids_of =
        |playlists: &[Playlist]| json!(playlists.iter().map(|playlist| playlist.id()).collect::<Vec<_>>());
    assert_eq!(saw["category_playlists"], ids_of(&playlists));
    assert_eq!(saw["featured"], ids_of(&world.featured_playlists()));
    let longest =
        playlists.into_iter().find(|playlist| saw["playlist"] == playlist.id()).expect("one of them");
    assert_eq!(saw["playlist_artists"], json!(sorted(world.artists_on(longest, 0))));
    assert_eq!(saw["snapshots"][0], saw["snapshots"][1]);
    assert_eq!(saw["first_items_agree"], true);
    let new = &world.new_albums()[..world.new_albums().len().min(100)];
    assert_eq!(saw["new_releases"], json!(new.iter().map(|album| album.id()).collect::<Vec<_>>()));
    assert_eq!(saw["albums"], json!([new[0].id(), null, new[1].id()]));
    let mut artists = world.guests(new[0]);
    artists.push(new[0].artist);
    assert_eq!(saw["album_artists"], json!(sorted(artists)));
    assert_eq!(saw["several"], json!({"albums": 10, "artists": 10, "playlists": 10, "tracks": 10}));
    assert_eq!(saw["genre_seeds"], 126);
    assert_eq!(saw["no_playlist"], json!([404, "Resource not found"]));
}
