//! The artists that the stand-in knows, in the order in which search shows them.
//!
//! Made for millions: names lie in one arena, a row has a fixed size, and an artist is known by its *rank*,
//! the index of its row. Rank 0 is the most popular, so a sorted list of ranks is a list in search order.

mod csv;
mod id;
mod years;

use std::collections::HashMap;

pub(crate) use csv::{builder_from_csv, seed_of};
pub use csv::{from_csv, read_csv};
pub use id::{Id, bits_of_id, id_of_bits, parse_id};
pub(crate) use years::{NOW, years};

const UNKNOWN_POPULARITY: u8 = u8::MAX;
const UNKNOWN_FOLLOWERS: u64 = u64::MAX;

/// What is stored of one artist: about 48 bytes beside its name and genres.
#[derive(Clone, Debug)]
struct Row {
    id: Id,
    popularity: u8,
    genre_count: u8,
    name_length: u16,
    name_start: u32,
    genre_start: u32,
    followers: u64,
    /// Zeros where unknown.
    years: (u16, u16),
}

/// One artist, borrowed from the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Artist<'a> {
    catalogue: &'a Catalogue,
    row: &'a Row,
}

impl<'a> Artist<'a> {
    /// The id as Spotify writes it.
    pub fn id(&self) -> &'a str {
        std::str::from_utf8(&self.row.id).unwrap_or_default()
    }

    /// The bytes of the id.
    pub(crate) fn raw_id(&self) -> Id {
        self.row.id
    }

    /// The name as it is, in any script.
    pub fn name(&self) -> &'a str {
        let start = self.row.name_start as usize;
        &self.catalogue.names[start..start + usize::from(self.row.name_length)]
    }

    /// 0 to 100, or unknown.
    pub fn popularity(&self) -> Option<u8> {
        (self.row.popularity != UNKNOWN_POPULARITY).then_some(self.row.popularity)
    }

    /// Number of followers, or unknown.
    pub fn followers(&self) -> Option<u64> {
        (self.row.followers != UNKNOWN_FOLLOWERS).then_some(self.row.followers)
    }

    /// The names of the artist's genres; none when nobody gave it one.
    pub fn genres(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let names = &self.catalogue.genre_names;
        self.genre_numbers().iter().map(|&number| &*names[number as usize])
    }

    /// The numbers of the artist's genres in [`Catalogue::genre_names`].
    pub fn genre_numbers(&self) -> &'a [u32] {
        let start = self.row.genre_start as usize;
        &self.catalogue.genre_lists[start..start + usize::from(self.row.genre_count)]
    }

    /// The years of the first and the last release, or unknown.
    pub fn years(&self) -> Option<(u16, u16)> {
        (self.row.years != (0, 0)).then_some(self.row.years)
    }
}

/// All artists, most popular first. Immutable once built.
#[derive(Debug, Default)]
pub struct Catalogue {
    rows: Vec<Row>,
    names: String,
    genre_lists: Vec<u32>,
    genre_names: Vec<Box<str>>,
    /// Ranks in the order of their ids.
    by_id: Vec<u32>,
}

impl Catalogue {
    /// Number of artists.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no artist at all.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The artist at `rank`, which must be below [`Catalogue::len`].
    pub fn artist(&self, rank: u32) -> Artist<'_> {
        Artist { catalogue: self, row: &self.rows[rank as usize] }
    }

    /// All artists in search order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Artist<'_>> {
        self.rows.iter().map(|row| Artist { catalogue: self, row })
    }

    /// The rank of the artist with this id.
    pub fn rank_of(&self, id: &Id) -> Option<u32> {
        let found = self.by_id.binary_search_by(|&rank| self.rows[rank as usize].id.cmp(id));
        found.ok().map(|place| self.by_id[place])
    }

    /// Every genre that an artist has, by number.
    pub fn genre_names(&self) -> &[Box<str>] {
        &self.genre_names
    }
}

/// What a [`CatalogueBuilder`] needs to know of one artist.
#[derive(Clone, Copy, Debug)]
pub struct NewArtist<'a> {
    /// Identity; no two artists may share it.
    pub id: Id,
    /// Display name, at most 65,535 bytes.
    pub name: &'a str,
    /// 0 to 100, or unknown.
    pub popularity: Option<u8>,
    /// Number of followers, or unknown.
    pub followers: Option<u64>,
    /// Genre numbers from [`CatalogueBuilder::genre`], at most 255.
    pub genres: &'a [u32],
    /// The years of the first and the last release, or unknown.
    pub years: Option<(u16, u16)>,
}

/// Why artists do not make a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// A name or a list of genres is longer than a row can say.
    #[error("artist {0} has a name of more than 65,535 bytes or more than 255 genres")]
    TooLong(String),
    /// More than the 32-bit numbers inside can count.
    #[error("the catalogue has more than 4 GiB of names or 2^32 artists")]
    TooLarge,
    /// Two artists with one identity.
    #[error("two artists have the id {0}")]
    DuplicateId(String),
}

/// Takes artists in any order and makes a [`Catalogue`] of them.
#[derive(Debug, Default)]
pub struct CatalogueBuilder {
    catalogue: Catalogue,
    genre_numbers: HashMap<Box<str>, u32>,
}

impl CatalogueBuilder {
    /// Room for `artists` without growing.
    pub fn with_capacity(artists: usize) -> Self {
        let mut builder = Self::default();
        builder.catalogue.rows.reserve_exact(artists);
        builder
    }

