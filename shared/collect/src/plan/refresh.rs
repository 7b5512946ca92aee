//! Known artists once more, those first that were not seen for longest, when nothing better is left to ask.
//!
//! A run that finds everybody again has nothing to do here. What is left are artists whom no question has
//! shown for a while: their rows would expire. One term looks for them when everything else is asked, and
//! puts a term for each batch; how many is bounded, so that no run grows endless by it.

use super::inquiry::{Answer, Ask, Ending, Found, Inquiry, Known, Lookup, Next, Unanswered};
use super::refusal::Failure;
use crate::catalogue::ArtistId;
use crate::settings::Settings;
use crate::term::{MOST_REFRESHED, Progress, Refresh, RunId, Source, Stale, Term};
use crate::web_api::{Endpoint, Request};

/// What is expected of it: nobody new. Less than of anything else.
const LAST: f64 = 0.001;

/// The term that looks for artists which were not seen for long, where the operator wants that.
pub(crate) fn look_for_stale(settings: &Settings, run: &RunId) -> Option<Term> {
    let wanted = settings.refresh.is_some() && settings.sources.has(Source::Hydrate);
    wanted.then(|| Term::new(run.clone(), Source::Hydrate, Stale, LAST))
}

/// The work on the term that looks for them.
#[derive(Debug, Default)]
pub(crate) struct FindingStale {
    /// Who was found; nothing before they were looked up.
    stale: Option<Vec<ArtistId>>,
}

impl Inquiry for FindingStale {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        let Some(refresh) = known.settings.refresh else { return Next::Finish(Ending::done()) };
        let size = batch_size(term, known);
        let Some(stale) = &self.stale else {
            let most = usize::try_from(refresh.requests).unwrap_or(usize::MAX).saturating_mul(size);
            return Next::Look(Lookup::Stale { before: known.now - refresh.age, most });
        };
        let mut expected = LAST;
        let batch = |ids: &[ArtistId]| {
            // The oldest first: each batch a little behind the one before.
            expected *= 0.999;
            Some(term.follow_up(Refresh::new(ids.to_vec())?, expected))
        };
        let batches = stale.chunks(size).filter_map(batch).collect();
        Next::Finish(Ending { follow_ups: batches, ..Ending::done() })
    }

    fn learn(&mut self, _term: &mut Term, _asked: Ask, _answer: Answer, _known: &Known<'_>) {}

    fn found(&mut self, found: Found) {
        if let Found::Artists(artists) = found {
            self.stale = Some(artists);
        }
    }

    fn into_progress(self: Box<Self>) -> Progress {
        Progress::Nothing
    }
}

/// The work on a term that asks for artists once more; in smaller batches, or one by one, where that is all
/// that is granted.
#[derive(Debug)]
pub(crate) struct Refreshing {
    refresh: Refresh,
    /// Whether they are asked for one by one.
    one_by_one: bool,
    /// Whether they were answered.
    answered: bool,
}

impl Refreshing {
    /// Begins with a batch.
    pub(crate) fn new(refresh: Refresh) -> Self {
        Self { refresh, one_by_one: false, answered: false }
    }
}

impl Inquiry for Refreshing {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        if self.answered {
            return Next::Finish(Ending::done());
        }
        self.one_by_one = known.findings.is_closed(Endpoint::Artists, &term.run);
        let (ids, size) = (self.refresh.ids(), batch_size(term, known));
        if ids.len() > size {
            let smaller = |ids: &[ArtistId]| Some(term.follow_up(Refresh::new(ids.to_vec())?, LAST));
            return Next::Finish(Ending::split(ids.chunks(size).filter_map(smaller).collect()));
        }
        Next::Ask(Ask::new(match ids.first() {
            Some(id) if self.one_by_one => Request::Artist(id.clone()),
            Some(_) | None => Request::Artists(ids.to_vec()),
        }))
    }

    fn learn(&mut self, _term: &mut Term, _asked: Ask, _answer: Answer, _known: &Known<'_>) {
        // Whom Spotify no longer knows expires.
        self.answered = true;
    }

    fn unanswered(
        &mut self,
        _term: &Term,
        _asked: Ask,
        why: Unanswered,
        _known: &Known<'_>,
    ) -> Result<(), Unanswered> {
        match why {
            Unanswered::Failure(Failure::GiveUp(error)) if self.one_by_one => {
                tracing::info!(%error, "artist is gone");
                self.answered = true;
                Ok(())
            }
            // Batches are closed to this app; what is known says so now.
            Unanswered::Failure(Failure::Close(_)) if !self.one_by_one => Ok(()),
            why => Err(why),
        }
    }

    fn into_progress(self: Box<Self>) -> Progress {
        Progress::Nothing
    }
}

/// Artists that one request may ask for.
fn batch_size(term: &Term, known: &Known<'_>) -> usize {
    if known.findings.is_closed(Endpoint::Artists, &term.run) {
        return 1;
    }
    (known.findings.page(Endpoint::Artists) as usize).min(MOST_REFRESHED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::findings::Finding;
    use crate::plan::inquiry::testing::{World, asked, closed, ending, id, now, run, term};
    use crate::term::TermState;

    #[test]
    fn a_batch_is_split_where_less_is_granted_at_once() {
        let mut world = World::default();
        let batch = Refresh::new((0..12).map(id).collect()).unwrap();
        let mut term = term(Source::Hydrate, batch.clone());
        let mut inquiry = Refreshing::new(batch);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(inquiry.unanswered(&term, ask, closed(), &world.known()), Ok(()));
        world.findings.0.insert(Endpoint::Artists, Finding::closed(&run(), now(), "403".to_owned()));
        let end = ending(inquiry.next(&mut term, &world.known()));
        assert_eq!((end.state, end.follow_ups.len()), (TermState::Split, 12), "one by one");
    }

    #[test]
    fn stale_artists_are_asked_for_in_batches_the_oldest_first() {
        let mut world = World::default();
        let age = std::time::Duration::from_mins(1);
        world.settings.refresh = Some(crate::settings::Refresh { age, requests: 2 });
        let mut term = term(Source::Hydrate, Stale);
        let mut inquiry = FindingStale::default();
        let Next::Look(lookup) = inquiry.next(&mut term, &world.known()) else { unreachable!() };
        assert_eq!(lookup, Lookup::Stale { before: now() - age, most: 2 * MOST_REFRESHED });
        inquiry.found(Found::Artists((0..50).map(id).collect()));
        let batches = ending(inquiry.next(&mut term, &world.known())).follow_ups;
        assert_eq!(batches.len(), 2);
        assert!(batches[0].priority > batches[1].priority);
    }

    #[test]
    fn no_more_stale_artists_are_looked_for_than_may_be_asked_one_by_one() {
        let mut world = World::default();
        world.findings.0.insert(Endpoint::Artists, Finding::closed(&run(), now(), "403".to_owned()));
        let age = std::time::Duration::from_mins(1);
        world.settings.refresh = Some(crate::settings::Refresh { age, requests: 3 });
        let mut term = term(Source::Hydrate, Stale);
        let next = FindingStale::default().next(&mut term, &world.known());
        let Next::Look(Lookup::Stale { most, .. }) = next else { unreachable!("{next:?}") };
        assert_eq!(most, 3);
    }
}
