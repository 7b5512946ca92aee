//! The recommender's nights: what a thousand users cost, and what asking Spotify for them adds.

use super::prices::{COMPUTE, INVOCATION, READ, SCHEDULE, SECRET_CALL, TABLE, WRITE};
use super::{Bill, GB, Part};

/// Users by whom both bills are stated, and bytes of a list of 30 artists and of a profile.
const USERS: f64 = 1_000.0;
const LIST_BYTES: f64 = 5_000.0;
const PROFILE_BYTES: f64 = 1_000.0;

/// Artists of a list and of its profile, about.
const LOOKED_UP: f64 = 40.0;

/// Read units for one that is eventually consistent, as lists and artists are read.
const EVENTUAL: f64 = 0.5;

/// Profiles of a page, after each of which the recommender notes how far it is.
const PAGE: f64 = 25.0;

/// Nights of a month. In each, the schedules start the recommender twelve times to ask Spotify, and twice to
/// compute the rest.
const NIGHTS: f64 = 30.0;
const ASKING: f64 = 12.0;
const COMPUTING: f64 = 2.0;

/// Items of the control table that an execution reads at its start.
const OVERVIEW: f64 = 6.0;

/// Seconds until a snapshot with a million edges is read. Not measured on AWS.
const SNAPSHOT_S: f64 = 15.0;

/// Seconds for each user: the walk's 16 ms of a processor (`bench recommend`), of which 1,024 MB get 58 %,
/// and about 20 ms for a query, a write and a read. Not measured on AWS.
const USER_S: f64 = 0.016 / 0.58 + 0.02;

/// Seconds until Spotify answers. Not measured on AWS.
const ANSWER_S: f64 = 0.15;

/// Requests in 30 seconds that the pace allows while no run is open. An open run leaves less.
const RATE_PER_30S: f64 = 180.0;

/// Seconds in which an execution may wait for permits: its time limit without the margin at its end.
const MOST_WAITING_S: f64 = 300.0 - 30.0;

/// Reads and writes of the pace for each request, as the test below counts them.
const PACE_READS: f64 = 0.501;
const PACE_WRITES: f64 = 0.101;

/// What the lists of `USERS` cost in a month if they are computed.
pub(super) fn computed() -> Bill {
    let part = |what, quantity, price| Part { what, quantity, price };
    let lists = USERS * NIGHTS;
    let starts = NIGHTS * (ASKING + COMPUTING);
    let units = |bytes: f64, of: f64| (bytes / of).ceil();
    let pages = (USERS / PAGE).ceil() * NIGHTS;
    // All starts of a night but one find the lists made, and look for a profile that was put since.
    let looked = NIGHTS * (ASKING + COMPUTING - 1.0);
    let profile_pages = (USERS / PAGE).ceil() * units(PROFILE_BYTES * PAGE, 4096.0);
    let list = units(LIST_BYTES, 4096.0) * EVENTUAL;
    let lists_read = units(LIST_BYTES * NIGHTS, 4096.0) * EVENTUAL;
    Bill(vec![
        part("lists written", lists * units(LIST_BYTES, 1024.0), WRITE),
        part("the lists of 30 days read before each", lists * lists_read, READ),
        part("profiles read after each", lists, READ),
        part("pages of 25 profiles read", pages * units(PROFILE_BYTES * PAGE, 4096.0), READ),
        part("how far the night is: written after each page", pages, WRITE),
        part("the same and the first page read at each start", starts * 2.0, READ),
        part(
            "profiles and newest lists read where all are made",
            looked * (profile_pages + USERS * list),
            READ,
        ),
        part("artists looked up before each list, for erased ones", lists * LOOKED_UP * EVENTUAL, READ),
        part("six items of the control table read at each start", starts * OVERVIEW, READ),
        part("reading the snapshot: seconds of 1,024 MB (not measured on AWS)", NIGHTS * SNAPSHOT_S, COMPUTE),
        part("48 ms of 1,024 MB for each list (not measured on AWS)", lists * USER_S, COMPUTE),
        part("its schedules", starts, SCHEDULE),
        part("invocations", starts, INVOCATION),
        part("the secret read at each start", starts, SECRET_CALL),
        part("lists of 90 days stored", 3.0 * lists * LIST_BYTES / GB, TABLE),
    ])
}

/// What a month costs in addition if Spotify is asked once for each user and night: the function waits for
/// the pace and for the answers, and an execution whose time is over is continued by another one.
pub(super) fn asked() -> Bill {
    asked_for(USERS)
}

