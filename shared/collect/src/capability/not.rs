//! Whether `NOT` excludes.

use std::collections::BTreeSet;

use crate::alphabet;
use crate::ask::{Answer, Asking, Stopped};
use crate::ports::spotify::{Page, PageAsk};
use crate::ports::{Control, Fetching, PortError};
use crate::term::{SearchTerm, Term};
use crate::text;

/// Fewest names on the plain page that must be excluded, and fewest that must stay, for a trial of `NOT` to say anything.
const FEWEST: usize = 2;

/// Share of the names that must stay, to which pages may differ from one request to the next.
const STAYED: f64 = 0.8;

/// Tries out whether `NOT` excludes, on a term of one word whose first page is `plain`: asks for its first page without all
/// other letters. That must show none of the names that have a word with another letter, and the others of the plain page:
/// an operator that excludes too much would hide artists, and one that excludes nothing would split nothing.
///
/// The finding is kept for the run; where the pages say nothing, it stays open until the next term is tried.
pub(crate) async fn try_not<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    search: &SearchTerm,
    plain: &Page,
) -> Result<Option<Stopped>, PortError> {
    let ([word], None) = (search.words(), asking.capability.not_works) else { return Ok(None) };
    if !word.starts_with(|c: char| c.is_ascii_alphanumeric()) || !search.without().is_empty() {
        return Ok(None);
    }
    let others = alphabet::letters().filter(|c| !word.starts_with(*c)).map(String::from);
    let Some(alone) = search.excluding(others) else { return Ok(None) };
    let limit = asking.capability.limits.page.min(asking.capability.limits.window);
    let last_page = term.progress.last_page;
    let answer = asking.search(term, &alone, PageAsk { limit, offset: 0 }).await?;
    // The trial says nothing of how new the term's own rows are.
    term.progress.last_page = last_page;
    let without = match answer {
        Answer::Page(page) => page,
        // A question that is refused for good is an answer too: it is not understood.
        Answer::Stopped(Stopped::Hopeless(_)) => Page::default(),
        // Trouble with the trial is none of the term's: another term will try.
        Answer::AskAgain | Answer::Stopped(Stopped::Trouble(_)) => return Ok(None),
        Answer::Stopped(stopped) => return Ok(Some(stopped)),
    };
    if let Some(works) = excludes(&alone, plain, &without) {
        tracing::info!(works, query = alone.query(), "NOT tried out");
        asking.ports.control().note_not(&term.run, works).await?;
        asking.capability.not_works = Some(works);
    }
    Ok(None)
}

/// Whether `without`, the page of `term`, is what `plain`, the page without its exclusions, makes expect.
fn excludes(term: &SearchTerm, plain: &Page, without: &Page) -> Option<bool> {
    let excluded = |name: &str| term.excludes(&text::words(name));
    let stays = plain.artists.iter().filter(|artist| !excluded(&artist.name));
    let stays: BTreeSet<_> = stays.map(|artist| &artist.id).collect();
    if stays.len() < FEWEST || plain.artists.len() - stays.len() < FEWEST {
        return None;
    }
    let stayed = without.artists.iter().filter(|artist| stays.contains(&artist.id)).count();
    #[expect(clippy::cast_precision_loss, reason = "rows of a page")]
    let enough = stayed as f64 >= STAYED * stays.len() as f64;
    Some(enough && !without.artists.iter().any(|artist| excluded(&artist.name)))
}
