//! A request to Spotify: what it may know when it leaves, and how long it is under way.

use std::time::Duration;

use collect::permits::KNOWLEDGE_VALIDITY;
use collect::ports::{Clock, Frontier, Spotify};
use collect::web_api::{Page, Request, SpotifyError};

use super::asked::Asked;
use super::execution::Execution;
use super::state::{at_once, lock};
use crate::mutants::Mutant;
use crate::promise::Promise;

impl Spotify for Execution {
    async fn ask(&self, request: &Request) -> Result<Page, SpotifyError> {
        let asked = &Asked { request, term: lock(&self.working).clone() };
        self.departs(asked);
        let slow = self.world.happens(self.world.faults.slow);
        let there = self.world.dice(|dice| dice.millis(10, 200));
        self.pause(there).await;
        let answer = self.world.answer(asked, self.kept_attempts(asked));
        let back =
            self.world.dice(|dice| if slow { dice.millis(1000, 10_500) } else { dice.millis(10, 200) });
        self.pause(back).await;
        self.tell(|| format!("asks {asked}: {}", described(&answer.result)));
        if let Err(SpotifyError::Throttled { .. } | SpotifyError::QuotaSpent { .. }) = &answer.result {
            let mut knowledge = self.knowledge();
            knowledge.refusal_ends = answer.held_until;
            knowledge.refusal_unheeded = true;
        }
        answer.result.map_err(|error| self.misjudged(error))
    }
}

impl Execution {
    /// What mutants make of a refusal.
    fn misjudged(&self, error: SpotifyError) -> SpotifyError {
        let is = |mutant| self.world.is(mutant);
        match error {
            SpotifyError::Throttled { evidence, .. } if is(Mutant::RetryAfterIgnored) => {
                SpotifyError::Throttled { retry_after: Some(Duration::ZERO), evidence }
            }
            SpotifyError::Throttled { evidence, .. } | SpotifyError::QuotaSpent { evidence, .. }
                if is(Mutant::RefusalTakenForTrouble) =>
            {
                SpotifyError::Transient { evidence }
            }
            SpotifyError::Throttled { retry_after, evidence }
            | SpotifyError::QuotaSpent { retry_after, evidence }
                if is(Mutant::RefusalWaitedOutAlone) =>
            {
                let retry_after = retry_after.unwrap_or(Duration::from_secs(30));
                SpotifyError::CredentialsRefused { retry_after, evidence }
            }
            error => error,
        }
    }

    /// A request leaves: it must not if this environment could know of a hold, and what it knows must be
    /// fresh.
    ///
    /// What it can know is what stood in the control table when it was last read, and its own refusals. A
    /// request that left before is under way and no violation; one that leaves after the hold was written and
    /// read is. By which clock a hold ends is that of the environment: clocks that differ move the end by
    /// their difference. An environment asks for one thing at a time, so nothing of its own is under way
    /// while it learns that it was refused: until it has put something on hold for that, it asks for nothing.
    fn departs(&self, asked: &Asked<'_>) {
        let (now, shown) = (self.world.now(), self.now());
        let knowledge = self.knowledge().clone();
        let written = self.world.ledger().held_until(asked.bucket(), knowledge.read);
        let told = [None, Some(asked.bucket())].map(|held| knowledge.refused_until.get(&held).copied());
        let held = told.into_iter().chain([written]).flatten().max().filter(|until| *until > shown);
        self.world.promise(Promise::HoldsKept, held.is_none(), || {
            format!("{self} asks {asked} at {shown} during a hold until {held:?}")
        });
        self.world.promise(Promise::HoldsKept, now.since(knowledge.heard) <= KNOWLEDGE_VALIDITY, || {
            format!("{self} asks {asked} though it has not heard of holds since {}", knowledge.heard)
        });
        self.world.promise(Promise::HoldsKept, !knowledge.refusal_unheeded, || {
            format!("{self} asks {asked} though it was refused and has put nothing on hold")
        });
        self.world.promise(Promise::HoldsKept, !knowledge.refusal_unwritten, || {
            format!("{self} asks {asked} though the others cannot know yet that it was refused")
        });
        let stopped = self.world.ledger().stopped.is_some_and(|stopped| stopped <= knowledge.batch_read);
        self.world.promise(Promise::StopsTruthfully, !stopped, || {
            format!("{self} asks {asked} though the run had been stopped when it began")
        });
        self.world.ledger().departs(now, asked.bucket());
    }

    /// The attempts that the row of the term has.
    fn kept_attempts(&self, asked: &Asked<'_>) -> u32 {
        let kept = || {
            let run = self.world.run()?.id;
            Some(at_once(self.world.frontier.get(&run, asked.term.as_ref()?))?.ok()??.attempts)
        };
        if self.world.faults.trouble > 0.0 && self.world.faults.work_is_repeated() {
            kept().unwrap_or_default()
        } else {
            0
        }
    }
}

fn described(result: &Result<Page, SpotifyError>) -> String {
    match result {
        Ok(page) => format!("{} rows of {:?}, more: {}", page.rows, page.total, page.has_next),
        Err(SpotifyError::Throttled { retry_after, .. }) => format!("429, retry after {retry_after:?}"),
        Err(SpotifyError::QuotaSpent { retry_after, .. }) => {
            format!("quota spent, retry after {retry_after:?}")
        }
        Err(error) => error.to_string(),
    }
}
