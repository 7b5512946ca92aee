//! The phases of a world: a run goes on until it closes, everything comes to rest, what was sent is delivered
//! again, and the next run is due.

use std::time::Duration;

use collect::run::Run;

use super::{Lambda, Mending};
use crate::moment::Moment;
use crate::promise::Promise;
use crate::promises::End;
use crate::world::{Happening, Role};

/// Virtual time in which all runs must end, and where runs take months.
const LONGEST: (Duration, Duration) = (Duration::from_hours(60 * 24), Duration::from_hours(600 * 24));

/// Happenings in which every run must end.
const MOST_STEPS: u64 = 1_000_000;

/// How long the world goes on after its run has closed and its queue is empty, before what was sent is
/// delivered again and after it.
const AFTERWARDS: Duration = Duration::from_mins(3);

/// What the world is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The run to close.
    Running,
    /// Everything to come to rest afterwards.
    Resting { since: Moment },
    /// What was sent during the run and is delivered again to come to rest.
    Repeating { since: Moment },
}

impl Lambda {
    /// Whether anything is left to see. Moves from one phase to the next.
    pub(super) fn goes_on(&mut self) -> bool {
        let (now, steps) = {
            let timeline = self.world.timeline();
            (timeline.now, timeline.steps)
        };
        let longest = if self.world.takes_months { LONGEST.1 } else { LONGEST.0 };
        if steps > MOST_STEPS || now.since(Moment::default()) > longest {
            let phase = self.phase;
            self.world
                .broken(Promise::RunEnds, || format!("no end after {now} and {steps} steps: {phase:?}"));
            let end = self.end();
            self.ends.push(end);
            return false;
        }
        // Looking at the run costs more than most steps, and every tick brings many.
        if steps % 64 != 0 {
            return true;
        }
        match self.phase {
            Phase::Running => {
                let is_closed = |run: Run| run.id == self.run() && !run.is_running();
                if self.mending != Mending::Expected && self.world.run().is_some_and(is_closed) {
                    self.phase = Phase::Resting { since: now };
                }
            }
            Phase::Resting { since } if self.rests(since, now) => self.repeat(now),
            Phase::Repeating { since } if self.rests(since, now) => return self.next_run(),
            Phase::Resting { .. } | Phase::Repeating { .. } => {}
        }
        true
    }

    fn rests(&self, since: Moment, now: Moment) -> bool {
        let at_work = self.tasks.values().any(|task| task.role == Role::Fetcher);
        let waits = || self.world.queue().is_empty() && self.world.expiring().is_empty();
        now.since(since) > AFTERWARDS && !at_work && waits()
    }

    /// Delivers again what was sent, and lets the weekly event come again.
    fn repeat(&mut self, now: Moment) {
        self.world.tell(|| "everything is delivered once more".to_owned());
        self.before = Some((self.end(), self.world.service().requests()));
        let mut bodies = self.world.queue().bodies();
        self.world.dice(|dice| dice.shuffle(&mut bodies));
        for body in bodies.into_iter().take(20) {
            self.world.put_message(body, Duration::ZERO);
        }
        self.world.after(Duration::from_secs(1), Happening::Collect);
        self.phase = Phase::Repeating { since: now };
    }

    /// The run is over; the next one begins a week later, if there is one, with some messages of the last.
    fn next_run(&mut self) -> bool {
        let end = self.end();
        self.ends.push(end);
        self.before = None;
        if self.ends.len() >= self.world.runs {
            return false;
        }
        let world = &self.world;
        world.tell(|| "the next run is due".to_owned());
        world.ledger().next_run();
        world.service().next_run();
        let days = if world.takes_months { 7 } else { 0 };
        world.after(world.dice(|dice| dice.seconds(0, days * 24 * 3600)), Happening::Collect);
        let bodies = world.queue().bodies();
        for body in bodies.into_iter().take(5) {
            let wait = world.dice(|dice| dice.seconds(0, 60));
            world.put_message(body, wait);
        }
        self.phase = Phase::Running;
        true
    }

    /// What is left, and whether the repetition has changed it.
    fn end(&self) -> End {
        let rows = self.world.artists.rows();
        let run = self.world.run();
        let terms = run.as_ref().map(|run| self.world.terms(run)).unwrap_or_default();
        let seen = rows.values().filter(|row| run.as_ref().is_some_and(|run| run.id == row.last_run)).count();
        let row_ends = rows.iter().map(|(id, row)| (id.clone(), (row.last_seen, row.expires_at))).collect();
        let stubs = rows.values().filter(|row| row.is_stub()).map(|row| row.artist.name.clone()).collect();
        let artists = rows.into_iter().map(|(id, row)| (id, row.artist)).collect();
        let service = self.world.service();
        let (shown, asked_to_stop) = (service.shown(), service.has_stopped());
        drop(service);
        let ends = run.as_ref().map(|run| self.world.ends(&run.id)).unwrap_or_default();
        let end = End { artists, seen: seen as u64, run, terms, ends, row_ends, stubs, shown, asked_to_stop };
        if let Some((before, requests)) = &self.before {
            let now = self.world.service().requests();
            self.world.promise(Promise::Idempotent, *before == end && *requests == now, || {
                format!(
                    "messages delivered after the end made {} requests or changed something",
                    now - requests
                )
            });
        }
        end
    }
}
