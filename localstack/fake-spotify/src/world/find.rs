//! Finding albums, tracks and playlists by a search.
//!
//! There is no index of titles. A title is the name of some artist, so what is called as the query says is
//! found by way of the artists that are, in the order of their popularity; their own albums, tracks and
//! playlists are found too, as they are at Spotify.

use std::collections::HashSet;

use super::{Album, Episode, Playlist, Show, Track, World};
use crate::catalogue::narrow;
use crate::fold::words;
use crate::search::{Clause, Index, Manner, Query, Tag, select};

/// What a search looks for beside artists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sought {
    /// Albums.
    Albums,
    /// Tracks.
    Tracks,
    /// Playlists.
    Playlists,
    /// Shows.
    Shows,
    /// Episodes.
    Episodes,
}

/// Something that a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// An album.
    Album(Album),
    /// A track.
    Track(Track),
    /// A playlist.
    Playlist(Playlist),
    /// A show.
    Show(Show),
    /// An episode.
    Episode(Episode),
}

/// The answer to a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The first matches, at most as many as the search may show.
    pub first: Vec<Thing>,
    /// How many match in all; estimated when there are more.
    pub total: usize,
}

/// Newest albums of an artist that are found by the artist's name, when the query says nothing of the albums.
const OWN_ALBUMS: usize = 1;

impl World {
    /// What matches `query`; the artists it speaks of are found in `index`.
    pub fn find(&self, index: &Index, query: &Query, manner: Manner, sought: Sought) -> Found {
        let filter = Filter::of(query);
        let mut matches = Matches { depth: manner.depth, ..Matches::default() };
        if !matches!(sought, Sought::Albums | Sought::Tracks) && !filter.is_open() {
            return Found::default();
        }
        match sought {
            Sought::Playlists => {
                self.editorial(query).for_each(|playlist| matches.add(Thing::Playlist(playlist)));
            }
            Sought::Tracks => self.titled(query, filter).for_each(|track| matches.add(track)),
            Sought::Albums | Sought::Shows | Sought::Episodes => {}
        }
        if filter.new && query.must.iter().all(is_filter) {
            let albums = self.new_albums.iter().map(|album| of_album(*album, sought));
            let fitting: Vec<Thing> = albums.filter(|thing| filter.fits(self, *thing)).collect();
            return Found { total: fitting.len(), first: fitting.into_iter().take(manner.depth).collect() };
        }
        // Where releases are sifted, an artist whose name is far down may have the first that fits.
        let manner = if filter.is_open() { manner } else { Manner { depth: usize::MAX, ..manner } };
        let (ranks, total) = self.named(index, query, manner);
        let by_name = query.must.iter().any(|clause| matches!(clause, Clause::Prefix(_) | Clause::Phrase(_)));
        let mut examined = 0;
        for rank in ranks {
            if matches.is_full() {
                break;
            }
            examined += 1;
            let own = self.own(rank, sought, if filter.is_open() { OWN_ALBUMS } else { usize::MAX });
            own.chain(self.eponymous(rank, sought).filter(|_| by_name))
                .filter(|thing| filter.fits(self, *thing))
                .for_each(|thing| matches.add(thing));
        }
        matches.found(examined, total)
    }

    /// The artists whom a query names, most popular first, at most as many as `manner` says; and how many
    /// there are.
    fn named(&self, index: &Index, query: &Query, manner: Manner) -> (Box<dyn Iterator<Item = u32>>, usize) {
        let keep = |clauses: &[Clause]| clauses.iter().filter(|clause| !is_filter(clause)).cloned().collect();
        let named = Query { must: keep(&query.must), must_not: keep(&query.must_not) };
        if named.must.is_empty() && named.must_not.is_empty() {
            return (Box::new(0..narrow(self.catalogue.len())), self.catalogue.len());
        }
        if let Some(prefix) = named.only_prefix() {
            let ranks = index.prefix(prefix);
            let first: Vec<u32> = ranks.iter().take(manner.depth).copied().collect();
            return (Box::new(first.into_iter()), ranks.len());
        }
        let hits = select(&self.catalogue, index, &named, manner);
        (Box::new(hits.first.into_iter()), hits.total)
    }

    /// Spotify's own playlists in whose names all words of the query are.
    fn editorial(&self, query: &Query) -> impl Iterator<Item = Playlist> {
        let wanted: Vec<String> = query.must.iter().flat_map(words_of).collect();
        self.listed_playlists().into_iter().filter(move |playlist| {
            let name = words(&self.playlist_name(*playlist));
            wanted.iter().all(|wanted| name.iter().any(|word| word.starts_with(wanted.as_str())))
        })
    }

