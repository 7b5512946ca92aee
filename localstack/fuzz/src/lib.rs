//! Hostile input: one body for each kind of outside input, shared by the fuzz targets and by the test that
//! replays the kept inputs.
//!
//! A body takes any bytes. It panics if the code under test does, or if an invariant for every input fails:
//! errors are short and name the problem, nothing is lost, nothing exceeds the limit of its table or queue.
//!
//! | target | input |
//! |---|---|
//! | `answers` | an answer of Spotify, parsed as each shape, or of its token service |
//! | `catalogues` | a catalogue file of the stand-in, and a query over it |
//! | `config` | the environment of the functions, and the secret |
//! | `events` | an event of the seeder and of the fetcher |
//! | `items` | an item of the control, terms or artists table, and what is computed from it |
//! | `keys` | a term key, a search, an id, the name of a run |
//! | `messages` | the body of a message in the queue, or of a dead letter |
//! | `queries` | a query to the stand-in, or a change of its faults and limits |
//! | `runs` | answers of Spotify to a fetcher that works a run with every source |
//!
//! `corpus/TARGET` contains some inputs made by hand and every input that once broke something;
//! `tests/corpus.rs` replays them with the workspace's toolchain. `cargo local fuzz` searches for more.

#![expect(clippy::missing_panics_doc, reason = "a target panics if an invariant fails, as documented above")]

mod answers;
mod catalogues;
mod config;
mod events;
mod items;
mod keys;
mod messages;
mod runs;
mod world;

pub use answers::answers;
pub use catalogues::{catalogues, queries};
pub use config::config;
pub use events::events;
pub use items::items;
pub use keys::keys;
pub use messages::messages;
pub use runs::runs;

/// A target's name and body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 9] = [
    ("answers", answers),
    ("catalogues", catalogues),
    ("config", config),
    ("events", events),
    ("items", items),
    ("keys", keys),
    ("messages", messages),
    ("queries", queries),
    ("runs", runs),
];

/// Longest error, in characters, that counts as readable.
const READABLE: usize = 2500;

/// Checks that an error is short enough to be read and stored.
fn readable(error: &str) {
    let length = error.chars().count();
    let beginning: String = error.chars().take(READABLE).collect();
    assert!(length <= READABLE, "an error of {length} characters: {beginning}");
}
