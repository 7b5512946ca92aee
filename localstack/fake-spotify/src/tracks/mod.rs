//! Tracks from a file, with the audio features that somebody measured. Without such a file the world invents
//! its tracks.
//!
//! A track needs artists: those that the file names and the catalogue lacks are added to it, under the file's
//! ids or, where it has none, under ids that follow from their names.

mod csv;
mod features;

use std::collections::{HashMap, HashSet};

pub use self::features::Features;
use crate::catalogue::{CatalogueBuilder, CatalogueError, Id, NewArtist, id_of_bits, seed_of, years};
use crate::generate::{followers, popularity};
use crate::random::Random;

/// The tracks of a file as they stand there. See [`TrackFile::read`].
#[derive(Clone, Debug, Default)]
pub struct TrackFile {
    rows: Vec<TrackRow>,
}

#[derive(Clone, Debug)]
struct TrackRow {
    id: Id,
    name: String,
    credits: Vec<Credit>,
    popularity: Option<u8>,
    decade: Option<u16>,
    genres: Vec<String>,
    features: Features,
}

/// An artist as a row names it.
#[derive(Clone, Debug)]
struct Credit {
    id: Option<Id>,
    /// May be empty where there is an id.
    name: String,
}

/// A track whose artists are in the catalogue.
#[derive(Clone, Debug)]
pub(crate) struct FiledTrack {
    pub(crate) id: Id,
    pub(crate) name: String,
    /// At least one; the first is whose album it is on.
    pub(crate) artists: Vec<Id>,
    pub(crate) popularity: Option<u8>,
    pub(crate) decade: Option<u16>,
    pub(crate) genres: Vec<String>,
    pub(crate) features: Features,
}

/// Genres that an added artist takes over from its tracks, at most.
const GENRES: usize = 5;

impl TrackFile {
    /// Number of tracks.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the file has no track.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds to `builder` the artists that only these tracks name, and gives all tracks with the ids of their
    /// artists.
    pub(crate) fn credit(self, builder: &mut CatalogueBuilder) -> Result<Vec<FiledTrack>, CatalogueError> {
        let mut known = Known::of(builder, &self.rows);
        let artists: Vec<Vec<Id>> =
            self.rows.iter().map(|row| row.credits.iter().map(|credit| known.id(credit)).collect()).collect();
        let mut seen: HashMap<Id, Seen> = HashMap::new();
        for (row, ids) in self.rows.iter().zip(&artists) {
            for id in ids {
                seen.entry(*id).or_default().take(row);
            }
        }
        for (id, name) in known.added {
            seen.remove(&id).unwrap_or_default().add(builder, id, &name)?;
        }
        for (id, seen) in seen {
            if let (Some(index), Some((first, last))) = (known.by_id.get(&id), seen.years) {
                builder.widen_years(*index, first, last);
            }
        }
        let filed = |(row, artists): (TrackRow, Vec<Id>)| FiledTrack {
            id: row.id,
            name: row.name,
            artists,
            popularity: row.popularity,
            decade: row.decade,
            genres: row.genres,
            features: row.features,
        };
        Ok(self.rows.into_iter().zip(artists).map(filed).collect())
    }
}

/// Which artists there are, and which the tracks add.
#[derive(Default)]
struct Known {
    /// The artists of the catalogue by their number there.
    by_id: HashMap<Id, usize>,
    by_name: HashMap<String, Id>,
    /// The names that some row has for an id.
    names: HashMap<Id, String>,
    added: Vec<(Id, String)>,
    is_added: HashSet<Id>,
}

impl Known {
    fn of(builder: &CatalogueBuilder, rows: &[TrackRow]) -> Self {
        let mut known = Self::default();
        for (number, artist) in builder.iter().enumerate() {
            known.by_id.insert(artist.raw_id(), number);
            known.by_name.entry(artist.name().to_owned()).or_insert_with(|| artist.raw_id());
        }
        for credit in rows.iter().flat_map(|row| &row.credits).filter(|credit| !credit.name.is_empty()) {
            if let Some(id) = credit.id {
                known.names.entry(id).or_insert_with(|| credit.name.clone());
                known.by_name.entry(credit.name.clone()).or_insert(id);
            }
        }
        known
    }

    /// The id of the artist that a row names, who is noted as new where nobody knows it.
    fn id(&mut self, credit: &Credit) -> Id {
        let by_name = || self.by_name.get(&credit.name).copied();
        let id = credit.id.or_else(by_name).unwrap_or_else(|| id_of_name(&credit.name));
        if !self.by_id.contains_key(&id) && self.is_added.insert(id) {
            let named = self
                .names
                .get(&id)
                .cloned()
                .or_else(|| Some(credit.name.clone()).filter(|name| !name.is_empty()));
            let name = named.unwrap_or_else(|| format!("Artist {}", String::from_utf8_lossy(&id[..6])));
            self.added.push((id, name));
        }
        id
    }
}

