//! The tracks of genres, compared with what asking for the same without the collector gives.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use collect::catalogue::{AudioFeatures, Genre, PlaylistId, TrackId};
use collect::memory::Memory;
use collect::plan::{Membership, Sound};
use collect::ports::{Opening, Spotify};
use collect::run::RunState;
use collect::seeder::{self, TracksBegun};
use collect::term::{RunId, Source};
use collect::web_api::{Kind, Lead, Page, PageAsk, Request};
use fake_spotify::{AppClass, FakeSpotify, Faults};
use spotify::Client;

use crate::play::{Played, client, collect, collect_in, settings, stand_in, world};

const PAGE: u32 = 50;

/// All pages of a list.
async fn pages(client: &Client, request: impl Fn(PageAsk) -> Request) -> Vec<Page> {
    let mut pages = Vec::new();
    loop {
        let offset = PAGE * u32::try_from(pages.len()).expect("few pages");
        let page = client.ask(&request(PageAsk { limit: PAGE, offset })).await.expect("an answer");
        let has_next = page.has_next;
        pages.push(page);
        if !has_next {
            return pages;
        }
    }
}

fn playlists(pages: &[Page]) -> BTreeSet<PlaylistId> {
    let id = |lead: &Lead| match lead {
        Lead::Playlist { id, .. } => Some(id.clone()),
        _ => None,
    };
    pages.iter().flat_map(|page| &page.leads).filter_map(id).collect()
}

/// The memberships that the categories and the searches of all genres lead to.
async fn reachable(client: &Client) -> BTreeSet<Membership> {
    let mut found: BTreeMap<Genre, BTreeSet<PlaylistId>> = BTreeMap::new();
    for category in pages(client, Request::Categories).await.iter().flat_map(|page| &page.leads) {
        let Lead::Category { id, name } = category else { continue };
        if let Some(genre) = Genre::of_name(name) {
            let listed =
                pages(client, |page| Request::CategoryPlaylists { category: id.clone(), page }).await;
            found.entry(genre).or_default().extend(playlists(&listed));
        }
    }
    for genre in Genre::ALL {
        let (query, kinds) = (genre.name().to_owned(), vec![Kind::Playlist]);
        let page = PageAsk { limit: PAGE, offset: 0 };
        let page = client.ask(&Request::Search { query, kinds, page }).await.expect("an answer");
        found.entry(genre).or_default().extend(playlists(&[page]));
    }
    let mut memberships = BTreeSet::new();
    for (genre, playlists) in found {
        for playlist in playlists {
            let items = pages(client, |page| Request::PlaylistItems { playlist: playlist.clone(), page });
            for track in items.await.into_iter().flat_map(|page| page.tracks) {
                memberships.insert(Membership { track: track.id, genre, playlist: playlist.clone() });
            }
        }
    }
    memberships
}

/// What the stand-in says of how tracks sound.
async fn features(client: &Client, tracks: &[TrackId]) -> BTreeMap<TrackId, AudioFeatures> {
    let mut features = BTreeMap::new();
    for batch in tracks.chunks(100) {
        let page = client.ask(&Request::AudioFeatures(batch.to_vec())).await.expect("features");
        features.extend(page.features);
    }
    features
}

/// Checks that a run has recorded every reachable track and membership once, and the features as they are.
async fn assert_everything(spotify: &FakeSpotify, played: &Played) {
    let client = client(spotify);
    let expected = reachable(&client).await;
    let recorded: BTreeSet<Membership> = played.world.tracks.memberships().into_keys().collect();
    assert!(expected.len() > 1_000, "{}", expected.len());
    assert_eq!(recorded.len(), expected.len());
    assert_eq!(recorded, expected);
    let rows = played.world.tracks.tracks();
    let tracks: BTreeSet<TrackId> = expected.into_iter().map(|membership| membership.track).collect();
    assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), tracks);
    let sounds = features(&client, &tracks.into_iter().collect::<Vec<_>>()).await;
    for (id, row) in rows {
        assert_eq!(row.sound, Sound::Features(sounds[&id]), "{id}");
    }
}

