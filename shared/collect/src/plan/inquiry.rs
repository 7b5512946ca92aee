//! What a term needs next, and what it makes of an answer.
//!
//! An [`Inquiry`] represents one term's progress as values: it says what it needs, receives the result, and
//! says what it needs next. It sends nothing, writes nothing and reads no clock, so every decision can be
//! tested by itself. The one loop that carries out what it says is in the fetcher (`fetcher/driver.rs`).

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::findings::Findings;
use super::refusal::Failure;
use super::track_row::{Reading, Sighted};
use super::yields::Yields;
use crate::catalogue::{ArtistId, AudioFeatures, Genre, PlaylistId, TrackId};
use crate::pace::NotNow;
use crate::settings::Settings;
use crate::term::{Hydrate, Operator, Operators, Progress, Purpose, SearchTerm, Source, Term, TermState};
use crate::web_api::{Bucket, Endpoint, Kind, Page, PageAsk, PageLimits, Request};

/// What a term needs next.
#[derive(Debug)]
pub(crate) enum Next {
    /// Ask Spotify.
    Ask(Ask),
    /// Look something up in the tables.
    Look(Lookup),
    /// Put these terms into the frontier, and go on.
    Put(Vec<Term>),
    /// Put what a page leads to, as if all its artists were seen for the first time.
    Follow(Box<(Term, Page)>),
    /// Remember for the run whether an operator works.
    Note(Operator, bool),
    /// Remember the version of a playlist that was read to its end.
    Keep(PlaylistId, String),
    /// Record these tracks of a playlist.
    Sight(Box<Sighted>),
    /// Remember that a playlist was read to its end for the tracks of a genre.
    KeepReading(Box<Reading>),
    /// Record the audio features of these tracks; nothing of those that have none.
    Describe(Vec<(TrackId, Option<AudioFeatures>)>),
    /// Take these stubs out of the index: Spotify does not know them, so nothing can complete them.
    Withdraw(Vec<ArtistId>),
    /// Give the term back: other terms are expected to bring more.
    PutBack,
    /// Finish the term.
    Finish(Ending),
}

/// A request, and on whose behalf it is asked.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The request.
    pub(crate) request: Request,
    /// The term that its cost and its artists are counted for, where that is another term.
    pub(crate) by: Option<Box<Term>>,
}

impl Ask {
    /// A request on behalf of the term itself.
    pub(crate) fn new(request: Request) -> Self {
        Self { request, by: None }
    }
}

/// An answer, after its artists were written.
#[derive(Debug)]
pub(crate) struct Answer {
    /// What Spotify said.
    pub(crate) page: Page,
    /// Artists whom the run did not know, or of whom it knew only id and name.
    pub(crate) new: u32,
    /// Artists whose first sighting in this run is this answer, or an earlier one of the same term.
    pub(crate) sighted: BTreeSet<ArtistId>,
}

/// Why a request got no answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Unanswered {
    /// No request may leave now.
    NotNow(NotNow),
    /// Spotify failed or refused to answer.
    Failure(Failure),
}

/// What is to be looked up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Lookup {
    /// Stubs: artists of which only id and name are known.
    Stubs {
        /// How many at most.
        most: usize,
        /// Of which share, as long as it has so many.
        share: u32,
    },
    /// Known artists that were not seen since `before`, up to `most`.
    Stale {
        /// The time.
        before: Timestamp,
        /// How many.
        most: usize,
    },
    /// The version of a playlist that was read to its end for the tracks of a genre.
    Version(Genre, PlaylistId),
    /// Up to so many tracks whose audio features were never asked for.
    Featureless(usize),
    /// The whole words that saturated in this run, after adding one.
    SaturatedWords {
        /// The word to add.
        add: Option<String>,
    },
}

/// What was looked up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    /// Artists.
    Artists(Vec<ArtistId>),
    /// Words.
    Words(Vec<String>),
    /// The version, if one was read to its end not long ago.
    Version(Option<String>),
    /// Tracks.
    Tracks(Vec<TrackId>),
}

/// How a term ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ending {
    /// One of the four ends.
    pub(crate) state: TermState,
    /// Why it is open.
    pub(crate) reason: Option<String>,
    /// The terms to put before it is finished.
    pub(crate) follow_ups: Vec<Term>,
}

impl Ending {
    /// Everything was answered.
    pub(crate) fn done() -> Self {
        Self { state: TermState::Done, reason: None, follow_ups: Vec::new() }
    }

