//! What the systematic search asks: all strings of one length over an alphabet, in order, none left out or
//! asked twice. Adaptive search finds more with less; this is for those who want to ask exactly these
//! questions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::catalogue::text;

/// All strings of `length` characters over `alphabet`, written as `0-9a-z:4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strings {
    alphabet: Arc<[char]>,
    length: u32,
}

/// Longest string: hardly any word is longer.
const LONGEST: u32 = 12;

/// Most strings. Asking so many takes half a year at a thousand requests in 30 seconds.
const MOST: u64 = 500_000_000;

/// A text that is no alphabet and length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStrings {
    /// There is no colon, or nothing before it.
    #[error("{0:?} is no alphabet with a length, as `0-9a-z:4` is")]
    Form(String),
    /// What follows the colon is no length.
    #[error("{0:?} is no length: it must be a number from 1 to {LONGEST}")]
    Length(String),
    /// Search would take it for another character, or for none.
    #[error("{0:?} cannot stand in the alphabet: letters and digits can, in lower case and without accents")]
    Character(char),
    /// It would be asked twice.
    #[error("{0:?} stands in the alphabet twice")]
    Repeated(char),
    /// Its end comes before its beginning.
    #[error("{0}-{1} is no range of characters")]
    Range(char, char),
    /// A run would never end.
    #[error("an alphabet of {0} characters has too many strings of {1}: {MOST} are the most")]
    TooMany(usize, u32),
}

impl Default for Strings {
    /// `0000` to `zzzz` over 0-9 and a-z.
    fn default() -> Self {
        Self { alphabet: ('0'..='9').chain('a'..='z').collect(), length: 4 }
    }
}

impl FromStr for Strings {
    type Err = InvalidStrings;

    /// Reads the characters of the alphabet, in which `a-z` stands for all from one to the other, a colon,
    /// and the length.
    fn from_str(text: &str) -> Result<Self, InvalidStrings> {
        let readable = |text: &str| text.chars().take(60).collect::<String>();
        let form = || InvalidStrings::Form(readable(text));
        let (characters, length) = text.trim().rsplit_once(':').ok_or_else(form)?;
        let length = length.trim().parse().ok().filter(|length| (1..=LONGEST).contains(length));
        let length = length.ok_or_else(|| InvalidStrings::Length(readable(text)))?;
        let alphabet = alphabet(characters.trim())?;
        if alphabet.is_empty() {
            return Err(form());
        }
        let strings = Self { alphabet: alphabet.into(), length };
        if strings.count() > MOST {
            return Err(InvalidStrings::TooMany(strings.alphabet.len(), length));
        }
        Ok(strings)
    }
}

/// The characters of an alphabet, ranges written out.
fn alphabet(text: &str) -> Result<Vec<char>, InvalidStrings> {
    let mut alphabet = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(first) = rest.next() {
        let last = if rest.next_if_eq(&'-').is_some() {
            rest.next().ok_or(InvalidStrings::Character('-'))?
        } else {
            first
        };
        if last < first {
            return Err(InvalidStrings::Range(first, last));
        }
        for character in first..=last {
            if !can_be_searched(character) {
                return Err(InvalidStrings::Character(character));
            }
            if alphabet.contains(&character) {
                return Err(InvalidStrings::Repeated(character));
            }
            alphabet.push(character);
        }
    }
    Ok(alphabet)
}

/// Whether a search for `character` is a search for it and nothing else, whatever stands beside it. The parts
/// of Hangul syllables are composed with their neighbours.
fn can_be_searched(character: char) -> bool {
    let composed = ('\u{1100}'..='\u{11ff}').contains(&character);
    text::begins_a_word(character) && text::fold(&character.to_string()) == character.to_string() && !composed
}

impl fmt::Display for Strings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.alphabet.iter().collect::<String>(), self.length)
    }
}

impl Strings {
    /// How many there are.
    pub fn count(&self) -> u64 {
        (self.alphabet.len() as u64).saturating_pow(self.length)
    }

    /// The string at place `number` of the order, counted from 0.
    pub fn at(&self, number: u64) -> Option<String> {
        if number >= self.count() {
            return None;
        }
        let base = self.alphabet.len() as u64;
        let character = |place: u32| {
            let digit = number / base.saturating_pow(place) % base;
            self.alphabet.get(usize::try_from(digit).unwrap_or_default())
        };
        (0..self.length).rev().map(character).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_in_order_and_none_is_missing() {
        let strings: Strings = "01a:2".parse().unwrap();
        let all: Vec<String> = (0..strings.count()).filter_map(|number| strings.at(number)).collect();
        assert_eq!(all, ["00", "01", "0a", "10", "11", "1a", "a0", "a1", "aa"]);
        assert_eq!(strings.at(9), None);
        let strings = Strings::default();
        assert_eq!(
            (strings.at(0).as_deref(), strings.at(36 * 36 * 36 * 36 - 1).as_deref()),
            (Some("0000"), Some("zzzz"))
        );
    }

    #[test]
    fn an_alphabet_is_read_with_its_ranges_and_shown() {
        assert_eq!("0-9a-z:4".parse(), Ok(Strings::default()));
        assert_eq!(Strings::default().to_string().parse(), Ok(Strings::default()));
        let strings: Strings = " жa-c: 1 ".parse().unwrap();
        assert_eq!((strings.to_string().as_str(), strings.count()), ("жabc:1", 4));
    }

    #[test]
    fn what_is_no_alphabet_with_a_length_is_refused_by_name() {
        for (text, named) in [
            ("", "0-9a-z:4"),
            ("abc", "\"abc\""),
            (":2", "\":2\""),
            ("ab:0", "1 to 12"),
            ("ab:x", "1 to 12"),
            ("aB:2", "'B'"),
            ("aé:2", "'é'"),
            ("a b:2", "' '"),
            ("a-:2", "'-'"),
            ("\u{1100}:2", "'\u{1100}'"),
            ("abca:2", "'a' stands in the alphabet twice"),
            ("z-a:2", "z-a"),
            ("0-9a-z:6", "36 characters"),
        ] {
            let error = text.parse::<Strings>().unwrap_err().to_string();
            assert!(error.contains(named), "{text:?}: {error}");
        }
    }
}
