//! An erased artist is gone, with the terms that ask about it, and stays gone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use collect::catalogue::{Artist, ArtistId, Credit, Edge, Genre, PlaylistId, Track, TrackId};
use collect::memory::Memory;
use collect::operator::forget::{ForgetError, forget};
use collect::plan::{ArtistRow, Entry, Sighted, Sighting, Tombstone};
use collect::ports::{
    ArtistRows, Artists, Clock, Control, EdgeErasure, Edges, Erasure, Frontier, PortError, Tracks,
};
use collect::run::{Report, Run};
use collect::term::{ArtistAlbums, Question, Related, RunId, Source, Term, TermKey};
use jiff::Timestamp;

fn run(name: &str) -> RunId {
    RunId::new(name).unwrap()
}

fn id() -> ArtistId {
    ArtistId::new("0000000000000000000001").unwrap()
}

fn neighbour() -> ArtistId {
    ArtistId::new("0000000000000000000002").unwrap()
}

fn credit(id: ArtistId) -> Credit {
    Credit { id, name: "N".to_owned() }
}

/// A track of both.
fn duet() -> Sighted {
    let track = Track {
        id: TrackId::new("1".repeat(22)).unwrap(),
        name: "Duet".to_owned(),
        artists: vec![credit(id()), credit(neighbour())],
        album: None,
        popularity: None,
        isrc: None,
    };
    let playlist = PlaylistId::new("2".repeat(22)).unwrap();
    Sighted { genre: Genre::Pop, playlist, began: Timestamp::UNIX_EPOCH, tracks: vec![track] }
}

async fn put(world: &Memory, at: &str, question: impl Into<Question>) -> TermKey {
    let question = question.into();
    let asks = |source: &Source| source.buckets().contains(&question.bucket());
    let source = Source::ALL.into_iter().find(asks).unwrap();
    let term = Term::new(run(at), source, question, 1.0);
    world.frontier.put_new(std::slice::from_ref(&term)).await.unwrap();
    term.key()
}

async fn see(world: &Memory) {
    let artist = Artist { id: id(), name: "A".to_owned(), popularity: None, followers: None, genres: None };
    let sighting =
        Sighting { run: run("2"), term: TermKey::parse("search:a").unwrap(), at: world.clock.now() };
    let upserted = world.artists.upsert(&[artist], &[], &sighting).await.unwrap();
    assert_eq!(upserted.forgotten.contains(&id()), upserted.sighted.is_empty(), "known as erased");
}

/// A closed run with terms about the artist, and an open one after it.
async fn world() -> Memory {
    let world = Memory::default();
    let closed = Run::open(run("1"), world.clock.now());
    world.control.open(&closed).await.unwrap();
    put(&world, "1", Related(id())).await;
    world.control.close(&closed.closed(Report::default(), world.clock.now())).await.unwrap();
    let open = Run { previous: Some(run("1")), ..Run::open(run("2"), world.clock.now()) };
    world.control.open(&open).await.unwrap();
    see(&world).await;
    world
}

#[tokio::test]
async fn an_artist_is_erased_with_the_terms_about_it_and_stays_away() {
    let world = world().await;
    let albums = put(&world, "2", ArtistAlbums(id())).await;
    let other = put(&world, "2", Related(neighbour())).await;
    let sighting =
        Sighting { run: run("2"), term: TermKey::parse("search:a").unwrap(), at: world.clock.now() };
    let edges = [(id(), neighbour()), (neighbour(), id()), (neighbour(), neighbour())]
        .map(|(artist, other)| Edge::Related { artist, other });
    world.artists.keep(&edges, &sighting).await.unwrap();
    world.tracks.sight(&duet(), &sighting).await.unwrap();
    let forgotten =
        forget(&world.clock, &world.control, &world.artists, &world.tracks, &world.frontier, &id())
            .await
            .unwrap();
    let related = Question::from(Related(id())).key();
    assert_eq!(forgotten.terms, [(run("2"), albums), (run("1"), related)]);
    assert!(forgotten.row && forgotten.left.is_empty());
    assert_eq!((forgotten.edges, world.artists.edges().len()), (2, 1), "at both ends");
    assert_eq!(forgotten.tracks, 1);
    let credits: Vec<_> = world.tracks.tracks().into_values().flat_map(|row| row.track.artists).collect();
    assert_eq!(credits, [credit(neighbour())], "the other artist of the track stays");
    see(&world).await;
    assert_eq!(world.artists.artist(&id()).await.unwrap(), None);
    let kept: Vec<TermKey> = world.frontier.terms(&run("2")).iter().map(Term::key).collect();
    assert_eq!(kept, [other]);

    let again = forget(&world.clock, &world.control, &world.artists, &world.tracks, &world.frontier, &id())
        .await
        .unwrap();
    assert!(!again.row && again.terms.is_empty(), "nothing is left to erase");
}

#[tokio::test]
async fn a_term_in_the_hands_of_a_fetcher_is_left_to_it() {
    let world = world().await;
    let key = put(&world, "2", ArtistAlbums(id())).await;
    let lease = world.clock.now() + Duration::from_mins(5);
    world.frontier.send(&run("2"), &key, lease).await.unwrap().unwrap();
    let forgotten =
        forget(&world.clock, &world.control, &world.artists, &world.tracks, &world.frontier, &id())
            .await
            .unwrap();
    assert_eq!(forgotten.left, [(run("2"), key.clone())]);
    assert!(world.frontier.get(&run("2"), &key).await.unwrap().is_some());
}

/// Rows of which somebody else writes one over the tombstone, so many times.
struct Overwritten {
    times: u32,
    erased: AtomicU32,
}

impl Erasure for Overwritten {
    async fn forget(&self, _: &Tombstone) -> Result<bool, PortError> {
        // What is written over the tombstone later is somebody else's row.
        Ok(self.erased.fetch_add(1, Ordering::Relaxed) == 0)
    }
}

impl EdgeErasure for Overwritten {
    async fn erase_edges(&self, _: &ArtistId) -> Result<u64, PortError> {
        Ok(0)
    }
}

impl ArtistRows for Overwritten {
    async fn entry(&self, id: &ArtistId) -> Result<Option<Entry>, PortError> {
        let stands = self.erased.load(Ordering::Relaxed) > self.times;
        let tombstone = Tombstone { id: id.clone(), forgotten_at: Timestamp::UNIX_EPOCH };
        Ok(stands.then_some(Entry::Forgotten(tombstone)))
    }

    async fn artist(&self, _: &ArtistId) -> Result<Option<ArtistRow>, PortError> {
        Ok(None)
    }
}

#[tokio::test]
async fn a_row_that_a_fetcher_writes_at_the_same_moment_is_erased_again() {
    let world = Memory::<()>::default();
    let rows = |times| Overwritten { times, erased: AtomicU32::new(0) };
    let twice = rows(1);
    let forgotten = forget(&world.clock, &world.control, &twice, &(), &world.frontier, &id()).await.unwrap();
    assert!(forgotten.row, "the first row is reported, whatever came after it");
    assert_eq!(twice.erased.load(Ordering::Relaxed), 2);
    let for_ever = forget(&world.clock, &world.control, &rows(99), &(), &world.frontier, &id()).await;
    assert_eq!(for_ever, Err(ForgetError::ComesBack(id())));
}
