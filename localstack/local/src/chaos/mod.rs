//! Runs Fermata while everything fails at once, for real: functions are killed, the emulator restarts, the
//! stand-in applies all its faults, messages are repeated. The artist table must equal that of an undisturbed
//! run. Then the run is exported while the exporter is killed: there must be one snapshot, with every artist.
//!
//! A seed determines the order of the disturbances but not what each of them hits: these are real processes
//! on a real clock. The simulation (`cargo local simulate`) is the one that replays exactly.

mod disturb;
mod export;
mod verdict;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use collect::term::RunId;
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use serde_json::json;
use tokio::time::sleep;

pub use self::{
    disturb::{Disturbance, Done},
    export::Exported,
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

/// Requests in 30 seconds that the stand-in allows and Fermata is configured for: slow enough that there is
/// still a run to disturb.
const RATE: u32 = 300;

/// Seconds in Retry-After.
const PENALTY_S: u32 = 3;

/// How long the run may continue after the last disturbance. A message that a killed function was working on
/// comes back after two minutes; a term whose message was never sent, after about six.
const PATIENCE: Duration = Duration::from_mins(20);

/// What to disturb, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Number of artists in the stand-in.
    pub artists: u32,
    /// Seed of the order of the disturbances.
    pub seed: u64,
    /// Number of disturbances.
    pub disturbances: usize,
}

/// Collects the catalogue undisturbed, then disturbed, and compares the results.
///
/// # Errors
/// Fails if a stack does not start or the disturbed run does not end. A difference is not an error but part
/// of the verdict.
pub async fn play(workspace: &Workspace, plan: Plan, steps: &Steps) -> Result<Verdict> {
    let start = Instant::now();
    steps.say("First, an undisturbed run for comparison:");
    let (expected, state) = Box::pin(compare::undisturbed(workspace, plan.artists, steps)).await?;
    steps.say("Now the same run with disturbances:");
    let mut stack = Stack::start(workspace, &options(plan, steps)).await?;
    let (done, report) = Box::pin(disturbed(&mut stack, plan)).await?;
    let difference = Difference::between(&expected, &compare::lasting_rows(&stack).await?);
    let step = stack.steps().begin("Exporting while the exporter is killed", "up to three minutes");
    let mut random = SmallRng::seed_from_u64(plan.seed);
    let run = RunId::new(report.run.clone())?;
    let exported = Box::pin(export::disturbed(workspace, &stack, &run, &mut random)).await?;
    step.done("Exported while the exporter was killed");
    stack.stop().await?;
    Ok(Verdict {
        plan,
        expected: (expected.len(), state),
        done,
        report,
        difference,
        exported,
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

/// A run with disturbances, which stop before it ends.
async fn disturbed(stack: &mut Stack, plan: Plan) -> Result<(Done, Report)> {
    let start = Instant::now();
    let mut random = SmallRng::seed_from_u64(plan.seed);
    let mut done = Done::default();
    stack.schedule("collect").await?;
    // Uses each kind once before repeating any.
    let mut next = Vec::new();
    for number in 1..=plan.disturbances {
        sleep(Duration::from_millis(random.random_range(500..4000))).await;
        if next.is_empty() {
            next = Disturbance::ALL.to_vec();
            next.shuffle(&mut random);
        }
        let Some(disturbance) = next.pop() else { break };
        let run = stack.observer().run().await?.context("the seeder opened no run")?;
        if !run.is_running() {
            stack.steps().say(&format!("The run closed after {} disturbances.", number - 1));
            break;
        }
        stack.steps().say(&format!("{:>4.0} s  {disturbance}", start.elapsed().as_secs_f64()));
        disturbance.cause(stack, run.id.as_str(), &mut random, &mut done).await?;
        // The seeder may have been hit too; the next tick is due a minute later.
        done.failed_ticks += u64::from(stack.schedule("top-up").await.is_err());
    }
    disturb::calm(stack).await?;
    let step = stack.steps().begin("Waiting for the end of the run", "up to six minutes");
    let run = stack.wait_until_closed(PATIENCE).await?;
    step.done("The run closed");
    let report = Report::of(stack, &Closed { run, elapsed: start.elapsed() }).await?;
    Ok((done, report))
}
