//! Surrogate keys: the same in every load, on every machine and in every engine that has SHA-256.

use std::fmt::Display;

use sha2::{Digest, Sha256};

use crate::output::hex;

/// Bytes of the sum that a key keeps: 128 bits, so that no two of a billion keys are equal.
const BYTES: usize = 16;

/// The key of a natural key: the first 32 hexadecimal digits of its SHA-256.
pub(super) fn key(natural: &str) -> String {
    hex(&Sha256::digest(natural)[..BYTES])
}

/// The key of several natural keys, joined by `#`.
pub(super) fn key_of(naturals: &[&dyn Display]) -> String {
    let naturals: Vec<String> = naturals.iter().map(ToString::to_string).collect();
    key(&naturals.join("#"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_never_change() {
        // printf 4 | sha256sum; printf '2026-11-23#abc#4' | sha256sum
        assert_eq!(key("4"), "4b227777d4dd1fc61c6f884f48641d02");
        assert_eq!(key_of(&[&"2026-11-23", &"abc", &4]), "7772c05836175cef4585828ae0b424fc");
    }
}
