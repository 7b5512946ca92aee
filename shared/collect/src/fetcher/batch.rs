//! A batch of messages: one outcome for each, whatever happens to its neighbours.

mod early;
mod ends;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use jiff::Timestamp;
use tracing::Instrument;

use self::ends::{Driven, PORT_TROUBLE_WAIT, close, give_up, put_back, put_off, set_aside};
use super::driver::{Driver, claim};
use super::guide::Guide;
use super::halt::Halt;
use super::outcome::Outcome;
use crate::dispatch::dispatch;
use crate::pace::{NotNow, Wait};
use crate::permits::Permits;
use crate::plan::Capability;
use crate::plan::inquiry::Unanswered;
use crate::plan::refusal::Failure;
use crate::ports::{
    Claim, Clock, Control, Delivery, Fetching, Frontier, Overview, PortError, TermMessage, Unread, Window,
};
use crate::run::Run;
use crate::settings::{MAX_ATTEMPTS, Settings};
use crate::term::{Operators, RunId, Term, TermState};
use crate::web_api::{Bucket, SpotifyError};

/// A message that was received so often is exchanged for a new one. The queue takes it for poison after a
/// thousand receives, which a term of many pages may come to under a slow pace without any failure.
const MANY_RECEIVES: u32 = 500;

/// Lambda allows no invocation to take longer.
const LONGEST_INVOCATION: Duration = Duration::from_mins(15);

/// What an execution environment of the fetcher keeps between invocations.
#[derive(Debug)]
pub struct Fetcher {
    /// What the operator has set.
    configured: Settings,
    /// The same with what holds for the run of the batch.
    settings: Settings,
    permits: Permits,
    capability: Capability,
    guide: Guide,
    /// The run of the last batch, and how often it had been resumed.
    known_run: Option<(RunId, u32)>,
    /// The same of the run in which nothing more may be asked, as this environment has learned.
    over: Option<(RunId, u32)>,
    /// The run whose sample this environment has drawn.
    sampled: Option<RunId>,
}

impl Fetcher {
    /// A new environment: nothing leased, nothing known.
    pub fn new(settings: Settings) -> Self {
        let permits = Permits::new(settings.pacing);
        let capability = Capability { limits: settings.limits, operators: Operators::default() };
        Self {
            configured: settings.clone(),
            settings,
            permits,
            capability,
            guide: Guide::default(),
            known_run: None,
            over: None,
            sampled: None,
        }
    }

    /// Processes the messages one after the other, so that one request is in flight at a time, then fills the
    /// window again. Nothing is begun that could not end before `deadline`.
    pub async fn process_batch<P: Fetching>(
        &mut self,
        ports: &P,
        batch: &[Delivery],
        deadline: Timestamp,
    ) -> Vec<Outcome> {
        let mut overview = match ports.control().overview().await {
            Ok(overview) => overview,
            Err(error) => return self.undecided(ports, batch, &error).await,
        };
        overview.pace.allow(self.settings.pacing);
        self.observe(&overview, ports.clock().now());
        let mut outcomes = Vec::with_capacity(batch.len());
        for delivery in batch {
            let span = tracing::info_span!(
                "message",
                id = %delivery.id,
                receive_count = i64::from(delivery.receive_count),
                run = tracing::field::Empty,
                term = tracing::field::Empty,
            );
            self.end_early(ports, &overview, deadline).await;
            let outcome = self.deliver(ports, &overview, delivery, deadline).instrument(span.clone()).await;
            span.in_scope(|| outcome.log());
            outcomes.push(outcome);
        }
        self.report_yields(ports, &mut overview).await;
        // A hold that this batch met would only make the dispatched terms come back.
        let now = ports.clock().now();
        for bucket in Bucket::ALL {
            self.permits.held_at(bucket, now).into_iter().for_each(|until| overview.note_hold(bucket, until));
        }
        if let Some(run) = overview.asking_run().filter(|_| !self.is_over())
            && let Err(error) = dispatch(ports, &self.settings, &run.id, &overview, deadline).await
        {
            // Nothing is lost: the seeder's tick dispatches too.
            tracing::warn!(%error, "dispatch left to the tick");
        }
        outcomes
    }

