//! The control table.

use std::time::Duration;

use collect::catalogue::PlaylistId;
use collect::pace::{Hold, LeaseRequest, Limit, Pacing, Rate};
use collect::plan::{Finding, LimitsFinding, OperatorFinding, Yield, Yields};
use collect::ports::Control;
use collect::run::{Counting, Expiring, Latest, Report, Run, Seeding};
use collect::term::{Operator, RunId, Source, TermKey};
use collect::web_api::{Bucket, Endpoint, PageLimits};
use jiff::Timestamp;
use proptest::prelude::*;

use super::{Step, both_agree};
use crate::place::Place;

#[test]
fn the_control_table_is_the_same_in_memory_and_on_aws() {
    both_agree(operation());
}

#[derive(Clone, Debug)]
enum Operation {
    Open(u8),
    MarkSeeding(u8, u64),
    MarkSeeded(u8),
    MarkIdle(u8, Option<u8>),
    Stop(u8, u8),
    /// Resumes the run that is current, as it is seen or as if it had been resumed before.
    Resume {
        again: bool,
    },
    /// Closes the run that is current, as it is seen.
    Close {
        done: u8,
    },
    /// Closes it as somebody saw it who came late: idle since another moment, or not at all.
    CloseLate {
        idle: Option<u8>,
        done: u8,
    },
    /// Closes a run that nobody looked at.
    CloseUnseen(u8),
    /// Counts a page of the run that is current, as it is seen or as it was before it became idle.
    Count {
        late: bool,
        done: u8,
    },
    NoteExpiring(u8, u8),
    MarkExpiring(u8, Option<u8>),
    Expire(u8),
    Lease {
        second: u8,
        bucket: Bucket,
    },
    Hold {
        second: u8,
        epoch: u64,
        until: u8,
        limit: Limit,
        bucket: Bucket,
    },
    Pace,
    Word(u8, Option<u8>),
    Operator(Operator, bool, u8),
    Endpoint(Endpoint, bool, u8),
    Limits(u8, u8),
    Yields(u8, Source, u8),
    KeepVersion(u8, u8),
    Versions(Vec<u8>),
    Overview,
}

fn operation() -> impl Strategy<Value = Operation> {
    let (run, few, second) = (|| 0..3_u8, || 0..3_u8, || 0..60_u8);
    let bucket = || prop::sample::select(&[Bucket::Search, Bucket::Artists][..]);
    let sources = prop::sample::select(&[Source::Search, Source::NewReleases][..]);
    let endpoints = prop::sample::select(&[Endpoint::Artists, Endpoint::RelatedArtists][..]);
    let runs = prop_oneof![
        3 => run().prop_map(Operation::Open),
        1 => (run(), any::<u64>()).prop_map(|(run, put)| Operation::MarkSeeding(run, put)),
        1 => run().prop_map(Operation::MarkSeeded),
        3 => (run(), prop::option::of(second())).prop_map(|(run, since)| Operation::MarkIdle(run, since)),
        1 => (run(), few()).prop_map(|(run, reason)| Operation::Stop(run, reason)),
        2 => any::<bool>().prop_map(|again| Operation::Resume { again }),
        2 => few().prop_map(|done| Operation::Close { done }),
        2 => (prop::option::of(second()), few())
            .prop_map(|(idle, done)| Operation::CloseLate { idle, done }),
        1 => run().prop_map(Operation::CloseUnseen),
        2 => (any::<bool>(), few()).prop_map(|(late, done)| Operation::Count { late, done }),
        1 => (run(), second()).prop_map(|(run, since)| Operation::NoteExpiring(run, since)),
        1 => (run(), prop::option::of(few())).prop_map(|(run, after)| Operation::MarkExpiring(run, after)),
        1 => run().prop_map(Operation::Expire),
        2 => Just(Operation::Overview),
    ];
    let limits = prop_oneof![Just(Limit::Rate), Just(Limit::Day)];
    let pace = prop_oneof![
        3 => (second(), bucket()).prop_map(|(second, bucket)| Operation::Lease { second, bucket }),
        1 => (second(), 0..3_u64, second(), limits, bucket()).prop_map(
            |(second, epoch, until, limit, bucket)| Operation::Hold { second, epoch, until, limit, bucket }
        ),
        1 => Just(Operation::Pace),
    ];
    let found = prop_oneof![
        (run(), prop::option::of(few())).prop_map(|(run, word)| Operation::Word(run, word)),
        (prop::sample::select(&Operator::ALL[..]), any::<bool>(), run())
            .prop_map(|(operator, works, run)| Operation::Operator(operator, works, run)),
        (endpoints, any::<bool>(), run()).prop_map(|(of, open, run)| Operation::Endpoint(of, open, run)),
        (1..50_u8, run()).prop_map(|(page, run)| Operation::Limits(page, run)),
        (run(), sources, any::<u8>()).prop_map(|(run, of, new)| Operation::Yields(run, of, new)),
        (few(), few()).prop_map(|(playlist, version)| Operation::KeepVersion(playlist, version)),
        prop::collection::vec(few(), 0..4).prop_map(Operation::Versions),
    ];
    prop_oneof![3 => runs, 1 => pace, 2 => found]
}