fn requests(spotify: &FakeSpotify, path: &str) -> u64 {
    spotify.stats().requests_by_path.get(path).map_or(0, |by| by.values().sum())
}

#[tokio::test]
async fn every_reachable_track_is_recorded_once_with_its_features() {
    let spotify = stand_in(AppClass::Extended, 400).await;
    let played = collect(&spotify, "tracks").await;
    let report = played.report();
    assert_eq!(played.run.state, RunState::Complete, "{report:?}");
    let rows = played.world.tracks.tracks().len() as u64;
    assert_eq!((report.tracks_new, report.tracks_described), (rows, rows));
    assert_eq!(requests(&spotify, "/v1/audio-features"), rows.div_ceil(100), "full batches");
    assert_eq!(requests(&spotify, "/v1/search"), 11, "nothing is explored");
    assert_everything(&spotify, &played).await;
}

#[tokio::test]
async fn trouble_loses_no_track() {
    let spotify = stand_in(AppClass::Extended, 400).await;
    let mut faults = Faults::default();
    (faults.error_rate, faults.cut_rate) = (0.05, 0.05);
    spotify.set_faults(faults).expect("faults");
    let played = collect(&spotify, "tracks").await;
    spotify.set_faults(Faults::default()).expect("no faults");
    assert_eq!(played.run.state, RunState::Complete, "{:?}", played.report());
    assert_everything(&spotify, &played).await;
}

#[tokio::test]
async fn refusals_of_every_tenth_request_change_nothing() {
    let spotify = stand_in(AppClass::Extended, 400).await;
    let calm = collect(&spotify, "tracks").await;
    let mut faults = Faults::default();
    faults.refused_rate = 0.1;
    spotify.set_faults(faults).expect("faults");
    let played = collect(&spotify, "tracks").await;
    spotify.set_faults(Faults::default()).expect("no faults");
    let refused = spotify.stats().requests_by_status.get(&429).copied().unwrap_or(0);
    assert!(refused > 5, "{refused} requests were refused");
    assert_eq!(played.run.state, RunState::Complete, "{:?}", played.report());
    assert_everything(&spotify, &played).await;
    let said = |played: &Played| {
        let tracks = played.world.tracks.tracks().into_iter();
        let tracks: Vec<_> = tracks.map(|(id, row)| (id, row.track, row.sound)).collect();
        let counts = (played.report().tracks_new, played.report().tracks_described);
        (tracks, played.world.tracks.memberships().into_keys().collect::<Vec<_>>(), counts)
    };
    assert_eq!(said(&played), said(&calm));
}

#[tokio::test]
async fn a_week_later_only_playlists_that_changed_are_read() {
    let spotify = stand_in(AppClass::Extended, 400).await;
    let first = collect(&spotify, "tracks").await;
    let playlists = first.world.tracks.playlists();
    let genre_of = |id: &PlaylistId| playlists.iter().filter(|row| row.reading.playlist == *id).count();
    let changed = playlists[0].reading.playlist.clone();
    spotify.change_playlists(&[changed.as_str()]).expect("changed");
    first.world.clock.advance(Duration::from_hours(7 * 24));
    let known = first.world.tracks.memberships().len();
    let asked = requests(&spotify, "/v1/playlists/{id}");
    let described = requests(&spotify, "/v1/audio-features");
    let second = collect_in(first.world, "2026-11-30", "tracks").await;
    assert_eq!(second.run.state, RunState::Complete, "{:?}", second.report());
    let read = requests(&spotify, "/v1/playlists/{id}") - asked;
    assert_eq!(read, genre_of(&changed) as u64, "each genre that lists it reads it");
    assert!(second.world.tracks.memberships().len() > known, "other tracks are on it now");
    assert!(second.requests_of(Source::Tracks) < 60, "{:?}", second.report());
    let more = requests(&spotify, "/v1/audio-features") - described;
    assert_eq!(more, second.report().tracks_new.div_ceil(100), "known tracks are not asked again");
}

