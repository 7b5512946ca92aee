//! The requests that the client can send: each has a path, a query and a response shape.

use std::fmt::Display;

use collect::catalogue::{AlbumId, ArtistId, TrackId};
use collect::ports::Spotify;
use collect::web_api::{Endpoint, Evidence, Kind, Page, PageAsk, Request, Seeds, SpotifyError};

use crate::client::Client;
use crate::shapes;

/// Most ids in one batch of artists; Spotify refuses more.
pub const MAX_ARTISTS: usize = 50;

/// Most ids in one batch of albums; Spotify refuses more.
pub const MAX_ALBUMS: usize = 20;

/// Most ids in one batch of audio features; Spotify refuses more.
pub const MAX_FEATURES: usize = 100;

/// Tracks of one answer with recommendations; Spotify gives no more.
pub const MAX_RECOMMENDATIONS: usize = 100;

impl Spotify for Client {
    /// Sends one request. An empty batch returns an empty page without a request. A batch of more than
    /// [`MAX_ARTISTS`], [`MAX_ALBUMS`] or [`MAX_FEATURES`] ids, or of more than [`Seeds::MOST`] seeds, is a
    /// caller's mistake: it returns [`SpotifyError::Rejected`], as Spotify would, without spending a permit.
    /// The page of a batch contains the ids that Spotify knows; null and unreadable rows are left out.
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError> {
        match request {
            Request::Search { query, kinds, page } => self.search(query, kinds, *page).await,
            Request::Artists(ids) => self.artists(ids).await,
            Request::Artist(id) => self.get(&format!("/artists/{id}"), &[], shapes::artist).await,
            Request::RelatedArtists(id) => {
                self.get(&format!("/artists/{id}/related-artists"), &[], shapes::related_artists).await
            }
            Request::ArtistAlbums { artist, page } => {
                self.list(&format!("/artists/{artist}/albums"), *page, shapes::album_list).await
            }
            Request::Albums(ids) => self.albums(ids).await,
            Request::NewReleases(page) => {
                self.list("/browse/new-releases", *page, shapes::new_releases).await
            }
            Request::Categories(page) => self.list("/browse/categories", *page, shapes::categories).await,
            Request::CategoryPlaylists { category, page } => {
                self.list(&format!("/browse/categories/{category}/playlists"), *page, shapes::playlists).await
            }
            Request::FeaturedPlaylists(page) => {
                self.list("/browse/featured-playlists", *page, shapes::playlists).await
            }
            Request::Playlist(id) => self.get(&format!("/playlists/{id}"), &[], shapes::playlist).await,
            Request::PlaylistItems { playlist, page } => {
                self.list(&format!("/playlists/{playlist}/tracks"), *page, shapes::playlist_items).await
            }
            Request::AudioFeatures(ids) => self.audio_features(ids).await,
            Request::Recommendations(seeds) => self.recommendations(seeds).await,
            Request::GenreSeeds => {
                self.get("/recommendations/available-genre-seeds", &[], shapes::genre_seeds).await
            }
        }
    }
}

impl Client {
    /// `GET /search`, in the configured market.
    async fn search(&self, query: &str, kinds: &[Kind], page: PageAsk) -> Result<Page, SpotifyError> {
        let types = kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(",");
        let (limit, offset) = (page.limit.to_string(), page.offset.to_string());
        let mut query = vec![("q", query), ("type", &types), ("limit", &limit), ("offset", &offset)];
        query.extend(self.market.as_deref().map(|market| ("market", market)));
        let answer = self.get("/search", &query, |body| shapes::search_page(body, kinds)).await;
        answer.map_err(|error| beyond_depth(error, page))
    }

    /// `GET /artists?ids=`
    async fn artists(&self, ids: &[ArtistId]) -> Result<Page, SpotifyError> {
        let Some(joined) = joined(ids, MAX_ARTISTS, Endpoint::Artists)? else { return Ok(Page::default()) };
        self.get("/artists", &[("ids", &joined)], |body| shapes::artists(body, ids.len())).await
    }

    /// `GET /albums?ids=`
    async fn albums(&self, ids: &[AlbumId]) -> Result<Page, SpotifyError> {
        let Some(joined) = joined(ids, MAX_ALBUMS, Endpoint::Albums)? else { return Ok(Page::default()) };
        self.get("/albums", &[("ids", &joined)], |body| shapes::albums(body, ids.len())).await
    }

    /// `GET /audio-features?ids=`
    async fn audio_features(&self, ids: &[TrackId]) -> Result<Page, SpotifyError> {
        let Some(joined) = joined(ids, MAX_FEATURES, Endpoint::AudioFeatures)? else {
            return Ok(Page::default());
        };
        self.get("/audio-features", &[("ids", &joined)], |body| shapes::audio_features(body, ids.len())).await
    }

    /// `GET /recommendations`, in the configured market, with as many tracks as Spotify gives at once.
    async fn recommendations(&self, seeds: &Seeds) -> Result<Page, SpotifyError> {
        if seeds.count() == 0 {
            return Ok(Page::default());
        }
        if seeds.count() > Seeds::MOST {
            return Err(too_many(seeds.count(), "seeds", Seeds::MOST, Endpoint::Recommendations));
        }
        let join = |ids: &[String]| (!ids.is_empty()).then(|| ids.join(","));
        let texts = |ids: &mut dyn Iterator<Item = String>| join(&ids.collect::<Vec<_>>());
        let named = [
            ("seed_artists", texts(&mut seeds.artists.iter().map(ToString::to_string))),
            ("seed_genres", join(&seeds.genres)),
            ("seed_tracks", texts(&mut seeds.tracks.iter().map(ToString::to_string))),
            ("limit", Some(MAX_RECOMMENDATIONS.to_string())),
            ("market", self.market.clone()),
        ];
        let query: Vec<(&str, &str)> =
            named.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
        self.get("/recommendations", &query, shapes::recommendations).await
    }

    /// One page of a list.
    async fn list(
        &self,
        path: &str,
        page: PageAsk,
        read: fn(&[u8]) -> Result<Page, shapes::Unexpected>,
    ) -> Result<Page, SpotifyError> {
        let (limit, offset) = (page.limit.to_string(), page.offset.to_string());
        self.get(path, &[("limit", &limit), ("offset", &offset)], read).await
    }
}

/// A search names no id, so a 404 means that the search shows no rows from `offset` on. Spotify says so with
/// a 400 today and used a 404 in earlier years; both become the same rejection. At offset 0, a 404 says
/// nothing about the search depth.
fn beyond_depth(error: SpotifyError, page: PageAsk) -> SpotifyError {
    match error {
        SpotifyError::NotFound { evidence } if page.offset > 0 => {
            let message = format!("Limit + Offset exceeds maximum of {}", page.offset);
            SpotifyError::Rejected { message, evidence }
        }
        other => other,
    }
}

/// The ids joined for the query; `None` if there are none.
fn joined(ids: &[impl Display], most: usize, endpoint: Endpoint) -> Result<Option<String>, SpotifyError> {
    if ids.is_empty() {
        return Ok(None);
    }
    if ids.len() > most {
        return Err(too_many(ids.len(), "ids", most, endpoint));
    }
    Ok(Some(ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")))
}

/// The rejection of a request that is not sent because Spotify would refuse it.
fn too_many(count: usize, of: &str, most: usize, endpoint: Endpoint) -> SpotifyError {
    let message = format!("{count} {of} in one request; at most {most} are allowed");
    let detail = "the request was not sent".to_owned();
    let evidence = Evidence { endpoint: endpoint.name().to_owned(), status: None, detail };
    SpotifyError::Rejected { message, evidence }
}
