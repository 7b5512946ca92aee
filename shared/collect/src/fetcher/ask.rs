//! Asking Spotify one request under a permit, and acting on what comes back.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::catalogue::{Artist, ArtistId};
use crate::fetcher::offered::Offered;
use crate::fetcher::{Permit, Permits, follow};
use crate::pace::NotNow;
use crate::plan::refusal::Policy;
use crate::plan::stop::End;
use crate::plan::{Capability, Field, Finding, Findings, LimitsFinding, Yield, Yields, refusal, stop};
use crate::ports::{Artists, Clock, Control, Fetching, PortError, Sighting, Spotify, Upserted};
use crate::settings::{Settings, StopRule};
use crate::term::{LastPage, Question, SearchTerm, Source, Term, TermState};
use crate::web_api::{Bucket, Endpoint, Kind, Page, PageAsk, Request, SpotifyError};

/// A term is put back when its next page is expected to bring less than this share of what it was dispatched for: others
/// are likely to bring more.
const PATIENCE: f64 = 0.8;

/// Why the work on a term stopped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stopped {
    /// It is finished.
    Finished(TermState),
    /// Other terms are expected to bring more: back to the frontier.
    PutBack,
    /// Somebody else dispatched or finished it meanwhile.
    Superseded,
    /// No request may leave now.
    NotNow(NotNow),
    /// The function's time is nearly over.
    OutOfTime,
    /// A real failure: try again later.
    Trouble(SpotifyError),
    /// The question itself is wrong, or its subject is gone: give it up.
    Hopeless(SpotifyError),
    /// The endpoint is closed to this app: nothing more of its kind is asked in this run.
    Closed(SpotifyError),
    /// Nothing more can be asked in this run.
    RunOver(SpotifyError),
}

/// What came of asking.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A page. Its artists are written, and what it leads to is in the frontier.
    Page(Page),
    /// None, but the question can be asked at once with what is known now.
    AskAgain,
    /// None, and the work on the term ends.
    Stopped(Stopped),
}

/// What is known of the sources and endpoints, and what was asked of them meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Guide {
    /// What this run or an earlier one has found out.
    pub(crate) findings: Findings,
    /// What the sources have brought lately.
    pub(crate) yields: Yields,
    /// What they have brought in this batch, not told to the others yet.
    pub(crate) untold: Yields,
    /// Follow-up terms that were put into the frontier lately.
    pub(crate) offered: Offered,
    /// Whether the run has begun with leaves that were made without `NOT`.
    pub(crate) leaves_lack_not: bool,
    /// Whether the sample of a run that ends early was drawn here.
    pub(crate) sampled: bool,
    /// Artists of the last answer whom the run has seen by the term that asked only; for the sample, by any of its terms.
    pub(crate) own: BTreeSet<ArtistId>,
}

impl Guide {
    /// Counts what a request of `source` brought.
    pub(crate) fn count(&mut self, source: Source, brought: Yield) {
        self.yields.add(source, brought);
        self.untold.add(source, brought);
    }
}

/// All that asking needs beside the question.
pub(crate) struct Asking<'a, P> {
    pub(crate) ports: &'a P,
    pub(crate) settings: &'a Settings,
    pub(crate) permits: &'a mut Permits,
    pub(crate) capability: &'a mut Capability,
    pub(crate) guide: &'a mut Guide,
    /// Whether to wait in place for a permit however long others are before it: for the few terms of a run that others wait for.
    pub(crate) patient: bool,
    /// Nothing is begun that could not end before.
    pub(crate) deadline: Timestamp,
}

