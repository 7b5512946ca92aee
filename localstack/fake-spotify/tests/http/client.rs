//! Fermata's own client against the stand-in: every request of the port, and what each refusal becomes.

use std::collections::BTreeSet;

use collect::catalogue::{AlbumId, ArtistId, CategoryId, PlaylistId, TrackId};
use collect::web_api::Seeds;
use fake_spotify::world::{Playlist, Track};
use fake_spotify::{AppClass, Breakage, FakeSpotify, Faults};
use spotify::{Client, Kind, Lead, Page, PageAsk, Request, Spotify, SpotifyError};

use crate::common::{Caller, config, config_of};

const STRANGER: &str = "0000000000000000000000";
const PAGE: PageAsk = PageAsk { limit: 10, offset: 0 };

fn client(spotify: &FakeSpotify) -> Client {
    let config = spotify::Config {
        api_url: spotify.api_url(),
        token_url: spotify.token_url(),
        ..spotify::Config::default()
    };
    let fake_spotify::Credentials { id, secret } = spotify.credentials().clone();
    let credentials = spotify::Credentials { client_id: id, client_secret: secret.into() };
    Client::new(&config, credentials).expect("a client")
}

fn artist(id: &str) -> ArtistId {
    ArtistId::new(id).expect("an id")
}

/// The ids of the artists of these ranks, sorted.
fn ids(spotify: &FakeSpotify, ranks: impl IntoIterator<Item = u32>) -> BTreeSet<String> {
    ranks.into_iter().map(|rank| spotify.catalogue().artist(rank).id().to_owned()).collect()
}

fn mentioned(page: &Page) -> BTreeSet<String> {
    page.mentions.iter().map(|named| named.id.to_string()).collect()
}

/// All pages of a listing, and the artists and leads on them.
async fn walk(
    client: &Client,
    request: impl Fn(PageAsk) -> Request,
    limit: u32,
) -> (BTreeSet<String>, Vec<Lead>) {
    let (mut artists, mut leads, mut offset) = (BTreeSet::new(), Vec::new(), 0);
    loop {
        let page = client.ask(&request(PageAsk { limit, offset })).await.expect("a page");
        artists.extend(mentioned(&page));
        leads.extend(page.leads);
        offset += limit;
        if !page.has_next {
            assert!(page.total <= Some(offset.into()));
            return (artists, leads);
        }
    }
}

/// One request of every kind, about things that are there.
fn every_request(spotify: &FakeSpotify) -> Vec<Request> {
    let id = artist(spotify.catalogue().artist(0).id());
    let newest = spotify.world().new_albums()[0];
    let album = AlbumId::new(newest.id()).expect("an id");
    let track = spotify.world().track_id(Track { album: newest, place: 0 });
    let track = TrackId::new(track).expect("an id");
    let category = CategoryId::new(spotify.world().category_id(1)).expect("an id");
    let rank = (0..3_000).find(|rank| spotify.world().has_playlist(*rank)).expect("a playlist");
    let playlist = PlaylistId::new(Playlist::Personal { artist: rank }.id()).expect("an id");
    vec![
        Request::Search { query: "ma".to_owned(), kinds: Kind::ALL.to_vec(), page: PAGE },
        Request::Artists(vec![id.clone()]),
        Request::Artist(id.clone()),
        Request::RelatedArtists(id.clone()),
        Request::ArtistAlbums { artist: id.clone(), page: PAGE },
        Request::Albums(vec![album]),
        Request::NewReleases(PAGE),
        Request::Categories(PAGE),
        Request::CategoryPlaylists { category, page: PAGE },
        Request::FeaturedPlaylists(PAGE),
        Request::Playlist(playlist.clone()),
        Request::PlaylistItems { playlist, page: PAGE },
        Request::Recommendations(Seeds { artists: vec![id], ..Seeds::default() }),
        Request::AudioFeatures(vec![track]),
        Request::GenreSeeds,
    ]
}

#[tokio::test]
async fn an_app_of_each_class_gets_what_it_may_and_is_told_what_is_closed() {
    let closed: [(AppClass, &[&str]); 3] = [
        (AppClass::Extended, &[]),
        (
            AppClass::ExtendedNew,
            &[
                "GET /artists/{id}/related-artists",
                "GET /browse/categories/{id}/playlists",
                "GET /browse/featured-playlists",
                "GET /recommendations",
                "GET /audio-features",
                "GET /recommendations/available-genre-seeds",
            ],
        ),
        (
            AppClass::Development,
            &[
                "GET /artists",
                "GET /artists/{id}/related-artists",
                "GET /albums",
                "GET /browse/new-releases",
                "GET /browse/categories",
                "GET /browse/categories/{id}/playlists",
                "GET /browse/featured-playlists",
                "GET /playlists/{id}/tracks",
                "GET /recommendations",
                "GET /audio-features",
                "GET /recommendations/available-genre-seeds",
            ],
        ),
    ];
    for (class, expected) in closed {
        let caller = Caller::start(config_of(class)).await;
        let client = client(&caller.spotify);
        let mut refused = Vec::new();
        for request in every_request(&caller.spotify) {
            match client.ask(&request).await {
                Ok(page) => assert!(
                    page.rows > 0 || (class == AppClass::Development && page.snapshot.is_some()),
                    "{request:?}: {page:?}"
                ),
                Err(SpotifyError::Closed { .. }) => refused.push(request.endpoint().name()),
                Err(error) => panic!("{request:?}: {error}"),
            }
        }
        assert_eq!(refused, expected, "{class:?}");
    }
}

