//! The index by which artists are found by name or genre: the entries of a row, and the part of the index
//! that a search reads.
//!
//! The index has four shelves, each sorted by *place*, a text that ends with the artist's id. An entry is a
//! hint: it is written before its row, expires with it, and a reader compares it with the row. So a crash, a
//! rename or a row that was deleted by hand may leave an entry too many, which readers skip, but no row ever
//! lacks its entries.

use std::collections::BTreeSet;

use super::row::ArtistRow;
use crate::catalogue::{Artist, ArtistId, text::fold};

/// Most bytes of a name or genre in a place; DynamoDB allows 1,024 for all of it. Longer names that differ
/// only after that are sorted by their ids.
const LONGEST: usize = 300;

/// Ends each part of a place. It sorts before every character of a name.
const END: char = '\t';

/// The character after [`END`].
const AFTER_END: char = '\n';

/// The form of the small sigma at the end of a word.
const FINAL_SIGMA: char = 'ς';

/// The order of a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shelf {
    /// All artists by their folded names.
    Names,
    /// The artists of each genre, the most popular first.
    GenresByPopularity,
    /// The artists of each genre, those with the most followers first.
    GenresByFollowers,
    /// The artists of each genre by their folded names.
    GenresByName,
}

impl Shelf {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::GenresByPopularity => "genres-by-popularity",
            Self::GenresByFollowers => "genres-by-followers",
            Self::GenresByName => "genres-by-name",
        }
    }
}

/// A row's place on one shelf.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The shelf.
    pub shelf: Shelf,
    /// The place; unique on the shelf.
    pub place: String,
}

/// All shelves.
const SHELVES: [Shelf; 4] =
    [Shelf::Names, Shelf::GenresByPopularity, Shelf::GenresByFollowers, Shelf::GenresByName];

/// The entries that a row has: one for its name and three for each genre.
pub fn entries(row: &ArtistRow) -> BTreeSet<Entry> {
    let on = |shelf| places(row, shelf).into_iter().map(move |place| Entry { shelf, place });
    SHELVES.into_iter().flat_map(on).collect()
}

/// The places of a row on one shelf.
pub fn places(row: &ArtistRow, shelf: Shelf) -> Vec<String> {
    let Artist { id, name, genres, .. } = &row.artist;
    match rank(&row.artist, shelf) {
        None => vec![format!("{}{END}{id}", key(name))],
        Some(rank) => {
            genres.iter().flatten().map(|genre| format!("{}{END}{rank}{END}{id}", key(genre))).collect()
        }
    }
}

/// Whether a place is one of the row's [`places`] on that shelf; a reader asks this of every entry.
pub fn is_at(row: &ArtistRow, shelf: Shelf, place: &str) -> bool {
    let Artist { id, name, genres, .. } = &row.artist;
    let Some(place) = without_last(place, id.as_str()) else { return false };
    match rank(&row.artist, shelf) {
        None => place == key(name),
        Some(rank) => without_last(place, &rank)
            .is_some_and(|place| genres.iter().flatten().any(|genre| place == key(genre))),
    }
}

/// What comes before the last part of a place, if that is the one given.
fn without_last<'a>(place: &'a str, last: &str) -> Option<&'a str> {
    place.strip_suffix(last)?.strip_suffix(END)
}

/// What an artist is sorted by within each genre; `None` on the shelf without genres.
fn rank(artist: &Artist, shelf: Shelf) -> Option<String> {
    match shelf {
        Shelf::Names => None,
        Shelf::GenresByPopularity => Some(popularity_rank(artist.popularity)),
        Shelf::GenresByFollowers => Some(followers_rank(artist.followers)),
        Shelf::GenresByName => Some(key(&artist.name)),
    }
}

/// The id at the end of a place; `None` if nobody could have written it.
pub fn id_of(place: &str) -> Option<ArtistId> {
    let (_, id) = place.rsplit_once(END)?;
    ArtistId::new(id).ok()
}

/// The key of the genre at the beginning of a place on a shelf of genres.
pub fn genre_of(place: &str) -> Option<&str> {
    place.split_once(END).map(|(genre, _)| genre)
}

/// A part of a shelf, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The shelf.
    pub shelf: Shelf,
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
}

impl Stretch {
    /// The genres after one of this key, or all of them.
    pub fn of_genres(after: Option<&str>) -> Self {
        // DynamoDB compares with no empty text, so the first place is the one before every character.
        let from = after.map_or(END.to_string(), |genre| format!("{genre}{AFTER_END}"));
        Self { shelf: Shelf::GenresByName, from, to: char::MAX.to_string() }
    }
}

