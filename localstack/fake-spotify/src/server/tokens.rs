//! Tokens that were issued, and what each is worth.

use std::collections::HashMap;
use std::time::Duration;

use crate::random::Random;

/// What a token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It opens the API.
    Good,
    /// It did once.
    Expired,
    /// It never did.
    Unknown,
}

/// The tokens that were issued, and until when they are good.
#[derive(Debug)]
pub(super) struct Tokens {
    random: Random,
    ends: HashMap<String, Duration>,
}

/// Tokens remembered at most; expired ones beyond are forgotten, and then are unknown.
const REMEMBERED: usize = 10_000;

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: Random::nth(seed, u64::MAX), ends: HashMap::new() }
    }

    /// A new token that is good until `now + life`.
    pub(super) fn issue(&mut self, life: Duration, now: Duration) -> String {
        if self.ends.len() >= REMEMBERED {
            self.ends.retain(|_, end| now < *end);
        }
        let token =
            format!("BQ{:016x}{:016x}{:016x}", self.random.bits(), self.random.bits(), self.random.bits());
        self.ends.insert(token.clone(), now.saturating_add(life));
        token
    }

    /// What `token` is worth at `now`.
    pub(super) fn standing(&self, token: &str, now: Duration) -> Standing {
        match self.ends.get(token) {
            Some(end) if now < *end => Standing::Good,
            Some(_) => Standing::Expired,
            None => Standing::Unknown,
        }
    }

    /// Lets every token expire.
    pub(super) fn expire_all(&mut self) {
        self.ends.values_mut().for_each(|end| *end = Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_then_expired_and_a_stranger_is_unknown() {
        let second = Duration::from_secs;
        let mut tokens = Tokens::new(1);
        let token = tokens.issue(second(10), second(5));
        assert_eq!(tokens.standing(&token, second(14)), Standing::Good);
        assert_eq!(tokens.standing(&token, second(15)), Standing::Expired);
        assert_eq!(tokens.standing("BQstranger", second(6)), Standing::Unknown);
        assert_ne!(token, tokens.issue(second(10), second(5)));
        tokens.expire_all();
        assert_eq!(tokens.standing(&token, second(6)), Standing::Expired);
    }
}