#[tokio::test]
async fn a_playlist_page_by_page_brings_the_artists_that_the_world_knows() {
    let caller = Caller::start(config()).await;
    let (client, world) = (client(&caller.spotify), caller.spotify.world());
    let playlist = world.category_playlists(2).find(|playlist| world.item_count(*playlist) > 100);
    let playlist = playlist.expect("a long playlist");
    let expected = ids(&caller.spotify, world.artists_on(playlist, 0));
    let id = PlaylistId::new(playlist.id()).expect("an id");
    let first = client.ask(&Request::Playlist(id.clone())).await.expect("a playlist");
    assert_eq!(
        (first.rows, first.total, first.has_next),
        (100, Some(world.item_count(playlist).into()), true)
    );
    let page = PageAsk { limit: 50, offset: 100 };
    let rest = client.ask(&Request::PlaylistItems { playlist: id.clone(), page }).await.expect("items");
    assert_eq!(&mentioned(&first) | &mentioned(&rest), expected);
    let (walked, _) = walk(&client, |page| Request::PlaylistItems { playlist: id.clone(), page }, 50).await;
    assert_eq!(walked, expected);
}

#[tokio::test]
async fn categories_lead_to_all_playlists_and_these_to_all_artists_in_reach() {
    let caller = Caller::start(config()).await;
    let client = client(&caller.spotify);
    let reach = caller.spotify.reach();
    let (_, categories) = walk(&client, Request::Categories, 50).await;
    let (_, mut playlists) = walk(&client, Request::FeaturedPlaylists, 50).await;
    for category in categories {
        let Lead::Category { id, .. } = category else { panic!("{category:?}") };
        let listed = |page| Request::CategoryPlaylists { category: id.clone(), page };
        playlists.extend(walk(&client, listed, 50).await.1);
    }
    let mut found = BTreeSet::new();
    let mut artists = BTreeSet::new();
    for lead in playlists {
        let Lead::Playlist { id, snapshot: Some(snapshot), tracks } = lead else { panic!("{lead:?}") };
        if !found.insert(id.to_string()) || found.len() > 100 {
            continue;
        }
        let page = client.ask(&Request::Playlist(id.clone())).await.expect("a playlist");
        assert_eq!((page.snapshot, page.total), (Some(snapshot), tracks.map(u64::from)));
        artists.extend(page.mentions.into_iter().map(|named| named.id.to_string()));
    }
    assert_eq!(found.into_iter().collect::<Vec<_>>(), reach.playlists);
    assert!(artists.iter().all(|id| reach.playlist_artists.binary_search(id).is_ok()));
    assert!(artists.len() > 500, "{}", artists.len());
}

#[tokio::test]
async fn albums_bring_guests_and_related_artists_come_complete() {
    let caller = Caller::start(config()).await;
    let (client, world) = (client(&caller.spotify), caller.spotify.world());
    let host = (0..3_000).find(|rank| world.albums(*rank).any(|album| !world.guests(album).is_empty()));
    let host = host.expect("an album with a guest");
    let album = world.albums(host).find(|album| !world.guests(*album).is_empty()).expect("it");
    let expected = ids(&caller.spotify, std::iter::once(host).chain(world.guests(album)));
    let asked = vec![AlbumId::new(album.id()).expect("an id"), AlbumId::new(STRANGER).expect("an id")];
    let page = client.ask(&Request::Albums(asked)).await.expect("albums");
    assert_eq!((mentioned(&page), page.rows), (expected, 2));
    let id = artist(caller.spotify.catalogue().artist(0).id());
    let page = client.ask(&Request::RelatedArtists(id)).await.expect("related artists");
    let found: BTreeSet<String> = page.artists.iter().map(|artist| artist.id.to_string()).collect();
    assert_eq!(found, ids(&caller.spotify, world.related(0)));
    assert!(page.artists.iter().all(|artist| artist.followers.is_some() && artist.genres.is_some()));
}

#[tokio::test]
async fn what_is_unknown_or_broken_fails_alone_and_by_its_policy() {
    let caller = Caller::start(config()).await;
    let client = client(&caller.spotify);
    let [gone, failing, garbled] =
        [1, 2, 3].map(|rank| caller.spotify.catalogue().artist(rank).id().to_owned());
    let mut faults = Faults::default();
    faults.broken = [(&gone, Breakage::Missing), (&failing, Breakage::Error), (&garbled, Breakage::Nonsense)]
        .map(|(id, breakage)| (id.clone(), breakage))
        .into();
    caller.spotify.set_faults(faults).expect("good faults");
    let requests = |id: &str| {
        let related = Request::RelatedArtists(artist(id));
        [Request::Artist(artist(id)), related, Request::ArtistAlbums { artist: artist(id), page: PAGE }]
    };
    for unknown in [STRANGER, gone.as_str()] {
        for request in requests(unknown) {
            let error = client.ask(&request).await.expect_err("gone");
            assert!(matches!(error, SpotifyError::NotFound { .. }), "{request:?}: {error}");
        }
    }
    for request in requests(&failing).into_iter().chain(requests(&garbled)) {
        let error = client.ask(&request).await.expect_err("broken");
        assert!(matches!(error, SpotifyError::Transient { .. }), "{request:?}: {error}");
    }
    let whole = artist(caller.spotify.catalogue().artist(4).id());
    let page = client.ask(&Request::Artists(vec![artist(&gone), whole.clone()])).await.expect("a batch");
    assert_eq!((page.artists.len(), &page.artists[0].id, page.rows), (1, &whole, 2));
    let category = CategoryId::new("pop").expect("an id");
    let error = client.ask(&Request::CategoryPlaylists { category, page: PAGE }).await.expect_err("unknown");
    assert!(matches!(error, SpotifyError::NotFound { .. }), "{error}");
}
