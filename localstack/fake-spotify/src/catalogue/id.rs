//! Ids as Spotify writes them: 128 bits in base 62.

const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// 22 characters of base 62, the first `0` to `7`, as Spotify writes ids.
pub type Id = [u8; 22];

/// Whether `text` has the form of a Spotify id, and its bytes if so.
pub fn parse_id(text: &str) -> Option<Id> {
    let id: Id = text.as_bytes().try_into().ok()?;
    (id.iter().all(u8::is_ascii_alphanumeric) && matches!(id[0], b'0'..=b'7')).then_some(id)
}

/// The id of these bits.
pub fn id_of_bits(mut bits: u128) -> Id {
    let mut id = [b'0'; 22];
    for digit in id.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(bits % 62).unwrap_or_default()];
        bits /= 62;
    }
    id
}

/// The bits of an id; none when they are more than 128 or a character is no digit.
pub fn bits_of_id(id: &Id) -> Option<u128> {
    id.iter().try_fold(0_u128, |bits, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            b'A'..=b'Z' => byte - b'A' + 36,
            _ => return None,
        };
        bits.checked_mul(62)?.checked_add(digit.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked_for_form() {
        assert!(parse_id("7zzzzzzzzzzzzzzzzzzzzz").is_some());
        for bad in ["", "8zzzzzzzzzzzzzzzzzzzzz", "0zzzzzzzzzzzzzzzzzzzz", "0zzzzzzzzzz-zzzzzzzzzz"] {
            assert!(parse_id(bad).is_none(), "{bad:?} passed");
        }
    }

    #[test]
    fn bits_come_back_from_their_id_and_too_many_do_not() {
        for bits in [0, 61, 62, u128::from(u64::MAX), u128::MAX] {
            assert_eq!(bits_of_id(&id_of_bits(bits)), Some(bits));
        }
        assert_eq!(bits_of_id(b"7ZZZZZZZZZZZZZZZZZZZZZ"), None);
    }
}
