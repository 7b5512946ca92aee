//! A second model of paging: a ranked list of artists, of which a search shows those above its depth. What
//! it says of a term is compared with what the term asks, interrupted or not, while Spotify lies.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::catalogue::Artist;
use crate::plan::inquiry::testing::{World, id, search, term};
use crate::term::{Operators, TermState};
use crate::web_api::Request;

/// What Spotify says of the number of matches beside a page.
#[derive(Clone, Copy, Debug)]
enum Told {
    Truth,
    Nothing,
    Fewer(u64),
    More(u64),
}

/// What is wrong with one answer.
#[derive(Clone, Copy, Debug)]
struct Lie {
    told: Told,
    /// What `next` claims where the page is full.
    has_next: bool,
    /// Rows that the page lacks when its place is asked for the first time.
    lacks: u32,
}

/// A Spotify that shows a ranked list.
#[derive(Clone, Debug)]
struct Ranking {
    artists: u32,
    limits: PageLimits,
    /// What is wrong with the answers, again and again.
    lies: Vec<Lie>,
    /// Every so many ranks, one is never shown.
    gaps: Option<u32>,
}

/// What was asked, and what was shown.
#[derive(Debug, Default)]
struct Transcript {
    asked: Vec<PageAsk>,
    /// Whether the answers came with as many rows as they were asked for.
    full: Vec<bool>,
    shown: BTreeSet<u32>,
}

impl Ranking {
    fn is_hidden(&self, rank: u32) -> bool {
        self.gaps.is_some_and(|gaps| rank % gaps == gaps / 2)
    }

    /// Whoever the search can show: those above its depth who are not hidden.
    fn visible(&self) -> BTreeSet<u32> {
        (0..self.artists.min(self.limits.depth)).filter(|rank| !self.is_hidden(*rank)).collect()
    }

    fn answer(&self, ask: PageAsk, transcript: &mut Transcript) -> Answer {
        let lie = self.lies[transcript.asked.len() % self.lies.len()];
        let is_first = transcript.asked.iter().all(|before| before.offset != ask.offset);
        let end = self.artists.min(ask.offset + ask.limit);
        let ranks: Vec<u32> = (ask.offset..end).filter(|rank| !self.is_hidden(*rank)).collect();
        let lacks = if is_first { lie.lacks as usize } else { 0 };
        let ranks = &ranks[..ranks.len().saturating_sub(lacks)];
        let is_full = ranks.len() == ask.limit as usize;
        let is_end = end == self.artists && (lacks == 0 || ask.offset >= self.artists);
        let total = match lie.told {
            Told::Truth => Some(u64::from(self.artists)),
            Told::Nothing => None,
            Told::Fewer(fewer) => Some(u64::from(self.artists).saturating_sub(fewer)),
            Told::More(more) => Some(u64::from(self.artists) + more),
        };
        // A page that lacks rows before the end does not deny that more follow: nothing could tell it from
        // the last one.
        let has_next = if is_full || is_end { lie.has_next } else { true };
        let artist = |rank: &u32| Artist {
            id: id(*rank as usize),
            name: format!("Ba{} {rank}", char::from(b'a' + u8::try_from(rank % 26).unwrap())),
            popularity: None,
            followers: None,
            genres: None,
        };
        let new = ranks.iter().filter(|rank| transcript.shown.insert(**rank)).count();
        transcript.asked.push(ask);
        transcript.full.push(is_full);
        let artists: Vec<Artist> = ranks.iter().map(artist).collect();
        let sighted = artists.iter().map(|artist| artist.id.clone()).collect();
        let rows = u32::try_from(artists.len()).unwrap();
        let page = Page { artists, rows, total, has_next, ..Page::default() };
        Answer { page, new: u32::try_from(new).unwrap(), sighted }
    }

    /// Asks a term to its end. It begins anew from what is kept on it after the requests in `interrupted`,
    /// and whenever it is put back.
    fn ask_to_the_end(&self, operators: Operators, interrupted: &[bool]) -> (TermState, Transcript) {
        let world = World { operators, ..World::default() };
        let known = Known { limits: self.limits, ..world.known() };
        let question = search("ba");
        let mut term = term(Source::Search, question.clone());
        let begin =
            |progress, term: &Term| Box::new(Searching::new(question.clone(), progress, term.priority));
        let mut inquiry = begin(SearchProgress::default(), &term);
        let mut transcript = Transcript::default();
        loop {
            match inquiry.next(&mut term, &known) {
                Next::Ask(ask) => {
                    let Request::Search { page, .. } = ask.request else { unreachable!("{ask:?}") };
                    let interrupts = interrupted[transcript.asked.len() % interrupted.len()];
                    let answer = self.answer(page, &mut transcript);
                    assert!(transcript.asked.len() < 2_000, "no end: {self:?}");
                    inquiry.learn(&mut term, ask, answer, &known);
                    if interrupts {
                        inquiry = begin(inquiry.into_progress().into(), &term);
                    }
                }
                Next::PutBack => inquiry = begin(inquiry.into_progress().into(), &term),
                Next::Put(_) => inquiry.done(),
                Next::Look(_) => inquiry.found(Found::Words(Vec::new())),
                Next::Finish(ending) => return (ending.state, transcript),
                next => unreachable!("{next:?}"),
            }
        }
    }
}

