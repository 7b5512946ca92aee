//! Cursors: where the next page begins, signed so that nobody but the API makes one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Bytes of the signature in a cursor.
const SIGNATURE: usize = 16;

/// Longest cursor that is read: a place in the index of artists has up to 700 bytes.
const LONGEST: usize = 1_000;

/// Signs cursors and recognises those that it has signed. Callers may see where a page begins; the signature
/// keeps them from building on it.
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

impl CursorKey {
    /// The key made from `secret`, which may have any length. Everybody who serves one API needs the same.
    pub fn new(secret: &str) -> Self {
        let mut key = Key::<Hmac<Sha256>>::default();
        let digest = Sha256::digest(secret);
        key[..digest.len()].copy_from_slice(&digest);
        Self(Hmac::new(&key))
    }

    /// The cursor of `list` for a page that begins at `place`.
    pub(crate) fn sign(&self, list: &str, place: &str) -> String {
        let signature = self.mac(list, place).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&signature[..SIGNATURE], place.as_bytes()].concat())
    }

    /// The place that a cursor of `list` names; `None` if it was not signed with this key for that list.
    pub(crate) fn open(&self, list: &str, cursor: &str) -> Option<String> {
        if cursor.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (signature, place) = bytes.split_at_checked(SIGNATURE)?;
        let place = str::from_utf8(place).ok()?;
        self.mac(list, place).verify_truncated_left(signature).ok()?;
        Some(place.to_owned())
    }

    fn mac(&self, list: &str, place: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(list).chain_update([0]).chain_update(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_with_its_own_key_and_for_its_own_list_only() {
        let key = CursorKey::new("of the stack");
        let cursor = key.sign("runs", "2026-11-23");
        assert_eq!(key.open("runs", &cursor).as_deref(), Some("2026-11-23"));
        assert_eq!(key.open("artists", &cursor), None);
        assert_eq!(CursorKey::new("of another").open("runs", &cursor), None);
    }

    #[test]
    fn a_cursor_that_was_changed_or_made_up_is_refused() {
        let key = CursorKey::new("");
        let cursor = key.sign("runs", "2026-11-23");
        let other = format!("{}B", &cursor[..cursor.len() - 1]);
        assert_ne!(cursor, other);
        for forged in [other.as_str(), "", "a", "!", &cursor[..20], &format!("{cursor}A"), &"A".repeat(1_001)]
        {
            assert_eq!(key.open("runs", forged), None, "{forged}");
        }
    }
}