    /// These terms cover what the term could not show.
    pub(crate) fn split(follow_ups: Vec<Term>) -> Self {
        Self { state: TermState::Split, reason: None, follow_ups }
    }

    /// Something may be hidden still.
    pub(crate) fn open(reason: impl Into<String>) -> Self {
        Self { state: TermState::Open, reason: Some(reason.into()), follow_ups: Vec::new() }
    }

    /// The matches have ended, but fewer artists were seen than promised.
    pub(crate) fn short() -> Self {
        Self::open("Spotify promised more artists than it showed")
    }

    /// The same with a term that completes the artists of whom `term` has shown only id and name, where that
    /// is wanted.
    pub(crate) fn completing(mut self, term: &Term, settings: &Settings) -> Self {
        let may_leave_some = match term.question.purpose() {
            Purpose::Find | Purpose::Measure => true,
            Purpose::Complete | Purpose::Refresh => false,
        };
        if term.tally.stubs > 0 && may_leave_some && settings.sources.has(Source::Hydrate) {
            let hydrate = Hydrate::new(term.key());
            self.follow_ups.extend(hydrate.map(|left| term.follow_up_of(Source::Hydrate, left, LAST)));
        }
        self
    }

    /// The same without follow-ups that are deeper than `depth`. What they would have covered stays open.
    pub(crate) fn within(mut self, depth: u32) -> Self {
        let all = self.follow_ups.len();
        self.follow_ups.retain(|follow_up| follow_up.depth <= depth);
        if self.follow_ups.len() < all && self.state == TermState::Split {
            self.state = TermState::Open;
            self.reason = Some("its narrower terms would be too many splits from their root".to_owned());
        }
        self
    }
}

/// The place of what is done when nothing is left that brings new artists.
pub(crate) const LAST: f64 = 0.01;

/// All that a decision may depend on beside the term.
#[derive(Clone, Debug)]
pub(crate) struct Known<'a> {
    /// What the operator has set.
    pub(crate) settings: &'a Settings,
    /// How much of a search the app may see.
    pub(crate) limits: PageLimits,
    /// Which operators work in its searches.
    pub(crate) operators: Operators,
    /// What has been found out about the endpoints.
    pub(crate) findings: &'a Findings,
    /// What the sources have brought lately.
    pub(crate) yields: &'a Yields,
    /// Whether the run has begun with leaves that were made without `NOT`.
    pub(crate) leaves_lack_not: bool,
    /// The buckets that are on hold.
    pub(crate) held: BTreeSet<Bucket>,
    /// Now.
    pub(crate) now: Timestamp,
}

impl Known<'_> {
    /// The year that it is.
    pub(crate) fn this_year(&self) -> i16 {
        self.now.to_zoned(TimeZone::UTC).year()
    }

    /// Rows of the first page of a search.
    pub(crate) fn first_page(&self) -> u32 {
        self.limits.page.min(self.limits.depth)
    }

    /// Asks for a page of a search for artists on behalf of `term`; with the artists of albums and tracks,
    /// where that brings more.
    pub(crate) fn search(&self, term: &Term, search: &SearchTerm, page: PageAsk) -> Ask {
        let Self { settings, findings, yields, .. } = self;
        let several = settings.sources.has(Source::MultiType)
            && findings.is_open(Endpoint::Search, &term.run)
            && yields.several_types_pay(findings.is_open(Endpoint::Artists, &term.run));
        let kinds = if several { Kind::ALL.to_vec() } else { vec![Kind::Artist] };
        Ask::new(Request::Search { query: search.query(), kinds, page })
    }

    /// Whether `term`, which was dispatched for so many new artists a request and has brought something
    /// since, should be asked for its next page, rather than be given back because others are likely to bring
    /// more.
    pub(crate) fn goes_on(&self, term: &Term, dispatched_for: f64) -> bool {
        let worth = self.yields.calibrated(term.source, term.priority);
        term.priority >= PATIENCE * dispatched_for
            && self.yields.competes(term.source, worth, self.settings.sources)
    }
}

/// A term is given back when its next page is expected to bring less than this share of what it was
/// dispatched for: others are likely to bring more.
const PATIENCE: f64 = 0.8;

/// One term in progress.
///
/// The caller carries out what [`Inquiry::next`] says. After a request it calls [`Inquiry::learn`],
/// [`Inquiry::ask_less`] or [`Inquiry::unanswered`], after a lookup [`Inquiry::found`], after everything else
/// [`Inquiry::done`], and then `next` again.
pub(crate) trait Inquiry: Send {
    /// What is needed next. Keeps `term.priority` at what its next request is expected to bring.
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next;

