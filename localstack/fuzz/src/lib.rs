//! Hostile input: one body for each thing that Fermata reads from outside, shared by the fuzz targets and by the test that
//! replays the kept inputs.
//!
//! A body takes any bytes. It panics where the code under it does, and where what must hold for every input does not: an
//! error is short and names what is wrong, nothing is lost, nothing grows beyond what its table or queue takes.
//!
//! | target | what is read |
//! |---|---|
//! | `answers` | an answer of Spotify, read as each of its shapes, or of its token service: status, headers, body |
//! | `catalogues` | a catalogue file of the stand-in, and a query over it |
//! | `config` | the environment of the functions, and the secret |
//! | `events` | an event of the seeder and of the fetcher |
//! | `items` | an item of the control, terms or artists table (run, pace, capability, endpoints, yields, term, artist), and what is computed from it |
//! | `keys` | a term key, a search, an id, the name of a run |
//! | `messages` | the body of a message in the queue, or of a dead letter |
//! | `queries` | a query to the stand-in, or a change of its faults and limits |
//! | `runs` | answers of Spotify to a fetcher that works a run with every source |
//!
//! `corpus/TARGET` holds a few inputs made by hand and whatever once broke something; `tests/corpus.rs` replays them with the
//! compiler of the workspace. `cargo local fuzz` looks for more.

#![expect(
    clippy::missing_panics_doc,
    reason = "a target panics where what must hold does not, as the text above says"
)]

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

/// A name and the body behind it.
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

/// Longest error, in characters, that is taken for one that a person can read.
const READABLE: usize = 2500;

/// Holds that an error is short enough to be read and kept.
fn readable(error: &str) {
    let length = error.chars().count();
    let beginning: String = error.chars().take(READABLE).collect();
    assert!(length <= READABLE, "an error of {length} characters: {beginning}");
}
