//! Finding artists by the index. What it costs depends on the page and not on the tables.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::catalogue::ArtistId;
use crate::plan::ArtistRow;
use crate::plan::index::{ArtistSearch, Order, Stretch, genre_of, id_of, is_at, key};
use crate::ports::{ArtistIndex, PortError};

/// Most entries that one page reads: if hardly any has the popularity that is asked for, the page ends early.
const MOST_READ: usize = 500;

/// Entries that are read at once if the first ones were not enough: as many rows as DynamoDB returns in one
/// call.
const READ_AT_ONCE: usize = 100;

/// Which artists to find, and how popular they have to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which artists.
    pub search: ArtistSearch,
    /// The least popularity; with it, artists of unknown popularity are left out.
    pub least_popularity: Option<u8>,
}

impl Wanted {
    fn accepts(&self, row: &ArtistRow) -> bool {
        let is_popular = |least: u8| row.artist.popularity.is_some_and(|popularity| popularity >= least);
        self.least_popularity.is_none_or(is_popular)
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    /// What was found, in the list's order.
    pub found: Vec<T>,
    /// The place after which the next part begins; `None` at the end.
    pub next: Option<String>,
}

/// Up to `limit` artists after the place `after`. There may be fewer although others follow.
pub async fn artists<I: ArtistIndex + Sync>(
    index: &I,
    wanted: &Wanted,
    after: Option<String>,
    limit: usize,
    now: Timestamp,
) -> Result<Part<ArtistRow>, PortError> {
    let stretch = wanted.search.stretch(wanted.least_popularity);
    let (mut found, mut next, mut read) = (Vec::new(), after, 0);
    while found.len() < limit && read < MOST_READ {
        let most = if read == 0 { limit } else { READ_AT_ONCE };
        // One more shows whether anything follows.
        let mut places = index.places(&stretch, next.as_deref(), most + 1).await?;
        let is_end = places.len() <= most;
        places.truncate(most);
        let mut rows = rows(index, &places, now).await?;
        read += places.len();
        for place in places {
            if found.len() == limit {
                return Ok(Part { found, next });
            }
            found.extend(take_row(&mut rows, &stretch, &place).filter(|row| wanted.accepts(row)));
            next = Some(place);
        }
        if is_end {
            return Ok(Part { found, next: None });
        }
    }
    Ok(Part { found, next })
}

/// A genre, and its most popular artist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genre {
    /// The name as Spotify writes it.
    pub name: String,
    /// The most popular artist.
    pub top: ArtistRow,
}

/// Up to `limit` genres after the one with the key `after`, by name. There may be fewer although others
/// follow. Each takes three reads.
pub async fn genres<I: ArtistIndex + Sync>(
    index: &I,
    after: Option<String>,
    limit: usize,
    now: Timestamp,
) -> Result<Part<Genre>, PortError> {
    let (mut found, mut next) = (Vec::new(), after);
    // A genre that nobody has any more is passed over; there are never many of them.
    for _ in 0..=limit {
        let places = index.places(&Stretch::of_genres(next.as_deref()), None, 1).await?;
        let Some(genre) = places.first().and_then(|place| genre_of(place)) else {
            return Ok(Part { found, next: None });
        };
        if found.len() == limit {
            break;
        }
        let search = ArtistSearch::Genre(genre.to_owned(), Order::Popularity);
        let wanted = Wanted { search, least_popularity: None };
        let top = artists(index, &wanted, None, 1, now).await?.found.pop();
        found.extend(top.and_then(|top| {
            let name = top.artist.genres.iter().flatten().find(|name| key(name) == genre)?.clone();
            Some(Genre { name, top })
        }));
        next = Some(genre.to_owned());
    }
    Ok(Part { found, next })
}

/// The rows that the places name and that have not expired: DynamoDB deletes an expired row up to a few days
/// late.
async fn rows<I: ArtistIndex + Sync>(
    index: &I,
    places: &[String],
    now: Timestamp,
) -> Result<BTreeMap<ArtistId, ArtistRow>, PortError> {
    let ids: Vec<ArtistId> = places.iter().filter_map(|place| id_of(place)).collect();
    let rows = index.rows(&ids).await?.into_iter().filter(|row| row.expires_at > now);
    Ok(rows.map(|row| (row.artist.id.clone(), row)).collect())
}