/// The id of an artist that has only a name.
fn id_of_name(name: &str) -> Id {
    let mut random = Random::new(seed_of(name.as_bytes()));
    id_of_bits(u128::from(random.bits()) << 64 | u128::from(random.bits()))
}

/// What the tracks of an artist tell of it.
#[derive(Default)]
struct Seen {
    popularity: Option<u8>,
    years: Option<(u16, u16)>,
    genres: Vec<String>,
}

impl Seen {
    fn take(&mut self, row: &TrackRow) {
        self.popularity = self.popularity.max(row.popularity);
        if let Some(decade) = row.decade {
            let (first, last) = self.years.unwrap_or((decade, decade + 9));
            self.years = Some((first.min(decade), last.max(decade + 9)));
        }
        for genre in &row.genres {
            if self.genres.len() < GENRES && !self.genres.contains(genre) {
                self.genres.push(genre.clone());
            }
        }
    }

    /// Adds an artist of whom nothing else is known; the rest follows from its id.
    fn add(self, builder: &mut CatalogueBuilder, id: Id, name: &str) -> Result<(), CatalogueError> {
        let mut random = Random::new(seed_of(&id));
        let popularity = self.popularity.unwrap_or_else(|| popularity(&mut random));
        let genres: Vec<u32> = self.genres.iter().map(|genre| builder.genre(genre)).collect();
        builder.add(&NewArtist {
            id,
            name,
            popularity: Some(popularity),
            followers: Some(followers(popularity, &mut random)),
            genres: &genres,
            years: self.years.or_else(|| years(&mut random, 0.0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::catalogue::parse_id;

    const HEAD: &str = "track_id,name,artists,artist_ids,decade,duration_ms,key,mode,time_signature,acousticness,\
        danceability,energy,instrumentalness,liveness,loudness,speechiness,valence,tempo,genres114\n";
    const SOUND: &str = "200000,6,1,4,0.1,0.2,0.3,0.4,0.5,-6,0.6,0.7,120";

    /// A catalogue with `Lund`, and these tracks: id, artists, artist ids, decade, genres.
    fn credited(tracks: &[[&str; 5]]) -> (CatalogueBuilder, Vec<FiledTrack>) {
        let row = |[id, artists, ids, decade, genres]: &[&str; 5]| {
            format!("{id:0>22},Song,{artists},{ids},{decade},{SOUND},{genres}\n")
        };
        let csv = HEAD.to_owned() + &tracks.iter().map(row).collect::<String>();
        let file = TrackFile::read_from(csv.as_bytes(), Path::new("tracks.csv")).expect("good rows");
        let mut builder = CatalogueBuilder::default();
        let lund = NewArtist {
            id: parse_id("0000000000000000000010").expect("an id"),
            name: "Lund",
            popularity: Some(50),
            followers: Some(5),
            genres: &[],
            years: Some((2001, 2003)),
        };
        builder.add(&lund).expect("fits");
        let filed = file.credit(&mut builder).expect("they fit");
        (builder, filed)
    }

    #[test]
    fn an_artist_of_the_catalogue_is_found_by_id_or_by_name() {
        let (builder, tracks) =
            credited(&[["1", "Lund", "", "1970", ""], ["2", "L.", "0000000000000000000010", "", ""]]);
        assert_eq!(builder.iter().count(), 1);
        assert_eq!(tracks[0].artists, tracks[1].artists);
        let catalogue = builder.build().expect("one artist");
        assert_eq!(catalogue.artist(0).years(), Some((1970, 2003)), "its years reach back to the track");
    }

    #[test]
    fn artists_that_only_tracks_name_are_added_once() {
        let (builder, tracks) = credited(&[
            ["1", "Berg", "", "1980", "metal"],
            ["2", "Berg|Lund", "", "2000", "rock|metal"],
            ["3", "", "0000000000000000000020", "", ""],
        ]);
        let catalogue = builder.build().expect("distinct");
        assert_eq!(catalogue.len(), 3);
        let berg = catalogue.artist(catalogue.rank_of(&tracks[0].artists[0]).expect("added"));
        assert_eq!((berg.name(), berg.years()), ("Berg", Some((1980, 2009))));
        assert_eq!(berg.genres().collect::<Vec<_>>(), ["metal", "rock"]);
        assert_eq!(tracks[1].artists[0], tracks[0].artists[0]);
        let nameless = catalogue.artist(catalogue.rank_of(&tracks[2].artists[0]).expect("added"));
        assert_eq!((nameless.name(), nameless.popularity().is_some()), ("Artist 000000", true));
    }

    #[test]
    fn a_name_without_an_id_is_the_artist_that_another_row_gives_one() {
        let (builder, tracks) =
            credited(&[["1", "Berg", "", "", ""], ["2", "Berg", "0000000000000000000030", "", ""]]);
        assert_eq!(builder.iter().count(), 2);
        assert_eq!(tracks[0].artists, [parse_id("0000000000000000000030").expect("an id")]);
    }
}
