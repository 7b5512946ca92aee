//! Randomness that can be replayed: every draw follows from a seed.

/// The `SplitMix64` generator (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
/// Cheap to create, so each request and each generated word has one of its own, and the same on every machine
/// and version.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator whose draws depend on `seed` alone.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The generator for thing number `number` of the stream `seed`; neighbours are unrelated.
    pub fn nth(seed: u64, number: u64) -> Self {
        let mut first = Self(seed ^ number.wrapping_mul(0xD134_2543_DE82_EF95));
        Self(first.bits())
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in `0.0..1.0`.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `0..bound`; 0 when `bound` is 0.
    #[expect(clippy::cast_possible_truncation, reason = "the product's upper half is below bound, a usize")]
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// True with probability `share`. Draws nothing when it cannot happen, so a fault that is off changes no
    /// other.
    pub fn chance(&mut self, share: f64) -> bool {
        share > 0.0 && self.unit() < share
    }

    /// One of `choices`, all equally likely. `choices` must not be empty.
    pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// One of `choices` by its weight. `choices` must not be empty.
    pub fn weigh<'a, T: ?Sized>(&mut self, choices: &[(&'a T, u32)]) -> &'a T {
        let total: u32 = choices.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(total as usize);
        for (choice, weight) in choices {
            match left.checked_sub(*weight as usize) {
                Some(rest) => left = rest,
                None => return choice,
            }
        }
        choices[0].0
    }

    /// Standard normal, by summing twelve uniforms: good to three deviations, which is all a plausible
    /// catalogue needs.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// `value` without its fraction, within `0..=most`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 32 bits first")]
pub(crate) fn floor<T>(value: f64, most: T) -> T
where
    T: Copy + TryFrom<u32>,
    u32: TryFrom<T>,
{
    let limit = u32::try_from(most).unwrap_or(u32::MAX);
    T::try_from(value.clamp(0.0, f64::from(limit)) as u32).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_neighbours_differ() {
        let draw = |number| (0..4).map(move |_| number).scan(Random::nth(7, number), |r, _| Some(r.bits()));
        assert!(draw(1).eq(draw(1)));
        assert!(draw(1).ne(draw(2)));
    }

    #[test]
    fn weights_are_respected() {
        let mut random = Random::new(3);
        let heavy = (0..10_000).filter(|_| random.weigh(&[("a", 9), ("b", 1)]) == "a").count();
        assert!((8_800..9_200).contains(&heavy), "{heavy} of 10,000");
    }

    #[test]
    fn a_chance_of_nothing_never_happens_and_draws_nothing() {
        let (mut untouched, mut asked) = (Random::new(1), Random::new(1));
        assert!(!asked.chance(0.0));
        assert_eq!(untouched.bits(), asked.bits());
    }
}
