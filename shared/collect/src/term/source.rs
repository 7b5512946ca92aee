//! Sources: the ways to find artists, each of which can be switched off.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::web_api::Bucket;

/// A way to find artists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The adaptive search for everything.
    Search,
    /// Searches for all strings of a length, in order.
    Systematic,
    /// Searches for genres: the seeds that Spotify names, and every genre seen on an artist.
    Genres,
    /// Browse categories: their names as searches, and their playlists.
    Categories,
    /// Featured playlists, those that searches find, and those that the operator names.
    Playlists,
    /// The walk over related artists.
    Related,
    /// New albums.
    NewReleases,
    /// Albums, tracks and playlists beside the artists of a search.
    MultiType,
    /// The albums of known artists, for the artists featured on them.
    Albums,
    /// Artists of whom only id and name are known are completed.
    Hydrate,
    /// The tracks of genres with their audio features, which the job `features` asks for.
    Tracks,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 11] = [
        Self::Search,
        Self::Systematic,
        Self::Genres,
        Self::Categories,
        Self::Playlists,
        Self::Related,
        Self::NewReleases,
        Self::MultiType,
        Self::Albums,
        Self::Hydrate,
        Self::Tracks,
    ];

    /// The name in settings, tables, logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Systematic => "systematic",
            Self::Genres => "genres",
            Self::Categories => "categories",
            Self::Playlists => "playlists",
            Self::Related => "related",
            Self::NewReleases => "new-releases",
            Self::MultiType => "multi-type",
            Self::Albums => "albums",
            Self::Hydrate => "hydrate",
            Self::Tracks => "tracks",
        }
    }

    /// The buckets that its terms are asked from.
    pub fn buckets(self) -> &'static [Bucket] {
        match self {
            Self::Search | Self::Systematic | Self::MultiType => &[Bucket::Search],
            Self::Genres => &[Bucket::Recommendations, Bucket::Search],
            Self::Categories => &[Bucket::Browse, Bucket::Playlists, Bucket::Search],
            Self::Playlists => &[Bucket::Playlists, Bucket::Browse, Bucket::Search],
            Self::Related | Self::Hydrate => &[Bucket::Artists],
            Self::NewReleases => &[Bucket::Browse, Bucket::Search],
            Self::Albums => &[Bucket::ArtistAlbums],
            Self::Tracks => &[Bucket::Playlists, Bucket::Browse, Bucket::Search, Bucket::AudioFeatures],
        }
    }

    /// Whether it searches for all names there are, rather than for artists that something leads to.
    pub fn searches_all_names(self) -> bool {
        match self {
            Self::Search | Self::Systematic => true,
            Self::Genres
            | Self::Categories
            | Self::Playlists
            | Self::Related
            | Self::NewReleases
            | Self::MultiType
            | Self::Albums
            | Self::Hydrate
            | Self::Tracks => false,
        }
    }

    /// Whether it is left beside the search for everything where it brings too little. What was asked for
    /// string by string is asked to the end, artists are completed to the last one, and tracks are no
    /// artists.
    pub fn may_be_left(self) -> bool {
        match self {
            Self::Genres
            | Self::Categories
            | Self::Playlists
            | Self::Related
            | Self::NewReleases
            | Self::MultiType
            | Self::Albums => true,
            Self::Search | Self::Systematic | Self::Hydrate | Self::Tracks => false,
        }
    }

    /// Whether it completes artists, rather than find any. That comes last, when most of them wait and their
    /// batches are full.
    pub fn completes(self) -> bool {
        match self {
            Self::Hydrate => true,
            Self::Search
            | Self::Systematic
            | Self::Genres
            | Self::Categories
            | Self::Playlists
            | Self::Related
            | Self::NewReleases
            | Self::MultiType
            | Self::Albums
            | Self::Tracks => false,
        }
    }

    /// Whether it has requests of its own. What a search shows beside artists comes with the search.
    pub fn has_requests(self) -> bool {
        match self {
            Self::MultiType => false,
            Self::Search
            | Self::Systematic
            | Self::Genres
            | Self::Categories
            | Self::Playlists
            | Self::Related
            | Self::NewReleases
            | Self::Albums
            | Self::Hydrate
            | Self::Tracks => true,
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The sources that an operator wants used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sources(u16);

/// A list of sources that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSources {
    /// A name that is no source's.
    #[error("there is no source {0:?}; there are {names}", names = names())]
    Unknown(String),
    /// Nothing would be asked.
    #[error("no source is named; there are {names}", names = names())]
    None,
}

fn names() -> String {
    Source::ALL.map(Source::name).join(", ")
}

impl Default for Sources {
    /// The adaptive search alone.
    fn default() -> Self {
        [Source::Search].into_iter().collect()
    }
}

impl Sources {
    /// Whether `source` is enabled.
    pub fn has(self, source: Source) -> bool {
        self.0 & source.bit() != 0
    }

    /// The enabled sources.
    pub fn iter(self) -> impl Iterator<Item = Source> {
        Source::ALL.into_iter().filter(move |source| self.has(*source))
    }

    /// Whether more than the search for all names is enabled.
    pub fn beyond_search(self) -> bool {
        self.iter().any(|source| !source.searches_all_names())
    }

    /// Whether a term has to find out which of them the app may use, and begin them.
    pub fn explored(self) -> bool {
        self.iter().any(|source| !source.searches_all_names() && source != Source::Tracks)
    }

    /// The same with `source`.
    #[must_use]
    pub fn with(self, source: Source) -> Self {
        Self(self.0 | source.bit())
    }

    /// The buckets that they are asked from, each once.
    pub fn buckets(self) -> impl Iterator<Item = Bucket> {
        Bucket::ALL
            .into_iter()
            .filter(move |bucket| self.iter().any(|source| source.buckets().contains(bucket)))
    }
}

impl FromIterator<Source> for Sources {
    fn from_iter<T: IntoIterator<Item = Source>>(sources: T) -> Self {
        Self(sources.into_iter().fold(0, |bits, source| bits | source.bit()))
    }
}

impl FromStr for Sources {
    type Err = InvalidSources;

    /// Reads names that are separated by commas or spaces.
    fn from_str(list: &str) -> Result<Self, InvalidSources> {
        let names = list.split([',', ' ']).filter(|name| !name.is_empty());
        let source = |name: &str| {
            let known = Source::ALL.into_iter().find(|source| source.name() == name);
            known.ok_or_else(|| InvalidSources::Unknown(name.chars().take(60).collect()))
        };
        let sources: Self = names.map(source).collect::<Result<_, _>>()?;
        if sources.0 == 0 { Err(InvalidSources::None) } else { Ok(sources) }
    }
}

impl fmt::Display for Sources {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.iter().map(Source::name).collect::<Vec<_>>().join(","))
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Sources({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_names_is_read_and_shown() {
        let sources: Sources = "related, search".parse().unwrap();
        assert!(sources.has(Source::Related) && sources.has(Source::Search) && !sources.has(Source::Genres));
        assert_eq!(sources.to_string(), "search,related");
        let all: Sources = Source::ALL.into_iter().collect();
        assert_eq!(all.to_string().parse(), Ok(all));
    }

    #[test]
    fn all_sources_are_in_all() {
        // Serde knows every variant and lists them: unknown variant ``, expected one of `search`, ...
        let error = serde_json::from_str::<Source>("\"\"").unwrap_err().to_string();
        let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(known, Source::ALL.map(Source::name));
    }

    #[test]
    fn a_name_that_is_no_sources_is_named_with_those_that_are() {
        let error = "search,artists".parse::<Sources>().unwrap_err().to_string();
        assert!(error.contains("\"artists\"") && error.contains("new-releases"), "{error}");
        assert_eq!(" , ".parse::<Sources>(), Err(InvalidSources::None));
    }
}
