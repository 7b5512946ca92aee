//! The operators of a search, and the trials that find out whether they work.
//!
//! Nothing about them is taken for granted: each is tried out in every run before anything rests on it, by a question
//! whose answer tells.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::alphabet;
use crate::artist::Artist;
use crate::ask::{Answer, Asking, Stopped};
use crate::capability::OperatorFinding;
use crate::id::ArtistId;
use crate::ports::spotify::{Page, PageAsk};
use crate::ports::{Clock, Control, Fetching, PortError};
use crate::run::RunId;
use crate::settings::MAX_ATTEMPTS;
use crate::term::{SearchTerm, Term, Years};
use crate::text;

/// An operator of a search that may work or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// `NOT word` excludes names with a word that begins so.
    Not,
    /// `"word"` matches whole words only.
    Quotes,
    /// `NOT "word"` excludes names that have exactly that word.
    NotQuotes,
    /// `year:1990-1999` asks for a release in these years.
    Years,
}

impl Operator {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Not, Self::Quotes, Self::NotQuotes, Self::Years];

    /// The name in tables, logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Not => "not",
            Self::Quotes => "quotes",
            Self::NotQuotes => "not-quotes",
            Self::Years => "years",
        }
    }
}

/// Which operators work; `None` until it was tried in this run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operators {
    /// [`Operator::Not`].
    pub not: Option<bool>,
    /// [`Operator::Quotes`].
    pub quotes: Option<bool>,
    /// [`Operator::NotQuotes`].
    pub not_quotes: Option<bool>,
    /// [`Operator::Years`].
    pub years: Option<bool>,
}

impl Operators {
    /// Whether the exclusions of `search`, a term that an earlier run may have made, do what they say: nothing if the trials of
    /// this run have not told.
    pub(crate) fn excludes(self, search: &SearchTerm) -> Option<bool> {
        let whole = [self.quotes, self.not_quotes];
        let prefixes = search.has_exclusions().then_some(self.not);
        let whole_words = (!search.without_whole().is_empty()).then_some(whole);
        let needed: Vec<Option<bool>> =
            prefixes.into_iter().chain(whole_words.into_iter().flatten()).collect();
        if needed.contains(&Some(false)) {
            return Some(false);
        }
        (!needed.contains(&None)).then_some(true)
    }

    /// What was found out of `operator`.
    pub fn note(&mut self, operator: Operator, works: bool) {
        let finding = match operator {
            Operator::Not => &mut self.not,
            Operator::Quotes => &mut self.quotes,
            Operator::NotQuotes => &mut self.not_quotes,
            Operator::Years => &mut self.years,
        };
        *finding = Some(works);
    }
}

/// Fewest names on the plain page that must be excluded, and fewest that must stay, for a trial to say anything.
pub(crate) const FEWEST: usize = 2;

/// Share of the names that must stay, to which pages may differ from one request to the next.
const STAYED: f64 = 0.8;

/// How often a term that is not there for trials asks a question of one.
const TRIES: u32 = 3;

/// Asks for the first page of `question` on behalf of `term`, up to `most_tries` times at once if there is trouble. A question
/// that is refused for good is answered too: it is not understood, and brings nothing.
async fn try_out<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    question: &SearchTerm,
    most_tries: u32,
) -> Result<Result<Page, Stopped>, PortError> {
    let last_page = term.progress.last_page;
    let mut tries = 0;
    loop {
        let limit = asking.capability.limits.page.min(asking.capability.limits.window);
        let answer = asking.search(term, question, PageAsk { limit, offset: 0 }).await?;
        // The trial says nothing of how new the term's own rows are.
        term.progress.last_page = last_page;
        tries += 1;
        return Ok(match answer {
            Answer::Page(page) => Ok(page),
            Answer::Stopped(Stopped::Hopeless(_)) => Ok(Page::default()),
            Answer::AskAgain => continue,
            Answer::Stopped(Stopped::Trouble(_)) if tries < most_tries => continue,
            Answer::Stopped(stopped) => Err(stopped),
        });
    }
}

