//! Reading the file of tracks.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;

use super::{Credit, Features, TrackFile, TrackRow};
use crate::catalogue::parse_id;
use crate::table::{CsvError, Row, Table, shown, whole_number};

/// What errors call such a file.
const WHAT: &str = "tracks";

const REQUIRED: [&str; 17] = [
    "track_id",
    "name",
    "artists",
    "artist_ids",
    "duration_ms",
    "key",
    "mode",
    "time_signature",
    "acousticness",
    "danceability",
    "energy",
    "instrumentalness",
    "liveness",
    "speechiness",
    "valence",
    "loudness",
    "tempo",
];

const OPTIONAL: [&str; 3] = ["popularity", "decade", "genres114"];

impl TrackFile {
    /// Reads a CSV file with the columns `track_id`, `name`, `artists`, `artist_ids`, `duration_ms`, `key`,
    /// `mode`, `time_signature`, `acousticness`, `danceability`, `energy`, `instrumentalness`, `liveness`,
    /// `speechiness`, `valence`, `loudness`, `tempo`
    /// and, where it has them, `popularity,decade,genres114`; others are ignored. Several artists, ids and
    /// genres are separated by `|`. `artist_ids` may be empty; otherwise it has an id for each of `artists`.
    ///
    /// Errs on the first thing that is wrong, with file, line and column.
    pub fn read(path: &Path) -> Result<Self, CsvError> {
        let unreadable = |error: std::io::Error| CsvError::Unreadable {
            what: WHAT,
            path: path.to_owned(),
            source: error.into(),
        };
        Self::read_from(File::open(path).map_err(unreadable)?, path)
    }

    /// Reads as [`TrackFile::read`] does, from any reader; `path` is what errors call it.
    pub fn read_from(csv: impl Read, path: &Path) -> Result<Self, CsvError> {
        let (mut rows, mut lines) = (Vec::new(), HashMap::new());
        Table::open(WHAT, path, csv, &REQUIRED, &OPTIONAL)?.each(|row| {
            let track = track(row)?;
            if let Some(earlier) = lines.insert(track.id, row.line) {
                return Err(format!("the id {} was already on line {earlier}", row.field(0)));
            }
            rows.push(track);
            Ok(())
        })?;
        Ok(Self { rows })
    }
}

/// The track of one row, or what is wrong with it.
fn track(row: &Row<'_>) -> Result<TrackRow, String> {
    let id = row.field(0);
    let known = parse_id(id).ok_or_else(|| format!("track_id {:?} is not a Spotify id", shown(id)))?;
    if row.field(1).is_empty() {
        return Err("the name is empty".into());
    }
    let whole = |name: &str, column, most| {
        whole_number(row.field(column), most).map_err(|reason| format!("{name} {reason}"))
    };
    let popularity = whole("popularity", 17, 100)?.and_then(|number| u8::try_from(number).ok());
    let decade = whole("decade", 18, 2_100)?.and_then(|number| u16::try_from(number).ok());
    Ok(TrackRow {
        id: known,
        name: row.raw(1).to_owned(),
        credits: credits(row.raw(2), row.field(3))?,
        popularity,
        decade,
        genres: parts(row.field(19)).map(str::to_owned).collect(),
        features: features(row)?,
    })
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split('|').map(str::trim).filter(|part| !part.is_empty())
}

/// The artists that a row credits: at least one.
fn credits(names: &str, ids: &str) -> Result<Vec<Credit>, String> {
    let names: Vec<&str> = names.split('|').map(str::trim).collect();
    if ids.is_empty() {
        let credits = names.iter().filter(|name| !name.is_empty());
        let credits: Vec<Credit> =
            credits.map(|name| Credit { id: None, name: (*name).to_owned() }).collect();
        return if credits.is_empty() { Err("neither artists nor artist_ids".into()) } else { Ok(credits) };
    }
    let ids: Vec<&str> = ids.split('|').map(str::trim).collect();
    if ids.len() != names.len() {
        return Err(format!("{} artists, but {} artist_ids", names.len(), ids.len()));
    }
    let credit = |(id, name): (&str, &str)| match parse_id(id) {
        Some(id) => Ok(Credit { id: Some(id), name: name.to_owned() }),
        None => Err(format!("artist_ids {:?} is not a Spotify id", shown(id))),
    };
    ids.into_iter().zip(names).map(credit).collect()
}

