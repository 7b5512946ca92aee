//! Generated catalogues that are hard to search in the way real names are.
//!
//! Names have one to four words from one shared vocabulary with a long tail: few words are everywhere, most
//! are used once. The common words and the frequent beginnings make prefixes saturate; a little over a
//! hundredth of the names is not in Latin letters. Everything follows from the seed.

mod genre;
mod lexicon;
mod name;
mod scripts;
mod syllables;
mod word;

use self::genre::Genres;
use self::name::Namer;
use crate::catalogue::{Catalogue, CatalogueBuilder, CatalogueError, Id, NewArtist, id_of_bits, years};
use crate::random::{Random, floor};

/// Share of artists that bear the name of another, beside the homonyms that arise by themselves.
const HOMONYMS: f64 = 0.006;

/// Share of artists that are known without any release of their own.
const UNDATED: f64 = 0.01;

/// Artists that room is made for at once; a larger catalogue grows, and ends where the memory does.
const MOST_AT_ONCE: usize = 10_000_000;

/// Invents a catalogue of `artists` artists. The same numbers give the same catalogue, on every machine. Errs
/// only when they are more than a catalogue can hold, which is some 300 million.
pub fn generate(artists: usize, seed: u64) -> Result<Catalogue, CatalogueError> {
    invent(artists, seed)?.build()
}

/// The artists of [`generate`] before they are put into search order.
pub(crate) fn invent(artists: usize, seed: u64) -> Result<CatalogueBuilder, CatalogueError> {
    if u32::try_from(artists).is_err() {
        return Err(CatalogueError::TooLarge);
    }
    let mut builder = CatalogueBuilder::with_capacity(artists.min(MOST_AT_ONCE));
    let genres = Genres::new(&mut builder);
    let namer = Namer::new(seed, artists);
    let (mut name, mut of_artist) = (String::new(), Vec::new());
    for number in 0..artists {
        let mut random = Random::nth(seed, number as u64);
        if number > 0 && random.chance(HOMONYMS) {
            name.clear();
            name.push_str(builder.name(random.below(number)));
        } else {
            namer.name(&mut random, &mut name);
        }
        let popularity = popularity(&mut random);
        genres.choose(popularity, &mut random, &mut of_artist);
        builder.add(&NewArtist {
            id: id(&mut random),
            name: &name,
            popularity: Some(popularity),
            followers: Some(followers(popularity, &mut random)),
            genres: &of_artist,
            years: years(&mut random, UNDATED),
        })?;
    }
    Ok(builder)
}

/// 128 random bits in base 62, as Spotify's ids are.
fn id(random: &mut Random) -> Id {
    id_of_bits((u128::from(random.bits()) << 64) | u128::from(random.bits()))
}

/// Quantiles of popularity: a quarter has none, half has next to none, one in a hundred is well known.
const POPULARITY: [(f64, f64); 9] = [
    (0.0, 0.0),
    (0.28, 0.0),
    (0.50, 7.0),
    (0.75, 26.0),
    (0.90, 45.0),
    (0.95, 56.0),
    (0.99, 73.0),
    (0.999, 85.0),
    (1.0, 101.0),
];

pub(crate) fn popularity(random: &mut Random) -> u8 {
    let share = random.unit();
    let [(from, low), (to, high)] = POPULARITY
        .array_windows()
        .find(|[_, (to, _)]| share < *to)
        .copied()
        .unwrap_or([POPULARITY[7], POPULARITY[8]]);
    floor(low + (share - from) / (to - from) * (high - low), 100)
}

/// Log-normal around a level that grows with popularity: from some tens to more than a hundred million.
pub(crate) fn followers(popularity: u8, random: &mut Random) -> u64 {
    let log = 3.4 + 0.155 * f64::from(popularity) + 1.5 * random.normal();
    u64::from(floor::<u32>(log.exp(), 120_000_000))
}

#[cfg(test)]
mod tests;
