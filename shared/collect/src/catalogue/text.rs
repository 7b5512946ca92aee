//! Names as search sees them: folded words.
//!
//! Spotify compares without case and without accents, and a query word matches the beginning of any word of a
//! name. Everything that reasons about prefixes works on these folded words, never on the name as displayed.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` in lower case and without accents: compatibility decomposition, accents dropped, composed again (so
/// that a Hangul syllable stays one character).
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        // As below, which most of the time would be spent on.
        return text.to_ascii_lowercase();
    }
    let lower: String = text.nfkd().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase).collect();
    lower.nfkd().filter(|c| !is_accent(*c)).nfc().collect()
}

/// Whether `c` is a mark that search ignores. The marks of Indic scripts, Thai and kana are letters to a
/// reader and stay.
fn is_accent(c: char) -> bool {
    is_combining_mark(c)
        && matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// The folded words of a name, in order. Words are runs of letters, digits and their marks; a name that has
/// none ("!!!") is one word as it stands, without its spaces.
pub fn words(name: &str) -> Vec<String> {
    let folded = fold(name);
    let words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(str::to_owned)
        .collect();
    if !words.is_empty() {
        return words;
    }
    let symbols: String = folded.split_whitespace().collect();
    if symbols.is_empty() { Vec::new() } else { vec![symbols] }
}

/// The signs that words of signs begin with: pieces between spaces in which no letter or digit stands, as in
/// "★ Ba" and "★★".
pub fn signs(name: &str) -> impl Iterator<Item = char> {
    let folded = fold(name);
    let pieces = folded.split_whitespace().filter(|piece| !piece.contains(char::is_alphanumeric));
    let first = pieces.filter_map(|piece| piece.chars().find(|c| !is_combining_mark(*c)));
    first.collect::<Vec<_>>().into_iter()
}

/// Whether a word can begin with `c`: a letter or digit, not a mark that only follows one.
pub fn begins_a_word(c: char) -> bool {
    c.is_alphanumeric() && !is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_accents_do_not_count() {
        assert_eq!(fold("Ænima É\u{301}Ñ"), "ænima en");
        assert_eq!(fold("ﬁN"), "fin");
        assert_eq!(fold("İstanbul"), "istanbul");
    }

    #[test]
    fn letters_of_other_scripts_stay_whole() {
        assert_eq!(fold("한글"), "한글");
        assert_eq!(fold("がか"), "がか");
        assert_eq!(words("हिन्दी संगीत"), ["हिन्दी", "संगीत"]);
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(words("A-b C.d 2e"), ["a", "b", "c", "d", "2e"]);
        assert_eq!(words("Звук и Ко"), ["звук", "и", "ко"]);
        assert_eq!(words("音楽"), ["音楽"]);
    }

    #[test]
    fn signs_between_spaces_are_words_of_their_own() {
        assert_eq!(signs("★ Ba ♥♥ a★ &").collect::<String>(), "★♥&");
        assert_eq!(signs("Ba-Ba हिन्दी").count(), 0);
    }

    #[test]
    fn a_name_without_letters_is_one_word() {
        assert_eq!(words("! ! !"), ["!!!"]);
        assert!(words("  ").is_empty());
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,30}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}
