//! Asking Spotify one question under a permit, and acting on what comes back.

use jiff::Timestamp;

use crate::capability::Capability;
use crate::pace::{NotNow, Permit, Permits};
use crate::ports::spotify::{Page, PageAsk, Request, Spotify, SpotifyError};
use crate::ports::{Artists, Clock, Control, Fetching, PortError, Sighting};
use crate::refusal::{self, Policy};
use crate::settings::Settings;
use crate::term::{LastPage, SearchTerm, Term, TermState};

/// Why the work on a term stopped.
#[derive(Clone, Debug, PartialEq)]
pub enum Stopped {
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
    /// Nothing more can be asked in this run.
    RunOver(SpotifyError),
}

/// What came of asking.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A page. Its artists are written.
    Page(Page),
    /// None, but the question can be asked at once with what is known now.
    AskAgain,
    /// None, and the work on the term ends.
    Stopped(Stopped),
}

/// All that asking needs beside the question.
pub(crate) struct Asking<'a, P> {
    pub(crate) ports: &'a P,
    pub(crate) settings: &'a Settings,
    pub(crate) permits: &'a mut Permits,
    pub(crate) capability: &'a mut Capability,
    /// Nothing is begun that could not end before.
    pub(crate) deadline: Timestamp,
}

impl<P: Fetching> Asking<'_, P> {
    /// Asks for one page on behalf of `term`, and writes the artists that it brings.
    pub(crate) async fn ask(
        &mut self,
        term: &mut Term,
        search: &SearchTerm,
        offset: u32,
        limit: u32,
    ) -> Result<Answer, PortError> {
        if self.ports.clock().now() + self.settings.request_time > self.deadline {
            return Ok(Answer::Stopped(Stopped::OutOfTime));
        }
        let permit = match self.permits.take(self.ports).await? {
            Ok(permit) => permit,
            Err(not_now) => return Ok(Answer::Stopped(Stopped::NotNow(not_now))),
        };
        let request = Request::artist_search(search.query(), PageAsk { limit, offset });
        match self.ports.spotify().ask(&request).await {
            Ok(page) => {
                self.write(term, &page).await?;
                Ok(Answer::Page(page))
            }
            Err(error) => self.refused(term, permit, error).await,
        }
    }

    /// Writes the artists of a page, and counts what it cost and brought.
    async fn write(&self, term: &mut Term, page: &Page) -> Result<(), PortError> {
        let sighting = Sighting { run: term.run.clone(), term: term.key(), at: self.ports.clock().now() };
        let upserted = self.ports.artists().upsert(&page.artists, &sighting).await?;
        let progress = &mut term.progress;
        progress.tally.requests = progress.tally.requests.saturating_add(1);
        progress.tally.rows = progress.tally.rows.saturating_add(page.rows);
        progress.tally.new = progress.tally.new.saturating_add(upserted.new);
        progress.tally.changed = progress.tally.changed.saturating_add(upserted.changed);
        progress.last_page = LastPage { rows: page.rows, new: upserted.new };
        // Attempts are for one request: a term of a hundred pages meets passing trouble more than once and is healthy.
        term.attempts = 0;
        Ok(())
    }

    async fn refused(
        &mut self,
        term: &mut Term,
        permit: Permit,
        error: SpotifyError,
    ) -> Result<Answer, PortError> {
        let policy = refusal::policy(&error, self.capability.limits);
        if !matches!(policy, Policy::Hold(..)) {
            term.progress.tally.requests = term.progress.tally.requests.saturating_add(1);
        }
        Ok(match policy {
            Policy::Hold(limit, wait) => {
                let until = self.ports.clock().now() + wait;
                tracing::warn!(bucket = %self.permits.bucket(), hold_s = wait.as_secs(), %error, "hold");
                self.permits.refused(self.ports, permit, limit, until).await?;
                Answer::Stopped(Stopped::NotNow(NotNow::Held(until)))
            }
            Policy::Narrow(narrower) => {
                tracing::info!(page = narrower.page, window = narrower.window, %error, "page limits found out");
                self.ports.control().limit_pages(narrower).await?;
                self.capability.limits = narrower;
                Answer::AskAgain
            }
            Policy::TryAgain => Answer::Stopped(Stopped::Trouble(error)),
            Policy::GiveUp => Answer::Stopped(Stopped::Hopeless(error)),
            Policy::EndRun => Answer::Stopped(Stopped::RunOver(error)),
        })
    }
}