    fn observe(&mut self, overview: &Overview, now: Timestamp) {
        self.settings = self.configured.of_run(overview.open_run());
        self.permits.observe(&overview.pace, now);
        self.capability.limits = overview.limits.as_ref().map_or(self.settings.limits, |found| found.limits);
        self.capability.operators = overview.operators();
        self.guide.findings = overview.findings.clone();
        self.guide.leaves_lack_not = overview.open_run().is_some_and(|run| run.leaves_lack_not);
        let run = overview.open_run().map(|run| (run.id.clone(), run.resumed));
        let id_of = |run: &Option<(RunId, u32)>| run.as_ref().map(|(id, _)| id.clone());
        if id_of(&run) != id_of(&self.known_run) {
            self.guide.forget_unreported();
        }
        self.guide.know(overview.yields());
        if run != self.known_run {
            self.guide.offered.clear();
            // Where the run was resumed, its sample is drawn already, and keeps how much had been seen then.
            self.guide.sampled = run.as_ref().is_some_and(|(id, _)| self.sampled.as_ref() == Some(id));
            self.known_run = run;
        }
    }

    /// Whether nothing more may be asked in the run of this batch, as this environment has learned.
    fn is_over(&self) -> bool {
        self.over.is_some() && self.over == self.known_run
    }

    /// Reports to the other environments what the sources have brought in this batch, and in earlier ones of
    /// this run whose report failed.
    async fn report_yields<P: Fetching>(&mut self, ports: &P, overview: &mut Overview) {
        let open = overview.open_run().map(|run| run.id.clone());
        let Some(run) = open.filter(|_| !self.guide.unreported.0.is_empty()) else { return };
        overview.findings = self.guide.findings.clone();
        overview.yields = Some((run.clone(), self.guide.yields.clone()));
        let Guide { unreported, latest, .. } = &self.guide;
        match ports.control().note_yields(&run, unreported, latest).await {
            Ok(()) => self.guide.forget_unreported(),
            // The next batch reports them. If they were noted all the same, a run that may send so many
            // requests ends a little early, never late.
            Err(error) => tracing::warn!(%error, "yields not noted"),
        }
    }

    async fn undecided<P: Fetching>(&self, ports: &P, batch: &[Delivery], error: &PortError) -> Vec<Outcome> {
        tracing::error!(%error, "batch not processed");
        let mut outcomes = Vec::with_capacity(batch.len());
        for delivery in batch {
            outcomes.push(put_off(ports, delivery, error.clone()).await);
        }
        outcomes
    }

    /// One message, one outcome.
    async fn deliver<P: Fetching>(
        &mut self,
        ports: &P,
        overview: &Overview,
        delivery: &Delivery,
        deadline: Timestamp,
    ) -> Outcome {
        let outcome = match TermMessage::read(&delivery.body) {
            Ok(message) => {
                let span = tracing::Span::current();
                span.record("run", message.run.as_str()).record("term", message.key.as_str());
                self.process_message(ports, overview, delivery, &message.into(), deadline).await
            }
            Err(Unread::Newer(version)) => {
                let what = format!("the message {}", delivery.id);
                Err(PortError::Newer { what, version: version.to_string() })
            }
            Err(Unread::Broken(why)) => {
                set_aside(ports, delivery, format!("unreadable message: {why}"), 0).await
            }
        };
        match outcome {
            Ok(outcome) => outcome,
            Err(error) => put_off(ports, delivery, error).await,
        }
    }

