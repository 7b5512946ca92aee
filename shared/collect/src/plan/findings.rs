//! What has been found out about the endpoints, and about searching: by which run, and when.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalogue::Artist;
use crate::term::RunId;
use crate::web_api::{Endpoint, Page, PageLimits};

/// Rows or ids that Spotify grants at best.
const BEST_PAGE: u32 = 50;

/// Albums that one batch may ask for.
const BEST_ALBUMS: u32 = 20;

/// Tracks whose audio features one batch may ask for.
const BEST_FEATURES: u32 = 100;

/// A field of an artist that Spotify may withhold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// 0 to 100.
    Popularity,
    /// How many.
    Followers,
    /// Perhaps none.
    Genres,
}

impl Field {
    /// Every field that may be withheld.
    pub const ALL: [Self; 3] = [Self::Popularity, Self::Followers, Self::Genres];

    /// Whether an answer provided it.
    pub fn is_in(self, artist: &Artist) -> bool {
        match self {
            Self::Popularity => artist.popularity.is_some(),
            Self::Followers => artist.followers.is_some(),
            Self::Genres => artist.genres.is_some(),
        }
    }

    /// The name in tables and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::Followers => "followers",
            Self::Genres => "genres",
        }
    }
}

/// What has been found out about one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether it answers this app.
    pub open: bool,
    /// What it answered instead, such as `403 Forbidden`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Most rows of a page, or ids of a batch, where that is less than Spotify grants at best.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The fields with which artists come, where artists come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<Field>>,
    /// When it was found out.
    pub at: Timestamp,
    /// The run that found it out.
    pub run: RunId,
}

impl Finding {
    /// It answers.
    pub fn open(run: &RunId, at: Timestamp) -> Self {
        Self { open: true, refusal: None, page: None, fields: None, at, run: run.clone() }
    }

    /// It refuses this app.
    pub fn closed(run: &RunId, at: Timestamp, refusal: String) -> Self {
        Self { open: false, refusal: Some(refusal), ..Self::open(run, at) }
    }
}

/// What has been found out about an operator of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorFinding {
    /// Whether it works.
    pub works: bool,
    /// The run that found it out.
    pub run: RunId,
    /// When it was found out; unknown of what was kept before times were.
    pub at: Option<Timestamp>,
}

impl OperatorFinding {
    /// What `run` finds out now.
    pub fn new(works: bool, run: &RunId, at: Timestamp) -> Self {
        Self { works, run: run.clone(), at: Some(at) }
    }
}

/// What has been found out about how much of a search is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitsFinding {
    /// How much.
    pub limits: PageLimits,
    /// The run that found it out; unknown of what was kept before runs and times were.
    pub run: Option<RunId>,
    /// When it was found out; unknown likewise.
    pub at: Option<Timestamp>,
}

impl LimitsFinding {
    /// What `run` finds out now.
    pub fn new(limits: PageLimits, run: &RunId, at: Timestamp) -> Self {
        Self { limits, run: Some(run.clone()), at: Some(at) }
    }
}

/// What has been found out about all endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings(pub BTreeMap<Endpoint, Finding>);

impl Findings {
    /// What `run` has found out about `endpoint`. What an earlier run found may have changed.
    pub fn of_run(&self, endpoint: Endpoint, run: &RunId) -> Option<&Finding> {
        self.0.get(&endpoint).filter(|finding| finding.run == *run)
    }

    /// Whether `run` knows that it answers.
    pub fn is_open(&self, endpoint: Endpoint, run: &RunId) -> bool {
        self.of_run(endpoint, run).is_some_and(|finding| finding.open)
    }

    /// Whether `run` knows that it refuses this app.
    pub fn is_closed(&self, endpoint: Endpoint, run: &RunId) -> bool {
        self.of_run(endpoint, run).is_some_and(|finding| !finding.open)
    }

    /// What `page` says about `endpoint`, which has answered `run` for the first time.
    pub(crate) fn of_answer(&self, endpoint: Endpoint, run: &RunId, page: &Page, at: Timestamp) -> Finding {
        let without_tracks = endpoint == Endpoint::Playlist && page.total.is_none() && page.rows == 0;
        let finding = if without_tracks {
            Finding::closed(run, at, "answers without tracks".to_owned())
        } else {
            Finding::open(run, at)
        };
        let comes = |field: &Field| page.artists.iter().any(|artist| field.is_in(artist));
        let fields = (!page.artists.is_empty()).then(|| Field::ALL.into_iter().filter(comes).collect());
        let page = self.0.get(&endpoint).and_then(|known| known.page);
        Finding { page, fields, ..finding }
    }

    /// Most rows of a page or ids of a batch, as far as is known.
    pub fn page(&self, endpoint: Endpoint) -> u32 {
        let best = match endpoint {
            Endpoint::Albums => BEST_ALBUMS,
            Endpoint::AudioFeatures => BEST_FEATURES,
            _ => BEST_PAGE,
        };
        self.0.get(&endpoint).and_then(|finding| finding.page).map_or(best, |page| page.clamp(1, best))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_found_is_no_finding_of_this_one_but_its_page_is_a_start() {
        let (earlier, now) = (RunId::new("1").unwrap(), RunId::new("2").unwrap());
        let at = Timestamp::UNIX_EPOCH;
        let closed = Finding { page: Some(10), ..Finding::closed(&earlier, at, "403".to_owned()) };
        let findings = Findings([(Endpoint::ArtistAlbums, closed)].into());
        assert!(findings.is_closed(Endpoint::ArtistAlbums, &earlier));
        assert!(!findings.is_closed(Endpoint::ArtistAlbums, &now));
        assert!(!findings.is_open(Endpoint::ArtistAlbums, &now));
        assert_eq!(findings.page(Endpoint::ArtistAlbums), 10);
        assert_eq!((findings.page(Endpoint::Albums), findings.page(Endpoint::Categories)), (20, 50));
    }
}
