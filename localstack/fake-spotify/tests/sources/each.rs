//! Each source alone reaches what it can reach.

use std::collections::BTreeSet;

use collect::catalogue::text;
use collect::plan::GENRE_SEEDS;
use collect::run::RunState;
use collect::term::Source;
use fake_spotify::{AppClass, Artists, Breakage, Config, FakeSpotify};

use crate::play::{collect, collect_in, stand_in};

const COUNT: usize = 600;

#[tokio::test]
async fn playlists_and_categories_bring_every_artist_on_a_listed_playlist_complete() {
    let spotify = stand_in(AppClass::Extended, COUNT).await;
    let played = collect(&spotify, "categories,playlists,hydrate").await;
    let found = played.ids();
    let reach = spotify.reach();
    let missing: Vec<_> = reach.playlist_artists.iter().filter(|id| !found.contains(*id)).collect();
    assert!(
        missing.is_empty(),
        "{} of {}: {:?}",
        missing.len(),
        reach.playlist_artists.len(),
        played.report()
    );
    assert!(played.rows().iter().all(|row| !row.is_stub() && row.artist.popularity.is_some()));
    let batches = played.requests_of(Source::Hydrate);
    let mentioned = found.len() as u64;
    assert!(batches <= mentioned.div_ceil(50) + 5, "{batches} batches for {mentioned} artists");
}

#[tokio::test]
async fn related_artists_reach_the_whole_component_of_the_playlists_with_one_request_each() {
    let spotify = stand_in(AppClass::Extended, COUNT).await;
    let played = collect(&spotify, "categories,playlists,related,hydrate").await;
    let found = played.ids();
    let reach = spotify.reach();
    let missing: Vec<_> = reach.related_to_playlists.iter().filter(|id| !found.contains(*id)).collect();
    assert!(missing.is_empty(), "{} of {} are missing", missing.len(), reach.related_to_playlists.len());
    let requests = played.requests_of(Source::Related);
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let per_artist = requests as f64 / found.len() as f64;
    assert!(per_artist <= 1.02, "{requests} requests for {} artists", found.len());
}

#[tokio::test]
async fn genres_reach_every_artist_that_genres_lead_to() {
    let spotify = stand_in(AppClass::Extended, COUNT).await;
    let played = collect(&spotify, "genres").await;
    let found = played.ids();
    let catalogue = spotify.catalogue();
    let artists: Vec<_> = (0..u32::try_from(COUNT).unwrap()).map(|rank| catalogue.artist(rank)).collect();
    // From the seeds and from whom the first search shows, by shared genres, as far as that goes.
    let shown = |id: &str| {
        played
            .world
            .artists
            .rows()
            .iter()
            .any(|(row, of)| row.as_str() == id && of.found_by.as_str() == "capabilities")
    };
    let of_shown = artists
        .iter()
        .filter(|artist| shown(artist.id()))
        .flat_map(|artist| artist.genres().map(str::to_owned));
    let mut genres: BTreeSet<String> =
        GENRE_SEEDS.iter().map(|seed| (*seed).to_owned()).chain(of_shown).collect();
    loop {
        let known = genres.len();
        for artist in &artists {
            if artist.genres().any(|genre| genres.contains(genre)) {
                genres.extend(artist.genres().map(str::to_owned));
            }
        }
        if genres.len() == known {
            break;
        }
    }
    let led_to = artists.iter().filter(|artist| artist.genres().any(|genre| genres.contains(genre)));
    let missing: Vec<_> = led_to
        .filter(|artist| !found.contains(artist.id()))
        .map(fake_spotify::catalogue::Artist::id)
        .collect();
    assert!(missing.is_empty(), "{missing:?}: {:?}", played.report());
}

#[tokio::test]
async fn new_releases_bring_the_artists_of_new_albums() {
    let spotify = stand_in(AppClass::Extended, COUNT).await;
    let listed = collect(&spotify, "new-releases,hydrate").await;
    let tagged = collect(&stand_in(AppClass::Development, COUNT).await, "new-releases,hydrate").await;
    let found = listed.ids();
    let new: Vec<String> = spotify
        .world()
        .new_albums()
        .iter()
        .map(|album| spotify.catalogue().artist(album.artist).id().to_owned())
        .collect();
    assert!(!new.is_empty() && new.iter().all(|id| found.contains(id)), "{} of {}", found.len(), new.len());
    assert!(tagged.ids().len() > 10, "{} by the tag", tagged.ids().len());
    assert!(tagged.report().endpoints["GET /browse/new-releases"].starts_with("closed"));
}

