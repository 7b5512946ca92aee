//! The operators of a search, and which of them work.

use serde::{Deserialize, Serialize};

use super::search::SearchTerm;

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
    /// Whether the exclusions of `search`, a term that an earlier run may have made, do what they say:
    /// nothing if this run has not tried it out yet.
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

    /// Whether one question shows every name without a word that begins with a-z or a digit, as long as its
    /// artist has a known year of release.
    pub(crate) fn show_other_scripts(self) -> bool {
        self.not == Some(true) && self.years == Some(true)
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
