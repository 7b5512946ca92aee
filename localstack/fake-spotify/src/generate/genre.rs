//! Genres, and who has them.

use crate::catalogue::CatalogueBuilder;
use crate::random::Random;

const BASES: &[&str] = &[
    "pop",
    "rock",
    "hip hop",
    "house",
    "techno",
    "jazz",
    "folk",
    "metal",
    "punk",
    "soul",
    "indie",
    "trap",
    "ambient",
    "blues",
    "country",
    "reggae",
    "disco",
    "funk",
    "gospel",
    "salsa",
    "cumbia",
    "samba",
    "trance",
    "dub",
    "drill",
    "emo",
    "ska",
    "swing",
    "opera",
    "sleep",
    "lo-fi",
    "synthpop",
    "hardcore",
    "grime",
    "garage",
    "r&b",
    "electro",
    "worship",
    "shoegaze",
    "bluegrass",
];

const KINDS: &[&str] = &[
    "deep",
    "dark",
    "modern",
    "classic",
    "alternative",
    "progressive",
    "experimental",
    "acoustic",
    "melodic",
    "minimal",
    "psychedelic",
    "vintage",
    "underground",
    "baltic",
    "nordic",
    "andean",
    "alpine",
    "coastal",
    "island",
    "northern",
    "southern",
    "eastern",
    "western",
    "urban",
    "rural",
    "instrumental",
    "vocal",
    "post",
    "neo",
    "chill",
];

/// The genres of a catalogue, most used first.
#[derive(Debug)]
pub(super) struct Genres(Vec<u32>);

impl Genres {
    /// Registers all genres: the plain ones, then each with each kind.
    pub(super) fn new(builder: &mut CatalogueBuilder) -> Self {
        let mut numbers: Vec<u32> = BASES.iter().map(|base| builder.genre(base)).collect();
        for kind in KINDS {
            numbers.extend(BASES.iter().map(|base| builder.genre(&format!("{kind} {base}"))));
        }
        Self(numbers)
    }

    /// Replaces `chosen` by the genres of an artist: 70 % have none, and the known ones are the likelier to
    /// have some.
    pub(super) fn choose(&self, popularity: u8, random: &mut Random, chosen: &mut Vec<u32>) {
        chosen.clear();
        if !random.chance((0.13 + f64::from(popularity) * 0.0115).min(0.95)) {
            return;
        }
        for _ in 0..=random.below(3) {
            let genre = self.0[self.place(random)];
            if !chosen.contains(&genre) {
                chosen.push(genre);
            }
        }
    }

    /// A place drawn after Zipf.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "below 1,300"
    )]
    fn place(&self, random: &mut Random) -> usize {
        let count = self.0.len();
        ((8.0 * ((random.unit() * (1.0 + count as f64 / 8.0).ln()).exp() - 1.0)) as usize).min(count - 1)
    }
}
