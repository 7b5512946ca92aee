//! One API request as the routes see it: what it asks, and what it is answered from.

use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode, Uri};
use form_urlencoded::Serializer;

use super::app::App;
use super::markets::market;
use super::objects::{Links, Objects, PageAsk};
use super::reply::Reply;
use crate::catalogue::{Id, parse_id};
use crate::config::AppClass;
use crate::faults::{Breakage, Faults};
use crate::random::Random;

/// Answers one request whose token, limits and access are in order, or refuses it. Handlers compute; they
/// never wait.
pub(super) type Handler = fn(&mut Call<'_>) -> Result<Reply, Reply>;

/// Parameters that also hold for the other pages of a listing.
const CARRIED: [&str; 5] = ["market", "country", "locale", "include_groups", "additional_types"];

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

    /// The values of a parameter that is a list, such as `a,b`.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let list = self.parameter(name).unwrap_or_default();
        list.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// The path as it was asked for, without its query and without a slash at its end.
    pub(super) fn path(&self) -> &str {
        self.uri.path().trim_end_matches('/')
    }

    /// What stands in the path where the endpoint's path has `{id}`.
    pub(super) fn path_id(&self) -> &str {
        let place = self.pattern.split('/').position(|part| part == "{id}");
        place.and_then(|place| self.path().split('/').nth(place)).unwrap_or_default()
    }

    /// The Spotify id in the path.
    pub(super) fn id(&self) -> Result<Id, Reply> {
        parse_id(self.path_id()).ok_or_else(|| Reply::bad("Invalid base62 id"))
    }

    /// The address under which the caller knows this server, for links in answers.
    pub(super) fn base(&self) -> String {
        let host = self.headers.get(HOST).and_then(|host| host.to_str().ok());
        host.map_or_else(|| format!("http://{}", self.app.address), |host| format!("http://{host}"))
    }

    /// How links in the answer begin and end.
    pub(super) fn links(&self) -> Links {
        self.links_with(&[])
    }

    /// [`Call::links`] whose pages keep these parameters too.
    pub(super) fn links_with(&self, others: &[&'static str]) -> Links {
        let mut carried = Serializer::new(String::new());
        for name in CARRIED.iter().chain(others) {
            if let Some(value) = self.parameter(name) {
                carried.append_pair(name, &value);
            }
        }
        Links { base: self.base(), carried: carried.finish() }
    }

    /// Makes the objects of the answer; `links` come from [`Call::links`].
    pub(super) fn objects<'o>(&self, links: &'o Links) -> Result<Objects<'o>, Reply>
    where
        'a: 'o,
    {
        Ok(Objects::new(&self.app.world, links, self.class(), self.market()?))
    }

    /// The market that the question names, if it names one. An app has no user whose market could be meant.
    pub(super) fn market(&self) -> Result<Option<&'static str>, Reply> {
        let code = self.parameter("market").or_else(|| self.parameter("country"));
        match code.as_deref() {
            None | Some("") => Ok(None),
            Some("from_token") => Err(Reply::error(StatusCode::FORBIDDEN, "Insufficient client scope")),
            Some(code) => market(code).map(Some).map_err(Reply::bad),
        }
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
        self.app.searcher.catalogue().rank_of(&self.id()?).ok_or_else(Reply::not_found)
    }

    /// The ids that a request for several things names: at least one and `most` at most. `None` is one that
    /// is missing on purpose.
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
