//! A random sample of the catalogue, drawn when everything else has been asked: slices by the beginning of a
//! word and a year, a route that does not depend on how names were split. What the
//! [`Estimate`](crate::run::Estimate) of a run rests on.
//!
//! A slice counts if it fits on one page, so that it shows everybody it has and not the best known ones
//! alone. It begins with a letter and a year by chance. Where more match than a page has, the letter is made
//! longer, by the word of a name by chance that the page has shown, until it fits: so large catalogues are
//! sampled as evenly as small ones, and small pages do. (Random descents sample hidden databases in this way:
//! Dasgupta, Jin, Jewell, Zhang, Das, SIGMOD 2010.)
//!
//! A page shows the best known artists first, whom a run is likelier to have seen. So the artist whose name
//! was followed is not counted, only those found beside it: a group that is drawn in proportion to how many
//! such names it has is, without the one that was drawn, like any other.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::inquiry::{Answer, Ask, Ending, Inquiry, Known, Next, Unanswered};
use super::refusal::Failure;
use super::trials::is_last_attempt;
use crate::catalogue::{ArtistId, alphabet, text};
use crate::settings::Settings;
use crate::term::{
    Operators, Progress, RunId, Sample, SampleProgress, SearchTerm, Source, Term, Trial, Years,
};
use crate::web_api::{Page, PageAsk, Request};

/// Slices in a sample.
const SLICES: u16 = 24;

/// Letters that a term of the sample tries.
const TRIES: u16 = 5;

/// Questions after which a term of the sample is left, whether it has found a slice or not.
const QUESTIONS: u16 = 9;

/// Letters and years are dealt out in so many hands, so that no two of the slices that are looked at can be
/// the same: a hand is a letter with every fifth year.
const HANDS: u16 = 26 * YEARS;

/// Of so many years in a row, each is in another hand.
const YEARS: u16 = 5;

const _: () = assert!(SLICES * TRIES <= HANDS, "every slice has a hand of its own");

/// Years in which slices lie: back from this one, recent years rather than early ones.
const SPAN: f64 = 50.0;

/// How full the page of a slice should be: the more artists the better, and one that does not fit costs
/// another request.
const FILL: f64 = 0.6;

/// Of so many names, one goes on with a given letter: to find a slice that fits soon.
const NARROWING: f64 = 6.0;

/// Of a hundred words of names, how many begin with each letter from a to z, roughly.
const WEIGHTS: [u8; 26] = [7, 8, 7, 7, 4, 4, 4, 4, 3, 5, 5, 6, 8, 4, 3, 5, 1, 5, 9, 7, 1, 3, 3, 1, 2, 2];

/// What is expected of a sample: hardly anybody new.
const LAST: f64 = 0.001;

/// The terms of a sample, where one can be drawn.
pub(crate) fn terms(settings: &Settings, run: &RunId, operators: Operators) -> Vec<Term> {
    if !settings.sources.has(Source::Search) || operators.years != Some(true) {
        return Vec::new();
    }
    let term = |number| Term::new(run.clone(), Source::Search, Sample(number), LAST);
    (0..SLICES).map(term).collect()
}

/// The work on a term of the sample: it looks for a slice that fits, and counts whom of it the run has seen.
///
/// What it asks follows from the run, the term's number and the answers so far, so after an interruption it
/// is led to the same slices and goes on with the first that was not asked.
#[derive(Debug)]
pub(crate) struct Sampling {
    sample: Sample,
    progress: SampleProgress,
    /// What is asked.
    question: Option<SearchTerm>,
    /// The query that was answered last, and the artists that no other term of the run had seen before.
    last: Option<(String, BTreeSet<ArtistId>)>,
    /// Whether a question met trouble once too often.
    given_up: bool,
}

/// Where the answers so far lead.
enum Led {
    /// To a slice that was not asked yet.
    To(SearchTerm),
    /// To a slice that fits: this many artists were drawn, and this many of them the run had seen.
    Drawn(usize, usize),
    /// Nowhere.
    Nowhere,
}

