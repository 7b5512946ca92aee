//! Random sequences of operations, run in memory and on an emulator of AWS: every answer and every table must
//! be the same. So what simulations and benches prove in memory holds for what is deployed.

mod artists;
mod control;
mod frontier;

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::emulator::Emulator;
use crate::memory::Memory;
use crate::place::Place;

/// Sequences of each kind, always the same ones. `PROPTEST_CASES` asks for so many random ones instead.
const CASES: u32 = 24;

/// Most operations of a sequence.
const STEPS: usize = 40;

/// An operation of a port.
trait Step: Clone + Debug {
    /// Carries it out. Returns the answer, in words that are the same for the same answer.
    async fn carry_out<P: Place>(&self, place: &P) -> String;

    /// What the tables hold in the end.
    async fn tables<P: Place>(place: &P) -> String;
}

/// Plays sequences of `steps` on both implementations.
fn both_agree<S: Step>(steps: impl Strategy<Value = S>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let emulator = runtime.block_on(Emulator::start());
    let outcome = runner().run(&vec(steps, 1..STEPS), |steps| {
        runtime.block_on(async {
            emulator.empty().await;
            compare(&Memory::start().await, &emulator, &steps).await
        })
    });
    outcome.unwrap();
}

fn runner() -> TestRunner {
    let config = Config { failure_persistence: None, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return TestRunner::new(config);
    }
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(Config { cases: CASES, ..config }, rng)
}

async fn compare<S: Step>(memory: &Memory, emulator: &Emulator, steps: &[S]) -> Result<(), TestCaseError> {
    for (at, step) in steps.iter().enumerate() {
        let (expected, answer) = (step.carry_out(memory).await, step.carry_out(emulator).await);
        prop_assert_eq!(answer, expected, "the answer to operation {}, {:?}", at, step);
    }
    prop_assert_eq!(S::tables(emulator).await, S::tables(memory).await, "the tables in the end");
    Ok(())
}
