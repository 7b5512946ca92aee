//! A collector over ports in memory, for the targets that need one.

use std::num::NonZeroU32;

use collect::catalogue::PlaylistId;
use collect::memory::{
    Memory, MemoryArtists, MemoryControl, MemoryFrontier, MemorySpotify, MemoryTracks, MemoryWindow,
    VirtualClock,
};
use collect::pace::{Pacing, Rate};
use collect::plan::OperatorFinding;
use collect::ports::{Control, DeadLetter, Scheduling};
use collect::seeder;
use collect::settings::Settings;
use collect::term::{Operator, RunId, Source};
use jiff::Timestamp;

/// An SQS message must stay below this.
const SQS_BYTES: usize = 256 * 1024;

/// A moment like any other.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_795_402_800).unwrap_or_default()
}

/// Ports in memory at [`now`].
pub(crate) fn memory() -> Memory {
    memory_with(MemorySpotify::default())
}

/// Ports in memory at [`now`], with this Spotify.
pub(crate) fn memory_with<S>(spotify: S) -> Memory<S> {
    Memory {
        clock: VirtualClock::at(now()),
        control: MemoryControl::default(),
        frontier: MemoryFrontier::default(),
        window: MemoryWindow::default(),
        artists: MemoryArtists::default(),
        spotify,
        tracks: MemoryTracks::default(),
    }
}

/// A deployment with a fixed rate.
pub(crate) fn settings() -> Settings {
    Settings {
        pacing: Pacing::fixed(Rate::per_30s(NonZeroU32::new(3000).unwrap_or(NonZeroU32::MIN))),
        ..Settings::default()
    }
}

/// The same, with every way to find artists.
pub(crate) fn every_source() -> Settings {
    let beside_strings = Source::ALL.into_iter().filter(|source| *source != Source::Systematic);
    let playlist = PlaylistId::new("000Dq0VqTZpxOP6jQMscVL").into_iter().collect();
    Settings { sources: beside_strings.collect(), playlists: playlist, ..settings() }
}

/// Opens a run on the ports.
pub(crate) async fn open<P: Scheduling>(ports: &P) -> RunId {
    open_with(ports, &settings()).await
}

/// Opens a run of other settings.
pub(crate) async fn open_with<P: Scheduling>(ports: &P, settings: &Settings) -> RunId {
    let run = RunId::of_day(now());
    for operator in [Operator::Not, Operator::Quotes] {
        // With these known, all roots are sent at once.
        let noted = ports.control().note_operator(operator, &OperatorFinding::new(false, &run, now())).await;
        assert!(noted.is_ok(), "an operator is noted: {noted:?}");
    }
    let opened = seeder::open_run(ports, settings, run.clone()).await;
    assert!(opened.is_ok(), "a run opens: {opened:?}");
    run
}

/// Runs a future to its end, on this thread.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    match tokio::runtime::Builder::new_current_thread().build() {
        Ok(runtime) => runtime.block_on(future),
        Err(error) => unreachable!("a runtime of one thread needs nothing: {error}"),
    }
}

/// Holds that SQS would take the letter, and that its reason can be read.
pub(crate) fn sendable(letter: &DeadLetter) {
    crate::readable(&letter.reason);
    let body = serde_json::to_string(letter).unwrap_or_default();
    assert!(!body.is_empty() && body.len() < SQS_BYTES, "a dead letter of {} bytes", body.len());
    assert!(body.chars().all(allowed_in_sqs), "a dead letter with a character that SQS refuses: {body}");
}

/// The characters that SQS documents for `SendMessage`.
fn allowed_in_sqs(c: char) -> bool {
    matches!(c, '\u{9}' | '\u{a}' | '\u{d}' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}