    /// The number of the genre called `name`, new or known.
    pub fn genre(&mut self, name: &str) -> u32 {
        if let Some(number) = self.genre_numbers.get(name) {
            return *number;
        }
        let number = narrow(self.catalogue.genre_names.len());
        self.catalogue.genre_names.push(name.into());
        self.genre_numbers.insert(name.into(), number);
        number
    }

    /// The name of the artist that was added as number `index`.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.artist(index).name()
    }

    /// The artists in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Artist<'_>> {
        (0..self.catalogue.rows.len()).map(|index| self.artist(index))
    }

    fn artist(&self, index: usize) -> Artist<'_> {
        Artist { catalogue: &self.catalogue, row: &self.catalogue.rows[index] }
    }

    /// Lets the years of the artist that was added as number `index` reach from `first` to `last` at least.
    pub(crate) fn widen_years(&mut self, index: usize, first: u16, last: u16) {
        let years = &mut self.catalogue.rows[index].years;
        *years = if *years == (0, 0) { (first, last) } else { (years.0.min(first), years.1.max(last)) };
    }

    /// Adds one artist. Errs when it does not fit a row or the catalogue is full.
    pub fn add(&mut self, artist: &NewArtist<'_>) -> Result<(), CatalogueError> {
        let catalogue = &mut self.catalogue;
        let too_long = |_| CatalogueError::TooLong(String::from_utf8_lossy(&artist.id).into_owned());
        let name_length = u16::try_from(artist.name.len()).map_err(too_long)?;
        let genre_count = u8::try_from(artist.genres.len()).map_err(too_long)?;
        let full = |_| CatalogueError::TooLarge;
        u32::try_from(catalogue.rows.len() + 1).map_err(full)?;
        catalogue.rows.push(Row {
            id: artist.id,
            popularity: artist.popularity.unwrap_or(UNKNOWN_POPULARITY),
            genre_count,
            name_length,
            name_start: u32::try_from(catalogue.names.len()).map_err(full)?,
            genre_start: u32::try_from(catalogue.genre_lists.len()).map_err(full)?,
            followers: artist.followers.unwrap_or(UNKNOWN_FOLLOWERS),
            years: artist.years.unwrap_or_default(),
        });
        catalogue.names.push_str(artist.name);
        catalogue.genre_lists.extend_from_slice(artist.genres);
        Ok(())
    }

    /// Puts the artists into search order: by popularity, then followers (unknown counts as none), then id.
    pub fn build(self) -> Result<Catalogue, CatalogueError> {
        let mut catalogue = self.catalogue;
        let known = |value: u64, unknown: u64| if value == unknown { 0 } else { value };
        catalogue.rows.sort_unstable_by(|a, b| {
            let order = |row: &Row| {
                let popularity = known(row.popularity.into(), UNKNOWN_POPULARITY.into());
                (popularity, known(row.followers, UNKNOWN_FOLLOWERS))
            };
            order(b).cmp(&order(a)).then_with(|| a.id.cmp(&b.id))
        });
        let rows = &catalogue.rows;
        let mut by_id: Vec<u32> = (0..narrow(rows.len())).collect();
        by_id.sort_unstable_by_key(|&rank| &rows[rank as usize].id);
        let twin = by_id.array_windows().find(|[a, b]| rows[*a as usize].id == rows[*b as usize].id);
        if let Some([first, _]) = twin {
            return Err(CatalogueError::DuplicateId(catalogue.artist(*first).id().to_owned()));
        }
        catalogue.by_id = by_id;
        Ok(catalogue)
    }
}

/// A count as the 32 bits in which ranks and offsets are kept.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the builder refuses catalogues that 32 bits cannot count"
)]
pub(crate) fn narrow(count: usize) -> u32 {
    debug_assert!(u32::try_from(count).is_ok());
    count as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_artist<'a>(id: &str, name: &'a str, popularity: Option<u8>, followers: u64) -> NewArtist<'a> {
        let id = parse_id(id).expect("an id");
        NewArtist { id, name, popularity, followers: Some(followers), genres: &[], years: Some((2000, 2001)) }
    }

    #[test]
    fn artists_are_ranked_by_popularity_then_followers() {
        let mut builder = CatalogueBuilder::default();
        builder.add(&new_artist("0000000000000000000001", "unknown", None, 9)).expect("fits");
        builder.add(&new_artist("0000000000000000000002", "few", Some(50), 5)).expect("fits");
        builder.add(&new_artist("0000000000000000000003", "many", Some(50), 6)).expect("fits");
        let catalogue = builder.build().expect("distinct ids");
        let names: Vec<_> = catalogue.iter().map(|artist| artist.name()).collect();
        assert_eq!(names, ["many", "few", "unknown"]);
        assert_eq!(catalogue.artist(2).popularity(), None);
        assert_eq!(catalogue.rank_of(b"0000000000000000000002"), Some(1));
        assert_eq!(catalogue.rank_of(b"0000000000000000000009"), None);
    }

    #[test]
    fn two_artists_with_one_id_are_refused() {
        let mut builder = CatalogueBuilder::default();
        for name in ["one", "two"] {
            builder.add(&new_artist("0000000000000000000001", name, Some(1), 1)).expect("fits");
        }
        let error = builder.build().expect_err("a duplicate");
        assert_eq!(error, CatalogueError::DuplicateId("0000000000000000000001".into()));
    }
}