/// The answer to a question of a trial, as far as trials look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trial {
    rows: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    has_next: bool,
    artists: Vec<(ArtistId, String)>,
}

impl From<&Page> for Trial {
    fn from(page: &Page) -> Self {
        let artists = page.artists.iter().map(|artist| (artist.id.clone(), artist.name.clone())).collect();
        Self { rows: page.rows, total: page.total, has_next: page.has_next, artists }
    }
}

impl From<&Trial> for Page {
    fn from(trial: &Trial) -> Self {
        let artist = |(id, name): &(ArtistId, String)| Artist {
            id: id.clone(),
            name: name.clone(),
            popularity: None,
            followers: None,
            genres: None,
        };
        let artists = trial.artists.iter().map(artist).collect();
        Self { artists, rows: trial.rows, total: trial.total, has_next: trial.has_next, ..Self::default() }
    }
}

/// The same for a term of several questions: what was answered before an interruption is not asked again, so that it comes to
/// its end under the slowest pace. For the same reason trouble is an attempt of the term at once: tries are forgotten when the
/// work on it is interrupted, attempts are not.
pub(crate) async fn try_once<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    question: &SearchTerm,
) -> Result<Result<Page, Stopped>, PortError> {
    let query = question.query();
    if let Some(answered) = term.progress.trials.get(&query) {
        return Ok(Ok(answered.into()));
    }
    let answer = try_out(asking, term, question, 1).await?;
    if let Ok(page) = &answer {
        term.progress.trials.insert(query, page.into());
    }
    Ok(answer)
}

/// Whether the term would be given up after one more failure. A question of a trial that only ever meets trouble is left before
/// that: the term has nothing wrong.
pub(crate) fn is_last_attempt(term: &Term) -> bool {
    term.attempts + 1 >= MAX_ATTEMPTS
}

/// Keeps a finding for the run.
pub(crate) async fn note<P: Fetching>(
    asking: &mut Asking<'_, P>,
    run: &RunId,
    operator: Operator,
    works: bool,
) -> Result<(), PortError> {
    tracing::info!(operator = operator.name(), works, "operator tried out");
    let finding = OperatorFinding::new(works, run, asking.ports.clock().now());
    asking.ports.control().note_operator(operator, &finding).await?;
    asking.capability.operators.note(operator, works);
    Ok(())
}

/// Tries out what splitting `search`, a saturated term whose first page is `plain`, needs to know: of a word whether `NOT`
/// excludes, and if not, whether quotes ask for whole words; of a genre whether years filter. Where the pages say nothing,
/// it stays open until the next term is tried.
pub(crate) async fn try_on_saturated<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
    plain: &Page,
) -> Result<Option<Stopped>, PortError> {
    if search.genre().is_some() && search.words().is_empty() {
        return try_on_genre(asking, term, search, plain).await;
    }
    try_on_word(asking, term, search, plain).await
}

/// Whether years filter: all years must show nearly everybody of the genre, and early ones others.
async fn try_on_genre<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
    plain: &Page,
) -> Result<Option<Stopped>, PortError> {
    if asking.capability.operators.years.is_some() || search.years().is_some() {
        return Ok(None);
    }
    let years = Years::until(asking.ports.clock().now().to_zoned(TimeZone::UTC).year());
    let early = years.cut().map(|[early, _]| early);
    let questions = [Some(years), early].map(|years| search.released(years?));
    let mut pages = Vec::new();
    for question in questions.into_iter().flatten() {
        match try_out(asking, term, &question, TRIES).await? {
            Ok(page) => pages.push(page),
            Err(Stopped::Trouble(_)) => return Ok(None),
            Err(stopped) => return Ok(Some(stopped)),
        }
    }
    let [all, early] = pages.as_slice() else { return Ok(None) };
    let keeps = is_most(kept(plain, all), plain.artists.len());
    let filters = early.artists.len() >= FEWEST && !is_most(kept(all, early), all.artists.len());
    // A genre may be too young for early years to show anybody; that says nothing of the filter.
    if keeps && filters {
        note(asking, &term.run, Operator::Years, true).await?;
    }
    Ok(None)
}