fn run_id(run: u8) -> RunId {
    RunId::new(format!("run-{run}")).unwrap()
}

fn at(second: u8) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + i64::from(second)).unwrap()
}

fn playlist(number: u8) -> PlaylistId {
    PlaylistId::new(format!("{number:022}")).unwrap()
}

fn request(second: u8, bucket: Bucket) -> LeaseRequest {
    LeaseRequest {
        now: at(second),
        bucket,
        pacing: Pacing { rate: Some(Rate::per_30s(60.try_into().unwrap())), search_per_day: Some(100) },
        time_per_use: Duration::from_millis(100),
        horizon: Duration::from_secs(2),
        in_hand: None,
        settled: Vec::new(),
    }
}

fn expiring(since: u8, after: Option<u8>) -> Expiring {
    let after = after.map(|term| TermKey::parse(&format!("search:t{term}")).unwrap());
    Expiring { since: at(since), end: at(since) + Duration::from_hours(24), after }
}

/// A binary fraction, so that every sum is exact.
fn brought(new: u8) -> Yield {
    let new = f64::from(new) / 8.0;
    Yield { requests: 1.0, new, forecast: -new, asked: 1.0, found: new, faded: 0.5, ..Yield::default() }
}

async fn current<P: Place>(place: &P) -> Option<Run> {
    place.control().overview().await.unwrap().run
}