    /// The tracks of a file that are called as a query of words says.
    fn titled(&self, query: &Query, filter: Filter) -> impl Iterator<Item = Thing> {
        let is_name =
            |clause: &Clause| matches!(clause, Clause::Prefix(_) | Clause::Phrase(_)) || is_filter(clause);
        let wanted: Vec<String> = query.must.iter().flat_map(words_of).collect();
        let named = query.must_not.is_empty() && query.must.iter().all(is_name) && !wanted.is_empty();
        let list = self.tracks.as_ref().filter(|_| named);
        let tracks = list.map(|list| list.titled(&wanted)).unwrap_or_default().into_iter().map(Thing::Track);
        tracks.filter(move |thing| filter.fits(self, *thing))
    }

    /// Of the newest `most` albums of the artist of `rank` each or a track each.
    fn own(&self, rank: u32, sought: Sought, most: usize) -> impl Iterator<Item = Thing> {
        let most = match sought {
            // There are few of them, and each has its own name.
            Sought::Tracks if self.tracks.is_some() => usize::MAX,
            Sought::Albums | Sought::Tracks => most,
            _ => 0,
        };
        let tracks = move |album| if self.tracks.is_some() { self.track_count(album) } else { 1 };
        self.albums(rank).take(most).flat_map(move |album| match sought {
            Sought::Albums => vec![Thing::Album(album)],
            _ => (0..tracks(album)).map(|place| Thing::Track(Track { album, place })).collect(),
        })
    }

    /// The show about the artist of `rank`, if there is one.
    fn show_about(&self, rank: u32) -> impl Iterator<Item = Show> {
        self.has_show(rank).then_some(Show { artist: rank }).into_iter()
    }

    /// What is called after the artist of `rank`: albums, tracks, the playlist that a user made around it,
    /// its show.
    fn eponymous(&self, rank: u32, sought: Sought) -> Box<dyn Iterator<Item = Thing> + '_> {
        match sought {
            Sought::Albums => Box::new(self.called_after(rank).map(Thing::Album)),
            Sought::Tracks => Box::new(self.tracks_called_after(rank).map(Thing::Track)),
            Sought::Playlists => {
                let playlist = self.has_playlist(rank).then_some(Playlist::Personal { artist: rank });
                Box::new(playlist.into_iter().map(Thing::Playlist))
            }
            Sought::Shows => Box::new(self.show_about(rank).map(Thing::Show)),
            Sought::Episodes => {
                let newest = self.show_about(rank).map(|show| Thing::Episode(Episode { show, place: 0 }));
                Box::new(newest)
            }
        }
    }
}

/// An album, or the track that is called like it.
fn of_album(album: Album, sought: Sought) -> Thing {
    if sought == Sought::Albums { Thing::Album(album) } else { Thing::Track(Track { album, place: 0 }) }
}

/// Whether a clause speaks of releases rather than of artists.
fn is_filter(clause: &Clause) -> bool {
    matches!(clause, Clause::Years(..) | Clause::Tag(_))
}

/// The folded words of a clause.
fn words_of(clause: &Clause) -> Vec<String> {
    match clause {
        Clause::Prefix(word) => vec![word.clone()],
        Clause::Phrase(words) => words.clone(),
        Clause::Genre(genre) => genre.split(' ').map(str::to_owned).collect(),
        Clause::Years(..) | Clause::Tag(_) => Vec::new(),
    }
}

/// What a query demands of a release.
#[derive(Clone, Copy, Debug, Default)]
struct Filter {
    years: Option<(u16, u16)>,
    new: bool,
    /// Some tag that nothing has.
    nothing: bool,
}

impl Filter {
    fn of(query: &Query) -> Self {
        let mut filter = Self::default();
        for clause in &query.must {
            match clause {
                Clause::Years(first, last) => filter.years = Some((*first, *last)),
                Clause::Tag(Tag::New) => filter.new = true,
                Clause::Tag(Tag::Other) => filter.nothing = true,
                Clause::Prefix(_) | Clause::Phrase(_) | Clause::Genre(_) => {}
            }
        }
        filter
    }

    /// Whether everything fits.
    fn is_open(self) -> bool {
        self.years.is_none() && !self.new && !self.nothing
    }

    fn fits(self, world: &World, thing: Thing) -> bool {
        let (Thing::Album(album) | Thing::Track(Track { album, .. })) = thing else { return self.is_open() };
        let in_time =
            self.years.is_none_or(|(first, last)| (first..=last).contains(&world.album_year(album)));
        !self.nothing && in_time && (!self.new || world.is_new(album))
    }
}

/// Matches in the order of their finding, each once.
#[derive(Debug, Default)]
struct Matches {
    first: Vec<Thing>,
    seen: HashSet<Thing>,
    depth: usize,
}

impl Matches {
    fn add(&mut self, thing: Thing) {
        if !self.is_full() && self.seen.insert(thing) {
            self.first.push(thing);
        }
    }

    fn is_full(&self) -> bool {
        self.first.len() >= self.depth
    }

    /// The answer, after so many of all artists that match were looked at.
    fn found(self, examined: usize, all: usize) -> Found {
        let total = if examined < all { self.first.len() * all / examined.max(1) } else { self.first.len() };
        Found { first: self.first, total }
    }
}
