//! Several environments that ask several buckets share one pace.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use collect::memory::{Memory, MemoryControl, MemoryFrontier, MemoryWindow, VirtualClock};
use collect::pace::{Limit, NotNow, Pacing, Rate, Refused};
use collect::permits::{KNOWLEDGE_VALIDITY, NoPermit, Permits};
use collect::ports::{Clock, Control, Ports, Scheduling};
use collect::seeder;
use collect::settings::Settings;
use collect::web_api::Bucket;
use jiff::Timestamp;
use proptest::prelude::*;

const BUCKETS: [Bucket; 3] = [Bucket::Search, Bucket::Artists, Bucket::Playlists];

/// Asked only to settle what is left.
const LAST: Bucket = Bucket::Browse;

/// One environment wants to ask a bucket some time after the one before, and may be refused.
#[derive(Clone, Debug)]
struct Step {
    environment: usize,
    bucket: Bucket,
    pause: Duration,
    refused: Option<Limit>,
}

fn step() -> impl Strategy<Value = Step> {
    let pause = prop_oneof![30 => 0_u64..300, 3 => 0_u64..20_000, 1 => 0_u64..2_000_000];
    let refused = prop_oneof![60 => Just(None), 1 => Just(Some(Limit::Rate)), 1 => Just(Some(Limit::Day))];
    let bucket = prop::sample::select(BUCKETS.to_vec());
    (0_usize..3, bucket, pause, refused).prop_map(|(environment, bucket, pause, refused)| Step {
        environment,
        bucket,
        pause: Duration::from_millis(pause),
        refused,
    })
}

struct World {
    memory: Memory,
    environments: Vec<Permits>,
    asked: Vec<(Timestamp, Bucket)>,
    runtime: tokio::runtime::Runtime,
}

impl World {
    fn new(pacing: Pacing) -> Self {
        Self {
            memory: Memory {
                clock: VirtualClock::at(Timestamp::from_second(1_800_000_000).unwrap()),
                ..Memory::default()
            },
            environments: (0..3).map(|_| Permits::new(pacing)).collect(),
            asked: Vec::new(),
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
        }
    }

    fn now(&self) -> Timestamp {
        self.memory.clock().now()
    }

    /// Takes a step; the end of the hold that a refusal sets is a minute ahead.
    fn take(&mut self, step: &Step) -> Result<(), NotNow> {
        self.memory.clock.advance(step.pause);
        let permits = &mut self.environments[step.environment];
        let permit = match self.runtime.block_on(permits.take(&self.memory, step.bucket)) {
            Ok(permit) => permit,
            Err(NoPermit::NotNow(not_now)) => return Err(not_now),
            Err(NoPermit::Port(error)) => unreachable!("the table in memory: {error}"),
        };
        let now = self.memory.clock().now();
        self.asked.push((now, step.bucket));
        if let Some(limit) = step.refused {
            let refused = Refused { limit, until: now + Duration::from_mins(1), is_named: true };
            let refused = permits.refused(&self.memory, permit, refused);
            self.runtime.block_on(refused).unwrap();
        }
        Ok(())
    }

    fn asked(&self, bucket: Bucket) -> Vec<Timestamp> {
        self.asked.iter().filter(|(_, of)| *of == bucket).map(|(at, _)| *at).collect()
    }

    /// What the control table has counted, after every environment has settled.
    fn counted(&mut self, bucket: Bucket) -> u32 {
        for environment in 0..self.environments.len() {
            let pause = Duration::from_mins(2);
            let settle = Step { environment, bucket: LAST, pause, refused: None };
            self.take(&settle).unwrap();
        }
        let pace = self.runtime.block_on(self.memory.control().pace()).unwrap();
        pace.buckets.get(&bucket).map_or(0, |state| state.day.used(self.now()))
    }
}

fn pacing(rate: u32, search_per_day: Option<u32>) -> Pacing {
    Pacing { search_per_day, ..Pacing::fixed(Rate::per_30s(NonZeroU32::new(rate).unwrap())) }
}

