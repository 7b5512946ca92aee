//! Completing artists of whom only id and name are known, those first that the most popular tracks name.
//!
//! Which these are, the artist rows know. A term that has left some puts one `hydrate` term before it ends,
//! and that works until none are left; so whatever ends in between, there is always a term for what is left.
//! Several of these terms are worked at the same time, and the best batch is the same for all. So each takes
//! the best of a share that it draws by chance, as long as that has enough.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::inquiry::{Answer, Ask, Ending, Found, Inquiry, Known, LAST, Lookup, Next, Unanswered};
use super::refusal::Failure;
use crate::catalogue::ArtistId;
use crate::settings::Settings;
use crate::term::{Hydrate, Progress, Question, RunId, Source, Stale, Term};
use crate::web_api::{Endpoint, Request};

/// Where artists are completed one by one, one of so many is drawn.
const FEW: usize = 8;

/// The term that completes whom earlier runs have left, where the operator wants artists completed: a term of
/// theirs may have failed, and nothing need mention these artists again.
pub(crate) fn complete_the_rest(settings: &Settings, run: &RunId) -> Option<Term> {
    let left = Hydrate::new(Question::from(Stale).key()).filter(|_| settings.sources.has(Source::Hydrate))?;
    Some(Term::new(run.clone(), Source::Hydrate, left, LAST))
}

/// The work on a term that completes artists: in batches, or one by one where those are closed to the app.
#[derive(Debug, Default)]
pub(crate) struct Hydrating {
    /// Who is completed next; nothing before they were looked up.
    batch: Option<Vec<ArtistId>>,
    /// What decides by chance whom it looks up, different for each term and each time.
    chance: u64,
    /// Whether they are asked for one by one.
    one_by_one: bool,
    /// Artists that Spotify has nothing to say about.
    unknown: Vec<ArtistId>,
}