/// The order in which a search shows artists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Order {
    /// The most popular first, those of unknown popularity last.
    #[default]
    Popularity,
    /// Those with the most followers first, those of unknown number last.
    Followers,
    /// By folded name.
    Name,
}

/// Which artists to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArtistSearch {
    /// Those whose folded names begin with this key, by name.
    Name(String),
    /// Those of the genre with this key.
    Genre(String, Order),
}

impl ArtistSearch {
    /// The artists whose names begin with `prefix`, whatever its case and accents.
    pub fn by_name(prefix: &str) -> Self {
        Self::Name(key(prefix))
    }

    /// The artists of a genre, whatever its case and accents.
    pub fn by_genre(genre: &str, order: Order) -> Self {
        Self::Genre(key(genre), order)
    }

    /// Where to read; with a least popularity, as much of it as can be left out is.
    pub fn stretch(&self, least_popularity: Option<u8>) -> Stretch {
        match self {
            Self::Name(prefix) => {
                let prefix = cut(prefix);
                let from = if prefix.is_empty() { END.to_string() } else { prefix.to_owned() };
                Stretch { shelf: Shelf::Names, to: format!("{prefix}{}", char::MAX), from }
            }
            Self::Genre(genre, order) => {
                let genre = cut(genre);
                let from = format!("{genre}{END}");
                let by_order = match order {
                    Order::Popularity => Shelf::GenresByPopularity,
                    Order::Followers => Shelf::GenresByFollowers,
                    Order::Name => Shelf::GenresByName,
                };
                let bound = least_popularity.filter(|_| *order == Order::Popularity);
                let to = match bound {
                    Some(popularity) => format!("{from}{}{AFTER_END}", popularity_rank(Some(popularity))),
                    None => format!("{genre}{AFTER_END}"),
                };
                Stretch { shelf: by_order, from, to }
            }
        }
    }
}

