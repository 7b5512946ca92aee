//! Each endpoint: the path and query of its request, and the page that its answer becomes.

use collect::catalogue::{AlbumId, CategoryId, PlaylistId, TrackId};
use collect::web_api::Seeds;
use spotify::{Kind, Page, PageAsk, Request, Spotify, SpotifyError};

use crate::server::{Reply, Server, id};

const BATCH: &str = include_str!("../../fixtures/artists-batch.json");
const DEVELOPMENT: &str = include_str!("../../fixtures/artist-development.json");
const GONE: &str = r#"{"error":{"status":404,"message":"Resource not found"}}"#;
const PAGE: PageAsk = PageAsk { limit: 20, offset: 40 };
const PAGED: &[(&str, &str)] = &[("limit", "20"), ("offset", "40")];

fn album(number: u32) -> AlbumId {
    AlbumId::new(id(number).as_str()).expect("an id")
}

fn track(number: u32) -> TrackId {
    TrackId::new(id(number).as_str()).expect("an id")
}

fn playlist() -> PlaylistId {
    PlaylistId::new(id(41).as_str()).expect("an id")
}

fn category() -> CategoryId {
    CategoryId::new("hip-hop").expect("an id")
}

/// Sends `request` to a server that answers `body`, checks what was sent and returns the page.
async fn asked(request: Request, body: &str, path: &str, query: &[(&str, &str)]) -> Page {
    let server = Server::start().await;
    server.api(Reply::new(200, body));
    let page = server.client().ask(&request).await.expect("a page");
    let requests = server.api_requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let seen = &requests[0];
    assert_eq!(seen.path, path);
    let mut sent: Vec<_> = seen.query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    sent.sort_unstable();
    assert_eq!(sent, query);
    page
}

#[tokio::test]
async fn artists_are_requested_in_one_batch() {
    let ids = [1, 2, 3, 4].map(id);
    let joined = ids.each_ref().map(collect::catalogue::ArtistId::as_str).join(",");
    let request = Request::Artists(ids.to_vec());
    let page = asked(request, BATCH, "/v1/artists", &[("ids", &joined)]).await;
    let known: Vec<_> = page.artists.into_iter().map(|artist| artist.id).collect();
    assert_eq!((known, page.rows), (vec![id(1), id(3)], 4));
}

#[tokio::test]
async fn one_artist_is_requested_by_path() {
    let path = format!("/v1/artists/{}", id(1));
    let page = asked(Request::Artist(id(1)), DEVELOPMENT, &path, &[]).await;
    let [artist] = &page.artists[..] else { panic!("one artist") };
    assert_eq!((&artist.id, artist.popularity, &artist.genres), (&id(1), None, &None));
}

#[tokio::test]
async fn related_artists_are_requested_by_path() {
    let path = format!("/v1/artists/{}/related-artists", id(1));
    let page = asked(Request::RelatedArtists(id(1)), BATCH, &path, &[]).await;
    assert_eq!(page.artists.len(), 2);
}

#[tokio::test]
async fn a_search_for_several_kinds_is_one_request() {
    let request = Request::Search { query: "sy".to_owned(), kinds: Kind::ALL.to_vec(), page: PAGE };
    let query = [("limit", "20"), ("offset", "40"), ("q", "sy"), ("type", "artist,album,track,playlist")];
    let body = include_str!("../../fixtures/search-every-kind.json");
    let page = asked(request, body, "/v1/search", &query).await;
    assert_eq!((page.artists.len(), page.mentions.len(), page.leads.len()), (1, 7, 3));
}

