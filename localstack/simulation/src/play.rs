//! One seed: the undisturbed world, the disturbed one, and what is to be said of it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use collect::catalogue::ArtistId;
use collect::run::Run;

use crate::lambda::Lambda;
use crate::mutants::Mutant;
use crate::plan::Plan;
use crate::promise::{Promise, Violation};
use crate::promises::{End, check, check_next};
use crate::world::World;

/// What came of a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// The seed.
    pub seed: u64,
    /// The promises that were broken.
    pub violations: Vec<Violation>,
    /// Happenings, those of the undisturbed world included.
    pub steps: u64,
    /// What happened in the disturbed world, if the story is kept.
    pub story: String,
}

/// Plays a seed, with a mutant if one is given; `keeps_story` keeps the story.
pub fn play(seed: u64, mutant: Option<Mutant>, keeps_story: bool) -> Played {
    let calm = Arc::new(World::new(Plan::undisturbed(seed), None, false));
    let mut undisturbed: Vec<End> = Vec::new();
    let mut violations = guarded(&calm, || {
        undisturbed = Lambda::play(&calm);
        for end in &undisturbed {
            check(&calm, end, end);
        }
        each_next(&calm, &undisturbed);
    });
    let world = Arc::new(World::new(Plan::draw(seed), mutant, keeps_story));
    world.tell(|| opening(&world, &undisturbed));
    violations.extend(guarded(&world, || {
        let ends = Lambda::play(&world);
        for (end, undisturbed) in ends.iter().zip(&undisturbed) {
            check(&world, end, undisturbed);
        }
        each_next(&world, &ends);
    }));
    let steps = calm.timeline().steps + world.timeline().steps;
    let story = world.timeline().story.take().unwrap_or_default();
    Played { seed, violations, steps, story }
}

/// A world in which a few questions a day are allowed.
#[derive(Clone, Copy, Debug)]
pub struct Slow {
    /// Its seed.
    pub seed: u64,
    /// Questions that are allowed a day.
    pub per_day: u32,
    /// How long rows are kept.
    pub retention: Duration,
    /// Runs, one after the other.
    pub runs: usize,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct SlowlyPlayed {
    /// The promises that were broken.
    pub violations: Vec<Violation>,
    /// The runs.
    pub runs: Vec<Run>,
    /// Artists that each run had in its table when it was closed.
    pub found: Vec<BTreeSet<ArtistId>>,
    /// Artists that an undisturbed run finds.
    pub all: BTreeSet<ArtistId>,
}

/// Plays a slow world with the faults of its seed.
pub fn play_slowly(slow: Slow) -> SlowlyPlayed {
    let found = |end: &End| end.artists.keys().cloned().collect::<BTreeSet<ArtistId>>();
    let calm = Arc::new(World::new(Plan::undisturbed(slow.seed), None, false));
    let undisturbed = Lambda::play(&calm);
    let world = Arc::new(World::new(Plan::slow(slow), None, false));
    let mut ends = Vec::new();
    let violations = guarded(&world, || {
        ends = Lambda::play(&world);
        for end in &ends {
            check(&world, end, undisturbed.first().unwrap_or(end));
        }
        each_next(&world, &ends);
    });
    SlowlyPlayed {
        violations,
        runs: ends.iter().filter_map(|end| end.run.clone()).collect(),
        found: ends.iter().map(found).collect(),
        all: undisturbed.first().map(found).unwrap_or_default(),
    }
}

fn each_next(world: &World, ends: &[End]) {
    for (before, end) in ends.iter().zip(ends.iter().skip(1)) {
        check_next(world, before, end);
    }
}

fn opening(world: &World, undisturbed: &[End]) -> String {
    let artists = world.catalogue.artists().count();
    let found = undisturbed.last().map_or(0, |end| end.artists.len());
    format!(
        "{artists} artists, of which an undisturbed run finds {found}; {:?}; {:?}",
        world.settings, world.faults
    )
}

/// The violations of a world, among them a panic of what is played in it.
fn guarded(world: &World, playing: impl FnOnce()) -> Vec<Violation> {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(playing)) {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
        world.broken(Promise::NoPanic, || text.to_owned());
    }
    std::mem::take(&mut world.ledger().violations)
}

#[cfg(test)]
mod tests {
    use collect::term::TermState;

    use super::*;

    #[test]
    fn terms_of_many_kinds_are_given_up_in_some_worlds() {
        let mut kinds = BTreeSet::new();
        for plan in (0..400).map(Plan::draw).filter(|plan| plan.faults.broken_terms > 0) {
            let ends = Lambda::play(&Arc::new(World::new(plan, None, false)));
            let terms = ends.iter().flat_map(|end| &end.terms);
            let failed = terms.filter(|term| term.state == TermState::Failed);
            kinds.extend(failed.map(|term| term.question.kind()).filter(|kind| *kind != "search"));
            if kinds.len() >= 4 {
                return;
            }
        }
        panic!("only terms of these kinds: {kinds:?}");
    }
}
