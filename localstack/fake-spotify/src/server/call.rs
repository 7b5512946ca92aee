//! One API request as the routes see it: what it asks, and what it is answered from.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};

use super::app::App;
use super::objects::{Objects, PageAsk};
use super::reply::Reply;
use crate::catalogue::{Id, parse_id};
use crate::config::AppClass;
use crate::faults::{Breakage, Faults};
use crate::random::Random;

/// Answers one request whose token, limits and access are in order. Handlers compute; they never wait.
pub(super) type Handler = fn(&mut Call<'_>) -> Reply;

/// A request that is being answered.
pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    pub(super) faults: &'a Faults,
    pub(super) random: Random,
    /// The endpoint's path, with `{id}` for an id.
    pub(super) pattern: &'static str,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
}

impl<'a> Call<'a> {
    /// What the app may do.
    pub(super) fn class(&self) -> AppClass {
        self.app.config.class
    }

    /// The value of a query parameter, decoded.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.uri.query()?.as_bytes();
        form_urlencoded::parse(query).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The path as it was asked for, without its query.
    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// The id in the path: what stands where the endpoint's path has `{id}`.
    pub(super) fn path_id(&self) -> &str {
        let place = self.pattern.split('/').position(|part| part == "{id}");
        place.and_then(|place| self.path().split('/').nth(place)).unwrap_or_default()
    }

    /// The address under which the caller knows this server, for links in answers.
    pub(super) fn base(&self) -> String {
        let host = self.headers.get(HOST).and_then(|host| host.to_str().ok());
        host.map_or_else(|| format!("http://{}", self.app.address), |host| format!("http://{host}"))
    }

    /// Makes the objects of the answer; `base` comes from [`Call::base`].
    pub(super) fn objects<'o>(&self, base: &'o str) -> Objects<'o>
    where
        'a: 'o,
    {
        Objects::new(&self.app.world, base, self.class())
    }

    /// The page that `limit` and `offset` ask for, or Spotify's refusal of them.
    pub(super) fn page(&self, default: usize, most: usize) -> Result<PageAsk, Reply> {
        let number = |name, otherwise, refusal| match self.parameter(name) {
            Some(number) => number.parse::<usize>().map_err(|_| Reply::bad(refusal)),
            None => Ok(otherwise),
        };
        let limit = number("limit", default, "Invalid limit")?;
        if limit == 0 || limit > most {
            return Err(Reply::bad("Invalid limit"));
        }
        Ok(PageAsk { limit, offset: number("offset", 0, "Invalid offset")? })
    }

    /// The rank of the artist that the path names.
    pub(super) fn artist(&self) -> Result<u32, Reply> {
        let id = parse_id(self.path_id()).ok_or_else(|| Reply::bad("Invalid base62 id"))?;
        self.app.searcher.catalogue().rank_of(&id).ok_or_else(Reply::not_found)
    }

    /// The ids that a request for several things names: at least one and `most` at most. `None` is one that is missing
    /// on purpose.
    pub(super) fn ids(&self, most: usize) -> Result<Vec<Option<Id>>, Reply> {
        let ids = self.parameter("ids").unwrap_or_default();
        if ids.is_empty() {
            return Err(Reply::bad("Missing required field: ids"));
        }
        let missing = |id: &str| self.faults.broken.get(id) == Some(&Breakage::Missing);
        let id = |id| parse_id(id).map(|parsed| (!missing(id)).then_some(parsed));
        let ids: Option<Vec<_>> = ids.split(',').map(id).collect();
        let ids = ids.ok_or_else(|| Reply::bad("Invalid base62 id"))?;
        if ids.len() > most { Err(Reply::bad("Too many ids requested")) } else { Ok(ids) }
    }
}
