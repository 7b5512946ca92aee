//! The question for everything: artists that released something in any year, whatever their names.
//!
//! Words are asked for by their beginnings, so a name is out of reach if it begins with a character that no name has shown
//! yet. Years reach it: the first term of a run asks for all years, tries out on its first page whether years, `NOT`
//! and quotes work, and if the first two do, puts one term for the names of which no word begins with a-z or a digit.
//! Where that cannot be asked, it stays open, so that no run calls itself complete on the strength of an alphabet alone.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::catalogue::{alphabet, text};
use crate::fetcher::ask::{Asking, Stopped};
use crate::fetcher::trials::{is_last_attempt, note, try_once};
use crate::plan::all_years::UNREACHED;
use crate::plan::trials::{FEWEST, filters, is_most, kept};
use crate::ports::{Fetching, PortError};
use crate::term::{Operator, SearchTerm, Term, TermState, Years};
use crate::web_api::Page;

/// How the question for everything ends.
pub(crate) struct End {
    /// What is asked for next, with the new artists that its first page is expected to bring.
    pub(crate) rest: Option<(SearchTerm, f64)>,
    /// Its state.
    pub(crate) state: TermState,
    /// Why it stays open.
    pub(crate) reason: Option<&'static str>,
}

/// Longest word that quotes are tried on.
const MOST_LETTERS: usize = 4;

/// Words that quotes are tried on before that is left to other terms.
const MOST_WORDS: usize = 4;

/// Tries years and `NOT` out, and says how to go on. Goes on with the next question when it was interrupted.
pub(crate) async fn work<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
) -> Result<Result<End, Stopped>, PortError> {
    asking.patient = true;
    let open = || End { rest: None, state: TermState::Open, reason: Some(UNREACHED) };
    let all = match try_once(asking, term, search).await? {
        Ok(page) => page,
        Err(stopped) => return Ok(Err(stopped)),
    };
    if shows_all(&all, asking.capability.limits.page) {
        return Ok(Ok(End { rest: None, state: TermState::Done, reason: None }));
    }
    if asking.capability.operators.years.is_none() {
        match try_years(asking, term, search, &all).await? {
            Ok(works) => note(asking, &term.run, Operator::Years, works).await?,
            Err(stopped) => return Ok(Err(stopped)),
        }
    }
    if asking.capability.operators.years == Some(true)
        && asking.capability.operators.not.is_none()
        && let Some(stopped) = try_not(asking, term, search, &all).await?
    {
        return Ok(Err(stopped));
    }
    if asking.capability.operators.quotes.is_none()
        && let Some(stopped) = try_quotes(asking, term, &all).await?
    {
        return Ok(Err(stopped));
    }
    let operators = asking.capability.operators;
    if operators.years != Some(true) || operators.not != Some(true) {
        return Ok(Ok(open()));
    }
    let latin = alphabet::letters().chain(alphabet::digits()).map(String::from);
    let Some(rest) = search.excluding(latin) else { return Ok(Ok(open())) };
    let others = all.artists.iter().filter(|artist| rest.matches(&text::words(&artist.name))).count();
    #[expect(clippy::cast_precision_loss, reason = "rows of a page")]
    let expected = others.max(1) as f64;
    Ok(Ok(End { rest: Some((rest, expected)), state: TermState::Split, reason: None }))
}

/// Whether everything fits on one page: then there is nothing to be found out, and nothing is left.
fn shows_all(all: &Page, page: u32) -> bool {
    let more = all.has_next || all.total.is_some_and(|total| total > u64::from(all.rows));
    (1..page).contains(&all.rows) && !more
}

