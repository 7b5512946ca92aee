//! Catalogues from files: `id,name,followers,popularity,genres`.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::years::years;
use super::{Catalogue, CatalogueBuilder, Id, NewArtist, parse_id};
use crate::random::Random;
use crate::table::{CsvError, Row, Table, shown, whole_number};

/// Share of artists that no year of release is generated for.
const UNDATED: f64 = 0.05;

const COLUMNS: [&str; 5] = ["id", "name", "followers", "popularity", "genres"];

/// What errors call such a file.
const WHAT: &str = "catalogue";

/// Reads a catalogue from a CSV file with the columns `id,name,followers,popularity,genres`, in any order,
/// others ignored. Genres are separated by `|`; empty means none. Empty followers or popularity mean unknown.
/// Years of releases are not in the file; they are generated from the id, for most artists.
///
/// Errs on the first thing that is wrong, with file, line and reason.
pub fn from_csv(path: &Path) -> Result<Catalogue, CsvError> {
    built(builder_from_csv(path)?, path)
}

/// Reads a catalogue as [`from_csv`] does, from any reader; `path` is what errors call it.
pub fn read_csv(csv: impl Read, path: &Path) -> Result<Catalogue, CsvError> {
    built(read_builder(csv, path)?, path)
}

/// The artists of a file as [`from_csv`] reads them, before they are put into search order.
pub(crate) fn builder_from_csv(path: &Path) -> Result<CatalogueBuilder, CsvError> {
    let file = File::open(path);
    let unreadable = |error: std::io::Error| CsvError::Unreadable {
        what: WHAT,
        path: path.to_owned(),
        source: error.into(),
    };
    read_builder(file.map_err(unreadable)?, path)
}

fn built(builder: CatalogueBuilder, path: &Path) -> Result<Catalogue, CsvError> {
    let whole = |reason: super::CatalogueError| CsvError::Whole {
        what: WHAT,
        path: path.to_owned(),
        reason: reason.to_string(),
    };
    builder.build().map_err(whole)
}

fn read_builder(csv: impl Read, path: &Path) -> Result<CatalogueBuilder, CsvError> {
    let mut builder = CatalogueBuilder::default();
    let mut lines = HashMap::new();
    Table::open(WHAT, path, csv, &COLUMNS, &[])?.each(|row| {
        let id = add(&mut builder, row)?;
        match lines.insert(id, row.line) {
            Some(earlier) => Err(format!("the id {} was already on line {earlier}", row.raw(0))),
            None => Ok(()),
        }
    })?;
    Ok(builder)
}

/// Adds the artist of one row and returns its id, or says what is wrong with it.
fn add(builder: &mut CatalogueBuilder, row: &Row<'_>) -> Result<Id, String> {
    let [id, name, followers, popularity, genres] = [0, 1, 2, 3, 4].map(|column| row.field(column));
    let known = parse_id(id).ok_or_else(|| {
        let id = shown(id);
        format!("{id:?} is not a Spotify id: 22 characters of 0-9, A-Z, a-z, the first 0-7")
    })?;
    if name.is_empty() {
        return Err("the name is empty".into());
    }
    let genres: Vec<u32> = genres
        .split('|')
        .map(str::trim)
        .filter(|genre| !genre.is_empty())
        .map(|genre| builder.genre(genre))
        .collect();
    let popularity = whole_number(popularity, 100).map_err(|reason| format!("popularity {reason}"))?;
    let artist = NewArtist {
        id: known,
        // The name is taken as it stands: spaces at its ends may be part of it.
        name: row.raw(1),
        popularity: popularity.map(|popularity| u8::try_from(popularity).unwrap_or(100)),
        followers: whole_number(followers, 1 << 53).map_err(|reason| format!("followers {reason}"))?,
        genres: &genres,
        years: years(&mut Random::new(seed_of(&known)), UNDATED),
    };
    builder.add(&artist).map_err(|error| error.to_string())?;
    Ok(known)
}

/// A seed that follows from an id, so that what is generated for an artist does not depend on its neighbours.
pub(crate) fn seed_of(id: &[u8]) -> u64 {
    id.iter()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Catalogue, CsvError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("artists.csv");
        std::fs::write(&path, text).expect("written");
        from_csv(&path)
    }

    #[test]
    fn a_row_becomes_an_artist_and_empty_fields_stay_unknown() {
        let catalogue = read(
            "id,name,followers,popularity,genres\n\
             0000000000000000000001,\"Salt, Pepper\",33920.0,71,deep pop|folk\n\
             0000000000000000000002,Nobody,,,\n",
        )
        .expect("a good file");
        let first = catalogue.artist(0);
        assert_eq!(
            (first.name(), first.followers(), first.popularity()),
            ("Salt, Pepper", Some(33_920), Some(71))
        );
        assert_eq!(first.genres().collect::<Vec<_>>(), ["deep pop", "folk"]);
        let second = catalogue.artist(1);
        assert_eq!((second.followers(), second.popularity(), second.genres().len()), (None, None, 0));
    }

    #[test]
    fn a_bad_row_is_named_with_file_line_and_reason() {
        let head = "id,name,followers,popularity,genres\n0000000000000000000001,A,1,1,\n";
        for (row, reason) in [
            ("xyz,B,1,1,", "\"xyz\" is not a Spotify id"),
            ("0000000000000000000002,,1,1,", "the name is empty"),
            ("0000000000000000000002,B,many,1,", "followers \"many\" is not a whole number"),
            ("0000000000000000000002,B,1,101,", "popularity \"101\" is not a whole number from 0 to 100"),
            ("0000000000000000000001,B,1,1,", "the id 0000000000000000000001 was already on line 2"),
        ] {
            let error = read(&format!("{head}{row}\n")).expect_err(row).to_string();
            assert!(error.contains("artists.csv, line 3: ") && error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_missing_or_has_other_columns_is_named() {
        let error = from_csv(Path::new("/nowhere/a.csv")).expect_err("no file").to_string();
        assert!(error.contains("/nowhere/a.csv"), "{error}");
        let error = read("id,title\n").expect_err("no columns").to_string();
        assert!(error.contains("no column name, followers, popularity, genres"), "{error}");
    }

    #[test]
    fn a_row_with_too_few_fields_is_named_by_its_line() {
        let error =
            read("id,name,followers,popularity,genres\n0000000000000000000001,A\n").expect_err("short");
        assert!(error.to_string().contains("line: 2"), "{error}");
    }
}