fn features(row: &Row<'_>) -> Result<Features, String> {
    let share = |column| number(row, column, 0.0..=1.0);
    Ok(Features {
        duration_ms: number(row, 4, 0..=86_400_000)?,
        key: number(row, 5, -1..=11)?,
        mode: number(row, 6, 0..=1)?,
        time_signature: number(row, 7, 0..=7)?,
        acousticness: share(8)?,
        danceability: share(9)?,
        energy: share(10)?,
        instrumentalness: share(11)?,
        liveness: share(12)?,
        speechiness: share(13)?,
        valence: share(14)?,
        loudness: number(row, 15, -100.0..=100.0)?,
        tempo: number(row, 16, 0.0..=1_000.0)?,
    })
}

/// A number within a range. A double shows up to 15 digits as they were written, so nothing of the source is
/// lost.
fn number<T: FromStr + PartialOrd + Display>(
    row: &Row<'_>,
    column: usize,
    range: RangeInclusive<T>,
) -> Result<T, String> {
    let text = row.field(column);
    let (name, least, most) = (REQUIRED[column], range.start(), range.end());
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("{name} {:?} is not a number from {least} to {most}", shown(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const HEAD: &str = "track_id,name,artists,artist_ids,popularity,decade,duration_ms,key,mode,\
        time_signature,acousticness,danceability,energy,instrumentalness,liveness,loudness,speechiness,valence,tempo,\
        source,genres114\n";

    const GOOD: &str = "0000000000000000000001,Salt,Lund|Berg,0000000000000000000007|0000000000000000000008,43,1970,\
        215000,6,1,4,0.258,0.794,0.669,8.94E-05,0.338,-6.248,0.168,0.648,120.037,somewhere,metal|rock\n";

    fn read(rows: &str) -> Result<TrackFile, CsvError> {
        TrackFile::read_from(format!("{HEAD}{rows}").as_bytes(), Path::new("tracks.csv"))
    }

    #[test]
    fn a_row_becomes_a_track_with_all_its_digits() {
        let file = read(GOOD).expect("a good row");
        let [track] = &file.rows[..] else { panic!("one track") };
        assert_eq!(track.name, "Salt");
        assert_eq!((track.popularity, track.decade), (Some(43), Some(1970)));
        assert_eq!(track.genres, ["metal", "rock"]);
        let names: Vec<&str> = track.credits.iter().map(|credit| credit.name.as_str()).collect();
        assert_eq!(names, ["Lund", "Berg"]);
        assert_eq!(track.credits[1].id, parse_id("0000000000000000000008"));
        let sounds = serde_json::to_string(&track.features).expect("JSON");
        for digits in ["0.258", "0.0000894", "-6.248", "120.037", "215000"] {
            assert!(sounds.contains(digits), "{digits} in {sounds}");
        }
    }

    #[test]
    fn artist_ids_may_be_missing_but_not_in_part() {
        let file = read(&GOOD.replace("0000000000000000000007|0000000000000000000008", "")).expect("no ids");
        assert!(file.rows[0].credits.iter().all(|credit| credit.id.is_none()));
        let error =
            read(&GOOD.replace("|0000000000000000000008", "")).expect_err("one id for two").to_string();
        assert!(error.contains("tracks.csv, line 2: 2 artists, but 1 artist_ids"), "{error}");
    }

    #[test]
    fn a_bad_field_is_named_with_file_line_and_column() {
        for (good, bad, reason) in [
            ("0.794", "1.794", "danceability \"1.794\" is not a number from 0 to 1"),
            ("8.94E-05", "NaN", "instrumentalness \"NaN\" is not a number from 0 to 1"),
            (",6,1,4,", ",12,1,4,", "key \"12\" is not a number from -1 to 11"),
            (",6,1,4,", ",6,,4,", "mode \"\" is not a number from 0 to 1"),
            ("215000", "long", "duration_ms \"long\" is not a number"),
            (",43,", ",143,", "popularity \"143\" is not a whole number from 0 to 100"),
            ("0000000000000000000001", "xyz", "track_id \"xyz\" is not a Spotify id"),
            (",Salt,", ",,", "the name is empty"),
        ] {
            let error = read(&GOOD.replace(good, bad)).expect_err(bad).to_string();
            assert!(error.contains("tracks.csv, line 2: ") && error.contains(reason), "{error}");
        }
        let error = read(&format!("{GOOD}{GOOD}")).expect_err("twice").to_string();
        assert!(error.contains("line 3: the id 0000000000000000000001 was already on line 2"), "{error}");
    }

    #[test]
    fn missing_columns_are_named() {
        let csv = "track_id,name,artists,artist_ids\n".as_bytes();
        let error = TrackFile::read_from(csv, Path::new("t.csv")).expect_err("columns").to_string();
        assert!(error.contains("no column duration_ms, key, mode"), "{error}");
    }
}