async fn try_on_word<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
    plain: &Page,
) -> Result<Option<Stopped>, PortError> {
    let ([word], true) = (search.words(), !search.has_exclusions()) else { return Ok(None) };
    if !word.starts_with(|c: char| c.is_ascii_alphanumeric()) || search.years().is_some() {
        return Ok(None);
    }
    let others = alphabet::letters().filter(|c| !word.starts_with(*c)).map(String::from);
    let Operators { not, quotes, .. } = asking.capability.operators;
    let (operator, question) = match (not, quotes) {
        (None, _) => (Operator::Not, search.excluding(others)),
        (Some(false), None) => (Operator::Quotes, search.ending(0)),
        _ => return Ok(None),
    };
    let Some(question) = question else { return Ok(None) };
    let page = match try_out(asking, term, &question, TRIES).await? {
        Ok(page) => page,
        // Trouble with the trial is none of the term's: another term will try.
        Err(Stopped::Trouble(_)) => return Ok(None),
        Err(stopped) => return Ok(Some(stopped)),
    };
    if let Some(works) = filters(&question, plain, &page) {
        note(asking, &term.run, operator, works).await?;
    }
    Ok(None)
}

/// Whether `page`, the answer to `question`, is what `plain`, the page without the operator that is tried, makes expect. It
/// must show no name that does not match, and those of the plain page that do: an operator that excludes too much would
/// hide artists, and one that excludes nothing would split nothing.
pub(crate) fn filters(question: &SearchTerm, plain: &Page, page: &Page) -> Option<bool> {
    let matches = |name: &str| question.matches(&text::words(name));
    let stays = plain.artists.iter().filter(|artist| matches(&artist.name));
    let stays: BTreeSet<&ArtistId> = stays.map(|artist| &artist.id).collect();
    if stays.len() < FEWEST || plain.artists.len() - stays.len() < FEWEST {
        return None;
    }
    let stayed = page.artists.iter().filter(|artist| stays.contains(&artist.id)).count();
    Some(is_most(stayed, stays.len()) && page.artists.iter().all(|artist| matches(&artist.name)))
}

/// Artists of `before` that are on `after` too.
pub(crate) fn kept(before: &Page, after: &Page) -> usize {
    let after: BTreeSet<&ArtistId> = after.artists.iter().map(|artist| &artist.id).collect();
    before.artists.iter().filter(|artist| after.contains(&artist.id)).count()
}

/// Whether `part` is as large a share of `whole` as pages of one question share.
#[expect(clippy::cast_precision_loss, reason = "rows of a page")]
pub(crate) fn is_most(part: usize, whole: usize) -> bool {
    part as f64 >= STAYED * whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclusions_hold_where_all_that_they_rest_on_was_found_to_work() {
        let term = |query: &str| SearchTerm::new(query).unwrap();
        let (plain, prefix, whole) = (term("the"), term("the NOT them"), term("the NOT \"the\""));
        let excludes = |operators: Operators| [&plain, &prefix, &whole].map(|term| operators.excludes(term));
        let (works, fails) = (Some(true), Some(false));
        let all = Operators { not: works, quotes: works, not_quotes: works, years: works };
        assert_eq!(excludes(all), [works, works, works]);
        assert_eq!(excludes(Operators { not: fails, ..all }), [works, fails, fails]);
        assert_eq!(excludes(Operators { not_quotes: fails, ..all }), [works, works, fails]);
        assert_eq!(excludes(Operators { quotes: fails, not_quotes: None, ..all }), [works, works, fails]);
        assert_eq!(excludes(Operators { not_quotes: None, ..all }), [works, works, None]);
        assert_eq!(excludes(Operators::default()), [works, None, None]);
    }
}
