//! Artist rows in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;

use super::lock;
use crate::catalogue::{Artist, ArtistId, Mention};
use crate::ports::{Artists, PortError, Rewritten, Sighting, Upserted};
use crate::term::{RunId, TermKey};

/// An artist as the table keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What is known.
    pub artist: Artist,
    /// The term that found it first.
    pub found_by: TermKey,
    /// First sighting.
    pub first_seen: Timestamp,
    /// The last sighting that was written.
    pub last_seen: Timestamp,
    /// The run of that sighting.
    pub last_run: RunId,
    /// The term that saw it first in that run.
    pub sighted_by: TermKey,
    /// How much it is wanted, as long as only id and name are known: the popularity of the track that named it.
    pub wanted: Option<u8>,
}

/// Artist rows in memory.
#[derive(Debug, Default)]
pub struct MemoryArtists(Mutex<BTreeMap<ArtistId, Row>>);

impl MemoryArtists {
    /// All rows.
    pub fn rows(&self) -> BTreeMap<ArtistId, Row> {
        lock(&self.0).clone()
    }

    /// Deletes the rows that were last seen at `seen` or before, and returns them.
    pub fn delete_unseen_since(&self, seen: Timestamp) -> Vec<Row> {
        let mut rows = lock(&self.0);
        rows.extract_if(.., |_, row| row.last_seen <= seen).map(|(_, row)| row).collect()
    }
}

impl Artists for MemoryArtists {
    async fn upsert(
        &self,
        artists: &[Artist],
        mentions: &[Mention],
        sighting: &Sighting,
    ) -> Result<Upserted, PortError> {
        let mut rows = lock(&self.0);
        let mut upserted = Upserted::default();
        for (artist, wanted) in Artist::told_and_mentioned(artists, mentions) {
            let Some(row) = rows.get_mut(&artist.id) else {
                upserted.sighted.insert(artist.id.clone());
                *if wanted.is_none() { &mut upserted.new } else { &mut upserted.new_mentions } += 1;
                upserted.bare += u32::from(wanted.is_some());
                rows.insert(artist.id.clone(), Row::first(artist, wanted, sighting));
                continue;
            };
            match row.see(&artist, wanted, sighting) {
                Some(why) => upserted.count_rewritten(why),
                None => upserted.unchanged += 1,
            }
            upserted.bare += u32::from(row.wanted.is_some());
            if row.last_run == sighting.run && row.sighted_by == sighting.term {
                upserted.sighted.insert(artist.id.clone());
            }
        }
        Ok(upserted)
    }

    async fn wanted(&self, limit: usize) -> Result<Vec<ArtistId>, PortError> {
        let rows = lock(&self.0);
        let mut wanted: Vec<(u8, &ArtistId)> =
            rows.iter().filter_map(|(id, row)| Some((row.wanted?, id))).collect();
        wanted.sort_by_key(|(prominence, id)| (std::cmp::Reverse(*prominence), *id));
        Ok(wanted.into_iter().take(limit).map(|(_, id)| id.clone()).collect())
    }

    async fn stale(&self, before: Timestamp, run: &RunId, limit: usize) -> Result<Vec<ArtistId>, PortError> {
        let rows = lock(&self.0);
        let is_stale = |row: &Row| row.wanted.is_none() && row.last_seen < before && row.last_run != *run;
        let mut stale: Vec<_> = rows.iter().filter(|(_, row)| is_stale(row)).collect();
        stale.sort_by_key(|(id, row)| (row.last_seen, *id));
        Ok(stale.into_iter().take(limit).map(|(id, _)| id.clone()).collect())
    }

    async fn forgo(&self, artists: &[ArtistId], _sighting: &Sighting) -> Result<(), PortError> {
        let mut rows = lock(&self.0);
        for id in artists {
            rows.entry(id.clone()).and_modify(|row| row.wanted = None);
        }
        Ok(())
    }
}

impl Row {
    fn first(artist: Artist, wanted: Option<u8>, sighting: &Sighting) -> Self {
        Self {
            artist,
            found_by: sighting.term.clone(),
            first_seen: sighting.at,
            last_seen: sighting.at,
            last_run: sighting.run.clone(),
            sighted_by: sighting.term.clone(),
            wanted,
        }
    }

    /// Takes a later sighting in, unless it says nothing new; says why, if it does.
    fn see(&mut self, artist: &Artist, wanted: Option<u8>, sighting: &Sighting) -> Option<Rewritten> {
        // What comes late fills gaps, and changes nothing else.
        let late = self.last_seen > sighting.at;
        let merged = if late { artist.merged(&self.artist) } else { self.artist.merged(artist) };
        let is_told = wanted.is_none();
        let completes = is_told && self.wanted.is_some() && self.last_run == sighting.run;
        let wanted = wanted.and(self.wanted);
        let first_in_run = !late && self.last_run != sighting.run;
        if merged == self.artist && wanted == self.wanted && !first_in_run {
            return None;
        }
        if first_in_run {
            self.sighted_by = sighting.term.clone();
            self.last_run = sighting.run.clone();
        }
        self.artist = merged;
        self.wanted = wanted;
        self.last_seen = self.last_seen.max(sighting.at);
        Some(Rewritten::by(first_in_run, is_told, completes))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::term::{Question, SearchTerm};

    #[test]
    fn what_comes_late_fills_gaps_and_changes_nothing_else() {
        let id = ArtistId::new("000Dq0VqTZpxOP6jQMscVL").unwrap();
        let bare = |name: &str| Artist {
            id: id.clone(),
            name: name.to_owned(),
            popularity: None,
            followers: None,
            genres: None,
        };
        let (now, term) = (Timestamp::UNIX_EPOCH, Question::Search(SearchTerm::new("a").unwrap()).key());
        let sighting = |run: &str, seconds| Sighting {
            run: RunId::new(run).unwrap(),
            term: term.clone(),
            at: now + Duration::from_secs(seconds),
        };
        let mut row = Row::first(bare("New"), None, &sighting("2", 60));
        let told = |popularity| Artist { popularity: Some(popularity), ..bare("Old") };
        assert_eq!(row.see(&told(7), None, &sighting("1", 0)), Some(Rewritten::Changed));
        assert_eq!((row.artist.name.as_str(), row.artist.popularity), ("New", Some(7)));
        assert_eq!((row.last_run.as_str(), row.last_seen), ("2", now + Duration::from_mins(1)));
        assert_eq!(row.see(&told(9), None, &sighting("1", 0)), None);
    }
}
