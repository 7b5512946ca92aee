//! Time and what will happen in it: a queue of happenings in the order of virtual time. Of those at the same
//! moment the dice decide which comes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::dice::Dice;
use crate::moment::Moment;

/// One execution of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TaskId(pub(crate) u64);

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happening {
    /// An execution goes on.
    Wake(TaskId),
    /// An execution's time is over.
    Deadline(TaskId),
    /// A message becomes visible, or a place for an execution becomes free.
    Look,
    /// The minute's tick comes; the next minute follows it unless it is a repetition.
    Minute {
        /// Whether it is one.
        repeated: bool,
    },
    /// The weekly event comes.
    Collect,
    /// What stopped the run is fixed: Spotify answers again.
    Mend,
    /// An operator resumes the run.
    Resume,
    /// A message comes that nobody here has sent.
    Stray(usize),
}

/// The future, and the dice that are thrown on the way.
#[derive(Debug)]
pub(crate) struct Timeline {
    pub(crate) now: Moment,
    pub(crate) dice: Dice,
    /// Happenings so far.
    pub(crate) steps: u64,
    future: BinaryHeap<Reverse<(Moment, u64, Happening)>>,
    /// What has happened, line by line, if anybody wants to know.
    pub(crate) story: Option<String>,
}

impl Timeline {
    pub(crate) fn new(seed: u64, keeps_story: bool) -> Self {
        Self {
            now: Moment::default(),
            dice: Dice::new(seed, "world"),
            steps: 0,
            future: BinaryHeap::new(),
            story: keeps_story.then(String::new),
        }
    }

    /// Lets `what` happen after a while.
    pub(crate) fn after(&mut self, wait: Duration, what: Happening) {
        self.at(self.now + wait, what);
    }

    /// Lets `what` happen at a moment.
    pub(crate) fn at(&mut self, moment: Moment, what: Happening) {
        let tie = self.dice.next();
        self.future.push(Reverse((moment.max(self.now), tie, what)));
    }

    /// Goes on to the next happening.
    pub(crate) fn next(&mut self) -> Option<Happening> {
        let Reverse((moment, _, what)) = self.future.pop()?;
        self.now = moment;
        self.steps += 1;
        Some(what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_in_the_order_of_time_and_at_the_same_moment_in_any() {
        let order = |seed| {
            let mut timeline = Timeline::new(seed, false);
            timeline.after(Duration::from_secs(2), Happening::Collect);
            for task in 0..8 {
                timeline.after(Duration::from_secs(1), Happening::Wake(TaskId(task)));
            }
            std::iter::from_fn(move || timeline.next()).collect::<Vec<_>>()
        };
        assert_eq!(order(1).last(), Some(&Happening::Collect));
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }
}