impl Step for Operation {
    async fn carry_out<P: Place>(&self, place: &P) -> String {
        let control = place.control();
        match self.clone() {
            Self::Open(run) => format!("{:?}", control.open(&Run::open(run_id(run), at(run))).await),
            Self::MarkSeeding(run, put) => {
                format!("{:?}", control.mark_seeding(&run_id(run), &Seeding::Strings { put }).await)
            }
            Self::MarkSeeded(run) => format!("{:?}", control.mark_seeded(&run_id(run)).await),
            Self::MarkIdle(run, since) => {
                format!("{:?}", control.mark_idle(&run_id(run), since.map(at)).await)
            }
            Self::Stop(run, why) => format!("{:?}", control.stop(&run_id(run), &format!("{why}")).await),
            Self::Resume { again } => {
                let Some(seen) = current(place).await else { return "no run".to_owned() };
                let seen = if again { seen.resumed() } else { seen };
                format!("{:?}", control.resume(&seen.resumed()).await)
            }
            Self::Close { done } => {
                let Some(seen) = current(place).await else { return "no run".to_owned() };
                let report = Report { done: done.into(), ..Report::default() };
                format!("{:?}", control.close(&seen.closed(report, at(done))).await)
            }
            Self::CloseLate { idle, done } => {
                let Some(seen) = current(place).await else { return "no run".to_owned() };
                let report = Report { done: done.into(), ..Report::default() };
                let closed = Run { idle_since: idle.map(at), ..seen }.closed(report, at(done));
                format!("{:?}", control.close(&closed).await)
            }
            Self::CloseUnseen(run) => {
                let closed = Run::open(run_id(run), at(run)).closed(Report::default(), at(0));
                format!("{:?}", control.close(&closed).await)
            }
            Self::Count { late, done } => {
                let Some(seen) = current(place).await else { return "no run".to_owned() };
                let idle_since = seen.idle_since.filter(|_| !late);
                let report = Report { done: done.into(), ..Report::default() };
                let counting = Counting { after: None, report };
                format!("{:?}", control.mark_counting(&Run { idle_since, ..seen }, &counting).await)
            }
            Self::NoteExpiring(run, since) => {
                format!("{:?}", control.note_expiring(&run_id(run), &expiring(since, None)).await)
            }
            Self::MarkExpiring(run, after) => {
                let expiring = after.map(|after| expiring(after, Some(after)));
                format!("{:?}", control.mark_expiring(&run_id(run), expiring.as_ref()).await)
            }
            Self::Expire(run) => format!("{:?}", control.expire(&run_id(run), at(0)).await),
            Self::Lease { second, bucket } => format!("{:?}", control.lease(&request(second, bucket)).await),
            Self::Hold { second, epoch, until, limit, bucket } => {
                let (due, until) = (at(second), at(second) + Duration::from_secs(until.into()));
                let (at, bucket_epoch, settled) = (at(second), epoch, Vec::new());
                let is_named = true;
                let held = Hold { bucket, bucket_epoch, epoch, due, at, until, limit, is_named, settled };
                format!("{:?}", control.hold(&held).await)
            }
            Self::Pace => format!("{:?}", control.pace().await),
            Self::Word(run, word) => {
                let word = word.map(|word| format!("w{word}"));
                let mut words = control.saturated_words(&run_id(run), word.as_deref()).await.unwrap();
                words.sort();
                format!("{words:?}")
            }
            Self::Operator(operator, works, run) => {
                let finding = OperatorFinding::new(works, &run_id(run), at(run));
                format!("{:?}", control.note_operator(operator, &finding).await)
            }
            Self::Endpoint(endpoint, open, run) => {
                let found = Finding { open, ..Finding::closed(&run_id(run), at(run), "403".to_owned()) };
                format!("{:?}", control.note_endpoint(endpoint, &found).await)
            }
            Self::Limits(page, run) => {
                let limits = PageLimits { page: page.into(), depth: 1000 };
                format!("{:?}", control.limit_pages(&LimitsFinding::new(limits, &run_id(run), at(run))).await)
            }
            Self::Yields(run, source, new) => {
                let brought = Yields([(source, brought(new))].into());
                format!("{:?}", control.note_yields(&run_id(run), &brought, &Latest::default()).await)
            }
            Self::KeepVersion(number, version) => {
                format!("{:?}", control.keep_snapshot(&playlist(number), &format!("v{version}")).await)
            }
            Self::Versions(numbers) => {
                let ids: Vec<PlaylistId> = numbers.iter().copied().map(playlist).collect();
                format!("{:?}", control.snapshots(&ids).await)
            }
            Self::Overview => format!("{:?}", control.overview().await),
        }
    }

    async fn tables<P: Place>(place: &P) -> String {
        let control = place.control();
        let mut tables = vec![format!("{:#?}", control.overview().await.unwrap())];
        let versions = control.snapshots(&[0, 1, 2].map(playlist)).await.unwrap();
        tables.push(format!("{versions:?}"));
        for run in [0, 1, 2].map(run_id) {
            let mut words = control.saturated_words(&run, None).await.unwrap();
            words.sort();
            tables.push(format!("{words:?}"));
            // Whether its report is kept.
            tables.push(format!("{:?}", control.open(&Run::open(run, at(0))).await.unwrap()));
        }
        tables.join("\n")
    }
}
