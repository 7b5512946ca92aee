//! Hydration: artists of whom only id and name are known are completed, the most wanted first.
//!
//! Which these are, the artist rows know. A term that has left some puts one `hydrate` term before it ends, and that works
//! until nothing is wanted any more; so whatever ends in between, there is always a term for what is left.

use crate::catalogue::ArtistId;
use crate::fetcher::ask::{Answer, Asking, Stopped};
use crate::fetcher::finish::finish;
use crate::ports::{Artists, Clock, Fetching, PortError, Sighting};
use crate::term::{Term, TermState};
use crate::web_api::{Endpoint, Request};

/// Completes artists until nothing is wanted any more or something stops it: in batches, or one by one where those are
/// closed to the app.
pub(crate) async fn hydrate<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
) -> Result<Stopped, PortError> {
    loop {
        let one_by_one = asking.guide.findings.is_closed(Endpoint::Artists, &term.run);
        let most = if one_by_one { 1 } else { asking.guide.findings.page(Endpoint::Artists) as usize };
        let wanted = asking.ports.artists().wanted(most).await?;
        let Some(first) = wanted.first() else {
            return finish(asking, term, Vec::new(), TermState::Done, None).await;
        };
        let request =
            if one_by_one { Request::Artist(first.clone()) } else { Request::Artists(wanted.clone()) };
        match asking.ask(term, &request).await? {
            Answer::Page(page) => {
                let told = |id: &&ArtistId| page.artists.iter().any(|artist| artist.id == **id);
                let untold: Vec<ArtistId> = wanted.iter().filter(|id| !told(id)).cloned().collect();
                forgo(asking, term, &untold).await?;
            }
            // This one is gone; the others are not.
            Answer::Stopped(Stopped::Hopeless(error)) if one_by_one => {
                tracing::info!(artist = %first, %error, "artist cannot be completed");
                forgo(asking, term, &wanted).await?;
            }
            // Batches are closed to this app.
            Answer::Stopped(Stopped::Closed(_)) if !one_by_one => {}
            Answer::AskAgain => {}
            Answer::Stopped(stopped) => return Ok(stopped),
        }
    }
}

/// Spotify has nothing to say of these.
async fn forgo<P: Fetching>(
    asking: &Asking<'_, P>,
    term: &Term,
    artists: &[ArtistId],
) -> Result<(), PortError> {
    if artists.is_empty() {
        return Ok(());
    }
    let sighting = Sighting { run: term.run.clone(), term: term.key(), at: asking.ports.clock().now() };
    asking.ports.artists().forgo(artists, &sighting).await
}
