//! Asking for the audio features of tracks, up to a hundred at once, when nothing else is left to ask.
//!
//! Which tracks these are, their rows know: so whatever ends in between, nothing is asked twice or forgotten,
//! and what was closed to the app in this run is asked for in the next one.

use std::collections::BTreeSet;

use super::inquiry::{Answer, Ask, Ending, Found, Inquiry, Known, Lookup, Next, Unanswered};
use super::refusal::Failure;
use crate::catalogue::{AudioFeatures, TrackId};
use crate::term::{Progress, Term};
use crate::web_api::{Endpoint, Request};

/// The work on the term that asks for audio features.
#[derive(Debug, Default)]
pub(crate) struct AskingFeatures {
    /// The tracks that are asked for next; nothing before they were looked up.
    batch: Option<Vec<TrackId>>,
    /// What was answered and is to be recorded.
    answered: Vec<(TrackId, Option<AudioFeatures>)>,
    /// The tracks that were answered: an index may still list them.
    asked: BTreeSet<TrackId>,
}

impl Inquiry for AskingFeatures {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        if !self.answered.is_empty() {
            return Next::Describe(self.answered.clone());
        }
        let endpoint = Endpoint::AudioFeatures;
        if known.findings.is_closed(endpoint, &term.run) {
            let why = format!("{endpoint} is closed to this app: audio features stay unknown");
            return Next::Finish(Ending::open(why));
        }
        match &self.batch {
            None => Next::Look(Lookup::Featureless(known.findings.page(endpoint) as usize)),
            Some(batch) if batch.is_empty() => Next::Finish(Ending::done()),
            Some(batch) => Next::Ask(Ask::new(Request::AudioFeatures(batch.clone()))),
        }
    }

    fn learn(&mut self, _term: &mut Term, _asked: Ask, answer: Answer, _known: &Known<'_>) {
        let features = answer.page.features;
        let of = |id: &TrackId| features.iter().find(|(known, _)| known == id).map(|(_, of)| *of);
        let batch = self.batch.take().unwrap_or_default();
        self.asked.extend(batch.iter().cloned());
        self.answered = batch.into_iter().map(|id| (id.clone(), of(&id))).collect();
    }

    fn ask_less(&mut self, _asked: Ask) {
        self.batch = None;
    }

    fn unanswered(
        &mut self,
        _term: &Term,
        _asked: Ask,
        why: Unanswered,
        _known: &Known<'_>,
    ) -> Result<(), Unanswered> {
        match why {
            // What is known says so now.
            Unanswered::Failure(Failure::Close(_)) => Ok(()),
            why => Err(why),
        }
    }

    fn found(&mut self, found: Found) {
        if let Found::Tracks(tracks) = found {
            self.batch = Some(tracks.into_iter().filter(|id| !self.asked.contains(id)).collect());
        }
    }

    fn done(&mut self) {
        self.answered.clear();
    }

    fn into_progress(self: Box<Self>) -> Progress {
        Progress::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::findings::Finding;
    use crate::plan::inquiry::testing::{World, answer, asked, closed, ending, held, now, run, term};
    use crate::term::{FeaturesOfTracks, Source, TermState};
    use crate::web_api::Page;

    fn id(number: usize) -> TrackId {
        TrackId::new(format!("{number:022}")).unwrap()
    }

    /// The inquiry after it looked up so many tracks.
    fn looked_up(world: &World, count: usize) -> (Term, AskingFeatures) {
        let mut term = term(Source::Tracks, FeaturesOfTracks);
        let mut inquiry = AskingFeatures::default();
        let next = inquiry.next(&mut term, &world.known());
        assert!(matches!(next, Next::Look(Lookup::Featureless(100))), "{next:?}");
        inquiry.found(Found::Tracks((0..count).map(id).collect()));
        (term, inquiry)
    }

    #[test]
    fn a_track_that_an_answer_leaves_out_has_no_features() {
        let world = World::default();
        let (mut term, mut inquiry) = looked_up(&world, 2);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(ask.request, Request::AudioFeatures(vec![id(0), id(1)]));
        let features = AudioFeatures { tempo: Some(99.5), ..AudioFeatures::default() };
        let page = Page { features: vec![(id(1), features)], ..Page::default() };
        inquiry.learn(&mut term, ask, answer(page), &world.known());
        let Next::Describe(answered) = inquiry.next(&mut term, &world.known()) else { unreachable!() };
        assert_eq!(answered, [(id(0), None), (id(1), Some(features))]);
        inquiry.done();
        assert!(matches!(inquiry.next(&mut term, &world.known()), Next::Look(_)));
        inquiry.found(Found::Tracks(vec![id(1)]));
        let end = ending(inquiry.next(&mut term, &world.known()));
        assert_eq!(end, Ending::done(), "an index that lags asks nothing twice");
    }

    #[test]
    fn a_closed_endpoint_leaves_the_term_open_and_says_so() {
        let mut world = World::default();
        let (mut term, mut inquiry) = looked_up(&world, 2);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(inquiry.unanswered(&term, ask, closed(), &world.known()), Ok(()));
        let closed = Finding::closed(&run(), now(), "403".to_owned());
        world.findings.0.insert(Endpoint::AudioFeatures, closed);
        let end = ending(inquiry.next(&mut term, &world.known()));
        assert_eq!(end.state, TermState::Open);
        assert!(end.reason.unwrap().starts_with("GET /audio-features is closed to this app"));
    }

    #[test]
    fn a_hold_keeps_the_batch_for_later() {
        let world = World::default();
        let (mut term, mut inquiry) = looked_up(&world, 2);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(inquiry.unanswered(&term, ask, held(), &world.known()), Err(held()));
    }
}