    async fn process_message<P: Fetching>(
        &mut self,
        ports: &P,
        overview: &Overview,
        delivery: &Delivery,
        message: &Claim,
        deadline: Timestamp,
    ) -> Result<Outcome, PortError> {
        let asks = |run: &Run| run.id == message.run;
        if !overview.asking_run().is_some_and(asks) || self.is_over() {
            return Ok(Outcome::Stale);
        }
        if ports.clock().now() + self.settings.request_time > deadline {
            ports.window().defer(delivery, Duration::ZERO).await?;
            return Ok(Outcome::Deferred(Duration::ZERO));
        }
        let Some(mut term) = ports.frontier().get(&message.run, &message.key).await? else {
            let reason = format!("the run {} has no term {}", message.run, message.key);
            return set_aside(ports, delivery, reason, 0).await;
        };
        // A term that was given back waits for its next dispatch. Worked from here it could end behind the
        // pages that a closing run has counted, since the index would not show it as sent in time.
        if term.state != TermState::Sent || term.generation != message.generation {
            return Ok(Outcome::Stale);
        }
        if !self.keep_lease(ports, &mut term, deadline).await? {
            return Ok(Outcome::Stale);
        }
        let before = (term.progress.clone(), term.tally);
        let mut driver = self.driver(ports, deadline);
        // Boxed, because all that a term can need makes a large future.
        let end = Box::pin(driver.drive(&mut term)).await;
        let changed = (&term.progress, term.tally) != (&before.0, before.1);
        self.settle(ports, Driven { delivery, term, changed }, end).await
    }

    /// The driver of terms in this environment.
    fn driver<'a, P>(&'a mut self, ports: &'a P, deadline: Timestamp) -> Driver<'a, P> {
        Driver {
            ports,
            settings: &self.settings,
            permits: &mut self.permits,
            capability: &mut self.capability,
            guide: &mut self.guide,
            patient: false,
            deadline,
        }
    }

    /// Extends the lease so that the term is not given back while this invocation drives it. Returns whether
    /// the term is still ours.
    async fn keep_lease<P: Fetching>(
        &self,
        ports: &P,
        term: &mut Term,
        deadline: Timestamp,
    ) -> Result<bool, PortError> {
        let end = deadline.min(ports.clock().now() + LONGEST_INVOCATION);
        if term.lease_until.is_some_and(|until| until >= end) {
            return Ok(true);
        }
        let lease_until = end + self.settings.lease_time();
        term.lease_until = Some(lease_until);
        ports.frontier().save(&claim(term), &term.progress, term.tally, term.attempts, lease_until).await
    }

    /// Turns the result of driving a term into what the term and the message need.
    async fn settle<P: Fetching>(
        &mut self,
        ports: &P,
        driven: Driven<'_>,
        end: Result<TermState, Halt>,
    ) -> Result<Outcome, PortError> {
        let halt = match end {
            Ok(state) => return Ok(Outcome::Finished(state)),
            Err(halt) => halt,
        };
        match halt {
            Halt::Superseded => Ok(Outcome::Stale),
            Halt::PutBack => put_back(ports, driven, Outcome::PutBack).await,
            Halt::OutOfTime => self.defer(ports, driven, Duration::ZERO).await,
            Halt::Unanswered(Unanswered::NotNow(not_now)) => self.wait(ports, driven, not_now).await,
            Halt::Unanswered(Unanswered::Failure(failure)) => match failure {
                Failure::Wait(wait, error) => {
                    tracing::warn!(%error, "nothing can be asked");
                    self.defer(ports, driven, wait).await
                }
                Failure::TryAgain(error) => self.retry(ports, driven, &error).await,
                Failure::Close(error) => close(ports, driven, &error).await,
                Failure::GiveUp(error) => give_up(ports, driven, error.to_string()).await,
                Failure::EndRun(error) => {
                    let run = driven.term.run.clone();
                    ports.control().stop(&run, &stop_reason(&error)).await?;
                    self.over.clone_from(&self.known_run);
                    put_back(ports, driven, Outcome::Parked).await
                }
            },
            Halt::Port(error) => {
                // What was answered before must not be asked again; if it cannot be kept either, it is.
                if driven.changed {
                    self.save(ports, &driven, driven.term.attempts, PORT_TROUBLE_WAIT).await.ok();
                }
                Err(error)
            }
        }
    }

