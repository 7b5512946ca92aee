//! Makes text from other parties safe to print.
//!
//! An artist's name or the reason in a dead letter can contain escape sequences. A terminal would obey them:
//! clear the screen, change its title, hide what follows. Other characters reorder the text around them. Both
//! are replaced by their code, as in `\u{1b}`.

use std::{borrow::Cow, fmt::Write};

/// One line: line breaks and tabs are escaped too, so that the text cannot imitate further output.
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unsafe)
}

/// Several lines: line breaks and tabs stay.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |character| !matches!(character, '\n' | '\t') && is_unsafe(character))
}

/// A JSON document. Unsafe characters become `\uXXXX`, which leaves the document's value unchanged: outside
/// strings, JSON contains no unsafe characters but line breaks and tabs.
pub fn json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    for character in document.chars() {
        if is_unsafe(character) && !matches!(character, '\n' | '\t') {
            // Writing to a string cannot fail.
            let _ = write!(safe, "\\u{:04x}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    safe
}

fn escaped(text: &str, is_unsafe: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_unsafe(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// Control characters (C0, DEL and C1, which some terminals obey as escape sequences), characters that change
/// the text direction, and separators that some terminals show as line breaks. All are in the basic
/// multilingual plane.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_escape_sequence_is_shown_as_text() {
        assert_eq!(line("\u{1b}[2J\u{1b}]0;title\u{7}ok"), "\\u{1b}[2J\\u{1b}]0;title\\u{7}ok");
        assert_eq!(line("one\r\ntwo\u{9b}31m"), "one\\u{d}\\u{a}two\\u{9b}31m");
        assert_eq!(lines("one\n\ttwo\u{8}"), "one\n\ttwo\\u{8}");
        assert_eq!(line("abc\u{202e}gpj.exe"), "abc\\u{202e}gpj.exe");
    }

    #[test]
    fn names_in_any_script_are_unchanged() {
        for name in ["Sigur Rós", "Мумий Тролль", "فيروز", "東京事変", "\"Weird Al\" \\ 100%", "👩\u{200d}🎤"]
        {
            assert_eq!(line(name), name);
        }
    }

    proptest! {
        #[test]
        fn no_unsafe_character_remains_in_any_text(text in any::<String>()) {
            prop_assert!(!line(&text).contains(is_unsafe));
            prop_assert!(!lines(&text).replace(['\n', '\t'], "").contains(is_unsafe));
        }

        #[test]
        fn escaped_json_has_the_same_value(text in any::<String>()) {
            let value = Value::from(format!("{text}\u{9b}\u{7f}\u{202e}"));
            let safe = json(&value.to_string());
            prop_assert!(!safe.contains(is_unsafe));
            prop_assert_eq!(serde_json::from_str::<Value>(&safe).unwrap(), value);
        }
    }
}
