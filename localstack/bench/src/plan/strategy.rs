//! The collector's strategies.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use collect::term::{Question, RunId, SearchTerm, Source, Term};

/// A strategy of the collector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Strategy {
    /// Splits saturated searches.
    Adaptive,
    /// Searches for `0000` to `zzzz`.
    Systematic,
    /// Runs the searches of a list in order, page by page, and nothing else.
    PrefixList(Vec<SearchTerm>),
}

impl Strategy {
    /// Parses the option's words: a strategy and, for a list, its file with one search per line.
    pub(super) fn read(words: &[String]) -> Result<Self> {
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["adaptive"] => Ok(Self::Adaptive),
            ["systematic"] => Ok(Self::Systematic),
            ["prefix-list", file] => Ok(Self::PrefixList(read_list(Path::new(file))?)),
            ["prefix-list"] => bail!("--strategy prefix-list needs a file with one search per line"),
            ["adaptive" | "systematic", file] => {
                bail!("--strategy {} takes no file, but got {file:?}", words[0])
            }
            other => bail!(
                "unknown --strategy {:?}; use adaptive, systematic or prefix-list FILE",
                other.join(" ")
            ),
        }
    }

    /// The name in the results.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Adaptive => "adaptive",
            Self::Systematic => "systematic",
            Self::PrefixList(_) => "prefix-list",
        }
    }

    /// The terms that a run starts from, if the strategy defines them: earlier searches have a higher
    /// priority.
    #[expect(clippy::cast_precision_loss, reason = "a place in a list")]
    pub(super) fn terms(&self, run: &RunId) -> Option<Vec<Term>> {
        let Self::PrefixList(searches) = self else { return None };
        let term = |(place, search): (usize, &SearchTerm)| {
            let priority = 1e-3 * (1.0 - place as f64 / searches.len() as f64);
            Term::new(run.clone(), Source::Systematic, Question::Search(search.clone()), priority)
        };
        Some(searches.iter().enumerate().map(term).collect())
    }
}

/// The searches in a file, one per line. Empty lines are skipped, and so are searches equivalent to an
/// earlier one.
fn read_list(file: &Path) -> Result<Vec<SearchTerm>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut searches: Vec<SearchTerm> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let search =
            SearchTerm::new(line).with_context(|| format!("{}, line {}", file.display(), number + 1))?;
        if known.insert(search.clone()) {
            searches.push(search);
        }
    }
    if searches.is_empty() {
        bail!("{} contains no search", file.display());
    }
    Ok(searches)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Strategy> {
        Strategy::read(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_list_is_read_in_order_without_repeats() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list");
        fs::write(&file, "the\n\nÁbba x\nx abba\nmar\n").unwrap();
        let strategy = read(&["prefix-list", file.to_str().unwrap()]).unwrap();
        let terms = strategy.terms(&RunId::new("plan").unwrap()).unwrap();
        let keys: Vec<String> = terms.iter().map(|term| term.key().to_string()).collect();
        assert_eq!(keys, ["search:the", "search:abba x", "search:mar"]);
        assert!(terms.windows(2).all(|pair| pair[0].priority > pair[1].priority));
    }

    #[test]
    fn an_unknown_strategy_or_a_bad_file_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list");
        fs::write(&file, "the\nyear:x\n").unwrap();
        let file = file.to_str().unwrap();
        for (words, named) in [
            (vec!["prefix-list", file], "line 2"),
            (vec!["prefix-list", "/nowhere"], "/nowhere"),
            (vec!["prefix-list"], "file"),
            (vec!["adaptive", file], file),
            (vec!["clever"], "clever"),
        ] {
            let error = format!("{:#}", read(&words).unwrap_err());
            assert!(error.contains(named), "{error}");
        }
    }
}
