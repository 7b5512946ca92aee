//! The question for everything: artists that released something in any year, whatever their names.

use jiff::tz::TimeZone;

use crate::run::Run;
use crate::term::{SearchTerm, Years};

/// The term of `run` for all years up to the one in which it was opened.
pub(crate) fn term(run: &Run) -> Option<SearchTerm> {
    let this_year = run.opened_at.to_zoned(TimeZone::UTC).year();
    SearchTerm::default().released(Years::until(this_year))
}

/// What the names without letters and digits are asked by.
pub(crate) const UNREACHED: &str =
    "names that begin with a character that no name has shown cannot be asked for";
