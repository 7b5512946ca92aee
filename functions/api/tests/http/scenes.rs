//! Worlds as an operator meets them, for the dashboard.

use std::time::Duration;

use collect::catalogue::{Artist, ArtistId};
use collect::pace::{Hold, LeaseRequest, Limit, Pacing, Rate};
use collect::plan::{Finding, OperatorFinding, Sighting, Yield, Yields};
use collect::ports::{Artists, Clock, Control, DeadLetter, Frontier, Minute, Series, TermMessage, Window};
use collect::run::{Estimate, Latest, Report, Run, SourceReport};
use collect::term::{Operator, Question, RunId, SearchTerm, Source, Tally, Term, TermKey, TermState};
use collect::web_api::{Bucket, Endpoint};
use jiff::Timestamp;

use crate::world::{Fixed, World, at, hold, id, world};

/// The open run of these worlds.
const OPEN: &str = "2026-11-23";

/// A run that has been open for an hour, after two others.
pub(crate) async fn running() -> World {
    let world = after_two_runs().await;
    open(&world).await;
    world
}

/// The same during a hold.
pub(crate) async fn held() -> World {
    let world = running().await;
    hold(&world).await;
    world
}

/// After a run that ended with terms unanswered, some of which are dead letters.
pub(crate) async fn partial() -> World {
    let mut world = after_two_runs().await;
    open(&world).await;
    let reasons = [("500 Internal Server Error".to_owned(), 2), ("the window is exhausted".to_owned(), 23)];
    let report = Report { open: 23, failed: 2, reasons: reasons.into(), ..report(11_800_000, 312_000) };
    let run = Run { previous: Some(id("2026-11-16")), ..Run::open(id(OPEN), at("2026-11-23T02:00:00Z")) };
    world.control.close(&run.closed(report, world.clock.now())).await.unwrap();
    for key in ["search:of queen the", "search:nightfall"] {
        let message = TermMessage { run: id(OPEN), key: TermKey::parse(key).unwrap(), generation: 3 };
        let letter = DeadLetter::new(
            "Spotify answered with 500 Internal Server Error five times in a row",
            &serde_json::to_string(&message).unwrap(),
            5,
        );
        world.letters.set_aside(&letter).await.unwrap();
    }
    world.letters.set_aside(&DeadLetter::new("the message is not JSON", "{", 0)).await.unwrap();
    world.gauges.dead_letters = 3;
    world
}

/// Before the first run.
pub(crate) fn first() -> World {
    World { gauges: Fixed { artists: 0, dead_letters: 0 }, ..world() }
}

async fn after_two_runs() -> World {
    let world = World { gauges: Fixed { artists: 14_812_345, dead_letters: 0 }, ..world() };
    let runs =
        [("2026-11-09", None, 14_100_000, None), ("2026-11-16", Some("2026-11-09"), 420_000, Some(()))];
    for (name, previous, new, is_partial) in runs {
        let opened = at(&format!("{name}T02:00:00Z"));
        let mut report = report(14_500_000 - new, new);
        if is_partial.is_some() {
            report.unasked = 1_204;
            report.reasons = [("the run grew too old".to_owned(), 1_204)].into();
        }
        let run = Run { previous: previous.map(id), ..Run::open(id(name), opened) };
        world.control.open(&run).await.unwrap();
        let closed = run.closed(report, opened + Duration::from_hours(71));
        world.control.close(&closed).await.unwrap();
    }
    world
}

fn report(returned: u64, new: u64) -> Report {
    let estimate = Estimate {
        size: 15_412_000.0,
        low: 15_020_000.0,
        high: Some(15_830_000.0),
        coverage: 0.941,
        coverage_low: 0.916,
        coverage_high: 0.965,
        sampled: 2_400,
        recaptured: 2_258,
    };
    let source =
        |requests, artists_new| SourceReport { terms: requests / 3, unasked: 0, requests, artists_new };
    let sources = [
        (Source::Search, source(612_000, new * 9 / 10)),
        (Source::Related, source(4_100, new / 20)),
        (Source::Playlists, source(2_900, new / 20)),
    ];
    Report {
        done: 402_118,
        split: 9_200,
        requests: 619_000,
        rows: 31_000_000,
        artists_new: new,
        artists_returned: returned,
        estimate: Some(estimate),
        sources: sources.into(),
        ..Report::default()
    }
}

