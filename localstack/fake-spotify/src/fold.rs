//! How search reads text: folded to plain lower-case characters and cut into words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// `text` without case and marks: compatibility decomposition (NFKD), combining marks dropped, lower case.
/// `Beyoncé` and `BEYONCE` fold to the same; so do half-width and full-width forms.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// [`fold`] into a string that is used again and again.
fn fold_into(text: &str, folded: &mut String) {
    folded.clear();
    if text.is_ascii() {
        folded.push_str(text);
        folded.make_ascii_lowercase();
        return;
    }
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c));
    folded.extend(plain.flat_map(char::to_lowercase).filter(|c| !is_combining_mark(*c)));
}

/// Cuts names into the words that search knows them by. Keeps its buffer, because a catalogue has millions of
/// names.
#[derive(Debug, Default)]
pub struct Words {
    folded: String,
}

impl Words {
    /// The folded words of `name`, in order: runs of letters and digits. A name without any is one word as it
    /// is.
    pub fn of(&mut self, name: &str) -> impl Iterator<Item = &str> {
        fold_into(name, &mut self.folded);
        let whole = (!self.folded.contains(char::is_alphanumeric)).then_some(self.folded.trim());
        let runs = self.folded.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty());
        whole.into_iter().filter(|whole| !whole.is_empty()).chain(runs)
    }
}

/// The folded words of `text`, owned.
pub fn words(text: &str) -> Vec<String> {
    Words::default().of(text).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_marks_are_folded_in_every_script() {
        assert_eq!(fold("BÉYÖNĆE"), "beyonce");
        assert_eq!(fold("Ёлка"), "елка");
        assert_eq!(fold("Άλφα"), "αλφα");
        assert_eq!(fold("ＡＢＣ"), "abc");
        assert_eq!(fold("ガラス"), fold("カラス"));
    }

    #[test]
    fn names_are_cut_at_everything_that_is_no_letter_and_no_digit() {
        assert_eq!(words("AC/DC-T. Rex's 2nd"), ["ac", "dc", "t", "rex", "s", "2nd"]);
        assert_eq!(words("山田 たろう"), ["山田", "たろう"]);
    }

    #[test]
    fn a_name_without_letters_and_digits_is_one_word_as_it_is() {
        assert_eq!(words("! ! !"), ["! ! !"]);
        assert_eq!(words("   "), Vec::<String>::new());
    }
}
