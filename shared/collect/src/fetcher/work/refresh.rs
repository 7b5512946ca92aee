//! Known artists once more, those first that were not seen for longest, when nothing better is left to ask.
//!
//! A run that finds everybody again has nothing to do here. What is left are artists whom no question has shown for a while:
//! their rows would expire. One term looks for them when everything else is asked, and puts a term for each batch; how many
//! is bounded, so that no run grows endless by it.

use crate::catalogue::ArtistId;
use crate::fetcher::ask::{Answer, Asking, Stopped};
use crate::fetcher::finish::finish;
use crate::plan::refresh::LAST;
use crate::ports::{Artists, Clock, Fetching, PortError};
use crate::settings::Refresh;
use crate::term::{MOST_REFRESHED, Question, Term, TermState};
use crate::web_api::{Endpoint, Request};

/// Looks for artists that were not seen for long, and puts a term for each batch.
pub(crate) async fn find<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
) -> Result<Stopped, PortError> {
    let Some(Refresh { age, requests }) = asking.settings.refresh else {
        return finish(asking, term, Vec::new(), TermState::Done, None).await;
    };
    let batch = batch(asking, term);
    let before = asking.ports.clock().now() - age;
    let most = usize::try_from(requests).unwrap_or(usize::MAX).saturating_mul(batch);
    let stale = asking.ports.artists().stale(before, &term.run, most).await?;
    let mut expected = LAST;
    let of = |ids: &[ArtistId]| {
        // The oldest first: each batch a little behind the one before.
        expected *= 0.999;
        Some(term.follow_up(Question::refresh(ids.to_vec())?, expected))
    };
    let batches: Vec<Term> = stale.chunks(batch).filter_map(of).collect();
    finish(asking, term, batches, TermState::Done, None).await
}

/// Asks for the artists `ids` once more; in smaller batches, or one by one, where that is all that is granted.
pub(crate) async fn work<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    ids: Vec<ArtistId>,
) -> Result<Stopped, PortError> {
    loop {
        let one_by_one = asking.guide.findings.is_closed(Endpoint::Artists, &term.run);
        let batch = batch(asking, term);
        if ids.len() > batch {
            let smaller = |ids: &[ArtistId]| Some(term.follow_up(Question::refresh(ids.to_vec())?, LAST));
            let batches = ids.chunks(batch).filter_map(smaller).collect();
            return finish(asking, term, batches, TermState::Split, None).await;
        }
        let request = match ids.first() {
            Some(id) if one_by_one => Request::Artist(id.clone()),
            _ => Request::Artists(ids.clone()),
        };
        match asking.ask(term, &request).await? {
            // Whom Spotify no longer knows expires.
            Answer::Page(_) => return finish(asking, term, Vec::new(), TermState::Done, None).await,
            Answer::Stopped(Stopped::Hopeless(error)) if one_by_one => {
                tracing::info!(%error, "artist is gone");
                return finish(asking, term, Vec::new(), TermState::Done, None).await;
            }
            Answer::Stopped(Stopped::Closed(_)) if !one_by_one => {}
            Answer::AskAgain => {}
            Answer::Stopped(stopped) => return Ok(stopped),
        }
    }
}

/// Artists that one request may ask for.
fn batch<P>(asking: &Asking<'_, P>, term: &Term) -> usize {
    let findings = &asking.guide.findings;
    if findings.is_closed(Endpoint::Artists, &term.run) {
        return 1;
    }
    (findings.page(Endpoint::Artists) as usize).min(MOST_REFRESHED)
}
