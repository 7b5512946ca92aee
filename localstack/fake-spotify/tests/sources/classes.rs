//! Apps of every class collect with what they may use, and say so.

use collect::run::RunState;
use collect::term::{Source, Sources};
use fake_spotify::{AppClass, FakeSpotify};

use crate::play::{Played, collect, stand_in};

/// The sources that find or complete artists by themselves. The albums of each artist would be asked for too
/// often here; strings are as good as the search, and tracks no artists.
fn all() -> String {
    let left_out = |source: &Source| matches!(source, Source::Systematic | Source::Albums | Source::Tracks);
    let all: Sources = Source::ALL.into_iter().filter(|source| !left_out(source)).collect();
    all.to_string()
}

/// Requests answered 403 or 404, by path.
fn refusals(spotify: &FakeSpotify) -> Vec<(String, u64)> {
    let of = |statuses: &std::collections::BTreeMap<u16, u64>| {
        statuses.iter().filter(|(status, _)| matches!(status, 403 | 404)).map(|(_, count)| count).sum()
    };
    let stats = spotify.stats();
    let by_path = stats.requests_by_path.iter().map(|(path, statuses)| (path.clone(), of(statuses)));
    by_path.filter(|(_, count)| *count > 0).collect()
}

async fn all_sources(class: AppClass) -> (FakeSpotify, Played) {
    let spotify = stand_in(class, 1_000).await;
    let played = collect(&spotify, &all()).await;
    let found = played.ids().len();
    assert!(found >= 990, "{found} of 1000: {:?}", played.report());
    assert_eq!(played.report().failed, 0, "{:?}", played.report());
    assert!(played.world.window.dead_letters().is_empty());
    let refused = refusals(&spotify);
    assert!(refused.iter().all(|(_, count)| *count == 1), "asked again though closed: {refused:?}");
    (spotify, played)
}

#[tokio::test]
async fn an_app_with_the_old_extended_quota_uses_everything() {
    let (spotify, played) = all_sources(AppClass::Extended).await;
    assert_eq!(refusals(&spotify), []);
    assert!(played.report().endpoints.values().all(|said| said == "open"), "{:?}", played.report().endpoints);
    assert_eq!(played.run.state, RunState::Complete, "{:?}", played.report());
}

#[tokio::test]
async fn an_app_with_a_later_extended_quota_does_without_what_is_closed() {
    let (spotify, played) = all_sources(AppClass::ExtendedNew).await;
    let endpoints = &played.report().endpoints;
    let closed: Vec<&str> = endpoints
        .iter()
        .filter(|(_, said)| said.starts_with("closed"))
        .map(|(name, _)| name.as_str())
        .collect();
    let expected = [
        "GET /artists/{id}/related-artists",
        "GET /browse/categories/{id}/playlists",
        "GET /browse/featured-playlists",
        "GET /recommendations/available-genre-seeds",
    ];
    assert_eq!(closed, expected);
    assert_eq!(refusals(&spotify).len(), closed.len());
}

#[tokio::test]
async fn an_app_in_development_mode_invents_nothing() {
    let (_, played) = all_sources(AppClass::Development).await;
    for row in played.rows() {
        let artist = &row.artist;
        assert!(
            artist.popularity.is_none() && artist.followers.is_none() && artist.genres.is_none(),
            "{artist:?}"
        );
    }
}
