//! The terms in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;

use super::lock;
use crate::ports::{Claim, Finish, Frontier, Lane, PortError};
use crate::run::{Report, RunId};
use crate::term::{Progress, Term, TermKey, TermState};

/// The terms in memory.
#[derive(Debug, Default)]
pub struct MemoryFrontier(Mutex<BTreeMap<(RunId, TermKey), Term>>);

impl MemoryFrontier {
    /// All terms of a run.
    pub fn terms(&self, run: &RunId) -> Vec<Term> {
        lock(&self.0).values().filter(|term| term.run == *run).cloned().collect()
    }

    /// Puts a term as it is, whatever stood in its place: for a copy that follows another frontier, as an index does.
    pub fn replace(&self, term: Term) {
        lock(&self.0).insert((term.run.clone(), term.key()), term);
    }

    /// Changes the term of `claim` if it is of that generation and not finished; says whether it was.
    fn change(&self, claim: &Claim, change: impl FnOnce(&mut Term) -> bool) -> bool {
        let mut terms = lock(&self.0);
        let term = terms.get_mut(&(claim.run.clone(), claim.key.clone()));
        term.filter(|term| term.generation == claim.generation && !term.state.is_finished())
            .is_some_and(change)
    }
}

impl Frontier for MemoryFrontier {
    async fn put_new(&self, terms: &[Term]) -> Result<usize, PortError> {
        let mut known = lock(&self.0);
        let before = known.len();
        for term in terms {
            known.entry((term.run.clone(), term.key())).or_insert_with(|| term.clone());
        }
        Ok(known.len() - before)
    }

    async fn get(&self, run: &RunId, key: &TermKey) -> Result<Option<Term>, PortError> {
        Ok(lock(&self.0).get(&(run.clone(), key.clone())).cloned())
    }

    async fn lane(&self, run: &RunId, lane: Lane, limit: usize) -> Result<Vec<TermKey>, PortError> {
        let terms = lock(&self.0);
        let mut found: Vec<&Term> = terms
            .values()
            .filter(|term| term.run == *run)
            .filter(|term| match lane {
                Lane::Ready(bucket) => term.state == TermState::Ready && term.question.bucket() == bucket,
                Lane::SentUntil(time) => {
                    term.state == TermState::Sent && term.lease_until.is_none_or(|until| until <= time)
                }
            })
            .collect();
        match lane {
            Lane::Ready(_) => found.sort_by(|a, b| b.priority.total_cmp(&a.priority)),
            Lane::SentUntil(_) => found.sort_by_key(|term| term.lease_until),
        }
        Ok(found.into_iter().take(limit).map(Term::key).collect())
    }

    async fn count_sent(&self, run: &RunId, limit: usize) -> Result<usize, PortError> {
        let terms = lock(&self.0);
        let sent = terms.values().filter(|term| term.run == *run && term.state == TermState::Sent);
        Ok(sent.take(limit).count())
    }

    async fn send(
        &self,
        run: &RunId,
        key: &TermKey,
        lease_until: Timestamp,
    ) -> Result<Option<Claim>, PortError> {
        let mut terms = lock(&self.0);
        let Some(term) = terms.get_mut(&(run.clone(), key.clone())) else { return Ok(None) };
        if term.state != TermState::Ready {
            return Ok(None);
        }
        term.state = TermState::Sent;
        term.generation += 1;
        term.lease_until = Some(lease_until);
        Ok(Some(Claim { run: run.clone(), key: key.clone(), generation: term.generation }))
    }

    async fn give_back(&self, claim: &Claim, progress: Option<&Progress>) -> Result<bool, PortError> {
        Ok(self.change(claim, |term| {
            let sent = term.state == TermState::Sent;
            if sent {
                term.state = TermState::Ready;
                term.lease_until = None;
                if let Some(progress) = progress {
                    term.progress = progress.clone();
                }
            }
            sent
        }))
    }

    async fn save(
        &self,
        claim: &Claim,
        progress: &Progress,
        attempts: u32,
        lease_until: Timestamp,
    ) -> Result<bool, PortError> {
        Ok(self.change(claim, |term| {
            term.progress = progress.clone();
            term.attempts = attempts;
            term.lease_until = Some(lease_until);
            true
        }))
    }

    async fn finish(&self, claim: &Claim, finish: &Finish) -> Result<bool, PortError> {
        Ok(self.change(claim, |term| {
            term.state = finish.state;
            term.progress = finish.progress.clone();
            term.attempts = finish.attempts;
            term.reason.clone_from(&finish.reason);
            term.lease_until = None;
            true
        }))
    }

    async fn report(&self, run: &RunId) -> Result<Report, PortError> {
        let mut report = Report::default();
        for term in self.terms(run) {
            report.count(term.state, term.progress.tally, term.reason.as_deref());
        }
        Ok(report)
    }
}
