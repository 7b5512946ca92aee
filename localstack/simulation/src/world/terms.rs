//! The terms: storage by the rules of [`collect::memory`], an index that lags behind it, and an eye on every
//! write.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use collect::ports::{Claim, Finish, Frontier, Kept, PortError, Ranked, TermPage};
use collect::run::{Run, lifetime};
use collect::term::{
    CapabilitiesProgress, Lane, Progress, Question, RunId, SampleProgress, SearchProgress, Subjects, Tally,
    Term, TermKey, TermState, Trial, Walk,
};
use jiff::Timestamp;

use super::execution::{Execution, Role, unavailable};
use super::state::{at_once, lock};
use crate::mutants::Mutant;
use crate::promise::Promise;

/// The time that two ticks take at most.
const TICKS: Duration = Duration::from_mins(2);

impl Frontier for Execution {
    async fn put_new(&self, terms: &[Term]) -> Result<usize, PortError> {
        let mut terms: Vec<Term> =
            terms.iter().filter(|term| self.world.catalogue.is_worth_asking(term)).cloned().collect();
        if self.world.is(Mutant::FollowUpForgotten) && self.role == Role::Fetcher {
            terms.pop();
        }
        self.table("put terms", async {
            if self.world.is(Mutant::FollowUpsAfterFinish) && self.role == Role::Fetcher {
                lock(&self.held_back).terms.extend(terms);
                return Ok(0);
            }
            if let Some(some) = self.cut(&terms) {
                self.put(&some);
                return Err(unavailable("put terms"));
            }
            Ok(self.put(&terms))
        })
        .await
    }

    async fn get(&self, run: &RunId, key: &TermKey) -> Result<Option<Term>, PortError> {
        *lock(&self.working) = Some(key.clone());
        self.table("get", async { Ok(self.stored(run, key)) }).await
    }

    async fn lane(&self, run: &RunId, lane: Lane, limit: usize) -> Result<Vec<Ranked>, PortError> {
        self.table("lane", async {
            let now = self.world.index_shows();
            let index = &mut *lock(&self.world.index);
            at_once(index.at(now).lane(run, lane, limit)).unwrap_or_else(|| Err(unavailable("lane")))
        })
        .await
    }

    async fn count(&self, run: &RunId, lane: Lane, limit: usize) -> Result<usize, PortError> {
        self.table("count lane", async {
            let now = self.world.index_shows();
            let index = &mut *lock(&self.world.index);
            at_once(index.at(now).count(run, lane, limit)).unwrap_or_else(|| Err(unavailable("count lane")))
        })
        .await
    }

    async fn send(
        &self,
        run: &RunId,
        key: &TermKey,
        lease_until: Timestamp,
    ) -> Result<Option<Claim>, PortError> {
        self.table("send", async {
            let before = self.stored(run, key);
            if self.world.is(Mutant::SendWithoutCondition)
                && let Some(before) = &before
            {
                self.world.frontier.replace(Term { state: TermState::Ready, ..before.clone() });
            }
            let claim = self.world.frontier.send(run, key, lease_until).await?;
            self.watch(before.as_ref(), run, key, None);
            Ok(claim)
        })
        .await
    }

    async fn give_back(&self, claim: &Claim, kept: Option<Kept<'_>>) -> Result<bool, PortError> {
        let given_back = self.table("give back", async {
            let before = self.stored(&claim.run, &claim.key);
            let kept = kept.filter(|_| !self.world.is(Mutant::ProgressForgotten));
            let mut changed = claim.clone();
            if self.world.is(Mutant::GiveBackWithoutClaim)
                && let Some(before) = &before
            {
                changed.generation = before.generation;
            }
            let given_back = self.world.frontier.give_back(&changed, kept).await?;
            self.tell(|| {
                format!("gives back {} of generation {}: {given_back}", claim.key, claim.generation)
            });
            if given_back {
                self.watch(before.as_ref(), &claim.run, &claim.key, Some(claim));
                let unsent = lock(&self.unsent).contains(claim);
                if !unsent {
                    self.world.sent_in_vain(&claim.key);
                }
                // A lease ends, and its term is given back by the next tick or the one after that.
                let lease = self.world.settings.lease_time() + TICKS;
                let was_let_go = self.world.ledger().resumed_within(lease, self.world.now());
                let may_stray = unsent || was_let_go || self.world.faults.something_strays();
                let strays = self.role == Role::Seeder && !may_stray;
                self.world.promise(Promise::NothingStrays, !strays, || {
                    format!("the lease of {} ended though nothing was lost", claim.key)
                });
            }
            Ok(given_back)
        });
        let given_back = given_back.await?;
        self.write_held_back().await?;
        Ok(given_back)
    }

