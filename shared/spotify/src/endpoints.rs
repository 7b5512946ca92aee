//! The questions that can be asked.

use collect::artist::Artist;
use collect::id::ArtistId;
use collect::ports::spotify::{Evidence, Page, PageAsk, Request, Spotify, SpotifyError};

use crate::client::Client;
use crate::shapes;

/// Most ids that one batch may ask for; Spotify refuses more.
pub const MAX_IDS: usize = 50;

impl Spotify for Client {
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError> {
        if let Request::Search { query, page, .. } = request {
            return self.search(query, *page).await;
        }
        let endpoint = request.endpoint().name().to_owned();
        let detail = "not asked by this client".to_owned();
        Err(SpotifyError::Closed { evidence: Evidence { endpoint, status: None, detail } })
    }
}

impl Client {
    /// `GET /search?type=artist`, in the configured market.
    async fn search(&self, query: &str, page: PageAsk) -> Result<Page, SpotifyError> {
        let (limit, offset) = (page.limit.to_string(), page.offset.to_string());
        let mut query = vec![("q", query), ("type", "artist"), ("limit", &limit), ("offset", &offset)];
        query.extend(self.market.as_deref().map(|market| ("market", market)));
        self.get("/search", &query, shapes::search_page).await
    }

    /// `GET /artists?ids=`, for at most [`MAX_IDS`] ids. The answer has one place for each id, in their order: `None` where
    /// Spotify knows no such artist or its row could not be read. Closed to apps in development mode.
    ///
    /// No ids are answered without a request. More than [`MAX_IDS`] are [`SpotifyError::Rejected`] without a request: the
    /// caller's mistake, told as Spotify would, but without spending a permit on it.
    pub async fn artists(&self, ids: &[ArtistId]) -> Result<Vec<Option<Artist>>, SpotifyError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        if ids.len() > MAX_IDS {
            return Err(too_many(ids.len()));
        }
        let joined = ids.iter().map(ArtistId::as_str).collect::<Vec<_>>().join(",");
        self.get("/artists", &[("ids", &joined)], |body| shapes::artists(body, ids.len())).await
    }

    /// `GET /artists/{id}`. In development mode the artist comes without popularity, followers and genres. An unknown id
    /// is [`SpotifyError::NotFound`].
    pub async fn artist(&self, id: &ArtistId) -> Result<Artist, SpotifyError> {
        self.get(&format!("/artists/{id}"), &[], shapes::artist).await
    }
}

fn too_many(ids: usize) -> SpotifyError {
    let message = format!("{ids} ids asked for at once, at most {MAX_IDS} are allowed");
    let detail = "the question was not sent".to_owned();
    SpotifyError::Rejected {
        message,
        evidence: Evidence { endpoint: "GET /artists".to_owned(), status: None, detail },
    }
}