/// What the run has found and finished last.
async fn latest(world: &World, run: &RunId) -> Latest {
    let mut latest = Latest::default();
    for (number, name) in ["Night Library", "Quiet Harbour", "Zeb & the Lanterns"].into_iter().enumerate() {
        let id = ArtistId::new(format!("{number:022}")).unwrap();
        let genres = (number < 2).then(|| vec!["indie pop".to_owned(), "dream pop".to_owned()]);
        let artist =
            Artist { id: id.clone(), name: name.into(), popularity: Some(41), followers: None, genres };
        let mut term = Term::new(run.clone(), Source::Search, SearchTerm::new(&name[..3]).unwrap(), 40.0);
        term.tally = Tally { requests: 20, rows: 1_000, new: 312, returned: 655, ..Tally::default() };
        let sighting = Sighting { run: run.clone(), term: term.key(), at: world.clock.now() };
        world.artists.upsert(&[artist], &[], &sighting).await.unwrap();
        latest.see([id]);
        latest.finish(&term, TermState::Split);
    }
    latest
}

/// Opens the run an hour before now, with what it has done and found out.
async fn open(world: &World) {
    let (now, run) = (world.clock.now(), id(OPEN));
    let opened =
        Run { previous: Some(id("2026-11-16")), ..Run::open(run.clone(), at("2026-11-23T02:00:00Z")) };
    world.control.open(&opened).await.unwrap();
    let mut yields = Yields::default();
    for (source, asked, found) in [
        (Source::Search, 20_900.0, 1_012_400.0),
        (Source::Related, 310.0, 4_410.0),
        (Source::Playlists, 95.0, 12.0),
    ] {
        yields.add(source, Yield { asked, found, ..Yield::default() });
    }
    world.control.note_yields(&run, &yields, &latest(world, &run).await).await.unwrap();
    discover(world).await;
    for minute in 0..60_u32 {
        let minute_at = at("2026-11-23T02:00:00Z") + Duration::from_mins(minute.into());
        let (granted, wave) = (u64::from(minute * 355), f64::from(minute * 7 % 11));
        let artists = u64::from(minute * 17_000) + u64::from(minute * minute % 29) * 90;
        let refused = u64::from(minute / 25);
        let utilisation = 0.9 + wave / 200.0;
        let figures = Minute { at: minute_at, run: run.clone(), granted, refused, artists, utilisation };
        world.control.note_minute(&figures, now + Duration::from_hours(1)).await.unwrap();
    }
    let terms = ["search:que", "search:nig", "search:zeb"]
        .map(|key| Term::new(run.clone(), Source::Search, Question::parse(key).unwrap(), 40.0));
    world.frontier.put_new(&terms).await.unwrap();
    world.frontier.send(&run, &terms[0].key(), now + Duration::from_mins(10)).await.unwrap();
    learn(world, now - Duration::from_mins(40)).await;
    ask(world, now).await;
}

/// Half a minute of requests of which the last is refused, so that a limit is known.
async fn learn(world: &World, end: Timestamp) {
    ask(world, end).await;
    let held = Hold {
        bucket: Bucket::Search,
        limit: Limit::Rate,
        is_named: true,
        epoch: 0,
        bucket_epoch: 0,
        due: end,
        at: end,
        until: end + Duration::from_secs(4),
        settled: Vec::new(),
    };
    world.control.hold(&held).await.unwrap();
}

async fn discover(world: &World) {
    let (run, found) = (id(OPEN), at("2026-11-23T02:01:00Z"));
    for (endpoint, finding) in [
        (Endpoint::Artists, Finding::open(&run, found)),
        (Endpoint::RelatedArtists, Finding::closed(&run, found, "403 Forbidden".to_owned())),
        (Endpoint::Categories, Finding::open(&run, found)),
    ] {
        world.control.note_endpoint(endpoint, &finding).await.unwrap();
    }
    for (operator, works) in [(Operator::Not, true), (Operator::Years, false)] {
        world.control.note_operator(operator, &OperatorFinding::new(works, &run, found)).await.unwrap();
    }
}

/// Half a minute of requests at 180 per 30 seconds.
async fn ask(world: &World, end: Timestamp) {
    let rate = Rate::per_30s(std::num::NonZeroU32::new(180).unwrap());
    for second in 0..30 {
        let request = LeaseRequest {
            bucket: if second % 10 == 9 { Bucket::Artists } else { Bucket::Search },
            now: end - Duration::from_secs(30 - second),
            horizon: Duration::from_secs(2),
            pacing: Pacing::fixed(rate),
            settled: Vec::new(),
            in_hand: None,
            time_per_use: Duration::from_millis(100),
        };
        world.control.lease(&request).await.unwrap();
    }
}