/// Whether years filter: early years must show other artists than all years do, and all years nearly everybody.
async fn try_years<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
    all: &Page,
) -> Result<Result<bool, Stopped>, PortError> {
    let early = search.years().and_then(Years::cut).and_then(|[early, _]| search.released(early));
    let word = all.artists.iter().find_map(|artist| text::words(&artist.name).into_iter().next());
    // Two letters: the first page of a root is better left to it, since its forecasts rest on what is new there.
    let plain = word.map(|word| word.chars().take(2).collect::<String>());
    let plain = plain.and_then(|letters| SearchTerm::new(&letters).ok());
    let with_years = plain.as_ref().and_then(|plain| plain.released(search.years()?));
    let (Some(early), Some(plain), Some(with_years)) = (early, plain, with_years) else {
        return Ok(Ok(false));
    };
    let mut pages = Vec::new();
    for question in [&early, &plain, &with_years] {
        match try_once(asking, term, question).await? {
            Ok(page) => pages.push(page),
            Err(Stopped::Trouble(_)) if is_last_attempt(term) => return Ok(Ok(false)),
            Err(stopped) => return Ok(Err(stopped)),
        }
    }
    let [early, plain, with_years] = pages.as_slice() else { return Ok(Ok(false)) };
    let filters = early.artists.len() >= FEWEST && !is_most(kept(all, early), all.artists.len());
    let keeps = is_most(kept(plain, with_years), plain.artists.len());
    Ok(Ok(filters && keeps))
}

/// Tries out whether quotes ask for whole words, with short words that many names have: they are the beginnings of many
/// longer ones too. Where no page tells, the terms of the run go on trying.
async fn try_quotes<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    all: &Page,
) -> Result<Option<Stopped>, PortError> {
    for word in short_words(all) {
        let Some(quoted) = word.ending(0) else { continue };
        let mut pages = Vec::new();
        for question in [&word, &quoted] {
            match try_once(asking, term, question).await? {
                Ok(page) => pages.push(page),
                Err(Stopped::Trouble(_)) if is_last_attempt(term) => return Ok(None),
                Err(stopped) => return Ok(Some(stopped)),
            }
        }
        let [plain, whole] = pages.as_slice() else { continue };
        let Some(works) = filters(&quoted, plain, whole) else { continue };
        note(asking, &term.run, Operator::Quotes, works).await?;
        if works && asking.capability.operators.not == Some(true) {
            return try_not_quotes(asking, term, &word, plain).await;
        }
        break;
    }
    Ok(None)
}

/// Tries out whether a whole word can be excluded, with one whose page is `plain`.
async fn try_not_quotes<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    word: &SearchTerm,
    plain: &Page,
) -> Result<Option<Stopped>, PortError> {
    let [whole] = word.words() else { return Ok(None) };
    let Some(others) = word.excluding_whole(whole) else { return Ok(None) };
    let page = match try_once(asking, term, &others).await? {
        Ok(page) => page,
        Err(Stopped::Trouble(_)) if is_last_attempt(term) => return Ok(None),
        Err(stopped) => return Ok(Some(stopped)),
    };
    if let Some(works) = filters(&others, plain, &page) {
        note(asking, &term.run, Operator::NotQuotes, works).await?;
    }
    Ok(None)
}

/// The short words that most names of a page have, and not single letters: the first pages of these are better left to the
/// roots, whose forecasts rest on what is new there.
fn short_words(page: &Page) -> impl Iterator<Item = SearchTerm> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for word in page.artists.iter().flat_map(|artist| text::words(&artist.name)) {
        *counts.entry(word).or_default() += 1;
    }
    counts.retain(|word, _| word.is_ascii() && (2..=MOST_LETTERS).contains(&word.len()));
    let mut words: Vec<_> = counts.into_iter().collect();
    words.sort_by_key(|(word, count)| (Reverse(*count), word.len()));
    words.into_iter().filter_map(|(word, _)| SearchTerm::new(&word).ok()).take(MOST_WORDS)
}

/// Tries out whether `NOT` excludes, with half of the letters, so that names are excluded and names stay.
async fn try_not<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
    all: &Page,
) -> Result<Option<Stopped>, PortError> {
    // Most names have a word with one of the first letters; with every other letter, some of two words remain.
    let Some(half) = search.excluding(alphabet::letters().step_by(3).map(String::from)) else {
        return Ok(None);
    };
    let page = match try_once(asking, term, &half).await? {
        Ok(page) => page,
        Err(Stopped::Trouble(_)) if is_last_attempt(term) => return Ok(None),
        Err(stopped) => return Ok(Some(stopped)),
    };
    if let Some(works) = filters(&half, all, &page) {
        note(asking, &term.run, Operator::Not, works).await?;
    }
    Ok(None)
}
