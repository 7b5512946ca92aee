//! A row of the artists table, and how sightings change it.

use std::time::Duration;

use collect::catalogue::{Artist, ArtistId};
use collect::plan::Field;
use collect::ports::{Rewritten, Sighting};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The value of [`ArtistRow::wanted`] in a mention-only row.
pub(super) const WANTED: &str = "object";

/// A row of the table. A missing field was in no answer so far; an empty list of genres was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArtistRow {
    /// Spotify's id; the hash key.
    pub id: ArtistId,
    /// Display name.
    pub name: String,
    /// 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub popularity: Option<u8>,
    /// Number of followers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
    /// Genres in Spotify's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genres: Option<Vec<String>>,
    /// Key of the term that first found it.
    pub found_by: String,
    /// Run that first found it.
    pub found_in: String,
    /// First sighting: RFC 3339, UTC, always three decimals, so that the texts sort in time order.
    pub first_seen: String,
    /// Last recorded sighting, in the same form.
    pub last_seen: String,
    /// Run of that sighting.
    pub last_run: String,
    /// Key of the term that first saw it in that run.
    #[serde(default)]
    pub sighted_by: String,
    /// Fields that no answer has provided so far: missing, which is not zero.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_provided: Vec<Field>,
    /// Only in a mention-only row, which has just id and name: puts it in the index of rows to be completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<String>,
    /// Priority of completing it: the popularity of the track or album that mentioned it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prominence: Option<u8>,
    /// When the row expires, in epoch seconds.
    pub expires_at: i64,
}

impl ArtistRow {
    /// Whether only id and name are known.
    pub(super) fn is_bare(&self) -> bool {
        self.wanted.is_some()
    }

    fn artist(&self) -> Artist {
        Artist {
            id: self.id.clone(),
            name: self.name.clone(),
            popularity: self.popularity,
            followers: self.followers,
            genres: self.genres.clone(),
        }
    }

    /// The row for a first sighting; `wanted` is the completion priority of an artist that was only
    /// mentioned.
    pub(super) fn first(
        artist: &Artist,
        wanted: Option<u8>,
        sighting: &Sighting,
        retention: Duration,
    ) -> Self {
        let seen = stamp(sighting.at);
        Self {
            sighted_by: sighting.term.to_string(),
            not_provided: not_provided(artist),
            wanted: wanted.map(|_| WANTED.to_owned()),
            prominence: wanted,
            id: artist.id.clone(),
            name: artist.name.clone(),
            popularity: artist.popularity,
            followers: artist.followers,
            genres: artist.genres.clone(),
            found_by: sighting.term.to_string(),
            found_in: sighting.run.to_string(),
            first_seen: seen.clone(),
            last_seen: seen,
            last_run: sighting.run.to_string(),
            expires_at: expiry(sighting, retention),
        }
    }

    /// The row after a later sighting, and why it is written; `None` if nothing has changed.
    pub(super) fn again(
        &self,
        artist: &Artist,
        wanted: Option<u8>,
        sighting: &Sighting,
        retention: Duration,
    ) -> Option<(Self, Rewritten)> {
        let known = self;
        let seen = stamp(sighting.at);
        // A late sighting fills gaps and changes nothing else.
        let late = known.last_seen > seen;
        let merged = if late { artist.merged(&known.artist()) } else { known.artist().merged(artist) };
        let completed = known.is_bare() && wanted.is_none();
        let of_run = known.last_run == sighting.run.as_str();
        let first_in_run = !late && !of_run;
        if merged == known.artist() && !first_in_run && !completed {
            return None;
        }
        let still_bare = known.is_bare() && !completed;
        let row = Self {
            sighted_by: if first_in_run { sighting.term.to_string() } else { known.sighted_by.clone() },
            not_provided: not_provided(&merged),
            wanted: known.wanted.clone().filter(|_| still_bare),
            prominence: known.prominence.filter(|_| still_bare),
            name: merged.name,
            popularity: merged.popularity,
            followers: merged.followers,
            genres: merged.genres,
            last_seen: seen.max(known.last_seen.clone()),
            last_run: if late { known.last_run.clone() } else { sighting.run.to_string() },
            expires_at: expiry(sighting, retention).max(known.expires_at),
            ..known.clone()
        };
        Some((row, Rewritten::by(first_in_run, wanted.is_none(), completed && of_run)))
    }
}

/// When a row that is seen now expires, in epoch seconds.
fn expiry(sighting: &Sighting, retention: Duration) -> i64 {
    sighting.at.as_second().saturating_add(i64::try_from(retention.as_secs()).unwrap_or(i64::MAX))
}

/// The fields that are missing.
fn not_provided(artist: &Artist) -> Vec<Field> {
    Field::ALL.into_iter().filter(|field| !field.is_in(artist)).collect()
}

/// A time in the form that rows use.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use collect::term::{RunId, TermKey};

    use super::*;

    #[test]
    fn a_late_sighting_only_fills_gaps() {
        let artist = |name: &str, popularity| Artist {
            id: ArtistId::new("000Dq0VqTZpxOP6jQMscVL").unwrap(),
            name: name.to_owned(),
            popularity,
            followers: None,
            genres: None,
        };
        let sighting = |run: &str, second| Sighting {
            run: RunId::new(run).unwrap(),
            term: TermKey::parse("search:a").unwrap(),
            at: Timestamp::from_second(second).unwrap(),
        };
        let retention = Duration::from_hours(24);
        let row = ArtistRow::first(&artist("New", None), None, &sighting("2", 60), retention);
        let (filled, why) = row.again(&artist("Old", Some(7)), None, &sighting("1", 0), retention).unwrap();
        assert_eq!(why, Rewritten::Changed);
        assert_eq!((filled.name.as_str(), filled.popularity), ("New", Some(7)));
        assert_eq!((&filled.last_run, &filled.last_seen), (&row.last_run, &row.last_seen));
        assert!(filled.again(&artist("Old", Some(9)), None, &sighting("1", 0), retention).is_none());
    }

    #[test]
    fn times_have_three_decimals_so_that_texts_sort() {
        let at = |millis| stamp(Timestamp::from_millisecond(millis).unwrap());
        assert_eq!(at(0), "1970-01-01T00:00:00.000Z");
        assert!(at(999) < at(1000) && at(1000) < at(1001) && at(59_999) < at(60_000));
    }
}