impl Sampling {
    /// Goes on with a term of the sample.
    pub(crate) fn new(sample: Sample, progress: SampleProgress) -> Self {
        Self { sample, progress, question: None, last: None, given_up: false }
    }

    fn lead(&self, run: &RunId, known: &Known<'_>) -> Led {
        let limit = known.limits.page;
        let this_year = u16::try_from(known.this_year()).unwrap_or_default();
        // Dealt in rounds, so that the early hands are everybody's first try.
        let hands = hands(run).into_iter().skip(self.sample.0.into());
        for (hand, mut chance) in hands.step_by(SLICES.into()).take(TRIES.into()) {
            let mut next = slice(hand, &mut chance, this_year);
            let mut guides = BTreeSet::new();
            while let Some(slice) = next {
                let query = slice.query();
                let Some(page) = self.progress.answers.get(&query).map(Page::from) else {
                    let may_ask = self.progress.answers.len() < QUESTIONS.into();
                    return if may_ask { Led::To(slice) } else { Led::Nowhere };
                };
                let ids = page.artists.iter().map(|artist| &artist.id);
                let drawn: Vec<&ArtistId> = ids.filter(|id| !guides.contains(*id)).collect();
                if fits(&page, limit) {
                    if drawn.is_empty() {
                        // Whatever is narrower shows nobody else.
                        break;
                    }
                    let own = self.last.as_ref().filter(|(last, _)| *last == query).map(|(_, own)| own);
                    let is_own = |id: &ArtistId| own.is_some_and(|own| own.contains(id));
                    let recaptured = drawn.iter().filter(|id| !is_own(id)).count();
                    return Led::Drawn(drawn.len(), recaptured);
                }
                next = narrower(&slice, &page, limit, &mut chance).map(|(narrower, guide)| {
                    guides.insert(guide);
                    narrower
                });
            }
        }
        Led::Nowhere
    }

    fn answered(&mut self, page: &Page, sighted: BTreeSet<ArtistId>) {
        if let Some(question) = self.question.take() {
            let query = question.query();
            self.progress.answers.insert(query.clone(), Trial::from(page));
            self.last = Some((query, sighted));
        }
    }
}

impl Inquiry for Sampling {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        // It may have been interrupted after its slice was counted.
        if self.given_up || term.tally.sampled > 0 {
            return Next::Finish(Ending::done());
        }
        match self.lead(&term.run, known) {
            Led::To(slice) => {
                let page = PageAsk { limit: known.first_page(), offset: 0 };
                // Its artists alone: who is mentioned beside them was not drawn.
                let request = Request::artist_search(slice.query(), page);
                self.question = Some(slice);
                Next::Ask(Ask::new(request))
            }
            Led::Drawn(sampled, recaptured) => {
                let count = |artists: usize| u32::try_from(artists).unwrap_or(u32::MAX);
                term.tally.sampled = count(sampled);
                term.tally.recaptured = count(recaptured);
                term.tally.captured = known.yields.captured();
                Next::Finish(Ending::done())
            }
            Led::Nowhere => Next::Finish(Ending::done()),
        }
    }

    fn learn(&mut self, _term: &mut Term, _asked: Ask, answer: Answer, _known: &Known<'_>) {
        self.answered(&answer.page, answer.sighted);
    }

    fn unanswered(
        &mut self,
        term: &Term,
        _asked: Ask,
        why: Unanswered,
        _known: &Known<'_>,
    ) -> Result<(), Unanswered> {
        match why {
            // A question that is refused for good is answered too: it is not understood, and brings nothing.
            Unanswered::Failure(Failure::GiveUp(_)) => self.answered(&Page::default(), BTreeSet::new()),
            Unanswered::Failure(Failure::TryAgain(_)) if is_last_attempt(term) => self.given_up = true,
            why => return Err(why),
        }
        Ok(())
    }

    fn into_progress(self: Box<Self>) -> Progress {
        self.progress.into()
    }
}

/// Whether a page of up to `limit` rows shows all that matches.
fn fits(page: &Page, limit: u32) -> bool {
    page.rows < limit && !page.has_next && page.total.is_none_or(|total| total <= u64::from(page.rows))
}