#[tokio::test]
async fn albums_are_requested_by_artist_by_id_and_as_new_releases() {
    let path = format!("/v1/artists/{}/albums", id(1));
    let body = include_str!("../../fixtures/artist-albums.json");
    let page = asked(Request::ArtistAlbums { artist: id(1), page: PAGE }, body, &path, PAGED).await;
    assert_eq!(page.leads.len(), 3);
    let joined = [21, 26, 22].map(|number| id(number).to_string()).join(",");
    let body = include_str!("../../fixtures/albums-batch.json");
    let request = Request::Albums([21, 26, 22].map(album).to_vec());
    let page = asked(request, body, "/v1/albums", &[("ids", &joined)]).await;
    assert_eq!(page.mentions.len(), 7);
    let body = include_str!("../../fixtures/new-releases.json");
    let page = asked(Request::NewReleases(PAGE), body, "/v1/browse/new-releases", PAGED).await;
    assert_eq!(page.leads.len(), 2);
}

#[tokio::test]
async fn categories_and_their_playlists_are_requested_page_by_page() {
    let body = include_str!("../../fixtures/categories.json");
    let page = asked(Request::Categories(PAGE), body, "/v1/browse/categories", PAGED).await;
    assert_eq!(page.leads.len(), 2);
    let body = include_str!("../../fixtures/playlists.json");
    let request = Request::CategoryPlaylists { category: category(), page: PAGE };
    let page = asked(request, body, "/v1/browse/categories/hip-hop/playlists", PAGED).await;
    assert_eq!(page.leads.len(), 3);
    let request = Request::FeaturedPlaylists(PAGE);
    let page = asked(request, body, "/v1/browse/featured-playlists", PAGED).await;
    assert_eq!(page.leads.len(), 3);
}

#[tokio::test]
async fn a_playlist_is_one_request_and_its_items_come_page_by_page() {
    let path = format!("/v1/playlists/{}", playlist());
    let body = include_str!("../../fixtures/playlist.json");
    let page = asked(Request::Playlist(playlist()), body, &path, &[]).await;
    assert_eq!((page.mentions.len(), page.snapshot.is_some(), page.has_next), (4, true, true));
    let body = include_str!("../../fixtures/playlist-items.json");
    let request = Request::PlaylistItems { playlist: playlist(), page: PAGE };
    let page = asked(request, body, &format!("{path}/tracks"), PAGED).await;
    assert_eq!((page.mentions.len(), page.rows), (4, 7));
}

#[tokio::test]
async fn genre_seeds_are_one_request() {
    let body = include_str!("../../fixtures/genre-seeds.json");
    let path = "/v1/recommendations/available-genre-seeds";
    assert_eq!(asked(Request::GenreSeeds, body, path, &[]).await.leads.len(), 3);
}

#[tokio::test]
async fn recommendations_are_one_request_with_all_seeds() {
    let body = r#"{"seeds": [], "tracks": [null, {"id": "6rqhFgbbKwnb9MLmUQDhG6", "name": "One", "artists":
        [{"id": "0TnOYISbd1XYRBk9myaseg", "name": "Ana"}, {"id": null, "name": "Bo"}]}, {"name": "Two"}]}"#;
    let seeds = Seeds {
        artists: vec![id(1), id(2)],
        genres: vec!["hip-hop".to_owned()],
        tracks: vec![TrackId::new("6rqhFgbbKwnb9MLmUQDhG6").expect("an id")],
    };
    let (artists, tracks) = (format!("{},{}", id(1), id(2)), "6rqhFgbbKwnb9MLmUQDhG6");
    let query = [
        ("limit", "100"),
        ("seed_artists", artists.as_str()),
        ("seed_genres", "hip-hop"),
        ("seed_tracks", tracks),
    ];
    let page = asked(Request::Recommendations(seeds), body, "/v1/recommendations", &query).await;
    assert_eq!((page.tracks.len(), page.rows), (1, 3), "unreadable rows cost only themselves");
    assert_eq!((page.tracks[0].name.as_str(), page.tracks[0].artists.len()), ("One", 1));
}

#[tokio::test]
async fn audio_features_are_asked_for_many_tracks_at_once() {
    let body = format!(
        r#"{{"audio_features": [{{"id": "{}", "tempo": 120.5, "key": 7, "energy": null}}, null]}}"#,
        track(1)
    );
    let ids = format!("{},{}", track(1), track(2));
    let request = Request::AudioFeatures(vec![track(1), track(2)]);
    let page = asked(request, &body, "/v1/audio-features", &[("ids", &ids)]).await;
    let [(id, features)] = page.features.as_slice() else { panic!("{page:?}") };
    assert_eq!((id, page.rows), (&track(1), 2), "Spotify has none for the other");
    assert_eq!((features.key, features.energy), (Some(7), None));
}

