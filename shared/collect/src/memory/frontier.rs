//! The terms in memory.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Mutex;

use jiff::Timestamp;

use super::lock;
use crate::ports::{Claim, Finish, Frontier, Kept, PortError, Ranked, TermErasure, TermPage};
use crate::run::Report;
use crate::term::{Lane, Progress, RunId, Source, Tally, Term, TermKey, TermState, TermSummary};

/// The terms in memory, with ordered lanes: as in the cloud's index, finding the best of a million is cheap.
#[derive(Debug, Default)]
pub struct MemoryFrontier(pub(super) Mutex<BTreeMap<RunId, Terms>>);

#[derive(Debug, Default)]
pub(super) struct Terms {
    by_key: BTreeMap<TermKey, Term>,
    /// When terms expire, of those that do.
    ends: BTreeMap<TermKey, Timestamp>,
    ready: BTreeMap<Source, BTreeSet<(Rank, TermKey)>>,
    sent: BTreeSet<(Option<Timestamp>, TermKey)>,
}

/// The place in a ready lane: highest priority first.
#[derive(Clone, Copy, Debug)]
struct Rank(f64);

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.total_cmp(&self.0)
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rank {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Rank {}

impl Terms {
    fn put(&mut self, key: TermKey, term: Term) {
        match term.state {
            TermState::Ready => {
                let lane = self.ready.entry(term.source).or_default();
                lane.insert((Rank(term.priority), key.clone()));
            }
            TermState::Sent => _ = self.sent.insert((term.lease_until, key.clone())),
            _ => {}
        }
        self.by_key.insert(key, term);
    }

    fn take(&mut self, key: &TermKey) -> Option<Term> {
        let term = self.by_key.remove(key)?;
        match term.state {
            TermState::Ready => {
                let lane = self.ready.entry(term.source).or_default();
                lane.remove(&(Rank(term.priority), key.clone()));
            }
            TermState::Sent => _ = self.sent.remove(&(term.lease_until, key.clone())),
            _ => {}
        }
        Some(term)
    }

    /// Changes a term and its place in the lanes; says what the change said, or false if there is no such
    /// term.
    pub(super) fn change(&mut self, key: &TermKey, change: impl FnOnce(&mut Term) -> bool) -> bool {
        let Some(mut term) = self.take(key) else { return false };
        let changed = change(&mut term);
        self.put(key.clone(), term);
        changed
    }
}

impl MemoryFrontier {
    /// All terms of a run.
    pub fn terms(&self, run: &RunId) -> Vec<Term> {
        lock(&self.0).get(run).map(|terms| terms.by_key.values().cloned().collect()).unwrap_or_default()
    }

    /// The count of a run's terms.
    pub fn report(&self, run: &RunId) -> Report {
        let mut report = Report::default();
        for term in lock(&self.0).get(run).into_iter().flat_map(|terms| terms.by_key.values()) {
            report.count(&TermSummary::from(term));
        }
        report
    }

    /// When the terms of a run expire, of those that do.
    pub fn ends(&self, run: &RunId) -> BTreeMap<TermKey, Timestamp> {
        lock(&self.0).get(run).map(|terms| terms.ends.clone()).unwrap_or_default()
    }

    /// Deletes the terms whose end has come at `now`.
    pub fn delete_expired(&self, now: Timestamp) {
        let mut runs = lock(&self.0);
        for terms in runs.values_mut() {
            let expired: Vec<TermKey> =
                terms.ends.iter().filter(|(_, end)| **end <= now).map(|(key, _)| key.clone()).collect();
            for key in expired {
                terms.take(&key);
                terms.ends.remove(&key);
            }
        }
        runs.retain(|_, terms| !terms.by_key.is_empty());
    }

    /// Puts a term as it is, whatever stood in its place: for a copy that follows another frontier, as an
    /// index does.
    pub fn replace(&self, term: Term) {
        let mut runs = lock(&self.0);
        let terms = runs.entry(term.run.clone()).or_default();
        let key = term.key();
        terms.take(&key);
        terms.put(key, term);
    }

    /// Changes the term of `claim` if it is of that generation and not finished; says whether it was.
    fn change(&self, claim: &Claim, change: impl FnOnce(&mut Term) -> bool) -> bool {
        lock(&self.0).entry(claim.run.clone()).or_default().change(&claim.key, |term| {
            let mine = term.generation == claim.generation && !term.state.is_finished();
            mine && change(term)
        })
    }
}

impl TermErasure for MemoryFrontier {
    async fn erase(&self, run: &RunId, key: &TermKey) -> Result<Option<bool>, PortError> {
        let mut runs = lock(&self.0);
        let Some(terms) = runs.get_mut(run) else { return Ok(None) };
        Ok(match terms.by_key.get(key).map(|term| term.state) {
            None => None,
            Some(TermState::Sent) => Some(false),
            Some(_) => {
                terms.take(key);
                terms.ends.remove(key);
                Some(true)
            }
        })
    }
}

impl Frontier for MemoryFrontier {
    async fn put_new(&self, terms: &[Term]) -> Result<usize, PortError> {
        let mut runs = lock(&self.0);
        let mut new = 0;
        for term in terms {
            let known = runs.entry(term.run.clone()).or_default();
            let key = term.key();
            if !known.by_key.contains_key(&key) {
                known.put(key, term.clone());
                new += 1;
            }
        }
        Ok(new)
    }

    async fn get(&self, run: &RunId, key: &TermKey) -> Result<Option<Term>, PortError> {
        Ok(lock(&self.0).get(run).and_then(|terms| terms.by_key.get(key)).cloned())
    }

    async fn lane(&self, run: &RunId, lane: Lane, limit: usize) -> Result<Vec<Ranked>, PortError> {
        let runs = lock(&self.0);
        let Some(terms) = runs.get(run) else { return Ok(Vec::new()) };
        Ok(match lane {
            Lane::Ready(source) => {
                let lane = terms.ready.get(&source).into_iter().flatten();
                lane.take(limit).map(|(rank, key)| Ranked { key: key.clone(), rank: rank.0 }).collect()
            }
            Lane::SentUntil(time) => {
                let expired =
                    terms.sent.iter().take_while(|(until, _)| until.is_none_or(|until| until <= time));
                let ranked = |(until, key): &(Option<Timestamp>, TermKey)| Ranked {
                    key: key.clone(),
                    rank: until.map_or(0.0, |until| until.as_duration().as_millis_f64()),
                };
                expired.take(limit).map(ranked).collect()
            }
        })
    }

    async fn count(&self, run: &RunId, lane: Lane, limit: usize) -> Result<usize, PortError> {
        self.lane(run, lane, limit).await.map(|terms| terms.len())
    }

    async fn send(
        &self,
        run: &RunId,
        key: &TermKey,
        lease_until: Timestamp,
    ) -> Result<Option<Claim>, PortError> {
        let mut claim = None;
        lock(&self.0).entry(run.clone()).or_default().change(key, |term| {
            let ready = term.state == TermState::Ready;
            if ready {
                term.state = TermState::Sent;
                term.generation += 1;
                term.lease_until = Some(lease_until);
                claim = Some(Claim { run: run.clone(), key: key.clone(), generation: term.generation });
            }
            ready
        });
        Ok(claim)
    }

    async fn give_back(&self, claim: &Claim, kept: Option<Kept<'_>>) -> Result<bool, PortError> {
        Ok(self.change(claim, |term| {
            let sent = term.state == TermState::Sent;
            if sent {
                term.state = TermState::Ready;
                term.lease_until = None;
                if let Some(kept) = kept {
                    term.progress = kept.progress.clone();
                    term.tally = kept.tally;
                    term.priority = kept.priority;
                    term.attempts = kept.attempts;
                }
            }
            sent
        }))
    }

    async fn save(
        &self,
        claim: &Claim,
        progress: &Progress,
        tally: Tally,
        attempts: u32,
        lease_until: Timestamp,
    ) -> Result<bool, PortError> {
        Ok(self.change(claim, |term| {
            term.state = TermState::Sent;
            term.progress = progress.clone();
            term.tally = tally;
            term.attempts = attempts;
            term.lease_until = Some(lease_until);
            true
        }))
    }

    async fn finish(&self, claim: &Claim, finish: &Finish) -> Result<bool, PortError> {
        Ok(self.change(claim, |term| {
            term.state = finish.state;
            term.progress = finish.progress.clone();
            term.tally = finish.tally;
            term.attempts = finish.attempts;
            term.reason.clone_from(&finish.reason);
            term.lease_until = None;
            true
        }))
    }

    async fn page(&self, run: &RunId, after: Option<&TermKey>, limit: usize) -> Result<TermPage, PortError> {
        let runs = lock(&self.0);
        let Some(terms) = runs.get(run) else { return Ok(TermPage::default()) };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let range = terms.by_key.range::<TermKey, _>((start, Bound::Unbounded));
        let terms: Vec<TermSummary> = range.take(limit).map(|(_, term)| TermSummary::from(term)).collect();
        // Like DynamoDB, which does not look whether anything follows a full page.
        let next = terms.last().filter(|_| terms.len() == limit).map(|last| last.key.clone());
        Ok(TermPage { terms, next })
    }

    async fn expire(&self, run: &RunId, terms: &[TermKey], end: Timestamp) -> Result<(), PortError> {
        let mut runs = lock(&self.0);
        let Some(known) = runs.get_mut(run) else { return Ok(()) };
        for key in terms.iter().filter(|key| known.by_key.contains_key(*key)) {
            known.ends.insert(key.clone(), end);
        }
        Ok(())
    }
}
