//! Erasing an artist: what stays in the place of its row, and why the artist does not come back.
//!
//! A row that is only deleted comes back with the next answer that names the artist. So a tombstone takes its
//! place, with the id and nothing else. It has no end.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::row::{ArtistRow, Sighting, Wrote};
use crate::catalogue::{Artist, ArtistId, Track};

/// What stays of an artist that was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// The artist.
    pub id: ArtistId,
    /// When an operator erased it.
    pub forgotten_at: Timestamp,
}

/// What the table holds under an artist's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The artist is known.
    Row(Box<ArtistRow>),
    /// The artist was erased.
    Forgotten(Tombstone),
}

impl Entry {
    /// The row, if the artist is known.
    pub fn row(self) -> Option<ArtistRow> {
        match self {
            Self::Row(row) => Some(*row),
            Self::Forgotten(_) => None,
        }
    }
}

/// What a sighting makes of what the table holds: the row as it is then, and what is to be written of it;
/// nothing of an artist that was erased, which is neither written nor counted.
pub fn sight(
    known: Option<Entry>,
    artist: &Artist,
    stub: Option<u8>,
    sighting: &Sighting,
    retention: Duration,
) -> Option<(ArtistRow, Wrote)> {
    match known {
        None => Some((ArtistRow::first(artist, stub, sighting, retention), Wrote::New)),
        Some(Entry::Forgotten(_)) => None,
        Some(Entry::Row(mut row)) => {
            let why = row.see(artist, stub, sighting, retention);
            Some((*row, why.map_or(Wrote::Nothing, Wrote::Again)))
        }
    }
}

/// Takes erased artists out of the credits of the tracks that an answer shows, so that no row of a track
/// names them.
pub(crate) fn uncredit(tracks: &mut [Track], forgotten: &BTreeSet<ArtistId>) {
    for track in tracks {
        track.artists.retain(|credit| !forgotten.contains(&credit.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Credit, TrackId};
    use crate::term::{RunId, TermKey};

    #[test]
    fn an_erased_artist_does_not_come_back() {
        let id = ArtistId::new("0000000000000000000001").unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let artist =
            Artist { id: id.clone(), name: "A".to_owned(), popularity: None, followers: None, genres: None };
        let sighting =
            Sighting { run: RunId::new("1").unwrap(), term: TermKey::parse("search:a").unwrap(), at };
        let see = |known, stub| sight(known, &artist, stub, &sighting, Duration::from_hours(24));
        let (row, wrote) = see(None, None).unwrap();
        assert_eq!(wrote, Wrote::New);
        assert_eq!(see(Some(Entry::Row(Box::new(row.clone()))), None), Some((row, Wrote::Nothing)));
        let forgotten = Entry::Forgotten(Tombstone { id, forgotten_at: at });
        assert_eq!(see(Some(forgotten.clone()), None), None);
        assert_eq!(see(Some(forgotten), Some(50)), None, "nor by a mention");
    }

    #[test]
    fn an_erased_artist_is_credited_on_no_track_of_an_answer() {
        let artist = |digit: &str| ArtistId::new(digit.repeat(22)).unwrap();
        let credit = |digit| Credit { id: artist(digit), name: digit.to_owned() };
        let track = |credits: Vec<Credit>| Track {
            id: TrackId::new("3".repeat(22)).unwrap(),
            name: "T".to_owned(),
            artists: credits,
            album: None,
            popularity: None,
            isrc: None,
        };
        let mut tracks = [track(vec![credit("1"), credit("2")]), track(vec![credit("1")])];
        uncredit(&mut tracks, &BTreeSet::from([artist("1")]));
        assert_eq!(tracks, [track(vec![credit("2")]), track(vec![])]);
    }
}
