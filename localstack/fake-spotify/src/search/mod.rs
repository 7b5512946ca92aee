//! Search as Spotify does it, as far as that is known: words match the beginnings of name words.
//!
//! [`parse`] reads a query, [`Index`] knows which artists have which words, [`Searcher`] puts the two
//! together and keeps the answers of questions that are asked page by page.

mod index;
mod query;
mod select;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

pub use index::Index;
pub use query::{Clause, NoQuery, Query, Tag, parse};
pub use select::{Hits, select};

use crate::catalogue::Catalogue;

/// How queries are read and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is switched by itself")]
pub struct Manner {
    /// Whether `NOT x` excludes; otherwise `NOT` is a word like any other.
    pub not_works: bool,
    /// Whether `"x"` asks for the whole word; otherwise quotes are not there.
    pub quotes_work: bool,
    /// Whether `year:` filters; otherwise it is a word like any other.
    pub years_work: bool,
    /// Whether `genre:` hardly finds anything, as for development-mode apps.
    pub genres_thin: bool,
    /// How many of the first matches a query remembers: at least the window.
    pub depth: usize,
}

impl Default for Manner {
    fn default() -> Self {
        Self { not_works: true, quotes_work: true, years_work: true, genres_thin: false, depth: 1_000 }
    }
}

/// A part of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Ranks in search order.
    pub ranks: Vec<u32>,
    /// How many artists match in all.
    pub total: usize,
}

/// Answers queries over one catalogue, from any number of threads.
#[derive(Debug)]
pub struct Searcher {
    catalogue: Arc<Catalogue>,
    index: Index,
    kept: Mutex<HashMap<(String, Manner), Arc<Hits>>>,
}

/// Answers kept at most; each holds at most a window of ranks, so all of them a few tens of megabytes.
const KEPT_AT_MOST: usize = 8_192;

impl Searcher {
    /// Builds the index of `catalogue`; a million artists take a few seconds.
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        let index = Index::build(&catalogue);
        Self { catalogue, index, kept: Mutex::default() }
    }

    /// The artists that are searched.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// The index below.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The matches of `text` at the places `wanted`, in search order, without those beyond the end or beyond
    /// `manner.depth`. Errs when the query asks for nothing.
    pub fn slice(&self, text: &str, manner: Manner, wanted: Range<usize>) -> Result<Slice, NoQuery> {
        let query = parse(text, manner)?;
        if let Some(prefix) = query.only_prefix() {
            let list = self.index.prefix(prefix);
            return Ok(cut(&list, list.len(), &wanted));
        }
        let hits = self.hits(text, &query, manner);
        Ok(cut(&hits.first, hits.total, &wanted))
    }

    /// The answer to a query of several parts: worked out once, then kept for its other pages.
    fn hits(&self, text: &str, query: &Query, manner: Manner) -> Arc<Hits> {
        let key = (text.to_owned(), manner);
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hits) = kept().get(&key) {
            return Arc::clone(hits);
        }
        let hits = Arc::new(select(&self.catalogue, &self.index, query, manner));
        let mut kept = kept();
        if kept.len() >= KEPT_AT_MOST {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&hits));
        hits
    }
}

/// The part `wanted` of a list, as far as the list goes.
fn cut(list: &[u32], total: usize, wanted: &Range<usize>) -> Slice {
    let (start, end) = (wanted.start.min(list.len()), wanted.end.min(list.len()));
    Slice { ranks: list[start..end.max(start)].to_vec(), total }
}

#[cfg(test)]
mod tests;
