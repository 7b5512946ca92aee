//! Reading a query: words, quoted phrases, filters and `NOT`.

use super::Manner;
use crate::fold::{fold, words};

/// One condition on an artist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// Some word of the name begins so. Folded.
    Prefix(String),
    /// These whole words follow one another in the name. Folded, at least one.
    Phrase(Vec<String>),
    /// Some release lies in these years, both included.
    Years(u16, u16),
    /// The artist has the genre whose folded words, joined by spaces, are these.
    Genre(String),
    /// `tag:` with this value.
    Tag(Tag),
}

/// The value of a `tag:` filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Released something lately.
    New,
    /// Anything else; no artist has it (`hipster` is for albums).
    Other,
}

/// A query that can be answered: what an artist must be and must not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// All of these hold; never empty.
    pub must: Vec<Clause>,
    /// None of these holds.
    pub must_not: Vec<Clause>,
}

impl Query {
    /// The prefix, if the query is one bare word and nothing else.
    pub fn only_prefix(&self) -> Option<&str> {
        match (self.must.as_slice(), self.must_not.as_slice()) {
            ([Clause::Prefix(prefix)], []) => Some(prefix),
            _ => None,
        }
    }
}

/// The query asks for nothing: it is empty, `*`, or only excludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("No search query")]
pub struct NoQuery;

/// Reads `text` in the given manner: an upper-case `NOT` excludes what follows it, or is a word; quotes make
/// a phrase, or are not there; `year:` is a filter, or words.
///
/// Every word must match; `"quoted words"` are a phrase; `artist:` (before a word or a phrase) says what is
/// the case anyway; `year:2003` and `year:1955-1960` ask for a release then; of several `genre:` only the
/// first is honoured; `tag:new` asks for a new release. Unknown filters are read as words.
pub fn parse(text: &str, manner: Manner) -> Result<Query, NoQuery> {
    let text = text.trim();
    if text.is_empty() || text == "*" {
        return Err(NoQuery);
    }
    if !text.contains(char::is_alphanumeric) {
        return Ok(Query { must: vec![Clause::Prefix(fold(text))], must_not: Vec::new() });
    }
    let mut query = Query::default();
    let mut negative = false;
    for piece in pieces(text) {
        if manner.not_works && piece == "NOT" {
            negative = true;
            continue;
        }
        let clauses = clauses(piece, manner);
        let side = if negative { &mut query.must_not } else { &mut query.must };
        for clause in clauses {
            let second_genre = matches!(clause, Clause::Genre(_))
                && !negative
                && side.iter().any(|earlier| matches!(earlier, Clause::Genre(_)));
            if !second_genre && !side.contains(&clause) {
                side.push(clause);
            }
        }
        negative = false;
    }
    if query.must.is_empty() { Err(NoQuery) } else { Ok(query) }
}

/// Cuts at white space outside quotes. A quote that is never closed reaches to the end.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    })
    .filter(|piece| !piece.is_empty())
}

/// What one piece asks for.
fn clauses(piece: &str, manner: Manner) -> Vec<Clause> {
    let filter = piece.split_once(':').map(|(name, value)| (name, value, value.trim_matches('"')));
    match filter {
        Some(("artist", value, _)) if !value.is_empty() => name_clauses(value, manner),
        Some(("genre", _, value)) if !value.is_empty() => vec![Clause::Genre(words(value).join(" "))],
        Some(("year", _, value)) if manner.years_work => match years(value) {
            Some((first, last)) => vec![Clause::Years(first, last)],
            None => name_clauses(piece, manner),
        },
        Some(("tag", _, "new")) => vec![Clause::Tag(Tag::New)],
        Some(("tag", _, value)) if !value.is_empty() => vec![Clause::Tag(Tag::Other)],
        _ => name_clauses(piece, manner),
    }
}

/// `2003` or `1955-1960`.
fn years(value: &str) -> Option<(u16, u16)> {
    let year = |text: &str| text.parse().ok().filter(|year| (1..=9_999).contains(year));
    match value.split_once('-') {
        Some((first, last)) => Some((year(first)?, year(last)?)),
        None => year(value).map(|only| (only, only)),
    }
}

/// Conditions on the name: a phrase if quoted, else a prefix for each word of the piece.
fn name_clauses(piece: &str, manner: Manner) -> Vec<Clause> {
    if !piece.contains(char::is_alphanumeric) {
        return Vec::new();
    }
    match piece.strip_prefix('"').filter(|_| manner.quotes_work) {
        // A mark that search ignores may be all there is.
        Some(quoted) => {
            Some(words(quoted)).filter(|words| !words.is_empty()).map(Clause::Phrase).into_iter().collect()
        }
        None => words(piece).into_iter().map(Clause::Prefix).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(word: &str) -> Clause {
        Clause::Prefix(word.into())
    }

    #[test]
    fn words_are_folded_prefixes_and_punctuation_cuts_them() {
        let query = parse("  Béy A$ap & ", Manner::default()).expect("a query");
        assert_eq!(query.must, [prefix("bey"), prefix("a"), prefix("ap")]);
    }

    #[test]
    fn quotes_make_phrases_and_filters_are_recognised() {
        let query =
            parse("\"Los  Lobos\" artist:\"el sol\" artist:lun year:1955-1960 tag:new", Manner::default())
                .expect("a query");
        let phrase = |words: [&str; 2]| Clause::Phrase(words.map(str::to_owned).to_vec());
        let expected = [
            phrase(["los", "lobos"]),
            phrase(["el", "sol"]),
            prefix("lun"),
            Clause::Years(1955, 1960),
            Clause::Tag(Tag::New),
        ];
        assert_eq!(query.must, expected);
    }

    #[test]
    fn only_one_genre_is_honoured() {
        let query = parse("genre:\"Deep House\" genre:folk ab", Manner::default()).expect("a query");
        assert_eq!(query.must, [Clause::Genre("deep house".into()), prefix("ab")]);
    }

    #[test]
    fn not_excludes_what_follows_it_or_is_a_word_when_it_does_not_work() {
        let query = parse("the NOT band NOT \"big sky\"", Manner::default()).expect("a query");
        assert_eq!(query.must, [prefix("the")]);
        assert_eq!(query.must_not, [prefix("band"), Clause::Phrase(vec!["big".into(), "sky".into()])]);
        let query = parse("the NOT band", Manner { not_works: false, ..Manner::default() }).expect("a query");
        assert_eq!(query.must, [prefix("the"), prefix("not"), prefix("band")]);
    }

    #[test]
    fn quotes_and_years_are_nothing_special_when_they_do_not_work() {
        let manner = Manner { quotes_work: false, years_work: false, ..Manner::default() };
        let query = parse("\"los\" year:1955-1960", manner).expect("a query");
        assert_eq!(query.must, [prefix("los"), prefix("year"), prefix("1955"), prefix("1960")]);
    }

    #[test]
    fn nothing_asked_is_no_query() {
        for text in ["", "   ", "*", "NOT the"] {
            assert_eq!(parse(text, Manner::default()), Err(NoQuery), "{text:?}");
        }
    }

    #[test]
    fn a_query_without_letters_is_one_word_as_it_is() {
        assert_eq!(parse(" !!! ", Manner::default()).expect("a query").must, [prefix("!!!")]);
    }
}
