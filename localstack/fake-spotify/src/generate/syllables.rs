//! Words put together from syllables: as many as wanted, pronounceable, and nobody's.

use crate::random::Random;

/// How Latin words begin. The weights follow how names begin in general: much s, m, b, t, c, little q, x, z.
#[rustfmt::skip]
const BEGINNINGS: &[(&str, u32)] = &[
    ("s", 82), ("st", 24), ("sh", 28), ("sp", 12), ("sk", 10), ("sl", 7), ("sw", 5), ("sc", 7), ("m", 154), ("b", 80),
    ("br", 38), ("bl", 16), ("t", 62), ("tr", 22), ("th", 16), ("c", 78), ("ch", 36), ("cr", 14), ("cl", 12), ("j", 92),
    ("d", 78), ("dr", 13), ("r", 104), ("l", 84), ("p", 60), ("pr", 12), ("pl", 6), ("ph", 3), ("k", 62), ("kr", 7),
    ("kl", 4), ("kh", 3), ("g", 44), ("gr", 16), ("gl", 6), ("h", 62), ("f", 36), ("fr", 13), ("fl", 8), ("w", 36),
    ("wh", 4), ("n", 48), ("v", 25), ("y", 32), ("z", 12), ("q", 1), ("qu", 5), ("x", 4), ("", 190),
];

#[rustfmt::skip]
const VOWELS: &[(&str, u32)] = &[
    ("a", 300), ("e", 180), ("i", 195), ("o", 180), ("u", 85), ("y", 14), ("ai", 9), ("ay", 12), ("ea", 12), ("ee", 10),
    ("ei", 6), ("ia", 8), ("ie", 8), ("oo", 9), ("ou", 12), ("au", 9), ("oa", 3), ("ue", 3),
];

/// Vowels after a beginning, where names have more a than elsewhere.
#[rustfmt::skip]
const FIRST_VOWELS: &[(&str, u32)] = &[
    ("a", 520), ("i", 200), ("o", 190), ("e", 130), ("u", 55), ("y", 8), ("ai", 6), ("ay", 8), ("ea", 8), ("ee", 5),
    ("oo", 5), ("ou", 5), ("ie", 3), ("ia", 3),
];

/// Vowels where the word begins with one.
const OPEN_VOWELS: &[(&str, u32)] =
    &[("a", 96), ("e", 44), ("o", 32), ("i", 38), ("u", 12), ("au", 4), ("ai", 3)];

#[rustfmt::skip]
const BETWEEN: &[(&str, u32)] = &[
    ("n", 90), ("r", 92), ("l", 84), ("s", 56), ("t", 56), ("m", 52), ("d", 44), ("k", 36), ("c", 22), ("b", 28),
    ("v", 26), ("g", 22), ("p", 20), ("f", 12), ("h", 14), ("z", 14), ("nd", 18), ("st", 20), ("ll", 24), ("rr", 9),
    ("nt", 16), ("ss", 10), ("rt", 8), ("rd", 7), ("rk", 6), ("ng", 9), ("nn", 10), ("tt", 10), ("ck", 7), ("lt", 5),
    ("mp", 5), ("ch", 10), ("sh", 10), ("th", 8), ("x", 5), ("w", 6), ("y", 7), ("j", 6), ("rm", 5), ("rn", 6),
];

#[rustfmt::skip]
const ENDS: &[(&str, u32)] = &[
    ("", 380), ("n", 90), ("s", 80), ("r", 62), ("l", 42), ("t", 38), ("m", 22), ("k", 26), ("d", 26), ("x", 12),
    ("z", 14), ("ns", 8), ("rs", 9), ("st", 9), ("nd", 12), ("ck", 10), ("ng", 10), ("th", 8), ("p", 8), ("y", 30),
    ("h", 10), ("ll", 7), ("rt", 6), ("c", 6), ("b", 6), ("g", 7), ("f", 4), ("v", 4),
];

const SYLLABLES: &[(&str, u32)] = &[("1", 13), ("12", 54), ("123", 28), ("1234", 4)];

/// Appends a Latin word in lower case.
pub(super) fn latin(random: &mut Random, word: &mut String) {
    let beginning = random.weigh(BEGINNINGS);
    word.push_str(beginning);
    word.push_str(random.weigh(if beginning.is_empty() { OPEN_VOWELS } else { FIRST_VOWELS }));
    for _ in 1..random.weigh(SYLLABLES).len() {
        word.push_str(random.weigh(BETWEEN));
        word.push_str(random.weigh(VOWELS));
    }
    word.push_str(random.weigh(ENDS));
}

/// Puts a mark on one vowel of a Latin word, or swaps a consonant for a marked one; words without either
/// stay.
pub(super) fn mark(random: &mut Random, word: &mut String) {
    #[rustfmt::skip]
    const MARKED: &[(char, &str)] = &[
        ('a', "áàäâãåā"), ('e', "éèëêęē"), ('i', "íìïîī"), ('o', "óòöôõøō"), ('u', "úùüûūů"), ('n', "ñń"), ('c', "çćč"),
        ('s', "šśş"), ('z', "žźż"), ('y', "ýÿ"), ('l', "ł"), ('g', "ğ"), ('r', "ř"),
    ];
    let places: Vec<(usize, char)> =
        word.char_indices().filter(|(_, c)| MARKED.iter().any(|(plain, _)| plain == c)).collect();
    if places.is_empty() {
        return;
    }
    let (place, plain) = places[random.below(places.len())];
    let choices = MARKED.iter().find(|(other, _)| *other == plain).map_or("", |(_, marked)| marked);
    if let Some(marked) = choices.chars().nth(random.below(choices.chars().count())) {
        word.replace_range(place..=place, marked.encode_utf8(&mut [0; 4]));
    }
}