#[tokio::test]
async fn where_features_are_closed_the_report_says_so_and_they_stay_unknown() {
    let spotify = stand_in(AppClass::ExtendedNew, 2_000).await;
    let played = collect(&spotify, "tracks").await;
    let report = played.report();
    assert_eq!(played.run.state, RunState::Partial);
    let closed =
        |endpoint: &str| report.endpoints.get(endpoint).is_some_and(|said| said.starts_with("closed"));
    assert!(closed("GET /audio-features") && closed("GET /browse/categories/{id}/playlists"), "{report:?}");
    assert!(report.reasons.keys().any(|reason| reason.contains("audio features stay unknown")), "{report:?}");
    assert_eq!(requests(&spotify, "/v1/audio-features"), 1);
    let rows = played.world.tracks.tracks();
    assert!(!rows.is_empty() && rows.values().all(|row| row.sound == Sound::NotAsked));
    assert!(!played.world.tracks.memberships().is_empty() && !played.world.tracks.playlists().is_empty());
    assert_eq!(report.failed, 0, "{report:?}");
    assert!(played.world.window.dead_letters().is_empty());
}

#[tokio::test]
async fn in_development_mode_nothing_is_found_and_the_reason_is_said() {
    let spotify = stand_in(AppClass::Development, 2_000).await;
    let played = collect(&spotify, "tracks").await;
    let report = played.report();
    assert_eq!((played.run.state, report.failed), (RunState::Partial, 0), "{report:?}");
    assert!(played.world.tracks.tracks().is_empty());
    assert!(report.reasons.contains_key("GET /browse/categories is closed to this app"), "{report:?}");
}

/// Begins to collect tracks, as the job does.
async fn begin(world: &Memory<Client>, run: &str) -> TracksBegun {
    let run = RunId::new(run).expect("an id");
    seeder::begin_tracks(world, &settings("search"), run).await.expect("begun").0
}

#[tokio::test]
async fn an_open_run_collects_tracks_beside_artists() {
    let spotify = stand_in(AppClass::Extended, 400).await;
    let world = world(&spotify);
    let run = RunId::new("2026-11-23").expect("an id");
    seeder::open_run(&world, &settings("search"), run.clone()).await.expect("opened");
    assert_eq!(begin(&world, "tracks-2026-11-23").await, TracksBegun::Beside(run));
    let played = collect_in(world, "2026-11-23", "search").await;
    assert_eq!(played.run.state, RunState::Complete, "{:?}", played.report());
    assert!(played.ids().len() >= 396, "{}", played.ids().len());
    assert_everything(&spotify, &played).await;
}

#[tokio::test]
async fn a_run_for_tracks_alone_leaves_the_leaves_to_the_next_collection() {
    let spotify = stand_in(AppClass::Extended, 400).await;
    let first = collect(&spotify, "search").await;
    assert_eq!(begin(&first.world, "tracks-2026-11-26").await, TracksBegun::Alone(Opening::Opened));
    let searches = requests(&spotify, "/v1/search");
    let tracks = collect_in(first.world, "tracks-2026-11-26", "search").await;
    assert_eq!(tracks.run.state, RunState::Complete, "{:?}", tracks.report());
    assert_eq!(requests(&spotify, "/v1/search") - searches, 11, "no artist is searched for");
    assert_eq!(tracks.report().sources.keys().collect::<Vec<_>>(), [&Source::Tracks]);
    let next = collect_in(tracks.world, "2026-11-30", "search").await;
    assert_eq!(next.run.earlier.as_ref(), Some(&first.run.id), "its leaves, not those of the tracks");
    assert_eq!(next.run.state, RunState::Complete, "{:?}", next.report());
}
