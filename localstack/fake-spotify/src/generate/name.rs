//! Names of artists.

use super::lexicon::{JOINERS, LEADERS, TRAILERS};
use super::scripts::foreign;
use super::word::{Draw, Vocabulary};
use crate::random::Random;

/// Share of names that are not in Latin letters.
const FOREIGN: f64 = 0.014;

/// Share of names without a letter or digit, and of names of one character.
const ODD: f64 = 0.000_12;

const WITHOUT_LETTERS: &[&str] =
    &["!!!", "...", "†††", "+/-", "◯", "***", "?", "—", "▲", "♥♥", "/// \\\\\\", "$$$"];
const ONE_CHARACTER: &[&str] = &["Q", "Z", "ß", "7", "Ж", "山", "あ", "x", "É", "Ω"];

/// Makes names over one vocabulary.
#[derive(Clone, Copy, Debug)]
pub(super) struct Namer {
    vocabulary: Vocabulary,
}

impl Namer {
    pub(super) fn new(seed: u64, artists: usize) -> Self {
        Self { vocabulary: Vocabulary::new(seed, artists) }
    }

    /// Replaces `name` by a new one.
    pub(super) fn name(&self, random: &mut Random, name: &mut String) {
        name.clear();
        if random.chance(ODD) {
            name.push_str(if random.chance(0.5) {
                random.pick(WITHOUT_LETTERS)
            } else {
                random.pick(ONE_CHARACTER)
            });
        } else if random.chance(FOREIGN) {
            foreign(random, name);
        } else {
            self.latin(random, name);
        }
    }

    /// A name in Latin letters. About 30 % have one word, 54 % two, 12 % three, the rest four.
    fn latin(&self, random: &mut Random, name: &mut String) {
        let leader = often(random, LEADERS);
        let trailer = often(random, TRAILERS);
        let fixed = usize::from(leader.is_some()) + usize::from(trailer.is_some());
        let drawn = match random.unit() {
            unit if fixed > 0 && unit < 0.80 => 1,
            unit if fixed > 0 && unit < 0.95 => 2,
            unit if unit < 0.36 => 1,
            unit if unit < 0.92 => 2,
            _ => 3,
        };
        let own = random.below(drawn);
        let style = Style::draw(random);
        if let Some(leader) = leader {
            style.put(leader, name);
            name.push(' ');
        }
        for number in 0..drawn.min(4 - fixed) {
            if number > 0 {
                Self::join(random, style, drawn, name);
            }
            let start = name.len();
            // One word of a name is as a rule its own, the others may be anybody's.
            let common = number != own || random.chance(0.06);
            self.vocabulary.draw(if common { Draw::Common } else { Draw::Rare }, random, name);
            let word = name.split_off(start);
            style.put(&word, name);
        }
        if drawn == 1 && fixed == 0 && random.chance(0.01) {
            name.push_str("'s");
        }
        if let Some(trailer) = trailer {
            name.push(' ');
            style.put(trailer, name);
        }
    }

    /// What stands between two drawn words: mostly a space, sometimes a joiner, a hyphen or an apostrophe.
    fn join(random: &mut Random, style: Style, drawn: usize, name: &mut String) {
        match random.unit() {
            unit if unit < 0.022 => name.push('-'),
            unit if unit < 0.032 => name.push_str("'s "),
            unit if unit < 0.037 => name.push_str(". "),
            unit if unit < 0.037 + 0.05 && drawn == 2 => {
                name.push(' ');
                style.put(random.weigh(JOINERS), name);
                name.push(' ');
            }
            _ => name.push(' '),
        }
    }
}

/// One of `choices`, whose weights say how often in ten thousand; mostly none.
fn often(random: &mut Random, choices: &[(&'static str, u32)]) -> Option<&'static str> {
    let mut place = random.below(10_000);
    for (choice, weight) in choices {
        match place.checked_sub(*weight as usize) {
            Some(rest) => place = rest,
            None => return Some(choice),
        }
    }
    None
}

/// How a name is written.
#[derive(Clone, Copy, Debug)]
enum Style {
    Title,
    Lower,
    Upper,
}

impl Style {
    fn draw(random: &mut Random) -> Self {
        match random.unit() {
            unit if unit < 0.80 => Self::Title,
            unit if unit < 0.91 => Self::Lower,
            _ => Self::Upper,
        }
    }

    /// Appends `word` in this style. Joiners such as `of` are capitalised too; search does not care.
    fn put(self, word: &str, name: &mut String) {
        match self {
            Self::Lower => name.push_str(&word.to_lowercase()),
            Self::Upper => name.push_str(&word.to_uppercase()),
            Self::Title => {
                let mut characters = word.chars();
                name.extend(characters.next().into_iter().flat_map(char::to_uppercase));
                name.push_str(characters.as_str());
            }
        }
    }
}
