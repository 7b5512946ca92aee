//! What Spotify's editors offer to browse: categories, and what each is about.

use super::World;
use super::groups::Groups;
use super::ids::{Kind, id_of};
use super::style::Style;
use super::tracklist::Tracklist;
use crate::catalogue::{Catalogue, narrow};

/// What the playlists of a category are made of.
#[derive(Clone, Copy, Debug)]
enum Theme {
    /// Artists with a genre of this style, and tracks that a file says are of it.
    Music(Style),
    /// Artists with a genre whose name contains this.
    Genre(&'static str),
    /// Artists from the one to the other thousandth of the catalogue in order of popularity.
    Band(usize, usize),
    /// Artists with a release in these years.
    Years(u16, u16),
}

use Theme::{Band, Genre, Music, Years};

/// The categories by name.
const CATEGORIES: &[(&str, Theme)] = &[
    ("Top Lists", Band(0, 10)),
    ("Pop", Music(Style::Pop)),
    ("Hip-Hop", Music(Style::HipHop)),
    ("Dance/Electronic", Music(Style::Dance)),
    ("Rock", Music(Style::Rock)),
    ("Indie", Music(Style::Indie)),
    ("Latin", Genre("salsa")),
    ("Mood", Band(0, 150)),
    ("R&B", Music(Style::RnB)),
    ("Country", Music(Style::Country)),
    ("Metal", Music(Style::Metal)),
    ("Jazz", Music(Style::Jazz)),
    ("Folk & Acoustic", Genre("folk")),
    ("Punk", Genre("punk")),
    ("Blues", Genre("blues")),
    ("Soul", Music(Style::Soul)),
    ("Classical", Genre("opera")),
    ("Ambient", Genre("ambient")),
    ("Reggae", Genre("reggae")),
    ("Funk & Disco", Genre("disco")),
    ("Gospel", Genre("gospel")),
    ("Worship", Genre("worship")),
    ("Techno", Genre("techno")),
    ("Trance", Genre("trance")),
    ("Trap", Genre("trap")),
    ("Drill", Genre("drill")),
    ("Cumbia", Genre("cumbia")),
    ("Samba", Genre("samba")),
    ("Lo-Fi", Genre("lo-fi")),
    ("Emo", Genre("emo")),
    ("Ska", Genre("ska")),
    ("Swing", Genre("swing")),
    ("Dub", Genre("dub")),
    ("Garage", Genre("garage")),
    ("Decades: 1960s", Years(1960, 1969)),
    ("Decades: 1970s", Years(1970, 1979)),
    ("Decades: 1980s", Years(1980, 1989)),
    ("Decades: 1990s", Years(1990, 1999)),
    ("Decades: 2000s", Years(2000, 2009)),
    ("Decades: 2010s", Years(2010, 2019)),
    ("Chill", Band(20, 200)),
    ("Workout", Band(0, 100)),
    ("Party", Band(0, 60)),
    ("Sleep", Music(Style::Sleep)),
    ("Focus", Band(100, 350)),
    ("Travel", Band(10, 250)),
    ("Summer", Band(0, 120)),
    ("Kids & Family", Band(150, 450)),
    ("Discover", Band(250, 600)),
    ("Fresh Finds", Band(300, 700)),
];

/// Number of categories.
pub(super) fn category_count() -> u32 {
    narrow(CATEGORIES.len())
}

/// The name of the category with this number; `Featured` for the one number more, under which the featured
/// playlists are.
pub(super) fn category_name(category: u32) -> &'static str {
    CATEGORIES.get(category as usize).map_or("Featured", |(name, _)| name)
}

/// For each category the ranks of the artists it is about.
#[derive(Debug)]
pub(super) struct Pools(Vec<Pool>);

#[derive(Debug)]
enum Pool {
    List(Vec<u32>),
    From(u32, u32),
}

impl Pools {
    /// With a list of tracks, artists who have none are in no pool.
    pub(super) fn new(catalogue: &Catalogue, genres: &Groups, tracks: Option<&Tracklist>) -> Self {
        let pool = |(_, theme): &(&str, Theme)| {
            let pool = Pool::of(catalogue, genres, *theme);
            match tracks {
                Some(tracks) => pool.with(|rank| tracks.album_count(rank) > 0),
                None => pool,
            }
        };
        Self(CATEGORIES.iter().map(pool).collect())
    }

    /// Number of artists that a category is about.
    pub(super) fn len(&self, category: u32) -> usize {
        match self.0.get(category as usize) {
            Some(Pool::List(ranks)) => ranks.len(),
            Some(Pool::From(start, end)) => (end - start) as usize,
            None => 0,
        }
    }

    /// One of them, most popular first.
    pub(super) fn get(&self, category: u32, place: usize) -> Option<u32> {
        match self.0.get(category as usize)? {
            Pool::List(ranks) => ranks.get(place).copied(),
            Pool::From(start, end) => Some(start + narrow(place)).filter(|rank| rank < end),
        }
    }
}

impl Pool {
    fn of(catalogue: &Catalogue, genres: &Groups, theme: Theme) -> Self {
        let list: Vec<u32> = match theme {
            Band(from, to) => {
                let rank = |thousandth: usize| narrow(catalogue.len() * thousandth / 1_000);
                return Self::From(rank(from), rank(to).max(rank(from) + 1).min(narrow(catalogue.len())));
            }
            Music(style) => Self::of_genres(catalogue, genres, |name| style.has_genre(name)),
            Genre(part) => Self::of_genres(catalogue, genres, |name| name.contains(part)),
            Years(first, last) => {
                let active = |rank: &u32| {
                    let years = catalogue.artist(*rank).years();
                    years.is_some_and(|(debut, latest)| debut <= last && latest >= first)
                };
                (0..narrow(catalogue.len())).filter(active).collect()
            }
        };
        Self::List(list)
    }

    /// The artists who have a genre that fits.
    fn of_genres(catalogue: &Catalogue, genres: &Groups, fits: impl Fn(&str) -> bool) -> Vec<u32> {
        let names = catalogue.genre_names().iter().enumerate();
        let fitting = names.filter(|(_, name)| fits(name));
        let mut list: Vec<u32> = fitting.flat_map(|(number, _)| genres.of(narrow(number))).copied().collect();
        list.sort_unstable();
        list.dedup();
        list
    }

    /// Those of the pool for which `keep` holds.
    fn with(self, keep: impl Fn(u32) -> bool) -> Self {
        let mut ranks = match self {
            Self::List(ranks) => ranks,
            Self::From(start, end) => (start..end).collect(),
        };
        ranks.retain(|rank| keep(*rank));
        Self::List(ranks)
    }
}

/// The style that a category is about, if it is about one.
pub(super) fn category_style(category: u32) -> Option<Style> {
    match CATEGORIES.get(category as usize)? {
        (_, Music(style)) => Some(*style),
        _ => None,
    }
}

impl World {
    /// Number of categories.
    pub fn category_count(&self) -> u32 {
        category_count()
    }

    /// The name of the category with this number.
    pub fn category_name(&self, category: u32) -> &'static str {
        category_name(category)
    }

    /// The id of the category with this number.
    pub fn category_id(&self, category: u32) -> String {
        id_of(Kind::Category, category.into())
    }
}