/// The most of these that stand in any window of this length.
fn most_within(moments: &[Timestamp], window: Duration) -> usize {
    let within =
        |first: usize| moments[first..].iter().take_while(|at| **at <= moments[first] + window).count();
    (0..moments.len()).map(within).max().unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn neither_the_apps_rate_nor_an_allowance_is_exceeded_whatever_the_mix_of_buckets(
        rate in 5_u32..600,
        allowance in 1_u32..120,
        steps in prop::collection::vec(step(), 1..400),
    ) {
        let mut world = World::new(pacing(rate, Some(allowance)));
        for step in &steps {
            let _not_now = world.take(step);
        }
        let all: Vec<Timestamp> = world.asked.iter().map(|(at, _)| *at).collect();
        let most = most_within(&all, Duration::from_secs(30));
        prop_assert!(most <= rate as usize, "{most} requests in 30 s at a rate of {rate}");
        let most = most_within(&world.asked(Bucket::Search), Duration::from_hours(24));
        prop_assert!(most <= allowance as usize, "{most} searches in a day that allows {allowance}");
    }

    #[test]
    fn each_day_counts_what_was_asked_once_all_has_settled(
        allowance in prop::option::of(100_u32..500),
        steps in prop::collection::vec(step(), 1..300),
    ) {
        let mut world = World::new(pacing(300, allowance));
        for step in &steps {
            let _not_now = world.take(&Step { refused: None, ..step.clone() });
        }
        for bucket in BUCKETS {
            let asked = world.asked(bucket);
            let counted = world.counted(bucket) as usize;
            let today = asked.iter().filter(|at| **at + Duration::from_hours(24) > world.now()).count();
            prop_assert_eq!(counted, today, "requests of {}", bucket);
        }
    }

    #[test]
    fn a_quotas_hold_stops_its_bucket_and_a_hold_of_the_app_everything(
        steps in prop::collection::vec(step(), 1..400),
    ) {
        let mut world = World::new(pacing(300, None));
        let mut holds: Vec<(Option<Bucket>, Timestamp)> = Vec::new();
        for step in &steps {
            let taken = world.take(step);
            let now = world.now();
            let concerns = |held: &Option<Bucket>| held.is_none_or(|held| held == step.bucket);
            // Whoever knows of no hold yet finds out in a quarter of a second.
            let stands = |since: &Timestamp| now < *since + Duration::from_mins(1);
            let known = |since: &Timestamp| *since + KNOWLEDGE_VALIDITY < now && stands(since);
            match taken {
                Ok(()) => {
                    let held = holds.iter().find(|(held, since)| concerns(held) && known(since));
                    prop_assert!(held.is_none(), "{} was asked at {now} in spite of {held:?}", step.bucket);
                    if let Some(limit) = step.refused {
                        holds.push(((limit == Limit::Day).then_some(step.bucket), now));
                    }
                }
                Err(NotNow::OnHold(_)) => {
                    let quota_known = holds.iter().any(|(held, _)| *held == Some(step.bucket));
                    let held = holds.iter().any(|(held, since)| concerns(held) && stands(since));
                    // A bucket whose quota is known stops by itself when its day is used up.
                    prop_assert!(held || quota_known, "{} is held at {now} for nothing", step.bucket);
                }
                Err(NotNow::Busy(_)) => {}
            }
        }
    }
}

#[test]
fn a_day_counts_as_used_up_only_as_long_as_the_control_table_says_so() {
    let mut world = World::new(pacing(60, Some(5)));
    let step = |environment, bucket, pause| Step {
        environment,
        bucket,
        pause: Duration::from_secs(pause),
        refused: None,
    };
    world.take(&step(0, Bucket::Search, 0)).unwrap();
    let Err(NotNow::OnHold(until)) = world.take(&step(1, Bucket::Search, 0)) else { unreachable!() };
    assert!(until > world.now() + Duration::from_hours(23));
    // The others of the five were leased and not used, which the next lease reports.
    world.take(&step(0, LAST, 5)).unwrap();
    let pace = world.runtime.block_on(world.memory.control().pace()).unwrap();
    let now = world.now();
    world.environments[1].observe(&pace, now);
    world.take(&step(1, Bucket::Search, 10)).unwrap();
}

#[test]
fn a_shorter_hold_of_a_quota_does_not_end_the_longer_one_of_this_environment() {
    let mut world = World::new(pacing(300, None));
    let now = world.now();
    let permits = &mut world.environments[0];
    let permit = world.runtime.block_on(permits.take(&world.memory, Bucket::Search)).unwrap();
    let long = now + Duration::from_hours(10);
    for until in [long, now + Duration::from_mins(1)] {
        let refused = Refused { limit: Limit::Day, until, is_named: true };
        world.runtime.block_on(permits.refused(&world.memory, permit, refused)).unwrap();
        assert_eq!(permits.held_at(Bucket::Search, now + Duration::from_secs(30)), Some(long));
    }
}

#[test]
fn a_pause_does_not_count_as_the_time_that_a_request_takes() {
    let world = World::new(Pacing::default());
    let mut permits = Permits::new(Pacing::default());
    let mut take = || _ = world.runtime.block_on(permits.take(&world.memory, Bucket::Search)).unwrap();
    take();
    world.memory.clock.advance(Duration::from_hours(1));
    let before = world.memory.control.pace_calls().writes;
    (0..10).for_each(|_| take());
    let leases = world.memory.control.pace_calls().writes - before;
    assert!(leases <= 2, "{leases} leases for ten requests");
}

#[test]
fn what_was_used_is_counted_though_the_next_lease_had_no_answer() {
    let mut world = World::new(pacing(300, None));
    let step = |bucket, pause| Step { environment: 0, bucket, pause, refused: None };
    world.take(&step(Bucket::Search, Duration::ZERO)).unwrap();
    world.take(&step(Bucket::Artists, Duration::ZERO)).unwrap();
    // What is left of the lease is too old by then.
    world.memory.clock.advance(Duration::from_mins(2));
    world.memory.control.fail_leases(1);
    let taken = world.runtime.block_on(world.environments[0].take(&world.memory, LAST));
    assert!(matches!(taken, Err(NoPermit::Port(_))), "{taken:?}");
    assert_eq!(world.counted(Bucket::Artists), 1);
}