fn asked_for(users: f64) -> Bill {
    let part = |what, quantity, price| Part { what, quantity, price };
    let night = Night::of(users);
    let requests = NIGHTS * night.requests;
    let again = NIGHTS * (night.executions - 1.0).max(0.0);
    Bill(vec![
        part("waiting for the pace and for Spotify: seconds of 1,024 MB", NIGHTS * night.waiting_s, COMPUTE),
        part("reading the snapshot again: seconds of 1,024 MB", again * SNAPSHOT_S, COMPUTE),
        part("the pace read before requests", requests * PACE_READS, READ),
        part("the pace written for each lease", requests * PACE_WRITES, WRITE),
    ])
}

/// A night in which Spotify is asked.
struct Night {
    /// Requests before the night is over.
    requests: f64,
    /// Seconds in which the function waits.
    waiting_s: f64,
    /// Executions that take part.
    executions: f64,
}

impl Night {
    /// Each request takes its share of the pace, or as long as it is in work if that is longer.
    fn of(users: f64) -> Self {
        let each_s = (30.0 / RATE_PER_30S).max(ANSWER_S + USER_S);
        let requests = users.min(ASKING * ((MOST_WAITING_S - SNAPSHOT_S) / each_s).floor());
        let executions = (requests * each_s / (MOST_WAITING_S - SNAPSHOT_S)).ceil();
        Self { requests, waiting_s: requests * (each_s - USER_S), executions }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use collect::catalogue::ArtistId;
    use collect::memory::{MemoryControl, MemoryFrontier, MemorySpotify, MemoryWindow, VirtualClock};
    use collect::pace::{Pacing, Rate};
    use collect::permits::Permits;
    use collect::ports::{Clock, Control, Ports};
    use collect::recommender::Suggestions;
    use collect::recommender::spotify::AskSpotify;
    use collect::run::Run;
    use collect::term::RunId;
    use collect::web_api::Seeds;

    use super::*;

    #[tokio::test]
    async fn the_pace_is_read_and_written_as_often_as_the_bill_says() {
        let ports = Ports {
            clock: VirtualClock::default(),
            control: MemoryControl::default(),
            frontier: MemoryFrontier::default(),
            window: MemoryWindow::default(),
            artists: (),
            spotify: (),
            tracks: (),
        };
        let run = Run::open(RunId::new("2026-11-23").unwrap(), ports.clock.now());
        ports.control.open(&run).await.unwrap();
        let rate = Rate::per_30s(NonZeroU32::new(180).unwrap());
        let spotify = MemorySpotify::default().recommending(Vec::new());
        let mut permits = Permits::new(Pacing::fixed(rate));
        let mut asking = AskSpotify::begin(&ports, &spotify, &mut permits).await.unwrap();
        let artist = ArtistId::new("0000000000000000000000").unwrap();
        let seeds = Seeds { artists: vec![artist], ..Seeds::default() };
        let begun = ports.clock.now();
        for _ in 0..1_000 {
            asking.tracks(&seeds).await.unwrap();
            ports.clock.advance(Duration::from_secs_f64(ANSWER_S + USER_S));
        }

        assert_eq!(spotify.asked().len(), 1_000, "everybody's request is sent");
        let night = Night::of(1_000.0);
        let counted = ports.control.pace_calls();
        let took_s = ports.clock.now().duration_since(begun).as_secs_f64() - 1_000.0 * USER_S;
        for (what, real, billed) in [
            ("reads", f64::from(counted.reads), night.requests * PACE_READS),
            ("writes", f64::from(counted.writes), night.requests * PACE_WRITES),
            ("seconds", took_s, night.waiting_s),
        ] {
            assert!((real - billed).abs() < 0.05 * billed, "{real} {what}, but {billed} are billed");
        }
    }

    #[test]
    fn a_night_waits_for_each_user_until_its_executions_are_over() {
        let few = Night::of(1_000.0);
        assert!((few.requests - 1_000.0).abs() < 1e-9 && (few.executions - 1.0).abs() < 1e-9);
        let twice = Night::of(2_000.0);
        assert!((twice.waiting_s - 2.0 * few.waiting_s).abs() < 1e-6);
        let endless = Night::of(1e6);
        assert!((endless.executions - ASKING).abs() < 1e-9, "{}", endless.executions);
        assert!(endless.waiting_s < ASKING * MOST_WAITING_S, "{}", endless.waiting_s);
        assert!(asked_for(1e6).dollars() < 2.0, "the schedules bound a month: {}", asked_for(1e6).dollars());
    }

    #[test]
    fn a_thousand_users_cost_cents_a_month_and_a_few_more_with_spotify() {
        assert!(computed().dollars() < 0.5, "{}", computed().dollars());
        assert!(asked().dollars() < 0.1, "{}", asked().dollars());
        assert!(asked_for(2_000.0).dollars() > 1.9 * asked().dollars());
    }
}