    async fn save(
        &self,
        claim: &Claim,
        progress: &Progress,
        tally: Tally,
        attempts: u32,
        lease_until: Timestamp,
    ) -> Result<bool, PortError> {
        let saved = self.table("save", async {
            let before = self.stored(&claim.run, &claim.key);
            let known = before.as_ref().map(|term| (&term.progress, term.attempts));
            let deferral = known.is_some_and(|(_, known)| known == attempts);
            let attempts = attempts + u32::from(deferral && self.world.is(Mutant::DeferralIsAttempt));
            let moved = known.is_some_and(|(known, _)| position(known) != position(progress));
            let (kept, tally) = self.kept(before.as_ref(), progress, tally);
            let lease_until = match &before {
                Some(before) if self.world.is(Mutant::LeaseNotRenewed) => {
                    before.lease_until.unwrap_or(lease_until)
                }
                _ => lease_until,
            };
            let saved = self.world.frontier.save(claim, &kept, tally, attempts, lease_until).await?;
            self.tell(|| format!("saves {} with {attempts} attempts: {saved}", claim.key));
            if saved {
                if moved {
                    self.world.service().progress_kept(&claim.key);
                }
                self.watch(before.as_ref(), &claim.run, &claim.key, Some(claim));
            }
            Ok(saved)
        });
        let saved = saved.await?;
        self.write_held_back().await?;
        Ok(saved)
    }

    async fn finish(&self, claim: &Claim, finish: &Finish) -> Result<bool, PortError> {
        let finished = self.table("finish", async {
            let before = self.stored(&claim.run, &claim.key);
            let mut changed = claim.clone();
            if self.world.is(Mutant::FinishWithoutCondition)
                && let Some(before) = &before
            {
                changed.generation = before.generation;
                self.world.frontier.replace(Term { state: TermState::Sent, ..before.clone() });
            }
            let finish = self.renamed(before.as_ref(), finish);
            let finished = self.world.frontier.finish(&changed, &finish).await?;
            self.tell(|| format!("finishes {} as {}: {finished}", claim.key, finish.state.name()));
            if finished {
                self.watch(before.as_ref(), &claim.run, &claim.key, Some(claim));
            }
            Ok(finished)
        });
        let finished = finished.await?;
        self.write_held_back().await?;
        Ok(finished)
    }

    async fn page(&self, run: &RunId, after: Option<&TermKey>, limit: usize) -> Result<TermPage, PortError> {
        if self.world.faults.pages_slow {
            let wait = self.world.dice(|dice| dice.seconds(3, 9));
            self.pause(wait).await;
        }
        self.table("page", async {
            let most = self.world.faults.page_size.map(|most| self.world.dice(|dice| 1 + dice.index(most)));
            let limit = most.map_or(limit, |most| limit.min(most));
            let mut page = self.world.frontier.page(run, after, limit).await?;
            self.tell(|| format!("reads {} terms of run {run} after {after:?}", page.terms.len()));
            self.misread(run, &mut page);
            Ok(page)
        })
        .await
    }

    async fn expire(&self, run: &RunId, terms: &[TermKey], end: Timestamp) -> Result<(), PortError> {
        self.table("expire", async {
            self.tell(|| format!("lets {} terms of run {run} expire at {end}", terms.len()));
            if self.world.is(Mutant::EndForgotten) {
                return Ok(());
            }
            if let Some(some) = self.cut(terms) {
                self.world.frontier.expire(run, &some, end).await?;
                return Err(unavailable("expire"));
            }
            let millis = self.world.is(Mutant::EndInMilliseconds);
            // The year is some fifty thousand then, which no clock shows.
            let end = if millis { Timestamp::MAX } else { end };
            self.world.frontier.expire(run, terms, end).await
        })
        .await
    }
}