    async fn wait<P: Fetching>(
        &self,
        ports: &P,
        driven: Driven<'_>,
        not_now: NotNow,
    ) -> Result<Outcome, PortError> {
        let policy = self.permits.wait_policy(self.settings.window);
        match policy.wait(ports.clock().now(), not_now, share(driven.delivery)) {
            Wait::Defer(wait) => self.defer(ports, driven, wait).await,
            Wait::Park => put_back(ports, driven, Outcome::Parked).await,
        }
    }

    async fn defer<P: Fetching>(
        &self,
        ports: &P,
        driven: Driven<'_>,
        wait: Duration,
    ) -> Result<Outcome, PortError> {
        if driven.delivery.receive_count >= MANY_RECEIVES {
            return put_back(ports, driven, Outcome::Parked).await;
        }
        if !self.save(ports, &driven, driven.term.attempts, wait).await? {
            return Ok(Outcome::Stale);
        }
        ports.window().defer(driven.delivery, wait).await?;
        Ok(Outcome::Deferred(wait))
    }

    async fn retry<P: Fetching>(
        &self,
        ports: &P,
        mut driven: Driven<'_>,
        error: &SpotifyError,
    ) -> Result<Outcome, PortError> {
        let attempts = driven.term.attempts.saturating_add(1);
        driven.term.attempts = attempts;
        driven.changed = true;
        if attempts >= MAX_ATTEMPTS {
            return give_up(ports, driven, format!("gave up after {attempts} attempts: {error}")).await;
        }
        // Exponential, with half of it at random: 1-2 s, 2-4 s, 4-8 s, 8-16 s.
        let wait = Duration::from_secs(1 << attempts).mul_f64(f64::midpoint(1.0, share(driven.delivery)));
        tracing::warn!(attempts, %error, "failed, will be tried again");
        if !self.save(ports, &driven, attempts, wait).await? {
            return Ok(Outcome::Stale);
        }
        ports.window().defer(driven.delivery, wait).await?;
        Ok(Outcome::Retried { attempts, wait })
    }

    /// Keeps progress, and the lease long enough for the wait. Returns whether the term is still ours.
    async fn save<P: Fetching>(
        &self,
        ports: &P,
        driven: &Driven<'_>,
        attempts: u32,
        wait: Duration,
    ) -> Result<bool, PortError> {
        let term = &driven.term;
        let now = ports.clock().now();
        // After the wait it may take long until the message is received, and until those before it in its
        // batch are processed.
        let lease_time = self.settings.lease_time();
        let lease_is_long = term.lease_until.is_some_and(|until| until >= now + wait + lease_time / 2);
        if !driven.changed && lease_is_long {
            return Ok(true);
        }
        let lease_until = now + lease_time + wait;
        ports.frontier().save(&claim(term), &term.progress, term.tally, attempts, lease_until).await
    }
}

/// A number between 0 and 1 that differs between deliveries and is the same in every replay.
fn share(delivery: &Delivery) -> f64 {
    let mut hasher = DefaultHasher::new();
    (&delivery.id, delivery.receive_count).hash(&mut hasher);
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
    let share = (hasher.finish() >> 11) as f64 / (1_u64 << 53) as f64;
    share
}

/// What the operator reads in the report of a run that was stopped.
fn stop_reason(error: &SpotifyError) -> String {
    match error {
        SpotifyError::PremiumRequired { .. } => {
            "stopped: the owner of the Spotify app needs a Premium subscription".to_owned()
        }
        SpotifyError::BadCredentials { .. } => {
            "stopped: Spotify does not accept the client id and secret of the app".to_owned()
        }
        error => format!("stopped: {} is closed to this app", error.evidence().endpoint),
    }
}