impl Inquiry for Hydrating {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        if !self.unknown.is_empty() {
            return Next::Withdraw(self.unknown.clone());
        }
        let Some(batch) = &self.batch else {
            self.one_by_one = known.findings.is_closed(Endpoint::Artists, &term.run);
            let page = known.findings.page(Endpoint::Artists) as usize;
            let mut hasher = DefaultHasher::new();
            (term.key().as_str(), self.chance).hash(&mut hasher);
            self.chance = hasher.finish();
            let share = u32::try_from(self.chance % u64::from(ArtistId::SHARES)).unwrap_or_default();
            return Next::Look(Lookup::Stubs { most: if self.one_by_one { FEW } else { page }, share });
        };
        match batch.first() {
            None => Next::Finish(Ending::done()),
            Some(artist) if self.one_by_one => Next::Ask(Ask::new(Request::Artist(artist.clone()))),
            Some(_) => Next::Ask(Ask::new(Request::Artists(batch.clone()))),
        }
    }

    fn learn(&mut self, _term: &mut Term, _asked: Ask, answer: Answer, _known: &Known<'_>) {
        let answered = |id: &ArtistId| answer.page.artists.iter().any(|artist| artist.id == *id);
        let batch = self.batch.take().unwrap_or_default();
        self.unknown = batch.into_iter().filter(|id| !answered(id)).collect();
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
            // This one is gone; the others are not.
            Unanswered::Failure(Failure::GiveUp(error)) if self.one_by_one => {
                tracing::info!(artists = ?self.batch, %error, "artist cannot be completed");
                self.unknown = self.batch.take().unwrap_or_default();
                Ok(())
            }
            // Batches are closed to this app.
            Unanswered::Failure(Failure::Close(_)) if !self.one_by_one => {
                self.batch = None;
                Ok(())
            }
            why => Err(why),
        }
    }

    fn found(&mut self, found: Found) {
        if let Found::Artists(mut artists) = found {
            if self.one_by_one && !artists.is_empty() {
                let few = artists.len() as u64;
                let drawn = usize::try_from(self.chance / u64::from(ArtistId::SHARES) % few);
                artists = vec![artists.swap_remove(drawn.unwrap_or_default())];
            }
            self.batch = Some(artists);
        }
    }

    fn done(&mut self) {
        self.unknown.clear();
    }

    fn into_progress(self: Box<Self>) -> Progress {
        Progress::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::findings::Finding;
    use crate::plan::inquiry::testing::{
        World, answer, asked, closed, ending, gone, id, now, page, run, search, term,
    };

    fn hydrating() -> (Term, Hydrating) {
        let cause = Question::from(search("a")).key();
        (term(Source::Hydrate, Hydrate::new(cause).unwrap()), Hydrating::default())
    }

    #[test]
    fn whom_earlier_runs_left_is_completed_where_artists_are_completed_at_all() {
        let with = |sources: &[Source]| {
            let settings = Settings { sources: sources.iter().copied().collect(), ..Settings::default() };
            complete_the_rest(&settings, &run()).map(|term| term.key().to_string())
        };
        assert_eq!(with(&[Source::Search]), None);
        assert_eq!(with(&[Source::Related, Source::Hydrate]), Some("hydrate:stale".to_owned()));
    }

    #[test]
    fn artists_that_an_answer_leaves_out_are_not_asked_for_again() {
        let world = World::default();
        let (mut term, mut inquiry) = hydrating();
        assert!(matches!(
            inquiry.next(&mut term, &world.known()),
            Next::Look(Lookup::Stubs { most: 50, .. })
        ));
        inquiry.found(Found::Artists(vec![id(0), id(7)]));
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(ask.request, Request::Artists(vec![id(0), id(7)]));
        inquiry.learn(&mut term, ask, answer(page(["A"], 1)), &world.known());
        let Next::Withdraw(unknown) = inquiry.next(&mut term, &world.known()) else { unreachable!() };
        assert_eq!(unknown, [id(7)]);
        inquiry.done();
        assert!(matches!(inquiry.next(&mut term, &world.known()), Next::Look(_)));
        inquiry.found(Found::Artists(Vec::new()));
        assert_eq!(ending(inquiry.next(&mut term, &world.known())), Ending::done());
    }

    #[test]
    fn artists_are_completed_one_by_one_where_batches_are_closed() {
        let mut world = World::default();
        let (mut term, mut inquiry) = hydrating();
        inquiry.found(Found::Artists(vec![id(0), id(1)]));
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(inquiry.unanswered(&term, ask, closed(), &world.known()), Ok(()));
        world.findings.0.insert(Endpoint::Artists, Finding::closed(&run(), now(), "403".to_owned()));
        assert!(matches!(
            inquiry.next(&mut term, &world.known()),
            Next::Look(Lookup::Stubs { most: FEW, .. })
        ));
        inquiry.found(Found::Artists(vec![id(0)]));
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(ask.request, Request::Artist(id(0)));
        assert_eq!(inquiry.unanswered(&term, ask, gone(), &world.known()), Ok(()));
        assert!(matches!(inquiry.next(&mut term, &world.known()), Next::Withdraw(_)), "this one is gone");
    }

    /// Whom a term would look up, each time that it does.
    fn shares(cause: &str) -> Vec<u32> {
        let world = World::default();
        let cause = Question::from(search(cause)).key();
        let mut term = term(Source::Hydrate, Hydrate::new(cause).unwrap());
        let mut inquiry = Hydrating::default();
        let look = |_| match inquiry.next(&mut term, &world.known()) {
            Next::Look(Lookup::Stubs { share, .. }) => share,
            other => unreachable!("{other:?}"),
        };
        (0..64).map(look).collect()
    }

    #[test]
    fn terms_that_complete_artists_at_the_same_time_look_up_different_ones() {
        let (one, other) = (shares("a"), shares("b"));
        let meetings = one.iter().zip(&other).filter(|(one, other)| one == other).count();
        assert!(meetings < 20, "{one:?} {other:?}");
        assert!((0..ArtistId::SHARES).all(|share| one.contains(&share)), "{one:?}");
    }

    #[test]
    fn a_batch_that_was_too_large_is_looked_up_again() {
        let world = World::default();
        let (mut term, mut inquiry) = hydrating();
        inquiry.found(Found::Artists(vec![id(0)]));
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.ask_less(ask);
        assert!(matches!(inquiry.next(&mut term, &world.known()), Next::Look(_)));
    }
}
