//! Drives one term: the loop that carries out what the plan says.
//!
//! The order of writes is the promise that nothing is lost: artists first, follow-up terms second, the term
//! last, and only then is its message deleted. If it stops before the last write, the term is
//! driven again; anything later finds the term finished.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::guide::Guide;
use super::halt::Halt;
use crate::catalogue::{ArtistId, PlaylistId};
use crate::permits::Permits;
use crate::plan::begin::begin;
use crate::plan::follow::{everybody, follow_ups, listed_playlists};
use crate::plan::inquiry::{Ask, Ending, Found, Inquiry, Known, Lookup, Next};
use crate::plan::{Capability, OperatorFinding, Yield};
use crate::ports::{Artists, Claim, Clock, Control, Fetching, Finish, Frontier, PortError, Sighting, Tracks};
use crate::settings::{MOST_DEPTH, Settings};
use crate::term::{Operator, RunId, Source, Term, TermState};
use crate::web_api::{Bucket, Page};

/// Drives terms, with the permits and knowledge of its execution environment.
pub(super) struct Driver<'a, P> {
    pub(super) ports: &'a P,
    pub(super) settings: &'a Settings,
    pub(super) permits: &'a mut Permits,
    pub(super) capability: &'a mut Capability,
    pub(super) guide: &'a mut Guide,
    /// Whether to wait in place for a permit however long others are before it.
    pub(super) patient: bool,
    /// Nothing is begun that could not end before.
    pub(super) deadline: Timestamp,
}

