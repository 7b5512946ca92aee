//! A random sample of the catalogue, drawn when everything else has been asked: slices by letter and year, a route that
//! does not depend on how names were split. What the [`estimate`](crate::estimate) of a run rests on.
//!
//! A slice is taken if it fits on one page, so that it shows everybody it has and not the best known ones alone. One that
//! does not fit is left, and another letter in an earlier year is tried; after an empty one, a later year.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;

use jiff::tz::TimeZone;

use crate::alphabet;
use crate::ask::{Asking, Stopped};
use crate::capability::{Operators, try_out};
use crate::ports::{Clock, Fetching, Frontier, PortError, Scheduling};
use crate::run::RunId;
use crate::settings::Settings;
use crate::source::Source;
use crate::term::{Question, SearchTerm, Term, TermState, Years};

/// Slices in a sample.
const SLICES: u16 = 24;

/// Slices that are looked at to find one that fits.
const TRIES: u16 = 5;

/// How often a slice is asked at once while there is trouble.
const TROUBLES: u32 = 3;

/// Letters and years are dealt out in so many hands, so that no two of the slices that are looked at can be the same: a hand
/// is a letter with every fifth year.
const HANDS: u16 = 26 * YEARS;

/// Of so many years in a row, each is in another hand.
const YEARS: u16 = 5;

const _: () = assert!(SLICES * TRIES <= HANDS, "every slice has a hand of its own");

/// How long ago the year lies in which the search for fitting slices begins, where no slice was seen yet.
const AGO: u16 = 25;

/// Years after which about e times as many artists release something: only to find slices that fit soon.
const GROWTH: f64 = 9.0;

/// Of a hundred words of names, how many begin with each letter from a to z, roughly.
const WEIGHTS: [u8; 26] = [7, 8, 7, 7, 4, 4, 4, 4, 3, 5, 5, 6, 8, 4, 3, 5, 1, 5, 9, 7, 1, 3, 3, 1, 2, 2];

/// What is expected of a sample: hardly anybody new.
const LAST: f64 = 0.001;

/// Puts the terms of a sample into the frontier, where one can be drawn. Returns those that are to be asked, how many of
/// them were new.
pub(crate) async fn put<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: &RunId,
    operators: Operators,
) -> Result<(Vec<Term>, usize), PortError> {
    if !settings.sources.has(Source::Search) || operators.years != Some(true) {
        return Ok((Vec::new(), 0));
    }
    let term = |number| Term::new(run.clone(), Source::Search, Question::Sample(number), LAST);
    let terms: Vec<Term> = (0..SLICES).map(term).collect();
    let new = ports.frontier().put_new(&terms).await?;
    Ok((terms, new))
}

/// Looks for a slice that fits, and counts whom of it the run has seen. Goes on with the next slice when it was interrupted.
pub(crate) async fn work<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
    number: u16,
) -> Result<Result<TermState, Stopped>, PortError> {
    let this_year = asking.ports.clock().now().to_zoned(TimeZone::UTC).year();
    let this_year = u16::try_from(this_year).unwrap_or(AGO);
    let mut year = asking.guide.sample_year.unwrap_or_else(|| this_year.saturating_sub(AGO));
    // What was asked counts, so that a slice is found under the slowest pace too, with an interruption after each request.
    if term.progress.tally.sampled > 0 {
        // It was interrupted after its slice was counted.
        return Ok(Ok(TermState::Done));
    }
    let asked = u16::try_from(term.progress.tally.requests).unwrap_or(TRIES);
    let hands = hands(&term.run);
    // Dealt in rounds, so that the early hands are everybody's first try.
    let own = hands.into_iter().skip(number.into()).step_by(SLICES.into()).take(TRIES.into());
    for hand in own.skip(asked.into()) {
        let Some(slice) = slice(hand, year..=this_year) else { break };
        let before = term.progress.tally;
        let page = match try_out(asking, term, &slice, TROUBLES).await? {
            Ok(page) => page,
            Err(stopped) => return Ok(Err(stopped)),
        };
        let rows = u16::try_from(page.artists.len()).unwrap_or(u16::MAX);
        let fits = u32::from(rows) < asking.capability.limits.page
            && !page.has_next
            && page.total.is_none_or(|total| total <= u64::from(page.rows));
        let matches = page.total.unwrap_or_default().max(u64::from(page.rows));
        let next_year = fitting(year, matches, asking.capability.limits.page).min(this_year);
        asking.guide.sample_year = Some(next_year);
        if rows > 0 && fits {
            let tally = &mut term.progress.tally;
            let found = tally.first_seen() - before.first_seen();
            tally.sampled = u32::from(rows);
            tally.recaptured = u32::from(rows).saturating_sub(found);
            break;
        }
        year = next_year;
    }
    Ok(Ok(TermState::Done))
}

