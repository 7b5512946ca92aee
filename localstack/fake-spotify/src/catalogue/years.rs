//! Years of releases, which no file of artists has.

use crate::random::{Random, floor};

/// The year in which the generated world lives: nothing is released later.
pub(crate) const NOW: u16 = 2026;

/// Years of the first and last release: most artists are recent and most careers short. Nothing for the share
/// `undated`.
pub(crate) fn years(random: &mut Random, undated: f64) -> Option<(u16, u16)> {
    let mut up_to = |mean: f64, most: u16| floor::<u16>(-mean * (1.0 - random.unit()).ln(), most);
    let first = NOW - up_to(9.0, 76);
    let last = (first + up_to(4.0, 76)).min(NOW);
    (!random.chance(undated)).then_some((first, last))
}
