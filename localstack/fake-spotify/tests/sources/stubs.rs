//! Artists of whom only id and name are known.

use collect::catalogue::{ArtistId, Mention};
use collect::ports::{Artists as _, Frontier, Sighting};
use collect::run::RunState;
use collect::term::{Hydrate, RunId, Source, Term, TermKey};
use fake_spotify::{AppClass, Artists, Config, FakeSpotify};

use crate::play::{collect_in, world};

const RUN: &str = "2026-11-23";

/// Two artists. The first one's name is longer than any that is kept, as little use as the empty name of a
/// removed artist; the stand-in takes no empty one.
fn catalogue() -> String {
    let name = "x".repeat(5_000);
    format!(
        "id,name,followers,popularity,genres\n0000000000000000000001,{name},1,1,\n\
         0000000000000000000002,Still There,1,1,\n"
    )
}

fn id(number: u32) -> ArtistId {
    ArtistId::new(format!("{number:022}")).expect("an id")
}

#[tokio::test]
async fn a_prominent_artist_without_a_usable_name_blocks_no_other() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), catalogue()).expect("written");
    let artists = Artists::File(file.path().to_owned());
    let config = Config { class: AppClass::Development, artists, ..Config::default() };
    let spotify = FakeSpotify::start(config).await.expect("a stand-in");
    let world = world(&spotify);
    let (run, key) = (RunId::new(RUN).expect("an id"), TermKey::parse("search:st").expect("a key"));
    let left = Hydrate::new(key.clone()).expect("a question");
    world.frontier.put_new(&[Term::new(run.clone(), Source::Hydrate, left, 0.01)]).await.expect("put");
    let mention = |number, name: &str, popularity| Mention {
        id: id(number),
        name: name.to_owned(),
        prominence: popularity,
    };
    let mentions = [mention(1, "Removed", Some(90)), mention(2, "Still There", Some(10))];
    let sighting = Sighting { run, term: key, at: "2026-11-23T03:00:00Z".parse().expect("a time") };
    world.artists.upsert(&[], &mentions, &sighting).await.expect("stubs");
    let played = collect_in(world, RUN, "hydrate").await;
    assert_eq!((played.run.state, played.report().failed), (RunState::Complete, 0), "{:?}", played.report());
    assert_eq!(played.world.window.dead_letters(), []);
    let stubs: Vec<_> = played.rows().into_iter().filter(|row| row.stub.is_some()).collect();
    assert_eq!(stubs, [], "one is complete, the other is asked for no more");
}
