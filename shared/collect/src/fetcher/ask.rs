//! Asking Spotify one request under a permit, and keeping what came of it: artists first, what they lead to
//! second.

use std::time::Duration;

use super::driver::Driver;
use super::halt::Halt;
use crate::catalogue::Artist;
use crate::pace::{NotNow, Refused, WaitPolicy};
use crate::permits::{NoPermit, Permit};
use crate::plan::edges::edges;
use crate::plan::erasure::uncredit;
use crate::plan::inquiry::{Answer, Unanswered};
use crate::plan::refusal::{self, Failure, Less, Refusal};
use crate::plan::stop::{self, End};
use crate::plan::yields::{self, Brought};
use crate::plan::{Field, Finding, LimitsFinding, Yield};
use crate::ports::{Artists, Clock, Control, Edges, Fetching, PortError, Spotify, Upserted};
use crate::spans;
use crate::term::{Purpose, RunId, Tally, Term};
use crate::web_api::{Bucket, Endpoint, Page, Request, SpotifyError};

impl<P: Fetching> Driver<'_, P> {
    /// Asks `request` on behalf of `term`, writes the artists that the answer brings, and puts what it leads
    /// to into the frontier. Nothing where Spotify grants less at once than was asked for; how much is known
    /// from then on.
    pub(super) async fn request(
        &mut self,
        term: &mut Term,
        request: &Request,
    ) -> Result<Option<Answer>, Halt> {
        self.may_ask(term)?;
        let endpoint = request.endpoint();
        let asked_at = self.ports.clock().now();
        let permit = self.permit(endpoint.bucket()).await?;
        let waited = self.ports.clock().now().duration_since(asked_at).unsigned_abs();
        let asking = self.ports.spotify().ask(request);
        match spans::request(endpoint.bucket(), endpoint, waited, asking).await {
            Ok(mut page) => {
                let upserted = self.write(term, request, &page).await?;
                uncredit(&mut page.tracks, &upserted.forgotten);
                self.keep_edges(term, request, &page, &upserted).await?;
                self.answered(term, endpoint, &page).await?;
                self.follow(term, &page, &upserted.sighted).await?;
                let new = new_to_run(&page, &upserted);
                Ok(Some(Answer { page, new, sighted: upserted.sighted }))
            }
            Err(error) => {
                self.refused(term, endpoint, permit, error).await?;
                Ok(None)
            }
        }
    }

    /// Whether there is time for a request, and the operator allows one more.
    fn may_ask(&self, term: &Term) -> Result<(), Halt> {
        // It may first have to wait for its permit.
        let latest = self.ports.clock().now() + WaitPolicy::horizon() + self.settings.request_time;
        if latest > self.deadline {
            return Err(Halt::OutOfTime);
        }
        let is_over = match stop::end(self.settings, &self.guide.yields) {
            End::Far => false,
            // The sample comes first: a long term would ask what is kept for it.
            End::Near => !self.guide.sampled && term.question.purpose() != Purpose::Measure,
            End::Reached(_) => true,
        };
        if is_over { Err(Halt::PutBack) } else { Ok(()) }
    }

    /// A permit, which must be used at once. Where it is waited for, time is left for the request and for all
    /// that comes after the term.
    async fn permit(&mut self, bucket: Bucket) -> Result<Permit, Halt> {
        loop {
            match self.permits.take(self.ports, bucket).await {
                Ok(permit) => return Ok(permit),
                Err(NoPermit::NotNow(NotNow::Busy(until)))
                    if self.patient && until + self.settings.request_time * 2 <= self.deadline =>
                {
                    let clock = self.ports.clock();
                    let wait = until.duration_since(clock.now());
                    clock.sleep(Duration::try_from(wait).unwrap_or_default()).await;
                }
                Err(NoPermit::NotNow(not_now)) => return Err(Unanswered::NotNow(not_now).into()),
                Err(NoPermit::Port(error)) => return Err(error.into()),
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
        let sighting = self.sighting(term);
        let upserted = self.ports.artists().upsert(&page.artists, &page.mentions, &sighting).await;
        let upserted = upserted.inspect_err(|_| self.count_vain(term))?;
        count(&mut term.tally, page, &upserted);
        // Attempts are for one request: a term of a hundred pages meets passing trouble more than once and is
        // healthy.
        term.attempts = 0;
        let brought = Brought {
            new: new_to_run(page, &upserted),
            mentioned: upserted.first_mentioned(),
            stubs: upserted.new_mentions,
        };
        for (source, brought) in yields::of_answer(term, request, brought) {
            self.guide.count(source, brought);
        }
        let artists =
            page.artists.iter().map(|artist| &artist.id).chain(page.mentions.iter().map(|artist| &artist.id));
        self.guide.latest.see(artists.filter(|id| upserted.sighted.contains(id)).cloned());
        Ok(upserted)
    }

    /// Keeps the edges that a page shows. The term's progress moves later, so an answer whose edges were not
    /// all kept is asked for again.
    async fn keep_edges(
        &self,
        term: &Term,
        request: &Request,
        page: &Page,
        upserted: &Upserted,
    ) -> Result<(), PortError> {
        let edges = edges(request, page, &upserted.forgotten);
        if edges.is_empty() {
            return Ok(());
        }
        self.ports.artists().keep(&edges, &self.sighting(term)).await
    }

    /// Does what a refusal asks for. Returns where the question can be asked again at once with what is known
    /// then.
    async fn refused(
        &mut self,
        term: &mut Term,
        endpoint: Endpoint,
        permit: Permit,
        error: SpotifyError,
    ) -> Result<(), Halt> {
        let known_open = self.guide.findings.is_open(endpoint, &term.run);
        let page = self.guide.findings.page(endpoint);
        let now = self.ports.clock().now();
        let evidence = error.to_string();
        let refusal = refusal::meaning(error, endpoint, self.capability.limits, page, known_open);
        if !matches!(refusal, Refusal::Hold { .. }) {
            self.count_vain(term);
        }
        match refusal {
            Refusal::Hold { limit, wait, is_named } => {
                let until = now + wait;
                let bucket = endpoint.bucket();
                tracing::warn!(?limit, %bucket, hold_s = wait.as_secs(), error = evidence, "hold");
                self.permits.refused(self.ports, permit, Refused { limit, until, is_named }).await?;
                Err(Unanswered::NotNow(NotNow::OnHold(until)).into())
            }
            Refusal::AskLess(less) => Ok(self.narrow(&term.run, endpoint, less, &evidence).await?),
            Refusal::Failure(failure) => {
                if let Failure::Close(error) = &failure {
                    tracing::warn!(%endpoint, %error, "endpoint closed to this app");
                    let closed = Finding::closed(&term.run, now, error.evidence().to_string());
                    self.find(endpoint, closed).await?;
                }
                Err(Unanswered::Failure(failure).into())
            }
        }
    }

    /// Counts a request that brought nothing. It is one of those that the operator allows.
    fn count_vain(&mut self, term: &mut Term) {
        term.tally.requests = term.tally.requests.saturating_add(1);
        self.guide.count(term.source, Yield { asked: 1.0, ..Yield::default() });
    }

    /// Keeps how much Spotify grants at once.
    async fn narrow(
        &mut self,
        run: &RunId,
        endpoint: Endpoint,
        less: Less,
        evidence: &str,
    ) -> Result<(), PortError> {
        let now = self.ports.clock().now();
        match less {
            Less::Search(limits) => {
                tracing::info!(page = limits.page, depth = limits.depth, evidence, "search limits found");
                self.ports.control().limit_pages(&LimitsFinding::new(limits, run, now)).await?;
                self.capability.limits = limits;
                Ok(())
            }
            Less::Page(page) => {
                tracing::info!(%endpoint, page, evidence, "page size found");
                let known = self.guide.findings.of_run(endpoint, run).cloned();
                let known = known.unwrap_or_else(|| Finding::open(run, now));
                self.find(endpoint, Finding { page: Some(page), ..known }).await
            }
        }
    }

    /// Notes that `endpoint` answers, the first time in this run; what it leads to may be asked from then on.
    async fn answered(&mut self, term: &Term, endpoint: Endpoint, page: &Page) -> Result<(), PortError> {
        if !self.settings.sources.beyond_search() || self.guide.findings.of_run(endpoint, &term.run).is_some()
        {
            return Ok(());
        }
        let now = self.ports.clock().now();
        let finding = self.guide.findings.of_answer(endpoint, &term.run, page, now);
        self.find(endpoint, finding).await
    }

    /// Keeps a finding, for this environment and for all.
    async fn find(&mut self, endpoint: Endpoint, finding: Finding) -> Result<(), PortError> {
        self.ports.control().note_endpoint(endpoint, &finding).await?;
        self.guide.findings.0.insert(endpoint, finding);
        Ok(())
    }
}

/// Counts an answer.
fn count(tally: &mut Tally, page: &Page, upserted: &Upserted) {
    let Upserted { new, new_mentions, returned, returned_mentions, changed, stubs, .. } = upserted;
    for (sum, parts) in [
        (&mut tally.requests, [1, 0]),
        (&mut tally.rows, [page.rows, 0]),
        (&mut tally.new, [*new, *new_mentions]),
        (&mut tally.returned, [*returned, *returned_mentions]),
        (&mut tally.changed, [*changed, 0]),
        (&mut tally.stubs, [*stubs, 0]),
    ] {
        *sum = parts.into_iter().fold(*sum, u32::saturating_add);
    }
}

/// Artists that are new to this run, whether or not an earlier run saw them: full ones and completed stubs.
///
/// Those count as completed of whom no more than id and name was known, and of whom the page says more: each
/// spares its share of the batch that would complete it, which is about what it costs to find one.
fn new_to_run(page: &Page, upserted: &Upserted) -> u32 {
    let says_more = |artist: &Artist| Field::ALL.iter().any(|field| field.is_in(artist));
    let completed = if page.artists.iter().any(says_more) { upserted.completed } else { 0 };
    upserted.first_full() + completed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ArtistId;

    #[test]
    fn a_stub_counts_as_completed_only_where_the_page_says_more_of_artists() {
        let upserted = Upserted { new: 1, completed: 2, ..Upserted::default() };
        for (popularity, expected) in [(None, 1), (Some(50), 3)] {
            let id = ArtistId::new("0".repeat(22)).unwrap();
            let artist = Artist { id, name: "A".to_owned(), popularity, followers: None, genres: None };
            let page = Page { artists: vec![artist], ..Page::default() };
            assert_eq!(new_to_run(&page, &upserted), expected, "{popularity:?}");
        }
    }
}
