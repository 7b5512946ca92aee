//! Collectors as people wrote them for the old API, with spotipy: they run as they are and find what there is
//! to be found.

use std::collections::BTreeSet;
use std::process::Command;

use fake_spotify::FakeSpotify;
use fake_spotify::fold::words;
use fake_spotify::world::{Item, Style};

use crate::environment::{run, source};
use crate::python::spotipy;
use crate::subjects::stand_in;

/// The lines that the collector called `name` prints, by their fields.
async fn collected(spotify: &FakeSpotify, name: &'static str, arguments: &[&str]) -> Vec<Vec<String>> {
    let mut command = Command::new(tokio::task::spawn_blocking(spotipy).await.expect("an environment"));
    command.arg(source("collectors").join(name)).args(arguments).env("SPOTIFY_BASE", spotify.base_url());
    command.env("SPOTIPY_CLIENT_ID", &spotify.credentials().id);
    command.env("SPOTIPY_CLIENT_SECRET", &spotify.credentials().secret);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    let text = tokio::task::spawn_blocking(move || run(&mut command, name)).await.expect("no panic");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let fields = |row: csv::Result<csv::StringRecord>| row.expect("CSV").iter().map(str::to_owned).collect();
    reader.records().map(fields).collect()
}

fn first(rows: &[Vec<String>]) -> BTreeSet<&str> {
    rows.iter().map(|row| row[0].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn brute_force_finds_every_artist_whose_name_has_a_word_of_its_strings() {
    let spotify = stand_in().await;
    let rows = collected(&spotify, "brute_force.py", &["ab", "2"]).await;
    let matches = |name: &str| {
        words(name).iter().any(|word| ["aa", "ab", "ba", "bb"].iter().any(|string| word.starts_with(string)))
    };
    let expected: BTreeSet<&str> = spotify
        .catalogue()
        .iter()
        .filter(|artist| matches(artist.name()))
        .map(|artist| artist.id())
        .collect();
    assert!(expected.len() > 50, "{} artists are several pages", expected.len());
    assert_eq!(first(&rows), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_walk_through_playlists_finds_the_tracks_of_a_genre_with_their_features() {
    let spotify = stand_in().await;
    let rows = collected(&spotify, "playlists.py", &[Style::RnB.name()]).await;
    let world = spotify.world();
    let category = (0..world.category_count()).find(|number| world.category_name(*number) == "R&B");
    let playlists = world.category_playlists(category.expect("a category"));
    let items = playlists.flat_map(|playlist| {
        (0..world.item_count(playlist)).map(move |place| world.item(playlist, 0, place))
    });
    let tracks: Vec<_> =
        items.filter_map(|item| if let Item::Track(track) = item { Some(track) } else { None }).collect();
    let expected: BTreeSet<String> = tracks.iter().map(|track| world.track_id(*track)).collect();
    assert_eq!(rows.iter().map(|row| row[1].clone()).collect::<BTreeSet<_>>(), expected);
    let of_style =
        tracks.iter().filter(|track| world.style_of_artist(track.album.artist) == Some(Style::RnB)).count();
    assert!(of_style * 10 > tracks.len() * 8, "{of_style} of {} are of the genre", tracks.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_crawl_of_related_artists_reaches_their_whole_component() {
    let spotify = stand_in().await;
    let (world, catalogue) = (spotify.world(), spotify.catalogue());
    // An island is enough; the largest component takes thousands of requests.
    let mut islands = (0..3_000).map(|rank| (rank, world.component([rank])));
    let (start, island) = islands.find(|(_, island)| (5..400).contains(&island.len())).expect("an island");
    let rows = collected(&spotify, "related.py", &[catalogue.artist(start).id()]).await;
    let expected: BTreeSet<&str> = island.iter().map(|rank| catalogue.artist(*rank).id()).collect();
    assert_eq!(first(&rows), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_chain_of_recommendations_finds_tracks_with_their_features() {
    let spotify = stand_in().await;
    let rows = collected(&spotify, "recommendations.py", &["30"]).await;
    let world = spotify.world();
    let known = |id: &str| {
        let id = fake_spotify::catalogue::parse_id(id).expect("an id");
        world.track(&id).expect("a track of this world")
    };
    assert!(rows.len() > 500, "{} tracks", rows.len());
    for row in &rows {
        let danceability: f64 = row[3].parse().expect("a number");
        let track = known(&row[0]);
        assert_eq!(
            (row[1].as_str(), danceability),
            (world.track_title(track).as_str(), world.features(track).danceability)
        );
    }
}