#[tokio::test]
async fn a_playlist_whose_version_is_known_is_not_read_again() {
    let spotify = stand_in(AppClass::Extended, 300).await;
    let first = collect(&spotify, "categories,playlists").await;
    let before = spotify.stats();
    let second = collect_in(first.world, "2026-11-30", "categories,playlists").await;
    let asked = |path: &str| {
        let of = |stats: &fake_spotify::Stats| {
            stats.requests_by_path.get(path).map_or(0, |by_status| by_status.values().sum::<u64>())
        };
        of(&spotify.stats()) - of(&before)
    };
    // The one that finds out whether playlists answer.
    assert!(asked("/v1/playlists/{id}") <= 1, "{}", asked("/v1/playlists/{id}"));
    assert_eq!(asked("/v1/playlists/{id}/tracks"), 0);
    assert_eq!(second.report().failed, 0);
}

#[tokio::test]
async fn what_is_broken_fails_alone_with_its_reason() {
    let spotify = stand_in(AppClass::Extended, 300).await;
    let reach = spotify.reach();
    let (gone, error, nonsense) = (&reach.playlists[1], &reach.playlists[5], &reach.playlists[9]);
    let broken = [
        (gone.clone(), Breakage::Missing),
        (error.clone(), Breakage::Error),
        (nonsense.clone(), Breakage::Nonsense),
    ];
    let mut faults = spotify.faults();
    faults.broken = broken.into();
    spotify.set_faults(faults).expect("faults");
    let played = collect(&spotify, "categories,playlists").await;
    let report = played.report();
    assert_eq!((report.failed, report.open, report.unasked), (3, 0, 0), "{report:?}");
    assert_eq!(report.reasons.values().sum::<u64>(), 3, "{report:?}");
    assert!(report.sources[&Source::Categories].terms > 50, "{report:?}");
}

#[tokio::test]
async fn a_404_beyond_a_shallow_search_depth_ends_no_search() {
    let artists = Artists::Generated { count: COUNT, seed: 1 };
    let spotify = FakeSpotify::start(Config { artists, search_window: 60, ..Config::default() });
    let spotify = spotify.await.expect("a stand-in");
    let mut faults = spotify.faults();
    faults.deep_search_missing = true;
    spotify.set_faults(faults).expect("faults");
    let played = collect(&spotify, "search").await;
    let asked = &spotify.stats().requests_by_path["/v1/search"];
    assert!(asked.contains_key(&404), "no page beyond the depth was asked for: {asked:?}");
    assert_eq!(played.report().failed, 0, "{:?}", played.report());
    assert!(played.ids().len() >= COUNT - 6, "{} of {COUNT}: {:?}", played.ids().len(), played.report());
}

#[tokio::test]
async fn the_systematic_search_asks_every_string_of_its_alphabet_once_and_nothing_else() {
    let strings = ["aa", "ab", "ba", "bb"];
    let spotify = stand_in(AppClass::Extended, COUNT).await;
    let played = collect(&spotify, "systematic").await;
    let terms = played.world.frontier.terms(&played.run.id);
    let keys: Vec<String> = terms.iter().map(|term| term.key().to_string()).collect();
    assert_eq!(keys, strings.map(|string| format!("search:{string}")));
    let catalogue = spotify.catalogue();
    let matches = |name: &str| {
        text::words(name).iter().any(|word| strings.iter().any(|string| word.starts_with(string)))
    };
    let all: BTreeSet<String> = (0..u32::try_from(COUNT).unwrap())
        .map(|rank| catalogue.artist(rank))
        .filter(|artist| matches(artist.name()))
        .map(|artist| artist.id().to_owned())
        .collect();
    assert!(!all.is_empty());
    assert_eq!(played.ids(), all);
    assert_eq!(played.run.state, RunState::Complete);
    let pages: u64 = terms.iter().map(|term| u64::from(term.tally.rows).div_ceil(50).max(1)).sum();
    assert_eq!(played.requests_of(Source::Systematic), pages, "no page is asked twice");
}
