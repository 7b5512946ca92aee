//! Randomness from a seed: the same seed throws the same dice on every machine.

use std::time::Duration;

/// A generator of random numbers (`SplitMix64`, Steele, Lea and Flood 2014): tiny, fast, and good enough for
/// dice.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The dice of a seed for one purpose. Purposes do not disturb each other: a further throw for one
    /// changes no other.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let purpose = purpose.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut dice = Self(seed ^ purpose);
        dice.next();
        dice
    }

    /// Any number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to 1, 1 excluded.
    pub(crate) fn share(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        share
    }

    /// Whether something happens that happens in this share of all cases. What never happens throws no dice.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        share > 0.0 && self.share() < share
    }

    /// A number from `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.next() % (most.saturating_sub(least) + 1)
    }

    /// An index of a list of this length, which must not be empty.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.next() % length.max(1) as u64).unwrap_or_default()
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.index(from.len())).copied()
    }

    /// A time in milliseconds from `least` to `most`.
    pub(crate) fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_micros(self.between(least * 1000, most * 1000))
    }

    /// A time in seconds from `least` to `most`.
    pub(crate) fn seconds(&mut self, least: u64, most: u64) -> Duration {
        self.millis(least * 1000, most * 1000)
    }

    /// Brings a list into any order.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.index(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_throws_the_same_dice_for_the_same_purpose_only() {
        let throws = |seed, purpose| {
            let mut dice = Dice::new(seed, purpose);
            [dice.next(), dice.next()]
        };
        assert_eq!(throws(7, "world"), throws(7, "world"));
        assert_ne!(throws(7, "world"), throws(7, "faults"));
        assert_ne!(throws(7, "world"), throws(8, "world"));
    }

    #[test]
    fn numbers_stay_within_their_bounds_and_reach_them() {
        let mut dice = Dice::new(1, "test");
        let numbers: Vec<u64> = (0..200).map(|_| dice.between(3, 5)).collect();
        assert!((3..=5).all(|number| numbers.contains(&number)), "{numbers:?}");
        assert!(numbers.iter().all(|number| (3..=5).contains(number)), "{numbers:?}");
        assert!((0..200).all(|_| (0.0..1.0).contains(&dice.share())));
    }
}