/// Takes the row at a place, unless the place is not the row's any more.
fn take_row(rows: &mut BTreeMap<ArtistId, ArtistRow>, stretch: &Stretch, place: &str) -> Option<ArtistRow> {
    let id = id_of(place)?;
    is_at(rows.get(&id)?, stretch.shelf, place).then(|| rows.remove(&id)).flatten()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::catalogue::Artist;
    use crate::plan::Sighting;
    use crate::plan::index::{Entry, entries};
    use crate::term::{RunId, TermKey};

    /// An index with entries that no row has (any more), beside those of its rows.
    struct Lagging {
        rows: Vec<ArtistRow>,
        outdated: Vec<Entry>,
    }

    impl ArtistIndex for Lagging {
        fn is_kept(&self) -> bool {
            true
        }

        async fn places(
            &self,
            stretch: &Stretch,
            after: Option<&str>,
            limit: usize,
        ) -> Result<Vec<String>, PortError> {
            let all = self.rows.iter().flat_map(entries).chain(self.outdated.clone());
            let mut places: Vec<String> = all
                .filter(|entry| entry.shelf == stretch.shelf)
                .map(|entry| entry.place)
                .filter(|place| (&stretch.from..=&stretch.to).contains(&place))
                .filter(|place| after.is_none_or(|after| place.as_str() > after))
                .collect();
            places.sort();
            places.truncate(limit);
            Ok(places)
        }

        async fn rows(&self, ids: &[ArtistId]) -> Result<Vec<ArtistRow>, PortError> {
            Ok(self.rows.iter().filter(|row| ids.contains(&row.artist.id)).cloned().collect())
        }
    }

    fn row(number: u32, name: &str, popularity: u8, genre: &str) -> ArtistRow {
        let id = ArtistId::new(format!("{number:022}")).unwrap();
        let (popularity, genres) = (Some(popularity), Some(vec![genre.to_owned()]));
        let artist = Artist { id, name: name.to_owned(), popularity, followers: None, genres };
        let (run, term) = (RunId::new("1").unwrap(), TermKey::parse("search:a").unwrap());
        let sighting = Sighting { run, term, at: Timestamp::UNIX_EPOCH };
        ArtistRow::first(&artist, None, &sighting, Duration::from_hours(1))
    }

    /// Reads all parts of a search, and counts them.
    async fn all(index: &Lagging, wanted: &Wanted, limit: usize) -> (Vec<String>, usize) {
        let (mut names, mut parts, mut after) = (Vec::new(), 0, None);
        loop {
            let part = artists(index, wanted, after, limit, Timestamp::UNIX_EPOCH).await.unwrap();
            assert!(part.found.len() <= limit);
            names.extend(part.found.into_iter().map(|row| row.artist.name));
            parts += 1;
            match part.next {
                Some(next) => after = Some(next),
                None => return (names, parts),
            }
        }
    }

    fn pop(least_popularity: Option<u8>) -> Wanted {
        Wanted { search: ArtistSearch::by_genre("pop", Order::Popularity), least_popularity }
    }

    #[tokio::test]
    async fn entries_of_renamed_moved_and_deleted_artists_are_skipped() {
        let (was, is) = (row(1, "Old", 90, "pop"), row(1, "New", 10, "pop"));
        let (left, deleted) = (row(2, "Left", 50, "pop"), row(3, "Gone", 70, "pop"));
        let rows = vec![is, row(2, "Left", 50, "rock"), row(4, "Other", 5, "pop")];
        let outdated = [was, left, deleted].iter().flat_map(entries).collect();
        let index = Lagging { rows, outdated };
        for limit in 1..4 {
            let (names, _) = all(&index, &pop(None), limit).await;
            assert_eq!(names, ["New", "Other"], "{limit}");
        }
        let old = Wanted { search: ArtistSearch::by_name("old"), least_popularity: None };
        assert_eq!(all(&index, &old, 9).await.0, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_page_ends_early_rather_than_read_a_whole_shelf() {
        let rows: Vec<_> = (0..2_000).map(|number| row(number, &format!("{number:04}"), 1, "pop")).collect();
        let index = Lagging { rows, outdated: Vec::new() };
        let search = ArtistSearch::by_genre("pop", Order::Name);
        let (names, parts) = all(&index, &Wanted { search, least_popularity: Some(2) }, 100).await;
        assert_eq!((names.len(), parts), (0, 4), "four times {MOST_READ} entries");
        assert_eq!(all(&index, &pop(Some(2)), 100).await, (Vec::new(), 1), "the order shows the end at once");
    }

    #[tokio::test]
    async fn a_page_that_is_exactly_full_is_the_last_if_nothing_follows() {
        let rows = (0..200).map(|number| row(number, &format!("{number:03}"), 1, "pop")).collect();
        let index = Lagging { rows, outdated: Vec::new() };
        for (limit, parts) in [(200, 1), (100, 2), (50, 4), (67, 3)] {
            let (names, read) = all(&index, &pop(None), limit).await;
            assert_eq!((names.len(), read), (200, parts), "{limit}");
            assert!(names.is_sorted());
        }
    }

    #[tokio::test]
    async fn a_genre_that_nobody_has_any_more_is_passed_over() {
        let outdated = ["b", "d"].into_iter().flat_map(|genre| entries(&row(9, "Gone", 1, genre))).collect();
        let rows = vec![row(1, "A", 1, "a"), row(2, "C", 1, "c"), row(3, "C2", 2, "c")];
        let index = Lagging { rows, outdated };
        let part = genres(&index, None, 10, Timestamp::UNIX_EPOCH).await.unwrap();
        let found: Vec<_> =
            part.found.iter().map(|of| (of.name.as_str(), of.top.artist.name.as_str())).collect();
        assert_eq!((found, part.next), (vec![("a", "A"), ("c", "C2")], None));
        let first = genres(&index, None, 1, Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!(first.next.as_deref(), Some("a"));
        let second = genres(&index, first.next, 1, Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!((second.found.len(), second.next.as_deref()), (1, Some("c")), "{:?}", second.found);
        let last = genres(&index, second.next, 1, Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!((last.found.len(), last.next), (0, None), "nobody has the genre d");
    }
}
