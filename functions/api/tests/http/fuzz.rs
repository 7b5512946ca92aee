//! The API against its own description: schemathesis asks everything that the description allows, and much
//! that it does not, and compares every answer with it.

use std::process::{Command, Stdio};

use collect::catalogue::{Artist, ArtistId};
use collect::plan::Sighting;
use collect::ports::{Artists, Clock, DeadLetter, Minute, Series, Users, Window};
use collect::recommend::{Profile, Username};
use collect::term::TermKey;
use tokio::net::TcpListener;

use crate::python::{python, source};
use crate::users::add_snapshots;
use crate::world::{ARTIST, World, add_run, id, serve, world};

/// Cases for each route; more take longer and have found nothing else.
const EXAMPLES: &str = "25";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_as_the_description_says() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/openapi.json", listener.local_addr().unwrap());
    let server = tokio::spawn(api::serve::serve(listener, serve(full_world().await)));
    let output = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(python("schemathesis").with_file_name("schemathesis"));
        let settings = source("schemathesis", "schemathesis.toml");
        command.current_dir(folder.path()).arg("--config-file").arg(settings);
        command.args(["run", &url, "--checks", "all", "--max-examples", EXAMPLES, "--seed", "1"]);
        command.args(["--no-color", "--generation-database", "none"]);
        command.stdin(Stdio::null()).output().unwrap()
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(!server.is_finished(), "the server has ended");
    server.abort();
}

/// A world that has something to answer on every route.
pub(crate) async fn full_world() -> World {
    let world = world();
    add_run(&world, "first", None, true).await;
    add_run(&world, "second", Some("first"), true).await;
    add_run(&world, "third", Some("second"), false).await;
    let genres = Some(vec!["pop".to_owned()]);
    let artist = ArtistId::new(ARTIST).unwrap();
    let artist = Artist { id: artist, name: "Ånn".to_owned(), popularity: None, followers: Some(7), genres };
    let (term, at) = (TermKey::parse("search:a").unwrap(), world.clock.now());
    world.artists.upsert(&[artist], &[], &Sighting { run: id("third"), term, at }).await.unwrap();
    let figures = Minute { at, run: id("third"), granted: 9, refused: 1, artists: 7, utilisation: 0.5 };
    world.control.note_minute(&figures, at).await.unwrap();
    world.letters.set_aside(&DeadLetter::new("unreadable", "not a term", 0)).await.unwrap();
    add_snapshots(&world, 3);
    let user = Username::new("ana").unwrap();
    world.users.keep_profile(&user, &Profile::default(), at).await.unwrap();
    world
}
