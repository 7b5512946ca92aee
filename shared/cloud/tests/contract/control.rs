//! The control table: runs open and close once, and many functions keep one pace.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::catalogue::{ArtistId, PlaylistId};
use collect::pace::{Hold, Lease, LeaseAnswer, LeaseRequest, Leased, Limit, Pacing, Rate, Settlement};
use collect::plan::{Field, Finding, LimitsFinding, OperatorFinding, Yield, Yields};
use collect::ports::{Control, Opening, PortError, Records};
use collect::run::{Latest, Report, Run, RunState, Seeding};
use collect::term::{Operator, RunId, SearchTerm, Source, Term, TermState};
use collect::web_api::{Bucket, Endpoint, PageLimits};
use futures::future::join_all;
use jiff::Timestamp;

use crate::emulator::Emulator;
use crate::place::Place;

on_both![
    permits_that_many_lease_at_once_never_overlap,
    refusals_of_one_epoch_count_once_and_no_lease_crosses_the_hold,
    a_spent_quota_holds_its_bucket_and_settles_another,
    a_run_opens_once_and_closes_once,
    a_run_that_is_idle_no_longer_is_not_closed,
    a_stopped_run_is_resumed_once_and_its_last_report_is_kept,
    notes_change_the_open_run_and_no_other,
    words_that_saturated_in_a_run_gather,
    what_is_found_out_about_searching_is_kept_with_its_run_and_time,
    yields_are_added_up_within_a_run_and_begin_again_with_the_next,
    findings_and_playlist_versions_are_kept,
];

const BUCKET: Bucket = Bucket::Search;

/// Now, as precisely as the table keeps it.
fn now() -> Timestamp {
    Timestamp::from_microsecond(Timestamp::now().as_microsecond()).unwrap()
}

fn request(now: Timestamp) -> LeaseRequest {
    LeaseRequest {
        now,
        bucket: BUCKET,
        pacing: Pacing { rate: Some(Rate::per_30s(300.try_into().unwrap())), ..Pacing::default() },
        time_per_use: Duration::from_millis(100),
        horizon: Duration::from_hours(1),
        in_hand: None,
        settled: Vec::new(),
    }
}

fn granted(leased: &Leased) -> Lease {
    match leased.answer {
        LeaseAnswer::Granted(lease) => lease,
        refusal => panic!("{refusal:?}"),
    }
}

