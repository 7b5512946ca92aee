//! Everything goes wrong at once, for real: the functions are killed, the emulator is stopped and started again, the
//! stand-in throws all it has, messages come twice. Afterwards the artist table must equal that of an undisturbed run.
//!
//! The order of the disturbances follows from a seed. What each of them hits does not: these are real processes on a real
//! clock. The simulation (`cargo local simulate`) is the one that replays.

mod disturb;
mod verdict;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use serde_json::json;
use tokio::time::sleep;

pub use self::{
    disturb::{Disturbance, Done},
    verdict::Verdict,
};
use crate::{
    collect::Closed,
    compare::{self, Difference},
    emulator::Lifetime,
    report::Report,
    spotify::{Choice, fake::Settings},
    stack::{Options, Stack},
    terminal::steps::Steps,
    workspace::Workspace,
};

/// Requests in 30 seconds that the stand-in allows and Fermata is told: slow enough that there is a run left to disturb.
const RATE: u32 = 300;

/// Seconds in Retry-After.
const PENALTY_S: u32 = 3;

/// How long the run may go on after the last disturbance. What was on its way to a function that was killed comes back
/// after two minutes, a term whose message was never sent after some six.
const PATIENCE: Duration = Duration::from_mins(20);

/// What is to happen.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Artists of the stand-in.
    pub artists: u32,
    /// From which the order of the disturbances follows.
    pub seed: u64,
    /// Disturbances.
    pub disturbances: usize,
}

/// Collects the catalogue undisturbed, then disturbed, and compares.
///
/// # Errors
/// When a stack does not come up, or the disturbed run does not end. A difference is no error but part of the verdict.
pub async fn play(workspace: &Workspace, plan: Plan, steps: &Steps) -> Result<Verdict> {
    let start = Instant::now();
    steps.say("A run without disturbance, to compare with:");
    let (expected, state) = Box::pin(compare::undisturbed(workspace, plan.artists, steps)).await?;
    steps.say("The same with everything that can go wrong:");
    let mut stack = Stack::start(workspace, &options(plan, steps)).await?;
    let (done, report) = Box::pin(disturbed(&mut stack, plan)).await?;
    let difference = Difference::between(&expected, &compare::lasting_rows(&stack).await?);
    stack.stop().await?;
    Ok(Verdict {
        plan,
        expected: (expected.len(), state),
        done,
        report,
        difference,
        elapsed: start.elapsed(),
    })
}

fn options(plan: Plan, steps: &Steps) -> Options {
    let settings = Settings { rate: RATE, penalty_s: PENALTY_S, ..compare::steady(plan.artists, json!({})) };
    Options {
        spotify: Choice::Fake(settings),
        rate: Some(RATE),
        lifetime: Lifetime::CommandWithRestarts,
        steps: steps.clone(),
        ..Options::default()
    }
}

/// A run among disturbances, which end before it does.
async fn disturbed(stack: &mut Stack, plan: Plan) -> Result<(Done, Report)> {
    let start = Instant::now();
    let mut random = SmallRng::seed_from_u64(plan.seed);
    let mut done = Done::default();
    stack.schedule("collect").await?;
    // Each kind once before any comes again.
    let mut next = Vec::new();
    for number in 1..=plan.disturbances {
        sleep(Duration::from_millis(random.random_range(500..4000))).await;
        if next.is_empty() {
            next = Disturbance::ALL.to_vec();
            next.shuffle(&mut random);
        }
        let Some(disturbance) = next.pop() else { break };
        let run = stack.observer().run().await?.context("no run was opened")?;
        if !run.is_running() {
            stack.steps().say(&format!("The run closed after {} disturbances.", number - 1));
            break;
        }
        stack.steps().say(&format!("{:>4.0} s  {disturbance}", start.elapsed().as_secs_f64()));
        disturbance.cause(stack, run.id.as_str(), &mut random, &mut done).await?;
        // The seeder may have been hit too; the next minute brings the next tick.
        done.failed_ticks += u64::from(stack.schedule("top-up").await.is_err());
    }
    disturb::calm(stack).await?;
    let step = stack.steps().begin("Waiting for the end of the run", "up to six minutes");
    let run = stack.wait_until_closed(PATIENCE).await?;
    step.done("The run closed");
    let report = Report::of(stack, &Closed { run, elapsed: start.elapsed() }).await?;
    Ok((done, report))
}