/// The slice of names of which a word goes on as one by chance on its `page` does, so far that a page of them
/// is [`FILL`] full, and the artist of that name. Nothing where no name goes on.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of letters"
)]
fn narrower(
    slice: &SearchTerm,
    page: &Page,
    limit: u32,
    chance: &mut Chance,
) -> Option<(SearchTerm, ArtistId)> {
    let ([prefix], Some(years)) = (slice.words(), slice.years()) else { return None };
    let goes_on = |word: &String| word.len() > prefix.len() && word.starts_with(prefix.as_str());
    let mut longer: Vec<(String, &ArtistId)> = Vec::new();
    for artist in &page.artists {
        let words = text::words(&artist.name).into_iter().filter(goes_on);
        longer.extend(words.map(|word| (word, &artist.id)));
    }
    let (word, guide) = longer.get((chance.unit() * longer.len() as f64) as usize)?;
    let wanted = FILL * f64::from(limit);
    let matches = page.total.unwrap_or_default().max(u64::from(page.rows)) as f64;
    // Rounded: with a letter too many, a slice often shows nobody beside the artist whose name was followed.
    let letters = ((matches / wanted).ln() / NARROWING.ln()).round().clamp(1.0, 6.0) as usize;
    let beginning: String = word.chars().take(prefix.chars().count() + letters).collect();
    Some((SearchTerm::new(&beginning).ok()?.released(years)?, (*guide).clone()))
}

/// What decides by chance, the same in every replay of the run: a linear congruential generator (Knuth's
/// MMIX), which is random enough for a few cards.
#[derive(Clone, Copy, Debug)]
struct Chance(u64);

impl Chance {
    /// A number above 0 and below 1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // The higher bits are the more random ones.
        (f64::from(u32::try_from(self.0 >> 32).unwrap_or_default()) + 0.5) / 2_f64.powi(32)
    }
}

/// The hands in an order by chance, each with a chance of its own. A hand comes early in proportion to how
/// many words begin with its letter (weighted sampling without replacement, Efraimidis and Spirakis 2006): if
/// every letter came as often as any other, the rare ones, whose few artists a run has soon seen, would speak
/// for the many of the common ones.
fn hands(run: &RunId) -> Vec<(u16, Chance)> {
    let mut hasher = DefaultHasher::new();
    run.as_str().hash(&mut hasher);
    let mut chance = Chance(hasher.finish());
    let mut dealt: Vec<(f64, u16, Chance)> = (0..HANDS)
        .map(|hand| {
            let drawn = chance.unit();
            let weight = WEIGHTS.get(usize::from(hand / YEARS)).copied().unwrap_or(1);
            (-drawn.ln() / f64::from(weight), hand, Chance(chance.0 ^ u64::from(hand)))
        })
        .collect();
    dealt.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
    dealt.into_iter().map(|(_, hand, chance)| (hand, chance)).collect()
}