    /// Takes an answer in.
    fn learn(&mut self, term: &mut Term, asked: Ask, answer: Answer, known: &Known<'_>);

    /// Spotify grants less at once than was asked for. What is known says how much; ask for that.
    fn ask_less(&mut self, _asked: Ask) {}

    /// The request got no answer. Errs with the reason where that ends the work for now.
    fn unanswered(
        &mut self,
        _term: &Term,
        _asked: Ask,
        why: Unanswered,
        _known: &Known<'_>,
    ) -> Result<(), Unanswered> {
        Err(why)
    }

    /// Takes in what was looked up.
    fn found(&mut self, _found: Found) {}

    /// What was said last has been carried out.
    fn done(&mut self) {}

    /// Whether to wait in place for a permit, however long others are before it: for the few terms that
    /// others wait for.
    fn is_patient(&self) -> bool {
        false
    }

    /// What is kept on the term.
    fn into_progress(self: Box<Self>) -> Progress;
}

#[cfg(test)]
pub(crate) mod testing {
    //! What the tests of inquiries share.

    use super::*;
    use crate::catalogue::Artist;
    use crate::term::{Question, RunId};
    use crate::web_api::{Evidence, SpotifyError};

    /// All that is known in a test.
    #[derive(Debug, Default)]
    pub(crate) struct World {
        pub(crate) settings: Settings,
        pub(crate) operators: Operators,
        pub(crate) findings: Findings,
        pub(crate) yields: Yields,
        pub(crate) held: BTreeSet<Bucket>,
    }

    impl World {
        pub(crate) fn known(&self) -> Known<'_> {
            Known {
                settings: &self.settings,
                limits: Settings::BEST_LIMITS,
                operators: self.operators,
                findings: &self.findings,
                yields: &self.yields,
                leaves_lack_not: false,
                held: self.held.clone(),
                now: now(),
            }
        }
    }

    pub(crate) fn now() -> Timestamp {
        "2026-11-21T00:00:00Z".parse().unwrap()
    }

    pub(crate) fn run() -> RunId {
        RunId::new("2026-11-21").unwrap()
    }

    pub(crate) fn term(source: Source, question: impl Into<Question>) -> Term {
        Term::new(run(), source, question, 50.0)
    }

    pub(crate) fn search(query: &str) -> SearchTerm {
        SearchTerm::new(query).unwrap()
    }

    pub(crate) fn id(number: usize) -> ArtistId {
        ArtistId::new(format!("{number:022}")).unwrap()
    }

    /// A page of artists with these names.
    pub(crate) fn page<'a>(names: impl IntoIterator<Item = &'a str>, total: u64) -> Page {
        let artist = |(number, name): (usize, &str)| Artist {
            id: id(number),
            name: name.to_owned(),
            popularity: None,
            followers: None,
            genres: None,
        };
        let artists: Vec<Artist> = names.into_iter().enumerate().map(artist).collect();
        let rows = u32::try_from(artists.len()).unwrap();
        Page { artists, rows, total: Some(total), has_next: total > u64::from(rows), ..Page::default() }
    }

    /// An answer in which the run knew nobody.
    pub(crate) fn answer(page: Page) -> Answer {
        let sighted = page.artists.iter().map(|artist| artist.id.clone()).collect();
        Answer { new: page.rows, page, sighted }
    }

    /// The request that is asked next.
    pub(crate) fn asked(next: Next) -> Ask {
        let Next::Ask(ask) = next else { unreachable!("{next:?} instead of a request") };
        ask
    }

    /// The query that is asked next.
    pub(crate) fn query(ask: &Ask) -> &str {
        let Request::Search { query, .. } = &ask.request else { unreachable!("{ask:?} instead of a search") };
        query
    }

    pub(crate) fn ending(next: Next) -> Ending {
        let Next::Finish(ending) = next else { unreachable!("{next:?} instead of an ending") };
        ending
    }

    fn error() -> SpotifyError {
        SpotifyError::Transient { evidence: Evidence::default() }
    }

    pub(crate) fn trouble() -> Unanswered {
        Unanswered::Failure(Failure::TryAgain(error()))
    }

    pub(crate) fn gone() -> Unanswered {
        Unanswered::Failure(Failure::GiveUp(error()))
    }

    pub(crate) fn closed() -> Unanswered {
        Unanswered::Failure(Failure::Close(error()))
    }

    pub(crate) fn held() -> Unanswered {
        Unanswered::NotNow(NotNow::OnHold(now()))
    }
}

#[cfg(test)]
mod tests;
