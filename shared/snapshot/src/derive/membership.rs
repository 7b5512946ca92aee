//! Which tracks belong to which genre, and how they sound.

use std::collections::BTreeMap;

use collect::ports::PortError;
use collect::ports::export::{DeriveTask, Objects};
use collect::snapshot::table::TableName;

use super::source::{self, Row};
use super::surrogate::{key, key_of};
use super::{each, fill};
use crate::columns::Rows;

/// The audio features: what the fact calls them in its order, and the column of the tracks.
const FEATURES: [(&str, Number); 13] = [
    ("acousticness", Number::Real),
    ("danceability", Number::Real),
    ("duration_ms", Number::Integer),
    ("energy", Number::Real),
    ("instrumentalness", Number::Real),
    ("key", Number::Integer),
    ("liveness", Number::Real),
    ("loudness", Number::Real),
    ("mode", Number::Integer),
    ("speechiness", Number::Real),
    ("tempo", Number::Real),
    ("time_signature", Number::Integer),
    ("valence", Number::Real),
];

#[derive(Clone, Copy, Debug)]
enum Number {
    Real,
    Integer,
}

/// When the last reading of each playlist for each genre began.
struct Readings(BTreeMap<(i64, String), i64>);

impl Readings {
    async fn of(objects: &(impl Objects + Sync), task: &DeriveTask<'_>) -> Result<Self, PortError> {
        let mut readings = BTreeMap::new();
        for part in task.export.parts_of(TableName::Playlists) {
            source::each(objects, part, |row| {
                let genre = row.integer("genre").unwrap_or_default();
                let began = row.time("read_at").unwrap_or_default();
                readings.insert((genre, row.text("playlist").to_owned()), began);
            })
            .await?;
        }
        Ok(Self(readings))
    }

    /// Whether the playlist was read to its end, and whether the track was still on it then.
    fn of_row(&self, row: Row<'_>) -> (bool, bool) {
        let key = (row.integer("genre").unwrap_or_default(), row.text("playlist").to_owned());
        let began = self.0.get(&key);
        (began.is_some(), began.is_none_or(|began| row.time("last_seen").is_some_and(|seen| seen >= *began)))
    }
}

/// The tracks on playlists that were read to their end. One that was taken off a playlist has not been seen
/// since the last reading began.
pub(super) async fn bridges(
    objects: &(impl Objects + Sync),
    task: &DeriveTask<'_>,
    rows: &mut Rows,
) -> Result<(), PortError> {
    let (readings, day) = (Readings::of(objects, task).await?, task.export.day.as_str());
    each(objects, task, |row| {
        if readings.of_row(row) != (true, true) {
            return;
        }
        let (playlist, track) = (row.text("playlist"), row.text("track"));
        let genre = row.integer("genre").unwrap_or_default();
        fill(rows)
            .text(&key_of(&[&day, &playlist, &track, &genre]))
            .text(&key(playlist))
            .text(&key(track))
            .text(&key_of(&[&genre]))
            .text(day)
            .some_time(row.time("last_seen"))
            .end();
    })
    .await
}

/// A genre of a track. There may be several of the same genre; the newest of equal facts stays.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct OfTrack {
    track: String,
    genre: i64,
    /// When it was last seen there.
    seen: Option<i64>,
}

/// The genres of each track with its audio features. Where no reading of a playlist has come to its end yet,
/// all its tracks count.
pub(super) async fn facts(
    objects: &(impl Objects + Sync),
    task: &DeriveTask<'_>,
    rows: &mut Rows,
) -> Result<(), PortError> {
    let readings = Readings::of(objects, task).await?;
    // A part has its memberships in the order of the tracks, so only some parts of the tracks have them.
    let mut genres: Vec<OfTrack> = Vec::new();
    each(objects, task, |row| {
        if let (_, true) = readings.of_row(row) {
            let (track, genre) = (row.text("track"), row.integer("genre").unwrap_or_default());
            let seen = row.time("last_seen");
            match genres.last_mut().filter(|last| last.track == track && last.genre == genre) {
                Some(last) => last.seen = last.seen.max(seen),
                None => genres.push(OfTrack { track: track.to_owned(), genre, seen }),
            }
        }
    })
    .await?;
    genres.sort_unstable();
    let (Some(first), Some(last)) = (genres.first(), genres.last()) else { return Ok(()) };
    for part in task.export.parts_of(TableName::Tracks) {
        let holds = |(from, to): &(String, String)| *from <= last.track && *to >= first.track;
        if !part.keys.as_ref().is_some_and(holds) {
            continue;
        }
        source::each(objects, part, |row| {
            let track = row.text("track");
            let begin = genres.partition_point(|of| of.track.as_str() < track);
            for of in genres[begin..].iter().take_while(|of| of.track == track) {
                fact(&task.export.day, row, of.genre, of.seen, rows);
            }
        })
        .await?;
    }
    Ok(())
}

fn fact(day: &str, track: Row<'_>, genre: i64, seen: Option<i64>, rows: &mut Rows) {
    let id = track.text("track");
    let keys =
        fill(rows).text(&key_of(&[&day, &id, &genre])).text(&key(id)).text(&key_of(&[&genre])).text(day);
    let features = FEATURES.iter().fold(keys, |row, (name, number)| match number {
        Number::Real => row.some_real(track.real(name)),
        Number::Integer => row.some_integer(track.integer(name)),
    });
    features.some_time(seen).end();
}