async fn permits_that_many_lease_at_once_never_overlap<P: Place>(place: &P) {
    let (control, now) = (place.control(), now());
    let functions = (0..4).map(async |_| {
        let mut leases = Vec::new();
        while leases.len() < 12 {
            match control.lease(&request(now)).await {
                Ok(answer) => leases.push(granted(&answer)),
                // Others were faster again and again: it says so, and has taken nothing.
                Err(PortError::Unavailable { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        leases
    });
    let mut leases: Vec<Lease> = join_all(functions).await.into_iter().flatten().collect();
    leases.sort_by_key(|lease| lease.first_due);
    assert!(leases[0].first_due >= now);
    for pair in leases.windows(2) {
        let end = pair[0].first_due + pair[0].interval * pair[0].permits;
        // A lease may begin a little early, by less than its permits are good for.
        assert!(pair[1].first_due + pair[1].validity >= end, "{pair:?} overlap");
    }
    let permits: u32 = leases.iter().map(|lease| lease.permits).sum();
    let state = control.pace().await.unwrap();
    assert_eq!(state.granted, u64::from(permits));
    assert_eq!(state.next, now + leases[0].interval * permits, "each permit has its own place");
}

async fn refusals_of_one_epoch_count_once_and_no_lease_crosses_the_hold<P: Place>(place: &P) {
    let (control, now) = (place.control(), now());
    let lease = granted(&control.lease(&request(now)).await.unwrap());
    let held = |seconds| Hold {
        bucket: BUCKET,
        bucket_epoch: 0,
        epoch: lease.epoch,
        due: lease.first_due,
        at: now,
        until: now + Duration::from_secs(seconds),
        limit: Limit::Rate,
        is_named: true,
        settled: Vec::new(),
    };
    let (short, long) = (held(5), held(9));
    let (first, second) = tokio::join!(control.hold(&short), control.hold(&long));
    first.unwrap();
    second.unwrap();
    let state = control.pace().await.unwrap();
    assert_eq!((state.refused, state.epoch), (1, lease.epoch + 1));
    assert!(state.hold_until >= now + Duration::from_secs(9), "the later end counts: {state:?}");
    control.hold(&held(2)).await.unwrap();
    assert_eq!(control.pace().await.unwrap(), state, "an earlier end changes nothing");

    let during = control.lease(&request(now + Duration::from_secs(1))).await.unwrap();
    assert_eq!((during.answer, during.pace.epoch), (LeaseAnswer::OnHold(state.hold_until), state.epoch));
    let after = state.hold_until + Duration::from_secs(1);
    let later = granted(&control.lease(&request(after)).await.unwrap());
    assert!(later.first_due >= state.hold_until && later.epoch == state.epoch, "{later:?}");
}

async fn a_spent_quota_holds_its_bucket_and_settles_another<P: Place>(place: &P) {
    let (control, now) = (place.control(), now());
    let lease = granted(&control.lease(&request(now)).await.unwrap());
    let settled = vec![
        Settlement { bucket: BUCKET, balance: 4, at: lease.first_due, unused: 1 },
        Settlement { bucket: BUCKET, balance: -30, at: now, unused: 0 },
        Settlement { bucket: Bucket::Artists, balance: -3, at: now, unused: 0 },
    ];
    let spent = Hold {
        bucket: BUCKET,
        epoch: lease.epoch,
        bucket_epoch: lease.bucket_epoch,
        due: now + Duration::from_secs(10),
        at: now,
        until: now + Duration::from_hours(5),
        limit: Limit::Day,
        is_named: true,
        settled,
    };
    control.hold(&spent).await.unwrap();
    control.hold(&spent).await.unwrap();
    let known = control.overview().await.unwrap().pace;
    let (search, artists) = (&known.buckets[&BUCKET], &known.buckets[&Bucket::Artists]);
    assert_eq!((search.refused, search.epoch, known.refused), (1, 1, 0));
    assert_eq!((search.day.quota(), artists.day.used(now)), (Some(lease.permits - 4 + 30 - 1), 3));
    let later = now + Duration::from_secs(2);
    assert_eq!(control.lease(&request(later)).await.unwrap().answer, LeaseAnswer::OnHold(spent.until));
    let other = LeaseRequest { bucket: Bucket::Artists, ..request(later) };
    assert_eq!(granted(&control.lease(&other).await.unwrap()).epoch, lease.epoch);
}

fn opened() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn run(name: &str) -> Run {
    Run::open(RunId::new(name).unwrap(), opened())
}

async fn current<P: Place>(place: &P) -> Run {
    place.control().overview().await.unwrap().run.unwrap()
}

async fn a_run_opens_once_and_closes_once<P: Place>(place: &P) {
    let (control, now) = (place.control(), opened());
    assert_eq!(control.overview().await.unwrap().run, None);
    let monday = run("2026-11-23");
    assert_eq!(control.open(&monday).await.unwrap(), Opening::Opened);
    assert_eq!(control.open(&monday).await.unwrap(), Opening::AlreadyOpen);
    assert_eq!(control.open(&run("by-hand")).await.unwrap(), Opening::Busy(monday.id.clone()));

    control.mark_idle(&monday.id, Some(now)).await.unwrap();
    let open = current(place).await;
    let closed = open.clone().closed(Report { done: 3, open: 1, ..Report::default() }, now);
    assert!(control.close(&closed).await.unwrap());
    assert!(control.close(&closed).await.unwrap(), "the answer to the first call may have been lost");
    let otherwise = open.closed(Report { done: 4, ..Report::default() }, now);
    assert!(!control.close(&otherwise).await.unwrap(), "it is closed already");
    let last = current(place).await;
    assert_eq!((last.state, last.report.map(|report| report.done)), (RunState::Partial, Some(3)));
    assert_eq!(control.open(&monday).await.unwrap(), Opening::AlreadyClosed);
    assert_eq!(control.open(&run("by-hand")).await.unwrap(), Opening::Opened);
    // A straggler that closes the old run again must not end the new one.
    assert!(!control.close(&closed).await.unwrap());
    assert!(current(place).await.is_running());
    assert_eq!(control.open(&monday).await.unwrap(), Opening::AlreadyClosed);
}

async fn a_run_that_is_idle_no_longer_is_not_closed<P: Place>(place: &P) {
    let (control, now) = (place.control(), opened());
    let run = run("2026-11-23");
    control.open(&run).await.unwrap();
    control.mark_idle(&run.id, Some(now)).await.unwrap();
    let seen = current(place).await;
    control.mark_idle(&run.id, None).await.unwrap();
    assert!(!control.close(&seen.clone().closed(Report::default(), now)).await.unwrap());
    let later = now + Duration::from_mins(1);
    control.mark_idle(&run.id, Some(later)).await.unwrap();
    assert!(!control.close(&seen.closed(Report::default(), now)).await.unwrap(), "idle since another moment");
    assert!(!control.close(&run.clone().closed(Report::default(), now)).await.unwrap(), "never idle");
    let seen = current(place).await;
    assert!(seen.is_running() && seen.report.is_none());
    assert!(control.close(&seen.closed(Report::default(), later)).await.unwrap());
    assert_eq!(control.open(&run).await.unwrap(), Opening::AlreadyClosed);
}

async fn a_stopped_run_is_resumed_once_and_its_last_report_is_kept<P: Place>(place: &P) {
    let (control, now) = (place.control(), opened());
    let run = run("2026-11-23");
    control.open(&run).await.unwrap();
    assert!(!control.resume(&run.clone().resumed()).await.unwrap(), "it was not stopped");
    control.stop(&run.id, "no Premium").await.unwrap();
    let seen = current(place).await;
    assert!(control.resume(&seen.clone().resumed()).await.unwrap());
    assert!(control.resume(&seen.clone().resumed()).await.unwrap(), "the answer may have been lost");
    let late = seen.closed(Report::default(), now);
    assert!(!control.close(&late).await.unwrap(), "whoever saw it stopped comes too late");

    control.stop(&run.id, "no Premium").await.unwrap();
    let report = |done| Report { done, ..Report::default() };
    let closed = current(place).await.closed(report(1), now);
    assert!(control.close(&closed).await.unwrap());
    assert!(control.resume(&closed.clone().resumed()).await.unwrap(), "a closed run is resumed too");
    let open = current(place).await;
    assert_eq!((open.is_running(), open.resumed, &open.stopped), (true, 2, &None));
    let closed = open.closed(report(2), now);
    assert!(control.close(&closed).await.unwrap());
    assert_eq!(control.closed_run(&run.id).await.unwrap(), Some(closed), "the record is the last one");
}

async fn notes_change_the_open_run_and_no_other<P: Place>(place: &P) {
    let (control, now) = (place.control(), opened());
    let run = run("2026-11-23");
    let note = async |id: &RunId, seeding: Seeding| {
        control.mark_seeding(id, &seeding).await.unwrap();
        control.mark_seeded(id).await.unwrap();
        control.mark_idle(id, Some(now)).await.unwrap();
        control.stop(id, "first").await.unwrap();
        control.stop(id, "second").await.unwrap();
    };
    note(&run.id, Seeding::Roots).await;
    assert_eq!(control.overview().await.unwrap().run, None, "no run is open");
    control.open(&run).await.unwrap();
    note(&RunId::new("other").unwrap(), Seeding::Roots).await;
    assert_eq!(current(place).await, run);
    note(&run.id, Seeding::Strings { put: 7 }).await;
    let noted = current(place).await;
    let expected = Run {
        seeded: true,
        seeding: Seeding::Strings { put: 7 },
        idle_since: Some(now),
        stopped: Some("first".to_owned()),
        ..run
    };
    assert_eq!(noted, expected);

    let closed = noted.closed(Report::default(), now);
    control.close(&closed).await.unwrap();
    control.mark_idle(&closed.id, None).await.unwrap();
    note(&closed.id, Seeding::Roots).await;
    assert_eq!(current(place).await, closed, "it is over");
}

async fn words_that_saturated_in_a_run_gather<P: Place>(place: &P) {
    let (control, run) = (place.control(), RunId::new("2026-11-23").unwrap());
    let words = async |run: &RunId, add: Option<&str>| {
        let mut words = control.saturated_words(run, add).await.unwrap();
        words.sort();
        words
    };
    assert!(words(&run, None).await.is_empty());
    let (one, other) = tokio::join!(words(&run, Some("the")), words(&run, Some("dj")));
    assert!(one.len() == 2 || other.len() == 2, "at least one must see both");
    assert_eq!(words(&run, Some("dj")).await, ["dj", "the"]);
    assert!(words(&RunId::new("other").unwrap(), None).await.is_empty());
}

async fn what_is_found_out_about_searching_is_kept_with_its_run_and_time<P: Place>(place: &P) {
    let control = place.control();
    let (earlier, run) = (RunId::new("1").unwrap(), RunId::new("2").unwrap());
    for (works, run) in [(true, &earlier), (false, &run)] {
        for operator in [Operator::Not, Operator::NotQuotes] {
            let finding = OperatorFinding::new(works, run, now());
            control.note_operator(operator, &finding).await.unwrap();
            assert_eq!(control.overview().await.unwrap().operators[&operator], finding);
        }
    }
    assert_eq!(control.overview().await.unwrap().limits, None);
    let found = LimitsFinding::new(PageLimits { page: 10, depth: 1000 }, &run, now());
    control.limit_pages(&found).await.unwrap();
    let known = control.overview().await.unwrap();
    assert_eq!((known.limits, known.operators.len()), (Some(found), 2));
}

async fn yields_are_added_up_within_a_run_and_begin_again_with_the_next<P: Place>(place: &P) {
    let control = place.control();
    let (first, second) = (RunId::new("1").unwrap(), RunId::new("2").unwrap());
    control.open(&Run::open(first.clone(), now())).await.unwrap();
    let one = Yield {
        requests: 1.0,
        new: 7.0,
        mentioned: 0.5,
        forecast: 2.5,
        asked: 2.0,
        found: 9.0,
        found_stubs: 1.0,
        put: 3.0,
        faded: 50.0,
    };
    let brought = |source, of| Yields([(source, of)].into());
    control.note_yields(&first, &brought(Source::NewReleases, one), &Latest::default()).await.unwrap();
    control.note_yields(&first, &brought(Source::NewReleases, one), &Latest::default()).await.unwrap();
    let mut latest = Latest::default();
    latest.see(["0aaaaaaaaaaaaaaaaaaaaa", "0bbbbbbbbbbbbbbbbbbbbb"].map(|id| ArtistId::new(id).unwrap()));
    control.note_yields(&first, &brought(Source::Related, one), &latest).await.unwrap();
    let term = Term::new(first.clone(), Source::Search, SearchTerm::new("a").unwrap(), 1.0);
    let mut later = Latest::default();
    later.finish(&term, TermState::Done);
    control.note_yields(&first, &brought(Source::Related, Yield::default()), &later).await.unwrap();
    latest.update(&later);
    assert_eq!(control.overview().await.unwrap().latest, latest, "each list as it was written last");
    let (run, yields) = control.overview().await.unwrap().yields.unwrap();
    assert_eq!(run, first);
    assert_eq!(yields.of(Source::NewReleases), one.plus(one));
    assert_eq!(yields.of(Source::Related), one);

    let closed = Run::open(first.clone(), now()).closed(Report::default(), now());
    assert!(control.close(&closed).await.unwrap());
    control.open(&Run::open(second.clone(), now())).await.unwrap();
    control.note_yields(&second, &brought(Source::Search, one), &Latest::default()).await.unwrap();
    control.note_yields(&first, &brought(Source::Search, one), &later).await.unwrap();
    let (run, yields) = control.overview().await.unwrap().yields.unwrap();
    assert_eq!((run, yields), (second, brought(Source::Search, one)), "a late report changes nothing");
    assert_eq!(control.overview().await.unwrap().latest, Latest::default(), "of the first run");
}

async fn findings_and_playlist_versions_are_kept<P: Place>(place: &P) {
    let control = place.control();
    let run = RunId::new("1").unwrap();
    let closed = Finding::closed(&run, now(), "GET /artists answered 403: Forbidden".to_owned());
    let open = Finding { fields: Some(vec![Field::Genres]), page: Some(10), ..Finding::open(&run, now()) };
    control.note_endpoint(Endpoint::RelatedArtists, &open).await.unwrap();
    control.note_endpoint(Endpoint::RelatedArtists, &closed).await.unwrap();
    control.note_endpoint(Endpoint::ArtistAlbums, &open).await.unwrap();
    let expected = [(Endpoint::RelatedArtists, closed), (Endpoint::ArtistAlbums, open)].into();
    assert_eq!(control.overview().await.unwrap().findings.0, expected);

    let playlists =
        ["0aaaaaaaaaaaaaaaaaaaaa", "0bbbbbbbbbbbbbbbbbbbbb"].map(|id| PlaylistId::new(id).unwrap());
    assert_eq!(control.snapshots(&playlists).await.unwrap(), BTreeMap::new());
    control.keep_snapshot(&playlists[0], "v1").await.unwrap();
    control.keep_snapshot(&playlists[0], "v2").await.unwrap();
    let both = [playlists[0].clone(), playlists[1].clone(), playlists[0].clone()];
    assert_eq!(control.snapshots(&both).await.unwrap(), [(playlists[0].clone(), "v2".to_owned())].into());
}

#[tokio::test]
async fn findings_from_before_their_time_was_kept_are_still_read() {
    let place = Emulator::start().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let old = [
        ("id", text("capability")),
        ("page", AttributeValue::N("10".to_owned())),
        ("window", AttributeValue::N("1000".to_owned())),
        ("not_works", AttributeValue::Bool(true)),
        ("not_run", text("1")),
    ];
    let item = old.map(|(name, value)| (name.to_owned(), value)).into();
    place.dynamodb().put_item().table_name("control").set_item(Some(item)).send().await.unwrap();
    let control = place.control();
    let (run, limits) = (RunId::new("1").unwrap(), PageLimits { page: 10, depth: 1000 });
    let known = control.overview().await.unwrap();
    assert_eq!(known.limits, Some(LimitsFinding { limits, run: None, at: None }));
    let not = OperatorFinding { works: true, run, at: None };
    assert_eq!(known.operators, [(Operator::Not, not)].into());
    let again = OperatorFinding::new(false, &RunId::new("2").unwrap(), now());
    control.note_operator(Operator::Not, &again).await.unwrap();
    assert_eq!(control.overview().await.unwrap().operators, [(Operator::Not, again)].into());
}