impl<P: Fetching> Driver<'_, P> {
    /// Drives `term` until it is finished or something halts it. Either way its progress, tally and priority
    /// contain what was learned.
    pub(super) async fn drive(&mut self, term: &mut Term) -> Result<TermState, Halt> {
        let mut inquiry = begin(term, self.settings);
        self.patient |= inquiry.is_patient();
        let ending = self.carry_out(&mut *inquiry, term).await;
        term.progress = inquiry.into_progress();
        self.finish(term, ending?).await
    }

    /// Carries out what the inquiry says, up to its ending.
    async fn carry_out(&mut self, inquiry: &mut dyn Inquiry, term: &mut Term) -> Result<Ending, Halt> {
        loop {
            let next = inquiry.next(term, &self.known());
            match next {
                Next::Ask(ask) => {
                    self.ask(inquiry, term, ask).await?;
                    continue;
                }
                Next::Look(lookup) => {
                    inquiry.found(self.look_up(term, lookup).await?);
                    continue;
                }
                Next::Put(terms) => self.put(term.source, &terms).await?,
                Next::Follow(page) => {
                    let (by, page) = *page;
                    self.follow(&by, &page, &everybody(&page)).await?;
                }
                Next::Note(operator, works) => self.note(&term.run, operator, works).await?,
                Next::Keep(playlist, version) => {
                    self.ports.control().keep_snapshot(&playlist, &version).await?;
                }
                Next::Sight(sighted) => {
                    let recorded = self.ports.tracks().sight(&sighted, &self.sighting(term)).await?;
                    term.tally.tracks = term.tally.tracks.saturating_add(recorded.tracks);
                }
                Next::KeepReading(reading) => {
                    self.ports.tracks().keep(&reading, &self.sighting(term)).await?;
                }
                Next::Describe(features) => {
                    self.ports.tracks().describe(&features).await?;
                    let described = u32::try_from(features.len()).unwrap_or(u32::MAX);
                    term.tally.described = term.tally.described.saturating_add(described);
                }
                Next::Withdraw(artists) => {
                    self.ports.artists().withdraw(&artists, &self.sighting(term)).await?;
                }
                Next::PutBack => return Err(Halt::PutBack),
                Next::Finish(ending) => return Ok(ending),
            }
            inquiry.done();
        }
    }

    /// Asks, and lets the inquiry learn from the answer or see why there is none.
    async fn ask(&mut self, inquiry: &mut dyn Inquiry, term: &mut Term, mut ask: Ask) -> Result<(), Halt> {
        let by = match &mut ask.by {
            Some(by) => by,
            None => &mut *term,
        };
        match self.request(by, &ask.request).await {
            Ok(Some(answer)) => inquiry.learn(term, ask, answer, &self.known()),
            Ok(None) => inquiry.ask_less(ask),
            Err(Halt::Unanswered(why)) => inquiry.unanswered(term, ask, why, &self.known())?,
            Err(halt) => return Err(halt),
        }
        Ok(())
    }

    /// What a decision may depend on now.
    pub(super) fn known(&self) -> Known<'_> {
        let now = self.ports.clock().now();
        let is_held = |bucket: &Bucket| self.permits.held_at(*bucket, now).is_some();
        Known {
            settings: self.settings,
            limits: self.capability.limits,
            operators: self.capability.operators,
            findings: &self.guide.findings,
            yields: &self.guide.yields,
            leaves_lack_not: self.guide.leaves_lack_not,
            held: Bucket::ALL.into_iter().filter(is_held).collect(),
            now,
        }
    }

    async fn look_up(&self, term: &Term, lookup: Lookup) -> Result<Found, Halt> {
        let (artists, control) = (self.ports.artists(), self.ports.control());
        let tracks = self.ports.tracks();
        Ok(match lookup {
            Lookup::Stubs { most, share } => Found::Artists(artists.stubs(most, share).await?),
            Lookup::Version(genre, playlist) => {
                let now = self.ports.clock().now();
                let playlists = std::slice::from_ref(&playlist);
                Found::Version(tracks.versions(genre, playlists, now).await?.remove(&playlist))
            }
            Lookup::Featureless(most) => Found::Tracks(tracks.featureless(most).await?),
            Lookup::Stale { before, most } => {
                let within = self.time_left()?;
                Found::Artists(artists.stale(before, &term.run, most, within).await?)
            }
            Lookup::SaturatedWords { add } => {
                Found::Words(control.saturated_words(&term.run, add.as_deref()).await?)
            }
        })
    }

    /// The time for a long read that leaves enough for the writes after it.
    fn time_left(&self) -> Result<Duration, Halt> {
        let end = self.ports.clock().now() + self.settings.request_time;
        let left = Duration::try_from(self.deadline.duration_since(end)).unwrap_or_default();
        if left.is_zero() { Err(Halt::OutOfTime) } else { Ok(left) }
    }

    /// Puts what `page`, an answer to `term`, leads to into the frontier.
    pub(super) async fn follow(
        &mut self,
        term: &Term,
        page: &Page,
        sighted: &BTreeSet<ArtistId>,
    ) -> Result<(), PortError> {
        let listed = listed_playlists(term, page, &self.known());
        let read = self.versions(term, &listed).await?;
        let mut follow_ups = follow_ups(term, page, sighted, &read, &self.known());
        let all = follow_ups.len();
        follow_ups.retain(|follow_up| follow_up.depth <= MOST_DEPTH);
        if follow_ups.len() < all {
            tracing::warn!(
                left_out = all - follow_ups.len(),
                "what this led to is too many steps from its root"
            );
        }
        follow_ups.retain(|follow_up| !self.guide.offered.has(follow_up.key()));
        let put = self.put(term.source, &follow_ups).await;
        if put.is_err() {
            self.guide.offered.clear();
        }
        put
    }

    /// The versions of these playlists that were read to their end: for the tracks of the genre of `term`, or
    /// for their artists.
    async fn versions(
        &self,
        term: &Term,
        listed: &[PlaylistId],
    ) -> Result<BTreeMap<PlaylistId, String>, PortError> {
        match term.question.genre() {
            _ if listed.is_empty() => Ok(BTreeMap::new()),
            Some(genre) if term.source == Source::Tracks => {
                self.ports.tracks().versions(genre, listed, self.ports.clock().now()).await
            }
            Some(_) | None => self.ports.control().snapshots(listed).await,
        }
    }

    /// Puts terms into the frontier, and counts those that are new among what the run may cost.
    async fn put(&mut self, source: Source, terms: &[Term]) -> Result<(), PortError> {
        if !terms.is_empty() {
            let new = self.ports.frontier().put_new(terms).await?;
            self.guide.count(
                source,
                Yield { put: f64::from(u32::try_from(new).unwrap_or(u32::MAX)), ..Yield::default() },
            );
        }
        Ok(())
    }

    /// Remembers for the run whether an operator works.
    async fn note(&mut self, run: &RunId, operator: Operator, works: bool) -> Result<(), PortError> {
        tracing::info!(operator = operator.name(), works, "operator tried out");
        let finding = OperatorFinding::new(works, run, self.ports.clock().now());
        self.ports.control().note_operator(operator, &finding).await?;
        self.capability.operators.note(operator, works);
        Ok(())
    }

    /// How `term` finds artists now.
    pub(super) fn sighting(&self, term: &Term) -> Sighting {
        Sighting { run: term.run.clone(), term: term.question.capture(), at: self.ports.clock().now() }
    }

    /// Follow-up terms first, the term last.
    async fn finish(&mut self, term: &Term, ending: Ending) -> Result<TermState, Halt> {
        let ending = ending.completing(term, self.settings).within(MOST_DEPTH);
        let Ending { state, reason, mut follow_ups } = ending;
        // Many terms show names that begin with the same character of another script.
        follow_ups.retain(|follow_up| !self.guide.offered.has(follow_up.key()));
        let put = self.put(term.source, &follow_ups).await;
        if put.is_err() {
            self.guide.offered.clear();
        }
        put?;
        let Term { tally, attempts, .. } = *term;
        let progress = term.progress.clone().finished();
        let finish = Finish { state, progress, tally, attempts, reason };
        let finished = self.ports.frontier().finish(&claim(term), &finish).await?;
        if !finished {
            return Err(Halt::Superseded);
        }
        self.guide.latest.finish(term, state);
        Ok(state)
    }
}

/// The claim of whoever drives this term.
pub fn claim(term: &Term) -> Claim {
    Claim { run: term.run.clone(), key: term.key(), generation: term.generation }
}
