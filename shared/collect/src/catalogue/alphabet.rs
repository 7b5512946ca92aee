//! The base alphabet: where a search begins before any result has taught it more characters.
//!
//! Of scripts with thousands of characters (Han, Hangul) the base holds the most common beginnings of names;
//! the others are learned from results, as are the letters that an alphabet has beyond its base.

use unicode_script::UnicodeScript;

/// Characters that are searched without having been seen, most artists first. Letters are those that remain
/// after folding.
const SCRIPTS: [&str; 13] = [
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "абвгдежзиклмнопрстуфхцчшщыэюя",
    "王李张劉刘陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林郑鄭谢謝罗羅梁宋唐许許韩韓冯馮邓鄧曹彭曾肖田董袁潘于蒋蔣蔡余杜叶葉程苏蘇\
     魏吕丁任沈姚卢盧姜崔钟鍾谭汪范金石贾夏付方白邹孟熊秦邱江尹薛段雷侯龙龍史陶黎贺顾毛郝龚邵万钱戴莫孔向汤小山中大松上下本川\
     木东東西南北新古青赤天日月花星音美水火土三一二五七千阿老",
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワ",
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわ",
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구나민진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국",
    "αβγδεζηθικλμνξοπρστυφχψω",
    "אבגדהוזחטיכלמנסעפצקרשת",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "กขคงจฉชซญณดตถทธนบปผฝพฟภมยรลวศสหอฮเแโไใ",
    "अआइईउएओकखगघचछजझटठडढतथदधनपफबभमयरलवशषसह",
    "!$?#+&%=~.-_@^|<>()[]{}",
];

/// Where the alphabetic scripts end that a word goes on in whether its letters were seen or not.
fn is_alphabetic(script: &str) -> bool {
    !script.starts_with(['王', '김', '!'])
}

/// The characters of the base, the most common scripts first.
pub fn roots() -> impl Iterator<Item = char> {
    SCRIPTS.iter().flat_map(|script| script.chars())
}

/// The letters a-z and the digits 0-9, under which nearly every name is found.
pub fn latin() -> impl Iterator<Item = char> {
    letters().chain(digits())
}

/// The base characters of other scripts, the most common scripts first.
pub fn other_scripts() -> impl Iterator<Item = char> {
    SCRIPTS[2..].iter().flat_map(|script| script.chars())
}

/// The letters a-z, under which most names are found.
pub fn letters() -> impl Iterator<Item = char> {
    SCRIPTS[0].chars()
}

/// The digits 0-9.
pub fn digits() -> impl Iterator<Item = char> {
    SCRIPTS[1].chars()
}

/// Whether `c` is in the base.
pub fn is_root(c: char) -> bool {
    SCRIPTS.iter().any(|script| script.contains(c))
}

/// Whether a letter that was seen may follow `last` in a word: letters of one alphabet, beyond its base.
pub fn may_follow(last: char, letter: char) -> bool {
    let alphabetic = SCRIPTS.iter().any(|script| is_alphabetic(script) && script.contains(last));
    alphabetic && last.script() == letter.script()
}

/// The characters that may follow `last` in a word, whether seen or not: its alphabet, and digits after Latin
/// letters and the other way round.
pub fn continuations(last: char) -> impl Iterator<Item = char> {
    let (latin, digits) = (SCRIPTS[0], SCRIPTS[1]);
    let own = SCRIPTS.iter().find(|script| is_alphabetic(script) && script.contains(last));
    let follow: [&str; 2] = match own {
        Some(script) if [latin, digits].contains(script) => [latin, digits],
        Some(script) => [script, ""],
        None => ["", ""],
    };
    follow.into_iter().flat_map(str::chars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::text::fold;

    #[test]
    fn every_root_is_a_folded_character_and_stands_once() {
        let mut characters: Vec<char> = roots().collect();
        for &c in &characters {
            assert_eq!(fold(&c.to_string()), c.to_string());
        }
        let count = characters.len();
        characters.sort_unstable();
        characters.dedup();
        assert_eq!(characters.len(), count);
    }

    #[test]
    fn the_base_is_latin_and_then_the_other_scripts() {
        assert!(latin().chain(other_scripts()).eq(roots()));
        assert!(latin().all(|c| c.is_ascii_alphanumeric()));
        assert!(!other_scripts().any(|c| c.is_ascii_alphanumeric()));
    }

    #[test]
    fn a_word_goes_on_in_its_own_script() {
        assert_eq!(["e", "3"].map(|last| last.chars().flat_map(continuations).count()), [36, 36]);
        assert!(continuations('д').all(|c| ('а'..='я').contains(&c)));
        assert_eq!(continuations('音').count(), 0, "learned from results");
        assert!(may_follow('k', 'ø') && !may_follow('k', 'ё') && !may_follow('音', '楽'));
    }
}
