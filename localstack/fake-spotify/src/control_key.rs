//! The key to the control paths. Whoever runs the stand-in has it; other users of the machine do not, though
//! they reach the same 127.0.0.1.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The environment variable that a stand-in takes its key from, and that programs find it in.
pub const CONTROL_KEY: &str = "FAKE_SPOTIFY_CONTROL_KEY";

/// The key to the control paths of one stand-in. It is not printed with what holds it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ControlKey(String);

impl ControlKey {
    /// A key that nobody knows yet. Errs when the operating system gives no random numbers.
    pub fn random() -> Result<Self, String> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers: {error}"))?;
        Ok(Self(format!("{:032x}", u128::from_ne_bytes(bytes))))
    }

    /// The key in the environment, if there is one.
    pub fn from_env() -> Option<Self> {
        std::env::var(CONTROL_KEY).ok().filter(|key| !key.is_empty()).map(Self)
    }

    /// The key itself, for the header `Authorization: Bearer KEY`.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this value of the header `Authorization` has the key. Takes equally long however much of it is
    /// right.
    pub(crate) fn is_in(&self, header: &[u8]) -> bool {
        let Some(given) = header.strip_prefix(b"Bearer ") else { return false };
        let differences = given.iter().zip(self.0.as_bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        given.len() == self.0.len() && differences == 0
    }
}

impl fmt::Debug for ControlKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ControlKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_key_is_the_key() {
        let key = ControlKey::random().expect("random numbers");
        let header = |text: &str| format!("Bearer {text}").into_bytes();
        assert!(key.is_in(&header(key.expose())));
        let mut longer = key.expose().to_owned();
        longer.push('0');
        for wrong in
            ["", &key.expose()[1..], &key.expose()[..31], &longer, "00000000000000000000000000000000"]
        {
            assert!(!key.is_in(&header(wrong)), "{wrong}");
        }
        assert!(!key.is_in(key.expose().as_bytes()), "without the scheme");
        assert!(!format!("{key:?}").contains(key.expose()));
        assert_ne!(key, ControlKey::random().expect("random numbers"));
    }
}
