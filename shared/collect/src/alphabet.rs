//! The base alphabet: where a search begins before any result has taught it more characters.
//!
//! Scripts with thousands of characters (Han, Hangul) have no base; their characters are learned from results.

/// Scripts that are searched from the start, most artists first. Letters are those that remain after folding.
const SCRIPTS: [&str; 10] = [
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "абвгдежзиклмнопрстуфхцчшщыэюя",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "אבגדהוזחטיכלמנסעפצקרשת",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわ",
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワ",
    "กขคงจฉชซญณดตถทธนบปผฝพฟภมยรลวศสหอฮเแโไใ",
    "अआइईउएओकखगघचछजझटठडढतथदधनपफबभमयरलवशषसह",
];

/// Every character that a word is searched under from the start, with the rank of its script (0 is the most common).
pub fn roots() -> impl Iterator<Item = (usize, char)> {
    SCRIPTS.iter().enumerate().flat_map(|(rank, script)| script.chars().map(move |c| (rank, c)))
}

/// Whether words that begin with `c` are searched from the start.
pub fn is_root(c: char) -> bool {
    SCRIPTS.iter().any(|script| script.contains(c))
}

/// The characters that may follow `last` in a word, whether seen or not: its script, and digits after Latin letters and
/// the other way round.
pub fn continuations(last: char) -> impl Iterator<Item = char> {
    let (latin, digits) = (SCRIPTS[0], SCRIPTS[1]);
    let follow: [&str; 2] = if latin.contains(last) || digits.contains(last) {
        [latin, digits]
    } else {
        [SCRIPTS.iter().find(|script| script.contains(last)).copied().unwrap_or_default(), ""]
    };
    follow.into_iter().flat_map(str::chars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn every_root_is_a_folded_character_and_stands_once() {
        let mut characters: Vec<char> = roots().map(|(_, c)| c).collect();
        for &c in &characters {
            assert_eq!(fold(&c.to_string()), c.to_string());
        }
        let count = characters.len();
        characters.sort_unstable();
        characters.dedup();
        assert_eq!(characters.len(), count);
    }

    #[test]
    fn a_word_goes_on_in_its_own_script() {
        assert_eq!(continuations('e').count(), 36);
        assert!(continuations('д').all(|c| ('а'..='я').contains(&c)));
        assert_eq!(continuations('音').count(), 0, "learned from results");
    }
}
