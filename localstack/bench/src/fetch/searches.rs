//! What a run has searched for, so that Python can do the same.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use aws_sdk_dynamodb::types::AttributeValue;
use local::observe::to_json;
use serde::Serialize;
use serde_json::Value;

/// Pages of fifty rows that Spotify shows of a search.
const MOST_PAGES: u64 = 20;

/// The searches of a run.
#[derive(Debug, Default, Serialize)]
pub(super) struct Searches {
    /// Keys of those that the run began with.
    pub(super) roots: Vec<String>,
    /// All of them, by key.
    pub(super) terms: BTreeMap<String, Search>,
}

/// A search, its pages, and what it has led to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Search {
    query: String,
    pages: u64,
    follow_ups: Vec<String>,
}

impl Searches {
    /// Reads the terms of `run`.
    pub(super) async fn of_run(dynamodb: &aws_sdk_dynamodb::Client, table: &str, run: &str) -> Result<Self> {
        let mut items = dynamodb
            .query()
            .table_name(table)
            .key_condition_expression("#run = :run")
            .expression_attribute_names("#run", "run")
            .expression_attribute_values(":run", AttributeValue::S(run.to_owned()))
            .into_paginator()
            .items()
            .send();
        let mut terms = Vec::new();
        while let Some(item) = items.next().await {
            terms.push(to_json(item.context("the terms cannot be read")?));
        }
        Ok(Self::of_terms(&terms))
    }

    /// The searches among terms as they are stored. One whose parent is none of them is a root.
    fn of_terms(terms: &[Value]) -> Self {
        let mut searches = Self::default();
        let mut parents = BTreeMap::new();
        for term in terms {
            let Some((key, query)) =
                term["key"].as_str().and_then(|key| Some((key, key.strip_prefix("search:")?)))
            else {
                continue;
            };
            let pages = term["tally"]["requests"].as_u64().unwrap_or_default().min(MOST_PAGES);
            let search = Search { query: query.to_owned(), pages, follow_ups: Vec::new() };
            searches.terms.insert(key.to_owned(), search);
            parents.insert(key, term["parent"].as_str());
        }
        for (key, parent) in parents {
            match parent.and_then(|parent| searches.terms.get_mut(parent)) {
                Some(parent) => parent.follow_ups.push(key.to_owned()),
                None => searches.roots.push(key.to_owned()),
            }
        }
        searches
    }

    /// Those that no chain of follow-ups from a root leads to: none, if the terms are what a run leaves.
    pub(super) fn unreachable(&self) -> usize {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&String> = self.roots.iter().collect();
        while let Some(key) = next.pop() {
            if reached.insert(key) {
                next.extend(self.terms.get(key).into_iter().flat_map(|search| &search.follow_ups));
            }
        }
        self.terms.len() - reached.len()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_search_is_a_root_or_the_follow_up_of_its_parent() {
        let term = |key: &str, parent: Option<&str>, requests: u64| json!({"key": key, "parent": parent, "tally": {"requests": requests}});
        let searches = Searches::of_terms(&[
            term("capabilities", None, 1),
            term("search:a", None, 1),
            term("search:ab", Some("search:a"), 33),
            term("search:b", Some("capabilities"), 2),
        ]);
        assert_eq!(searches.roots, ["search:a", "search:b"]);
        assert_eq!(searches.terms["search:a"].follow_ups, ["search:ab"]);
        let last = &searches.terms["search:ab"];
        assert_eq!((last.query.as_str(), last.pages), ("ab", 20), "Spotify shows no more pages");
        assert_eq!(searches.unreachable(), 0);
    }

    #[test]
    fn searches_that_only_lead_to_each_other_are_unreachable() {
        let term = |key: &str, parent: &str| json!({"key": key, "parent": parent});
        let searches = Searches::of_terms(&[term("search:a", "search:b"), term("search:b", "search:a")]);
        assert_eq!(searches.unreachable(), 2);
    }
}