#[test]
fn a_hold_that_could_not_be_written_is_written_before_the_next_permit() {
    for limit in [Limit::Rate, Limit::Day] {
        let mut world = World::new(pacing(300, None));
        let World { memory, environments, runtime, .. } = &mut world;
        let [refused, other, ..] = environments.as_mut_slice() else { unreachable!("there are three") };
        let permit = runtime.block_on(refused.take(memory, Bucket::Search)).unwrap();
        let until = memory.clock().now() + Duration::from_mins(1);
        memory.control.fail_holds(2);
        let held = refused.refused(memory, permit, Refused { limit, until, is_named: true });
        runtime.block_on(held).unwrap_err();
        // The table fails once more, and then takes the hold.
        let taken = runtime.block_on(refused.take(memory, Bucket::Search));
        assert!(matches!(taken, Err(NoPermit::Port(_))), "{limit:?}: {taken:?}");
        for environment in [refused, other] {
            let taken = runtime.block_on(environment.take(memory, Bucket::Search));
            assert_eq!(taken, Err(NotNow::OnHold(until).into()), "{limit:?}");
        }
    }
}

#[test]
fn permits_that_a_quotas_hold_took_off_the_count_are_not_given_back() {
    let mut world = World::new(pacing(300, None));
    let step = Step { environment: 0, bucket: Bucket::Search, pause: Duration::ZERO, refused: None };
    // A whole lease, and the first of another.
    (0..10).for_each(|_| world.take(&step).unwrap());
    world.take(&Step { refused: Some(Limit::Day), ..step }).unwrap();
    assert_eq!(world.counted(Bucket::Search), 10);
}

/// A clock on which time passes when somebody looks: each look takes the next of these times, or none.
#[derive(Debug)]
struct Looks {
    clock: VirtualClock,
    next: Mutex<VecDeque<Duration>>,
}

impl Clock for Looks {
    fn now(&self) -> Timestamp {
        self.clock.advance(self.next.lock().unwrap().pop_front().unwrap_or_default());
        self.clock.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.advance(duration);
    }
}

#[tokio::test]
async fn a_pace_that_was_read_slowly_is_read_again_before_a_permit_is_used() {
    // Slow readings make permits too old: three in a row, one after each wait for the next permit, and one for
    // each lease.
    for (reading, slow, reads) in [(200, 1, 1), (300, 1, 2), (300, 60, 5), (400, 60, 7)] {
        let world = Ports {
            clock: Looks { clock: VirtualClock::default(), next: Mutex::default() },
            control: MemoryControl::default(),
            frontier: MemoryFrontier::default(),
            window: MemoryWindow::default(),
            artists: (),
            spotify: (),
            tracks: (),
        };
        let mut permits = Permits::new(Pacing::default());
        permits.take(&world, Bucket::Search).await.unwrap();
        world.clock.clock.advance(Duration::from_millis(500));
        let before = world.control.pace_calls().reads;
        // A look before the pace is read, and one after it; the next is a little later.
        let looks = [0, 0].into_iter().chain([reading, 1].repeat(slow)).map(Duration::from_millis);
        world.clock.next.lock().unwrap().extend(looks);
        permits.take(&world, Bucket::Search).await.unwrap();
        assert_eq!(world.control.pace_calls().reads - before, reads, "{slow} readings of {reading} ms");
    }
}

#[test]
fn a_limit_that_the_operator_has_raised_or_removed_holds_nobody() {
    let step = |environment, pause| Step {
        environment,
        bucket: Bucket::Search,
        pause: Duration::from_secs(pause),
        refused: None,
    };
    for raised in [Some(100), None] {
        let mut world = World::new(pacing(300, Some(5)));
        for _ in 0..5 {
            world.take(&step(0, 0)).unwrap();
        }
        let refused = world.take(&step(0, 0));
        assert!(matches!(refused, Err(NotNow::OnHold(_))), "{refused:?}");
        world.environments[1] = Permits::new(pacing(300, raised));
        let known = world.runtime.block_on(world.memory.control.pace()).unwrap();
        let now = world.now();
        world.environments[1].observe(&known, now);
        world.take(&step(1, 5)).unwrap();
    }
}

#[test]
fn a_limit_that_the_operator_has_lowered_is_a_hold_for_whoever_watches_the_tick() {
    let mut world = World::new(pacing(300, Some(50)));
    for _ in 0..5 {
        world
            .take(&Step { environment: 0, bucket: Bucket::Search, pause: Duration::ZERO, refused: None })
            .unwrap();
    }
    let now = world.now();
    for (allowed, is_held) in [(50, false), (5, true)] {
        let settings = Settings { pacing: pacing(300, Some(allowed)), ..Settings::default() };
        let mut seen = None;
        let tick = seeder::tick_observed(&world.memory, &settings, |overview| {
            seen = overview.pace.held_at(Bucket::Search, now);
        });
        world.runtime.block_on(tick).unwrap();
        assert_eq!(seen.is_some(), is_held, "{allowed} searches a day");
    }
}