/// A text as places have it: folded, cut, and without characters that would disturb their order.
pub fn key(text: &str) -> String {
    let is_kept = |c: char| !c.is_control() && c != char::MAX;
    let mut folded = fold(text);
    if !folded.chars().all(|c| is_kept(c) && c != FINAL_SIGMA) {
        let kept = |c| match c {
            // A capital sigma has become the other small one, and a prefix may end in the middle of a word.
            FINAL_SIGMA => 'σ',
            c if is_kept(c) => c,
            _ => char::REPLACEMENT_CHARACTER,
        };
        folded = folded.chars().map(kept).collect();
    }
    cut(folded.trim_start()).to_owned()
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// Sorts those with the most followers first and those of unknown number last: missing is not zero, so they
/// come after those with none.
fn followers_rank(followers: Option<u64>) -> String {
    let rank = followers.map_or(u128::MAX, |followers| u128::from(u64::MAX - followers));
    format!("{rank:039}")
}

/// Sorts the most popular first and those of unknown popularity last.
fn popularity_rank(popularity: Option<u8>) -> String {
    popularity.map_or("999".to_owned(), |popularity| format!("{:03}", 100_u8.saturating_sub(popularity)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::plan::Sighting;
    use crate::term::{RunId, TermKey};

    fn row(name: &str, popularity: Option<u8>, followers: Option<u64>, genres: &[&str]) -> ArtistRow {
        let genres = Some(genres.iter().map(|genre| (*genre).to_owned()).collect());
        let id = ArtistId::new("000Dq0VqTZpxOP6jQMscVL").unwrap();
        let artist = Artist { id, name: name.to_owned(), popularity, followers, genres };
        let (run, term) = (RunId::new("1").unwrap(), TermKey::parse("search:a").unwrap());
        let sighting = Sighting { run, term, at: Timestamp::UNIX_EPOCH };
        ArtistRow::first(&artist, None, &sighting, Duration::from_hours(1))
    }

    /// Whether the search reads one of the row's entries.
    fn is_read(search: &ArtistSearch, least: Option<u8>, row: &ArtistRow) -> bool {
        let Stretch { shelf, from, to } = search.stretch(least);
        entries(row).iter().any(|entry| entry.shelf == shelf && (&from..=&to).contains(&&entry.place))
    }

    fn places_of(shelf: Shelf, rows: &[ArtistRow]) -> Vec<String> {
        rows.iter().flat_map(|row| places(row, shelf)).collect()
    }

    #[test]
    fn no_stretch_begins_with_an_empty_text_which_dynamodb_refuses() {
        let name = ArtistSearch::Name(String::new());
        let genre = ArtistSearch::Genre("pop".to_owned(), Order::Name);
        for stretch in [Stretch::of_genres(None), name.stretch(None), genre.stretch(None)] {
            assert!(!stretch.from.is_empty() && stretch.from < stretch.to, "{stretch:?}");
        }
    }

    #[test]
    fn a_prefix_reads_the_names_that_begin_with_it() {
        for (prefix, name, expected) in [
            ("bey", "Beyoncé", true),
            ("BEYONCÉ", "Beyoncé", true),
            ("beyonc\u{e9} ", "Beyoncé", false),
            ("bez", "Beyoncé", false),
            ("be", "Abe", false),
            ("tab\u{9}bed", "Tab\u{9}bed", true),
            ("\u{10ffff}", "\u{10ffff}\u{10ffff}", true),
            (&"é".repeat(400), &"E".repeat(400), true),
            ("ΡΈΜΟΣ", "Αντώνης Ρέμος", false),
            ("ΑΝΤΏΝΗΣ ΡΈΜΟΣ", "Αντώνης Ρέμος", true),
            ("Αντώνης", "ΑΝΤΩΝΗΣΤΟΝ", true),
        ] {
            let (search, row) = (ArtistSearch::by_name(prefix), row(name, None, None, &[]));
            assert_eq!(is_read(&search, None, &row), expected, "{prefix:?} {name:?}");
        }
    }

    #[test]
    fn a_genre_reads_its_own_artists_down_to_a_popularity() {
        let row = row("A", Some(40), None, &["Art Pop"]);
        for order in [Order::Popularity, Order::Followers, Order::Name] {
            for (genre, expected) in [("art pop", true), ("art", false), ("art pop 2", false)] {
                let search = ArtistSearch::by_genre(genre, order);
                assert_eq!(is_read(&search, None, &row), expected, "{genre} {order:?}");
            }
        }
        let search = ArtistSearch::by_genre("art pop", Order::Popularity);
        assert!(is_read(&search, Some(40), &row) && !is_read(&search, Some(41), &row));
    }

    #[test]
    fn shelves_put_the_greatest_first_and_the_unknown_last() {
        let pop = ["pop"].as_slice();
        let popular = [Some(100), Some(99), Some(10), Some(0), None].map(|of| row("A", of, None, pop));
        assert!(places_of(Shelf::GenresByPopularity, &popular).is_sorted());
        let followed =
            [Some(u64::MAX), Some(1_000), Some(999), Some(0), None].map(|of| row("A", None, of, pop));
        assert!(places_of(Shelf::GenresByFollowers, &followed).is_sorted());
        let named = ["A", "a b", "Ab", "b"].map(|name| row(name, None, None, pop));
        assert!(places_of(Shelf::GenresByName, &named).is_sorted());
        assert!(places_of(Shelf::Names, &named).is_sorted());
    }

    #[test]
    fn a_row_knows_its_own_places_from_those_that_it_has_left() {
        let now = row("Beyoncé", Some(40), Some(7), &["Art Pop", "R\u{26}B"]);
        let before = [
            row("Beyonce K", Some(40), Some(7), &["art pop"]),
            row("Beyoncé", None, Some(8), &["art pop", "r\u{26}b"]),
            row("Beyoncé", Some(40), Some(7), &["pop", "art", "art pop 40"]),
        ];
        for shelf in SHELVES {
            let own = places(&now, shelf);
            assert!(own.iter().all(|place| is_at(&now, shelf, place)), "{own:?}");
            for place in before.iter().flat_map(|row| places(row, shelf)) {
                assert_eq!(is_at(&now, shelf, &place), own.contains(&place), "{place}");
            }
            let other = own[0].replace("000Dq0VqTZpxOP6jQMscVL", "000Dq0VqTZpxOP6jQMscVM");
            assert!(!is_at(&now, shelf, &other) && !is_at(&now, shelf, ""), "{other}");
        }
    }

    #[test]
    fn a_place_tells_its_artist_and_genre() {
        let row = row(&"long name ".repeat(200), Some(1), Some(2), &["dance\tpop", &"x".repeat(2_000)]);
        assert_eq!(entries(&row).len(), 7);
        for Entry { shelf, place } in entries(&row) {
            assert!(place.len() <= 1_024, "{place}");
            assert_eq!(id_of(&place).as_ref(), Some(&row.artist.id), "{place}");
            if shelf != Shelf::Names {
                assert!(
                    ["dance\u{fffd}pop", &"x".repeat(300)].contains(&genre_of(&place).unwrap()),
                    "{place}"
                );
            }
        }
    }
}
