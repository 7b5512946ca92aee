//! Asks Spotify for recommendations, under the pace that all functions share.
//!
//! A list waits a few seconds for Spotify at most: where the endpoint is closed, on hold for longer or too
//! busy, the list is computed. What is found out about the endpoint is kept with the current run like any
//! other finding, so it is asked in vain once a run.

use jiff::SignedDuration;

use super::Suggestions;
use crate::catalogue::Track;
use crate::pace::{NotNow, Refused};
use crate::permits::{NoPermit, Permit, Permits};
use crate::plan::refusal::{self, Failure, Refusal};
use crate::plan::{Finding, Findings};
use crate::ports::{Clock, Control, PortError, Scheduling, Spotify};
use crate::spans;
use crate::term::RunId;
use crate::web_api::{Bucket, Endpoint, PageLimits, Request, Seeds, SpotifyError};

/// A permit that is due later, and a hold that lasts longer, is not waited for.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// After so many failures in a row Spotify is left alone for the rest of the execution.
const MOST_FAILURES: u32 = 3;

/// Refusals of a search are not met here.
const NO_SEARCH: PageLimits = PageLimits { page: 1, depth: 1 };

/// Spotify as the source of a night's recommendations.
#[derive(Debug)]
pub struct AskSpotify<'a, P, S> {
    ports: &'a P,
    spotify: &'a S,
    permits: &'a mut Permits,
    /// The run with which findings are kept. None if nothing may be asked.
    run: Option<RunId>,
    known_open: bool,
    failures: u32,
}

impl<'a, P: Scheduling, S: Spotify + Sync> AskSpotify<'a, P, S> {
    /// Reads whether Spotify may be asked: not before the first run, not while an open run is stopped, and
    /// not if the last run knows that the endpoint is closed.
    ///
    /// # Errors
    /// When the control table cannot be read.
    pub async fn begin(ports: &'a P, spotify: &'a S, permits: &'a mut Permits) -> Result<Self, PortError> {
        let overview = ports.control().overview().await?;
        permits.observe(&overview.pace, ports.clock().now());
        let run = overview.run.filter(|run| run.stopped.is_none() || !run.is_running()).map(|run| run.id);
        let is = |of: fn(&Findings, Endpoint, &RunId) -> bool| {
            run.as_ref().is_some_and(|run| of(&overview.findings, Endpoint::Recommendations, run))
        };
        let (known_open, is_closed) = (is(Findings::is_open), is(Findings::is_closed));
        let run = run.filter(|_| !is_closed);
        Ok(Self { ports, spotify, permits, run, known_open, failures: 0 })
    }

    /// A permit, if one is due soon.
    async fn permit(&mut self) -> Result<Option<Permit>, PortError> {
        let clock = self.ports.clock();
        let latest = clock.now() + PATIENCE;
        loop {
            match self.permits.take(self.ports, Bucket::Recommendations).await {
                Ok(permit) => return Ok(Some(permit)),
                Err(NoPermit::NotNow(NotNow::Busy(until) | NotNow::OnHold(until))) if until <= latest => {
                    let wait = until.duration_since(clock.now());
                    clock.sleep(wait.try_into().unwrap_or_default()).await;
                }
                Err(NoPermit::NotNow(_)) => return Ok(None),
                Err(NoPermit::Port(error)) => return Err(error),
            }
        }
    }

    async fn note(&mut self, run: &RunId, finding: Finding) -> Result<(), PortError> {
        tracing::info!(endpoint = %Endpoint::Recommendations, open = finding.open, %run, "found out");
        self.ports.control().note_endpoint(Endpoint::Recommendations, &finding).await
    }

    /// Does what a refusal asks for, as the fetcher does it.
    async fn refused(&mut self, run: &RunId, permit: Permit, error: SpotifyError) -> Result<(), PortError> {
        let now = self.ports.clock().now();
        tracing::warn!(%error, "no recommendations from Spotify");
        match refusal::meaning(error, Endpoint::Recommendations, NO_SEARCH, 1, self.known_open) {
            Refusal::Hold { limit, wait, is_named } => {
                let refused = Refused { limit, until: now + wait, is_named };
                return self.permits.refused(self.ports, permit, refused).await;
            }
            Refusal::Failure(Failure::Close(error)) => {
                self.run = None;
                return self.note(run, Finding::closed(run, now, error.evidence().to_string())).await;
            }
            // The question was wrong, and the next one may not be.
            Refusal::Failure(Failure::GiveUp(_)) => {}
            Refusal::Failure(Failure::TryAgain(_)) if self.failures + 1 < MOST_FAILURES => self.failures += 1,
            Refusal::Failure(Failure::TryAgain(_) | Failure::Wait(..) | Failure::EndRun(_))
            | Refusal::AskLess(_) => self.run = None,
        }
        Ok(())
    }
}

impl<P: Scheduling, S: Spotify + Sync> Suggestions for AskSpotify<'_, P, S> {
    async fn tracks(&mut self, seeds: &Seeds) -> Result<Vec<Track>, PortError> {
        let Some(run) = self.run.clone() else { return Ok(Vec::new()) };
        let asked_at = self.ports.clock().now();
        let Some(permit) = self.permit().await? else { return Ok(Vec::new()) };
        let waited = self.ports.clock().now().duration_since(asked_at).unsigned_abs();
        let request = Request::Recommendations(seeds.clone());
        let asking = self.spotify.ask(&request);
        match spans::request(Bucket::Recommendations, Endpoint::Recommendations, waited, asking).await {
            Ok(page) => {
                self.failures = 0;
                if !self.known_open {
                    self.known_open = true;
                    self.note(&run, Finding::open(&run, self.ports.clock().now())).await?;
                }
                Ok(page.tracks)
            }
            Err(error) => {
                self.refused(&run, permit, error).await?;
                Ok(Vec::new())
            }
        }
    }
}
