//! The beginning of a body, made safe to log.

/// Longest excerpt, in characters.
pub const MAX_CHARS: usize = 200;

/// How many bytes of a body are examined; enough for [`MAX_CHARS`] of the longest UTF-8 sequences and a
/// secret beside them.
const EXAMINED: usize = 16 * 1024;

/// The first [`MAX_CHARS`] characters of `body`. Invalid UTF-8 becomes the replacement character, control
/// characters (including line breaks and terminal escapes) become spaces, and every occurrence of one of
/// `secrets` becomes `[redacted]`.
pub fn excerpt(body: &[u8], secrets: &[&str]) -> String {
    let mut text = String::from_utf8_lossy(&body[..body.len().min(EXAMINED)]).into_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "[redacted]");
    }
    clean(&text)
}

/// `text` truncated to [`MAX_CHARS`] characters, with control and direction-changing characters replaced by
/// spaces.
fn clean(text: &str) -> String {
    let mut cleaned: String = text.chars().take(MAX_CHARS).map(harmless).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        cleaned.push('…');
    }
    cleaned.trim().to_owned()
}

/// Unicode does not count directional overrides as control characters, yet they reorder how a log line is
/// displayed.
fn harmless(character: char) -> char {
    let reorders =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // SQS and XML reject these two.
    let noncharacter = matches!(character, '\u{fffe}' | '\u{ffff}');
    if character.is_control() || reorders || noncharacter { ' ' } else { character }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_body_is_shown_without_line_breaks_or_terminal_escapes() {
        assert_eq!(excerpt(b"bad\r\n\x1b[31mgateway\0", &[]), "bad   [31mgateway");
    }

    #[test]
    fn a_long_body_is_truncated_between_characters_and_marked() {
        let shown = excerpt("é".repeat(500).as_bytes(), &[]);
        assert_eq!(shown.chars().count(), MAX_CHARS + 1);
        assert!(shown.ends_with('…'));
    }

    #[test]
    fn a_secret_across_the_cut_is_not_shown() {
        let body = format!("{}verysecrettoken", "x".repeat(MAX_CHARS - 5));
        let shown = excerpt(body.as_bytes(), &["verysecrettoken"]);
        assert!(!shown.contains("very"), "{shown}");
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_short_line_of_text(body in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let shown = excerpt(&body, &["secret"]);
            prop_assert!(shown.chars().count() <= MAX_CHARS + 1);
            prop_assert!(!shown.chars().any(char::is_control));
        }
    }
}