impl<P: Fetching> Asking<'_, P> {
    /// Asks for one page of a search for artists on behalf of `term`; with the artists of albums and tracks, where that
    /// brings more. A slice of the sample is asked for its artists alone: who is mentioned beside them was not drawn.
    pub(crate) async fn search(
        &mut self,
        term: &mut Term,
        search: &SearchTerm,
        page: PageAsk,
    ) -> Result<Answer, PortError> {
        let several = self.settings.sources.has(Source::MultiType)
            && !matches!(term.question, Question::Sample(_))
            && self.guide.findings.is_open(Endpoint::Search, &term.run)
            && follow::several_types_pay(
                &self.guide.yields,
                self.guide.findings.is_open(Endpoint::Artists, &term.run),
            );
        let kinds = if several { Kind::ALL.to_vec() } else { vec![Kind::Artist] };
        self.ask(term, &Request::Search { query: search.query(), kinds, page }).await
    }

    /// Whether `term`, which was dispatched for so many new artists a request and has brought something since, should be asked
    /// for its next page, rather than be put back because others are likely to bring more.
    pub(crate) fn goes_on(&self, term: &Term, dispatched_for: f64) -> bool {
        let (sources, yields) = (self.settings.sources, &self.guide.yields);
        let worth = yields.calibrated(term.source, term.priority);
        term.priority >= PATIENCE * dispatched_for && yields.competes(term.source, worth, sources)
    }

    /// Asks `request` on behalf of `term`, writes the artists that the answer brings, and puts what it leads to into the
    /// frontier.
    pub(crate) async fn ask(&mut self, term: &mut Term, request: &Request) -> Result<Answer, PortError> {
        if self.ports.clock().now() + self.settings.request_time > self.deadline {
            return Ok(Answer::Stopped(Stopped::OutOfTime));
        }
        let is_over = match stop::end(self.settings, &self.guide.yields) {
            End::Far => false,
            // The sample comes first: a long term would ask what is kept for it.
            End::Near => !self.guide.sampled && !matches!(term.question, Question::Sample(_)),
            End::Reached(_) => true,
        };
        if is_over {
            return Ok(Answer::Stopped(Stopped::PutBack));
        }
        let bucket = request.endpoint().bucket();
        let permit = match self.permit(bucket).await? {
            Ok(permit) => permit,
            Err(stopped) => return Ok(Answer::Stopped(stopped)),
        };
        match self.ports.spotify().ask(request).await {
            Ok(page) => {
                let upserted = self.write(term, request, &page).await?;
                self.answered(term, request.endpoint(), &page).await?;
                follow::follow(self, term, &page, &upserted).await?;
                Ok(Answer::Page(page))
            }
            Err(error) => self.refused(term, request.endpoint(), permit, error).await,
        }
    }

    /// A permit, which must be used at once. Where it is waited for, time is left for the request and for all that comes after
    /// the term.
    async fn permit(&mut self, bucket: Bucket) -> Result<Result<Permit, Stopped>, PortError> {
        loop {
            let not_now = match self.permits.take(self.ports, bucket).await? {
                Ok(permit) => return Ok(Ok(permit)),
                Err(not_now) => not_now,
            };
            let clock = self.ports.clock();
            let now = clock.now();
            match not_now {
                NotNow::Busy(until)
                    if self.patient && until + self.settings.request_time * 2 <= self.deadline =>
                {
                    clock.sleep(Duration::try_from(until.duration_since(now)).unwrap_or_default()).await;
                }
                not_now => return Ok(Err(Stopped::NotNow(not_now))),
            }
        }
    }

    /// Writes the artists of a page, and counts what it cost and brought.
    async fn write(
        &mut self,
        term: &mut Term,
        request: &Request,
        page: &Page,
    ) -> Result<Upserted, PortError> {
        let by = match term.question {
            // All of them are one capture.
            Question::Sample(_) => Question::Sample(0).key(),
            _ => term.key(),
        };
        let sighting = Sighting { run: term.run.clone(), term: by, at: self.ports.clock().now() };
        let upserted = self.ports.artists().upsert(&page.artists, &page.mentions, &sighting).await?;
        self.guide.own.clone_from(&upserted.sighted);
        let progress = &mut term.progress;
        progress.tally.requests = progress.tally.requests.saturating_add(1);
        progress.tally.rows = progress.tally.rows.saturating_add(page.rows);
        let new = upserted.new.saturating_add(upserted.new_mentions);
        progress.tally.new = progress.tally.new.saturating_add(new);
        let returned = upserted.returned.saturating_add(upserted.returned_mentions);
        progress.tally.returned = progress.tally.returned.saturating_add(returned);
        progress.tally.changed = progress.tally.changed.saturating_add(upserted.changed);
        progress.tally.bare = progress.tally.bare.saturating_add(upserted.bare);
        // What this run sees first is new to it, whatever an earlier one has seen.
        let told = upserted.first_told() + completed(page, &upserted);
        progress.last_page = LastPage { rows: page.rows, new: told };
        // Attempts are for one request: a term of a hundred pages meets passing trouble more than once and is healthy.
        term.attempts = 0;
        self.count(term, request, page, &upserted);
        Ok(upserted)
    }

    /// Counts what a request brought to its source. One that searches for several types is counted for the search with its
    /// artists, and for the source of several types with those of albums and tracks.
    fn count(&mut self, term: &Term, request: &Request, page: &Page, upserted: &Upserted) {
        if !self.settings.sources.beyond_search() && self.settings.stop == StopRule::default() {
            return;
        }
        // As in the forecasts: what this run sees first is new to it, whatever an earlier one has seen.
        let new = f64::from(upserted.first_told() + completed(page, upserted));
        let mentioned = f64::from(upserted.first_mentioned());
        // Only these have to be completed.
        let bare = f64::from(upserted.new_mentions);
        let asked = Yield { asked: 1.0, found: new + mentioned, found_bare: bare, ..Yield::default() };
        if !follow::brings_artists(request) || !term.is_forecast() {
            return self.guide.count(term.source, asked);
        }
        let own = Yield { requests: 1.0, new, forecast: term.priority, ..asked };
        let several = matches!(request, Request::Search { kinds, .. } if kinds.len() > 1);
        if several {
            self.guide.count(term.source, Yield { found: new, found_bare: 0.0, ..own });
            let beside =
                Yield { requests: 1.0, new: mentioned, mentioned: bare, forecast: mentioned, ..asked };
            self.guide.count(Source::MultiType, Yield { asked: 0.0, found: mentioned, ..beside });
        } else {
            self.guide.count(term.source, Yield { new: new + mentioned, mentioned: bare, ..own });
        }
    }

    async fn refused(
        &mut self,
        term: &mut Term,
        endpoint: Endpoint,
        permit: Permit,
        error: SpotifyError,
    ) -> Result<Answer, PortError> {
        let known_open = self.guide.findings.is_open(endpoint, &term.run);
        let policy = refusal::policy(&error, endpoint, self.capability.limits, known_open);
        if !matches!(policy, Policy::Hold(..)) {
            term.progress.tally.requests = term.progress.tally.requests.saturating_add(1);
        }
        Ok(match policy {
            Policy::Hold(limit, wait) => {
                let until = self.ports.clock().now() + wait;
                tracing::warn!(?limit, bucket = %endpoint.bucket(), hold_s = wait.as_secs(), %error, "hold");
                self.permits.refused(self.ports, permit, limit, until).await?;
                Answer::Stopped(Stopped::NotNow(NotNow::Held(until)))
            }
            Policy::Narrow(narrower) => {
                tracing::info!(page = narrower.page, window = narrower.window, %error, "page limits found out");
                let found = LimitsFinding::new(narrower, &term.run, self.ports.clock().now());
                self.ports.control().limit_pages(&found).await?;
                self.capability.limits = narrower;
                Answer::AskAgain
            }
            Policy::SmallerPages => self.smaller_pages(term, endpoint, error).await?,
            Policy::Close => {
                let refusal = error.evidence().to_string();
                tracing::warn!(%endpoint, %error, "endpoint closed to this app");
                let closed = Finding::closed(&term.run, self.ports.clock().now(), refusal);
                self.find(endpoint, closed).await?;
                Answer::Stopped(Stopped::Closed(error))
            }
            Policy::TryAgain => Answer::Stopped(Stopped::Trouble(error)),
            Policy::GiveUp => Answer::Stopped(Stopped::Hopeless(error)),
            Policy::EndRun => Answer::Stopped(Stopped::RunOver(error)),
        })
    }

    /// Notes that `endpoint` answers, the first time in this run; what it leads to may be asked from then on.
    async fn answered(&mut self, term: &Term, endpoint: Endpoint, page: &Page) -> Result<(), PortError> {
        if !self.settings.sources.beyond_search() || self.guide.findings.of_run(endpoint, &term.run).is_some()
        {
            return Ok(());
        }
        let now = self.ports.clock().now();
        let without_tracks = endpoint == Endpoint::Playlist && page.total.is_none() && page.rows == 0;
        let found = if without_tracks {
            Finding::closed(&term.run, now, "answers without tracks".to_owned())
        } else {
            Finding::open(&term.run, now)
        };
        let come = |field: &Field| page.artists.iter().any(|artist| field.is_in(artist));
        let fields = (!page.artists.is_empty()).then(|| Field::ALL.into_iter().filter(come).collect());
        let page = self.guide.findings.0.get(&endpoint).and_then(|known| known.page);
        self.find(endpoint, Finding { page, fields, ..found }).await
    }

    /// Another endpoint than the search grants fewer rows or ids than were asked for.
    async fn smaller_pages(
        &mut self,
        term: &Term,
        endpoint: Endpoint,
        error: SpotifyError,
    ) -> Result<Answer, PortError> {
        let Some(page) = refusal::smaller_page(self.guide.findings.page(endpoint)) else {
            return Ok(Answer::Stopped(Stopped::Hopeless(error)));
        };
        tracing::info!(%endpoint, page, %error, "page size found out");
        let now = self.ports.clock().now();
        let known = self.guide.findings.of_run(endpoint, &term.run).cloned();
        let known = known.unwrap_or_else(|| Finding::open(&term.run, now));
        self.find(endpoint, Finding { page: Some(page), ..known }).await?;
        Ok(Answer::AskAgain)
    }

    /// Keeps a finding, for this environment and for all.
    pub(crate) async fn find(&mut self, endpoint: Endpoint, finding: Finding) -> Result<(), PortError> {
        self.ports.control().note_endpoint(endpoint, &finding).await?;
        self.guide.findings.0.insert(endpoint, finding);
        Ok(())
    }
}

/// Artists of whom no more than id and name was known, and of whom the page says more: each spares its share of the batch
/// that would complete it, which is about what it costs to find one.
fn completed(page: &Page, upserted: &Upserted) -> u32 {
    let says_more = |artist: &Artist| Field::ALL.iter().any(|field| field.is_in(artist));
    if page.artists.iter().any(says_more) { upserted.completed } else { 0 }
}
