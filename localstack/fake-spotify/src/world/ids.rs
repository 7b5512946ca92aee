//! The ids of derived objects: what an object is and its number, scattered over all ids so that they look
//! like any other and can be read back without a table.

use crate::catalogue::{Id, bits_of_id, id_of_bits};

/// What an id names. Artists are not among them: theirs are in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Album = 1,
    Track,
    /// A playlist of Spotify's own.
    Editorial,
    /// A playlist of a user.
    Personal,
    Category,
    Episode,
    Show,
}

const KINDS: [Kind; 7] =
    [Kind::Album, Kind::Track, Kind::Editorial, Kind::Personal, Kind::Category, Kind::Episode, Kind::Show];

/// The id of the object of `kind` with this number.
pub(crate) fn id_of(kind: Kind, number: u64) -> String {
    let plain = (u128::from(kind as u8) << 64) | u128::from(number);
    String::from_utf8_lossy(&id_of_bits(scatter(plain))).into_owned()
}

/// What `id` names, whether there is such an object or not. The bits above kind and number must be as they
/// were made, so an id that comes from elsewhere names nothing.
pub(crate) fn named_by(id: &Id) -> Option<(Kind, u64)> {
    let plain = gather(bits_of_id(id)?);
    let kind = KINDS.into_iter().find(|kind| plain >> 64 == u128::from(*kind as u8))?;
    Some((kind, u64::try_from(plain & u128::from(u64::MAX)).unwrap_or_default()))
}

/// An odd number; multiplying by it is undone by multiplying by its inverse.
const FACTOR: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
const INVERSE: u128 = inverse(FACTOR);

/// The inverse of an odd number modulo 2^128, by Newton's iteration: each step doubles the bits that are
/// right.
const fn inverse(odd: u128) -> u128 {
    let mut inverse = odd;
    let mut step = 0;
    while step < 6 {
        inverse = inverse.wrapping_mul(2_u128.wrapping_sub(odd.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
}

/// A permutation of 128 bits.
fn scatter(plain: u128) -> u128 {
    let bits = (plain ^ 0x5EED).wrapping_mul(FACTOR);
    let bits = (bits ^ (bits >> 67)).wrapping_mul(FACTOR);
    bits ^ (bits >> 71)
}

/// Undoes [`scatter`]. A shift by half the bits or more is its own inverse.
fn gather(bits: u128) -> u128 {
    let bits = (bits ^ (bits >> 71)).wrapping_mul(INVERSE);
    (bits ^ (bits >> 67)).wrapping_mul(INVERSE) ^ 0x5EED
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::catalogue::parse_id;

    #[test]
    fn every_id_is_well_formed_and_says_what_it_names() {
        let mut seen = HashSet::new();
        for kind in KINDS {
            for number in [0, 1, 2, 63, 64, 1_000_000, u64::MAX] {
                let id = id_of(kind, number);
                let parsed = parse_id(&id).expect("a well-formed id");
                assert_eq!(named_by(&parsed), Some((kind, number)));
                assert!(seen.insert(id));
            }
        }
    }

    #[test]
    fn ids_of_strangers_name_nothing() {
        for stranger in [b"0000000000000000000000", b"3synthetic000000000001", b"7ZZZZZZZZZZZZZZZZZZZZZ"] {
            assert_eq!(named_by(stranger), None);
        }
    }
}
