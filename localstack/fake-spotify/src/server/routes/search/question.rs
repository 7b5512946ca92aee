//! Reading a search.

use axum::http::StatusCode;
use form_urlencoded::Serializer;

use crate::server::call::Call;
use crate::server::objects::PageAsk;
use crate::server::reply::Reply;

/// What can be searched for. Audiobooks are not in this world; their pages are empty.
const TYPES: [&str; 7] = ["artist", "album", "track", "playlist", "show", "episode", "audiobook"];

/// A search that may be answered.
pub(super) struct Question {
    pub(super) text: String,
    pub(super) types: Vec<String>,
    /// The market that the question names.
    pub(super) market: Option<&'static str>,
    pub(super) limit: usize,
    pub(super) offset: usize,
}

impl Question {
    /// Reads the parameters, or says as Spotify does what is wrong with them.
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Reply> {
        let class = call.class();
        let text = call.parameter("q").or_else(|| call.parameter("query")).unwrap_or_default();
        if text.trim().is_empty() {
            return Err(Reply::bad("No search query"));
        }
        let types = call.parameter("type").filter(|types| !types.is_empty());
        let types = types.ok_or_else(|| Reply::bad("Missing parameter type"))?;
        let types: Vec<String> = types.split(',').map(|kind| kind.trim().to_owned()).collect();
        if let Some(unknown) = types.iter().find(|kind| !TYPES.contains(&kind.as_str())) {
            return Err(Reply::bad(&format!("Bad search type field {unknown}")));
        }
        let PageAsk { limit, offset } = call.page(class.default_page(), class.page_limit())?;
        let window = call.app.config.search_window;
        if offset.saturating_add(limit) > window {
            if call.faults.deep_search_missing {
                return Err(Reply::error(StatusCode::NOT_FOUND, "Not found."));
            }
            return Err(Reply::bad(&format!("Limit + Offset exceeds maximum of {window}")));
        }
        Ok(Self { text, types, market: call.market()?, limit, offset })
    }

    /// The address of the page of this question at `offset`.
    pub(super) fn url(&self, base: &str, offset: usize) -> String {
        let mut query = Serializer::new(format!("{base}/v1/search?offset={offset}&limit={}", self.limit));
        query.append_pair("query", &self.text).append_pair("type", &self.types.join(","));
        if let Some(market) = self.market {
            query.append_pair("market", market);
        }
        query.finish()
    }
}
