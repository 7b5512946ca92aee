//! The artists table.

use std::time::Duration;

use collect::catalogue::{Artist, ArtistId, Mention};
use collect::plan::Sighting;
use collect::ports::Artists;
use collect::term::{RunId, TermKey};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Step, both_agree};
use crate::place::Place;

#[test]
fn the_artists_are_the_same_in_memory_and_on_aws() {
    both_agree(operation());
}

const ARTISTS: u8 = 5;

/// Time enough to look at every row.
const LONG: Duration = Duration::from_mins(1);

#[derive(Clone, Debug)]
enum Operation {
    Upsert { objects: Vec<Object>, mentions: Vec<u8>, run: u8, term: u8, day: u8 },
    Stubs { limit: usize, share: u32 },
    Stale { before: u8, run: u8, limit: usize },
    GiveUp(Vec<u8>),
}

/// An artist as an answer may show it: fields come or do not.
#[derive(Clone, Debug)]
struct Object {
    artist: u8,
    name: u8,
    popularity: Option<u8>,
    followers: Option<u8>,
    genres: Option<bool>,
}

fn operation() -> impl Strategy<Value = Operation> {
    let (artist, few) = (|| 0..ARTISTS, || 0..3_u8);
    let fields = (prop::option::of(few()), prop::option::of(few()), any::<Option<bool>>());
    let object = (artist(), few(), fields).prop_map(|(artist, name, (popularity, followers, genres))| {
        Object { artist, name, popularity, followers, genres }
    });
    prop_oneof![
        6 => (vec(object, 0..4), vec(artist(), 0..4), few(), few(), 0..120_u8).prop_map(
            |(objects, mentions, run, term, day)| Operation::Upsert { objects, mentions, run, term, day }
        ),
        1 => (1..4_usize, 0..ArtistId::SHARES)
            .prop_map(|(limit, share)| Operation::Stubs { limit, share }),
        1 => (0..120_u8, few(), 1..4_usize)
            .prop_map(|(before, run, limit)| Operation::Stale { before, run, limit }),
        1 => vec(artist(), 0..3).prop_map(Operation::GiveUp),
    ]
}

fn id(artist: u8) -> ArtistId {
    ArtistId::new(format!("{artist:022}")).unwrap()
}

fn run_id(run: u8) -> RunId {
    RunId::new(format!("run-{run}")).unwrap()
}

/// A day, and a part of a millisecond that no table keeps.
fn at(day: u8) -> Timestamp {
    Timestamp::from_microsecond((1_700_000_000 + i64::from(day) * 86_400) * 1_000_000 + 7).unwrap()
}

impl From<&Object> for Artist {
    fn from(object: &Object) -> Self {
        Self {
            id: id(object.artist),
            name: format!("Name {}", object.name),
            popularity: object.popularity,
            followers: object.followers.map(u64::from),
            genres: object.genres.map(|some| if some { vec!["pop".to_owned()] } else { Vec::new() }),
        }
    }
}

/// A mention; the order of stubs of equal prominence is not promised.
fn mention(artist: u8) -> Mention {
    Mention { id: id(artist), name: "Name 0".to_owned(), prominence: Some(artist * 10) }
}

impl Step for Operation {
    async fn carry_out<P: Place>(&self, place: &P) -> String {
        let artists = place.artists();
        match self {
            Self::Upsert { objects, mentions, run, term, day } => {
                let term = TermKey::parse(&format!("search:t{term}")).unwrap();
                let sighting = Sighting { run: run_id(*run), term, at: at(*day) };
                let objects: Vec<Artist> = objects.iter().map(Artist::from).collect();
                let mentions: Vec<Mention> = mentions.iter().copied().map(mention).collect();
                format!("{:?}", artists.upsert(&objects, &mentions, &sighting).await)
            }
            Self::Stubs { limit, share } => format!("{:?}", artists.stubs(*limit, *share).await),
            Self::Stale { before, run, limit } => {
                format!("{:?}", artists.stale(at(*before), &run_id(*run), *limit, LONG).await)
            }
            Self::GiveUp(artist) => {
                let ids: Vec<ArtistId> = artist.iter().copied().map(id).collect();
                let term = TermKey::parse("search:t").unwrap();
                format!("{:?}", artists.withdraw(&ids, &Sighting { run: run_id(0), term, at: at(0) }).await)
            }
        }
    }

    async fn tables<P: Place>(place: &P) -> String {
        let mut tables = Vec::new();
        for artist in 0..ARTISTS {
            tables.push(format!("{:#?}", place.row(&id(artist)).await));
        }
        tables.join("\n")
    }
}