/// The slice that a hand begins with: its letter, in one of its years.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of years")]
fn slice(hand: u16, chance: &mut Chance, this_year: u16) -> Option<SearchTerm> {
    let letter = alphabet::letters().nth((hand / YEARS).into())?;
    let ago = (SPAN * chance.unit().powi(2)) as u16;
    let wanted = this_year.saturating_sub(ago);
    // The latest year of the hand that is not later.
    let year = wanted.saturating_sub((wanted % YEARS + YEARS - hand % YEARS) % YEARS);
    SearchTerm::new(&letter.to_string()).ok()?.released(Years::new(year, year)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalogue::Artist;
    use crate::plan::inquiry::testing::{World, answer, asked, ending, page, query, term};
    use crate::plan::yields::Yield;

    #[test]
    fn no_two_slices_coincide() {
        for run in ["2026-11-21", "plan", "a", "b"] {
            let slices: BTreeSet<SearchTerm> = hands(&RunId::new(run).unwrap())
                .into_iter()
                .map(|(hand, mut chance)| slice(hand, &mut chance, 2026).unwrap())
                .collect();
            assert_eq!(slices.len(), usize::from(HANDS));
            let last_years = Years::new(2026 - 55, 2026).unwrap();
            assert!(
                slices.iter().all(|slice| slice.years().unwrap().intersection(last_years) == slice.years())
            );
        }
    }

    #[test]
    fn a_slice_that_does_not_fit_goes_on_as_a_name_that_it_shows() {
        let artist = |name: &str| Artist {
            id: ArtistId::new("0".repeat(22)).unwrap(),
            name: name.to_owned(),
            popularity: None,
            followers: None,
            genres: None,
        };
        let slice = SearchTerm::new("b year:1999").unwrap();
        let artists = vec![artist("The Beatniks"), artist("B"), artist("Ob")];
        let narrower = |matches| {
            let page = Page { rows: 3, total: Some(matches), artists: artists.clone(), ..Page::default() };
            assert!(!fits(&page, 4));
            narrower(&slice, &page, 4, &mut Chance(1)).unwrap().0.query()
        };
        assert_eq!(narrower(10), "be year:1999");
        assert_eq!(narrower(2 * 6 * 6), "bea year:1999");
        assert_eq!(narrower(1_000_000), "beatnik year:1999");
        let page = Page { rows: 1, total: Some(9), artists: vec![artist("B")], ..Page::default() };
        assert!(super::narrower(&slice, &page, 4, &mut Chance(1)).is_none());
    }

    #[test]
    fn a_slice_that_shows_its_guide_alone_leads_to_another_letter() {
        let world = World::default();
        let (mut term, mut inquiry, ask) = first(SampleProgress::default());
        let letter = query(&ask).to_owned();
        let name = format!("{}eatniks", &letter[..1]);
        inquiry.learn(&mut term, ask, answer(page([name.as_str()], 5_000)), &world.known());
        let longer = asked(inquiry.next(&mut term, &world.known()));
        assert!(query(&longer).starts_with(&letter[..1]), "{longer:?}");
        let guide = page([name.as_str()], 1);
        inquiry.learn(&mut term, longer, answer(guide), &world.known());
        let other = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(query(&other).find(' '), Some(1), "{letter} is done: {other:?}");
    }

    /// The inquiry for the first term of the sample, and its first request.
    fn first(progress: SampleProgress) -> (Term, Sampling, Ask) {
        let mut term = term(Source::Search, Sample(0));
        let mut inquiry = Sampling::new(Sample(0), progress);
        let ask = asked(inquiry.next(&mut term, &World::default().known()));
        (term, inquiry, ask)
    }

    #[test]
    fn artists_of_a_slice_that_other_terms_have_seen_are_recaptured() {
        let mut world = World::default();
        for (source, found) in [(Source::Search, 900.0), (Source::Related, 100.0)] {
            world.yields.add(source, Yield { found, ..Yield::default() });
        }
        let (mut term, mut inquiry, ask) = first(SampleProgress::default());
        let own = answer(page(["A", "B", "C"], 3));
        let sighted = [own.page.artists[1].id.clone()].into();
        inquiry.learn(&mut term, ask, Answer { sighted, ..own }, &world.known());
        assert_eq!(ending(inquiry.next(&mut term, &world.known())), Ending::done());
        assert_eq!((term.tally.sampled, term.tally.recaptured), (3, 2));
        assert_eq!(term.tally.captured, 1_000);
        let mut again = Sampling::new(Sample(0), SampleProgress::default());
        assert_eq!(ending(again.next(&mut term, &world.known())), Ending::done(), "counted once");
    }

    #[test]
    fn an_interruption_leads_back_to_the_slice_that_was_not_answered() {
        let world = World::default();
        let (mut term, mut inquiry, ask) = first(SampleProgress::default());
        let nobody = answer(page([], 0));
        inquiry.learn(&mut term, ask, nobody, &world.known());
        let second = asked(inquiry.next(&mut term, &world.known()));
        let (_, _, resumed) = first(Box::new(inquiry).into_progress().into());
        assert_eq!(resumed.request, second.request);
    }
}