impl Execution {
    /// What mutants call a term that has to stay open.
    fn renamed<'a>(&self, before: Option<&Term>, finish: &'a Finish) -> Cow<'a, Finish> {
        let is_genre = || match before.map(|term| &term.question) {
            Some(Question::Search(search)) => search.genre().is_some(),
            Some(_) | None => false,
        };
        let state = match finish.state {
            TermState::Open if self.world.is(Mutant::OpenTakenForSplit) => TermState::Split,
            TermState::Open if self.world.is(Mutant::OpenCalledDone) => TermState::Done,
            TermState::Open if self.world.is(Mutant::SaturatedGenreClosed) && is_genre() => TermState::Split,
            _ => return Cow::Borrowed(finish),
        };
        Cow::Owned(Finish { state, reason: None, ..finish.clone() })
    }

    /// What mutants make of a page.
    fn misread(&self, run: &RunId, page: &mut TermPage) {
        let world = &self.world;
        let open = world.run().filter(Run::is_running);
        let is_seeded = open.as_ref().is_some_and(|open| open.earlier.as_ref() == Some(run) && !open.seeded);
        if is_seeded && world.is(Mutant::FailedLeafForgotten) {
            page.terms.retain(|term| term.state != TermState::Failed);
        }
        if open.is_none_or(|open| open.id != *run) {
            return;
        }
        if world.is(Mutant::CloseAfterFirstPage) {
            page.next = None;
        }
        if world.is(Mutant::CloseWithoutSecondLook) {
            page.terms.retain(|term| term.state.is_finished());
        }
        if world.is(Mutant::OpenReportedDone) {
            let open = page.terms.iter_mut().filter(|term| term.state == TermState::Open);
            open.for_each(|term| term.state = TermState::Done);
        }
    }

    fn stored(&self, run: &RunId, key: &TermKey) -> Option<Term> {
        at_once(self.world.frontier.get(run, key))?.ok()?
    }

    /// What is kept of progress and tally where they are saved.
    fn kept<'a>(
        &self,
        before: Option<&Term>,
        progress: &'a Progress,
        tally: Tally,
    ) -> (Cow<'a, Progress>, Tally) {
        match before {
            Some(before) if self.world.is(Mutant::ProgressForgotten) => {
                (Cow::Owned(before.question.progress()), Tally::default())
            }
            Some(_) if self.world.is(Mutant::TrialsForgotten) => {
                (Cow::Owned(without_trials(progress.clone())), tally)
            }
            Some(_) | None => (Cow::Borrowed(progress), tally),
        }
    }

    /// Puts terms that do not exist yet.
    pub(super) fn put(&self, terms: &[Term]) -> usize {
        let mut new = 0;
        for term in terms {
            let put = at_once(self.world.frontier.put_new(std::slice::from_ref(term)));
            if put.is_some_and(|put| put == Ok(1)) {
                new += 1;
                if self.world.is(Mutant::EndWhenPut) {
                    let end = lifetime::end(self.world.now().shown(0), self.world.settings.retention);
                    let _ = at_once(self.world.frontier.expire(&term.run, &[term.key()], end));
                }
                self.follow(term);
            }
        }
        self.tell(|| format!("puts {} terms, {new} new", terms.len()));
        new
    }

    /// The index follows a write.
    fn follow(&self, term: &Term) {
        let lag = self.world.faults.index_lag;
        let lag = if lag.is_zero() { lag } else { lag.mul_f64(self.world.dice(crate::dice::Dice::share)) };
        lock(&self.world.index).follow(self.world.now() + lag, term);
    }

    /// A term was written, by the holder of a claim or by a dispatch: was it theirs to write?
    fn watch(&self, before: Option<&Term>, run: &RunId, key: &TermKey, claim: Option<&Claim>) {
        let (Some(before), Some(after)) = (before, self.stored(run, key)) else { return };
        let world = &self.world;
        world.promise(Promise::Idempotent, !before.state.is_finished() || *before == after, || {
            format!("{self} changes {key}, which was {}, to {}", before.state.name(), after.state.name())
        });
        let theirs = match claim {
            Some(claim) => claim.generation == before.generation,
            None => before.state == TermState::Ready || *before == after,
        };
        world.promise(Promise::OneHolder, theirs, || {
            format!(
                "{self} writes {key} of generation {}, which is {}",
                before.generation,
                before.state.name()
            )
        });
        if *before != after {
            self.follow(&after);
        }
    }
}

/// What decides which request comes next: where the pages stand, and what was answered.
fn position(progress: &Progress) -> (Option<&Walk>, Option<&BTreeMap<String, Trial>>, Option<&Subjects>) {
    match progress {
        Progress::Search(SearchProgress { walk, trials, .. }) => (Some(walk), Some(trials), None),
        Progress::List(list) => (Some(&list.walk), None, None),
        Progress::Playlist(playlist) => (Some(&playlist.tracks.walk), None, None),
        Progress::GenrePlaylist(playlist) => (Some(&playlist.tracks.walk), None, None),
        Progress::Capabilities(capabilities) => (None, None, capabilities.subjects.as_ref()),
        Progress::Sample(sample) => (None, Some(&sample.answers), None),
        Progress::Nothing => (None, None, None),
    }
}

/// Progress that has forgotten what was answered to the questions of a trial.
fn without_trials(progress: Progress) -> Progress {
    match progress {
        Progress::Search(search) => SearchProgress { trials: BTreeMap::new(), ..search }.into(),
        Progress::Capabilities(_) => CapabilitiesProgress::default().into(),
        Progress::Sample(_) => SampleProgress::default().into(),
        Progress::List(_) | Progress::Playlist(_) | Progress::GenrePlaylist(_) | Progress::Nothing => {
            progress
        }
    }
}