#[tokio::test]
async fn an_empty_or_oversized_batch_sends_no_request() {
    let server = Server::start().await;
    let client = server.client();
    for none in [
        Request::Artists(Vec::new()),
        Request::Albums(Vec::new()),
        Request::Recommendations(Seeds::default()),
        Request::AudioFeatures(Vec::new()),
    ] {
        assert_eq!(client.ask(&none).await.expect("nothing"), Page::default());
    }
    let many = [
        (Request::Artists((0..51).map(id).collect()), "51 ids", "GET /artists"),
        (Request::Albums((0..21).map(album).collect()), "21 ids", "GET /albums"),
        (Request::AudioFeatures((0..101).map(track).collect()), "101 ids", "GET /audio-features"),
        (
            Request::Recommendations(Seeds { artists: (0..6).map(id).collect(), ..Seeds::default() }),
            "6 seeds",
            "GET /recommendations",
        ),
    ];
    for (request, count, endpoint) in many {
        let error = client.ask(&request).await.expect_err("too many");
        assert!(
            matches!(&error, SpotifyError::Rejected { message, .. } if message.contains(count)),
            "{error}"
        );
        assert_eq!(error.evidence().endpoint, endpoint);
    }
    assert_eq!(
        (server.api_requests().len(), server.token_requests().len(), client.requests_sent()),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn a_batch_with_a_wrong_row_count_is_transient() {
    let server = Server::start().await;
    server.api(Reply::new(200, BATCH));
    let error = server.client().ask(&Request::Artists(vec![id(1), id(2)])).await.expect_err("misaligned");
    assert!(matches!(&error, SpotifyError::Transient { .. }), "{error:?}");
    assert!(error.to_string().contains("4 rows for 2 ids"), "{error}");
}

#[tokio::test]
async fn every_endpoint_reports_unknown_ids_and_closed_endpoints() {
    let server = Server::start().await;
    let client = server.client();
    let requests = [
        Request::Artist(id(1)),
        Request::Artists(vec![id(1)]),
        Request::RelatedArtists(id(1)),
        Request::ArtistAlbums { artist: id(1), page: PAGE },
        Request::Albums(vec![album(1)]),
        Request::NewReleases(PAGE),
        Request::Categories(PAGE),
        Request::CategoryPlaylists { category: category(), page: PAGE },
        Request::FeaturedPlaylists(PAGE),
        Request::Playlist(playlist()),
        Request::PlaylistItems { playlist: playlist(), page: PAGE },
        Request::GenreSeeds,
        Request::Recommendations(Seeds { artists: vec![id(1)], ..Seeds::default() }),
        Request::AudioFeatures(vec![track(1)]),
        // Past the first page, a 404 is about the search depth.
        Request::Search {
            query: "sy".to_owned(),
            kinds: Kind::ALL.to_vec(),
            page: PageAsk { offset: 0, ..PAGE },
        },
    ];
    for request in requests {
        server.api(Reply::new(404, GONE));
        let gone = client.ask(&request).await.expect_err("gone");
        assert!(matches!(gone, SpotifyError::NotFound { .. }), "{request:?}: {gone:?}");
        for (status, body) in [(404, ""), (403, r#"{"error":{"status":403,"message":"Forbidden"}}"#)] {
            server.api(Reply::new(status, body));
            let closed = client.ask(&request).await.expect_err("closed");
            assert!(matches!(closed, SpotifyError::Closed { .. }), "{request:?}: {closed:?}");
        }
        server.api(Reply::new(200, "<html>One moment</html>"));
        let error = client.ask(&request).await.expect_err("a page of HTML");
        assert!(matches!(error, SpotifyError::Transient { .. }), "{request:?}: {error:?}");
    }
}
