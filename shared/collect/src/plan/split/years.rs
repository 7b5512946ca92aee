//! Splitting by years of release: what is left where words cannot tell artists apart.

use super::not::{fitting, is_letter, plain};
use super::{Means, Part, Split, split};
use crate::term::{SearchTerm, Seen, Years};

/// Cuts the years of a term that has some: its parts show whatever it shows.
pub(super) fn by_shorter_years(term: &SearchTerm, seen: &Seen, total: f64) -> Option<Split> {
    let years = term.years().filter(|years| years.cut().is_some())?;
    Some(Split { parts: by_years(term, seen, total, years), covered: true, ..Split::default() })
}

/// Cuts a genre by years of release, or by the first letters of names where years do not work or are cut
/// already.
pub(super) fn by_genre(term: &SearchTerm, seen: &Seen, total: f64, means: Means) -> Split {
    if means.operators.years != Some(true) || term.years().is_some() {
        return split(term, seen, total, false);
    }
    let parts = by_years(term, seen, total, Years::until(means.this_year));
    let residue = Some("artists of a genre without a release in a known year may be hidden");
    Split { parts, residue, ..Split::default() }
}

/// Splits a prefix that saturates in a single year, where `NOT` does not work: as it is split for all years.
/// Its parts are there already, unless an earlier run split it by better means; cut by the year, they would
/// show again what they have shown. Its pairs are there too.
pub(super) fn in_one_year(term: &SearchTerm, seen: &Seen, total: f64, means: Means) -> Option<Split> {
    let is_prefix = !term.words().is_empty() && term.genre().is_none();
    if !is_prefix || term.years().is_none() || means.operators.not == Some(true) {
        return None;
    }
    let of_all_years = split(&term.of_all_years(), seen, total, means.operators.quotes == Some(true));
    Some(Split { whole: false, ..of_all_years })
}

/// The term in the earlier and in the later part of `years`.
pub(super) fn by_years(term: &SearchTerm, seen: &Seen, total: f64, years: Years) -> Vec<Part> {
    let names = f64::from(seen.names());
    // Most releases are recent, and many artists release in both parts.
    let shares = [0.4, 0.8];
    let parts = years.cut().into_iter().flatten().zip(shares);
    let part = |(years, share): (Years, f64)| {
        Some(Part { term: released(term, years)?, size: total * share, shown: names * share })
    };
    parts.filter_map(part).collect()
}

/// The term in `years` only, with as many exclusions of other roots as then fit.
pub(super) fn released(term: &SearchTerm, years: Years) -> Option<SearchTerm> {
    term.released(years).or_else(|| {
        let (letters, longer): (Vec<_>, Vec<_>) =
            term.without().iter().cloned().partition(|word| is_letter(word));
        let released = plain(term).excluding(longer)?.released(years)?;
        Some(fitting(&released, letters))
    })
}