impl Transcript {
    /// What holds of whatever a term asks: pages within the depth, and none again that came in full.
    fn check(&self, limits: PageLimits) -> Result<(), TestCaseError> {
        let mut asked: BTreeMap<u32, (u32, bool)> = BTreeMap::new();
        for (ask, is_full) in self.asked.iter().zip(&self.full) {
            prop_assert!(ask.limit >= 1 && ask.limit <= limits.page, "{ask:?}");
            prop_assert!(ask.offset + ask.limit <= limits.depth, "{ask:?} is beyond the depth");
            let (times, was_full) = asked.entry(ask.offset).or_default();
            prop_assert!(!*was_full, "{ask:?} was answered in full before");
            *times += 1;
            prop_assert!(*times <= 4, "{ask:?} again and again");
            *was_full = *is_full;
        }
        Ok(())
    }
}

fn limits() -> impl Strategy<Value = PageLimits> {
    (prop::sample::select(vec![10, 50]), prop::sample::select(vec![50, 95, 100, 230, 1000]))
        .prop_map(|(page, depth)| PageLimits { page, depth })
}

/// Numbers of artists, those around the edges of pages and of the depth more often than others.
fn artists() -> impl Strategy<Value = u32> {
    let edges = prop::sample::select(vec![0_u32, 10, 50, 95, 100, 230, 1000]);
    prop_oneof![
        0_u32..3_000,
        0_u32..120,
        (edges, -1_i32..=1).prop_map(|(edge, by)| edge.saturating_add_signed(by))
    ]
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![
        Just(Told::Truth),
        Just(Told::Nothing),
        (1_u64..3_000).prop_map(Told::Fewer),
        (1_u64..3_000).prop_map(Told::More),
    ]
}

fn lies(told: impl Strategy<Value = Told>, lacks: u32) -> impl Strategy<Value = Vec<Lie>> {
    let lie = (told, any::<bool>(), prop_oneof![2 => Just(0), 1 => 0..=lacks]);
    prop::collection::vec(lie.prop_map(|(told, has_next, lacks)| Lie { told, has_next, lacks }), 1..12)
}

/// Operators of which none works, so that a term is asked to the depth; or all, so that its parts may cover
/// it.
fn operators() -> impl Strategy<Value = Operators> {
    any::<bool>().prop_map(|works| {
        let works = Some(works);
        Operators { not: works, quotes: works, not_quotes: works, years: works }
    })
}

fn interruptions() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(any::<bool>(), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_honest_spotify_is_asked_each_page_with_matches_once_and_in_order(
        artists in artists(),
        limits in limits(),
        interrupted in interruptions(),
    ) {
        let truth = Lie { told: Told::Truth, has_next: false, lacks: 0 };
        let ranking = Ranking { artists, limits, lies: vec![truth], gaps: None };
        let fails = Some(false);
        let none_works = Operators { not: fails, quotes: fails, not_quotes: fails, years: fails };
        let (state, transcript) = ranking.ask_to_the_end(none_works, &interrupted);
        // A full page may be the last one: only the next one tells.
        let offsets = (0..limits.depth).step_by(limits.page as usize).take_while(|offset| *offset <= artists);
        let expected: Vec<u32> = offsets.collect();
        let asked: Vec<u32> = transcript.asked.iter().map(|ask| ask.offset).collect();
        prop_assert_eq!(asked, expected);
        prop_assert_eq!(transcript.shown, ranking.visible());
        prop_assert_eq!(state, if artists < limits.depth { TermState::Done } else { TermState::Open });
    }

    #[test]
    fn whatever_totals_say_and_pages_lack_once_everybody_above_the_depth_is_shown(
        artists in artists(),
        limits in limits(),
        lies in lies(told(), 50),
        operators in operators(),
        interrupted in interruptions(),
    ) {
        let ranking = Ranking { artists, limits, lies, gaps: None };
        let (state, transcript) = ranking.ask_to_the_end(operators, &interrupted);
        transcript.check(limits)?;
        if state != TermState::Split {
            prop_assert_eq!(&transcript.shown, &ranking.visible());
        }
        prop_assert!(state != TermState::Done || transcript.shown.len() == artists as usize);
    }

    #[test]
    fn a_term_whose_pages_never_show_somebody_who_is_promised_is_not_done(
        artists in artists(),
        limits in limits(),
        lies in lies(prop_oneof![Just(Told::Truth), (1_u64..3_000).prop_map(Told::More)], 0),
        gaps in prop::option::of(2_u32..40),
        operators in operators(),
        interrupted in interruptions(),
    ) {
        let ranking = Ranking { artists, limits, lies, gaps };
        let (state, transcript) = ranking.ask_to_the_end(operators, &interrupted);
        transcript.check(limits)?;
        if state != TermState::Split {
            prop_assert_eq!(&transcript.shown, &ranking.visible());
        }
        let is_everybody = transcript.shown.len() == artists as usize;
        prop_assert!(state != TermState::Done || is_everybody, "{} shown", transcript.shown.len());
    }
}
