//! Sources: the ways to find artists, each of which can be switched off.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::web_api::{Bucket, Endpoint, Kind};

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

/// What a source is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// All artists there are, by their names. What such a source asks, it asks to the end.
    AllNames,
    /// Artists that something leads to. Beside the search for everything it is left where it brings too
    /// little.
    Leads,
    /// Completing artists of whom only id and name are known. That comes last, when most of them wait and
    /// their batches are full.
    Completion,
    /// The tracks of genres, which never wait for artists.
    Tracks,
}

/// What the first terms of a source come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Beginning {
    /// The seeder puts them before anything is known.
    Seeder,
    /// The term `capabilities` begins it once it knows whether these endpoints answer. It asks each of them
    /// once, in this order. Before that it searches for results of these kinds, to have something to ask
    /// about.
    Endpoints(&'static [Endpoint], &'static [Kind]),
    /// It has none: searches of these kinds bring what it is about, and its requests are theirs.
    Searches(&'static [Kind]),
}

/// What has to be known of a source.
struct Facts {
    name: &'static str,
    buckets: &'static [Bucket],
    aim: Aim,
    beginning: Beginning,
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
        self.facts().name
    }

    /// The buckets that its terms are asked from.
    pub fn buckets(self) -> &'static [Bucket] {
        self.facts().buckets
    }

    /// What it is there for.
    pub fn aim(self) -> Aim {
        self.facts().aim
    }

    /// Whether it has requests of its own. What searches show beside artists comes with the search.
    pub(crate) fn has_requests(self) -> bool {
        match self.beginning() {
            Beginning::Seeder | Beginning::Endpoints(..) => true,
            Beginning::Searches(_) => false,
        }
    }

    /// What its first terms come from.
    pub(crate) fn beginning(self) -> Beginning {
        self.facts().beginning
    }

    /// What has to be known of it.
    fn facts(self) -> Facts {
        const SEARCH: &[Bucket] = &[Bucket::Search];
        const ARTISTS: &[Kind] = &[Kind::Artist];
        match self {
            Self::Search => {
                Facts { name: "search", buckets: SEARCH, aim: Aim::AllNames, beginning: Beginning::Seeder }
            }
            Self::Systematic => Facts {
                name: "systematic",
                buckets: SEARCH,
                aim: Aim::AllNames,
                beginning: Beginning::Seeder,
            },
            Self::Genres => Facts {
                name: "genres",
                buckets: &[Bucket::Recommendations, Bucket::Search],
                aim: Aim::Leads,
                beginning: Beginning::Endpoints(&[Endpoint::GenreSeeds], ARTISTS),
            },
            Self::Categories => Facts {
                name: "categories",
                buckets: &[Bucket::Browse, Bucket::Playlists, Bucket::Search],
                aim: Aim::Leads,
                beginning: Beginning::Endpoints(
                    &[Endpoint::Categories, Endpoint::CategoryPlaylists, Endpoint::Playlist],
                    &Kind::ALL,
                ),
            },
            Self::Playlists => Facts {
                name: "playlists",
                buckets: &[Bucket::Playlists, Bucket::Browse, Bucket::Search],
                aim: Aim::Leads,
                beginning: Beginning::Endpoints(
                    &[Endpoint::FeaturedPlaylists, Endpoint::Playlist],
                    &Kind::ALL,
                ),
            },
            Self::Related => Facts {
                name: "related",
                buckets: &[Bucket::Artists],
                aim: Aim::Leads,
                beginning: Beginning::Endpoints(&[Endpoint::RelatedArtists], ARTISTS),
            },
            Self::NewReleases => Facts {
                name: "new-releases",
                buckets: &[Bucket::Browse, Bucket::Search],
                aim: Aim::Leads,
                beginning: Beginning::Endpoints(&[Endpoint::NewReleases], &Kind::ALL),
            },
            Self::MultiType => Facts {
                name: "multi-type",
                buckets: SEARCH,
                aim: Aim::Leads,
                beginning: Beginning::Searches(&Kind::ALL),
            },
            Self::Albums => Facts {
                name: "albums",
                buckets: &[Bucket::ArtistAlbums],
                aim: Aim::Leads,
                beginning: Beginning::Endpoints(&[Endpoint::ArtistAlbums, Endpoint::Albums], &Kind::ALL),
            },
            Self::Hydrate => Facts {
                name: "hydrate",
                buckets: &[Bucket::Artists],
                aim: Aim::Completion,
                beginning: Beginning::Endpoints(&[Endpoint::Artists], ARTISTS),
            },
            Self::Tracks => Facts {
                name: "tracks",
                buckets: &[Bucket::Playlists, Bucket::Browse, Bucket::Search, Bucket::AudioFeatures],
                aim: Aim::Tracks,
                beginning: Beginning::Seeder,
            },
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
        self.iter().any(|source| source.aim() != Aim::AllNames)
    }

    /// Whether the term `capabilities` has to find out which of them the app may use.
    pub(crate) fn are_explored(self) -> bool {
        self.iter().any(|source| match source.beginning() {
            Beginning::Endpoints(..) | Beginning::Searches(_) => true,
            Beginning::Seeder => false,
        })
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