/// The year whose slices have about half a page, when those of `year` have `matches`.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a hint of a few years")]
fn fitting(year: u16, matches: u64, page: u32) -> u16 {
    let wanted = f64::from(page) / 2.0;
    let years = GROWTH * (wanted / (matches as f64).max(0.5)).ln();
    year.saturating_add_signed(years.clamp(-60.0, 60.0) as i16 / 2)
}

/// The hands in an order by chance, the same in every replay of the run. A hand comes early in proportion to how many words
/// begin with its letter (weighted sampling without replacement, Efraimidis and Spirakis 2006): if every letter came as often
/// as any other, the rare ones, whose few artists a run has soon seen, would speak for the many of the common ones. The chance
/// is that of a linear congruential generator (Knuth's MMIX), which is random enough for a few cards.
fn hands(run: &RunId) -> Vec<u16> {
    let mut hasher = DefaultHasher::new();
    run.as_str().hash(&mut hasher);
    let mut state = hasher.finish();
    let mut dealt: Vec<(f64, u16)> = (0..HANDS)
        .map(|hand| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // The higher bits are the more random ones.
            let chance = (f64::from(u32::try_from(state >> 32).unwrap_or_default()) + 0.5) / 2_f64.powi(32);
            let weight = WEIGHTS.get(usize::from(hand / YEARS)).copied().unwrap_or(1);
            (-chance.ln() / f64::from(weight), hand)
        })
        .collect();
    dealt.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    dealt.into_iter().map(|(_, hand)| hand).collect()
}

/// The slice of a hand: its letter, in its year about the beginning of `years`, and none beyond their end.
fn slice(hand: u16, years: RangeInclusive<u16>) -> Option<SearchTerm> {
    let letter = alphabet::letters().nth((hand / YEARS).into())?;
    let first = years.start().saturating_sub(1);
    let later = (hand % YEARS + YEARS - first % YEARS) % YEARS;
    let year = first.saturating_add(later);
    let year = if year > *years.end() { year.saturating_sub(YEARS) } else { year };
    SearchTerm::new(&letter.to_string()).ok()?.released(Years::new(year, year)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_slices_coincide_whatever_years_fit() {
        let run = RunId::new("2026-11-21").unwrap();
        let mut years = (1900..=2026).cycle().step_by(37);
        let slices: Vec<SearchTerm> =
            hands(&run).into_iter().map(|hand| slice(hand, years.next().unwrap()..=2026).unwrap()).collect();
        assert_eq!(slices.iter().collect::<BTreeSet<_>>().len(), usize::from(HANDS));
        let this_year = Years::new(1, 2026).unwrap();
        assert!(slices.iter().all(|slice| slice.years().unwrap().intersection(this_year) == slice.years()));
    }

    #[test]
    fn a_slice_lies_within_two_years_of_the_one_that_is_wanted() {
        for hand in 0..HANDS {
            let slice = slice(hand, 2001..=2026).unwrap().to_string();
            assert!((2000..=2004).any(|year| slice.contains(&format!("year:{year}"))), "{slice}");
        }
    }
}
