//! What goes wrong, and how often. Everything is off until it is asked for, except that a few artists of the
//! same popularity change places, as in the real service (`tie_shift_rate`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The faults, as `/_fake/faults` shows and takes them. Rates are shares of requests, or of rows where it
/// says so, from 0 to 1; which ones are hit follows from the server's seed and the number of the request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is switched by itself")]
#[non_exhaustive]
pub struct Faults {
    /// Requests answered 500, 502, 503 or 504.
    pub error_rate: f64,
    /// Requests answered 429 with a Retry-After of two seconds, though no limit is reached.
    pub refused_rate: f64,
    /// Good answers whose body ends in the middle, or whose connection is dropped.
    pub cut_rate: f64,
    /// Good answers whose body is a page of HTML.
    pub nonjson_rate: f64,
    /// Every answer comes this much later, in milliseconds.
    pub delay_ms: u64,
    /// And by up to this much more, in milliseconds.
    pub delay_jitter_ms: u64,
    /// Searches for exactly these strings are always answered 500.
    pub fail_queries: Vec<String>,
    /// Seconds that a token is good for; concerns tokens issued from now on.
    pub token_ttl_s: f64,
    /// Seconds that a new token claims to be good for; absent means the truth.
    pub token_expires_in_s: Option<u64>,
    /// Token requests answered 500 or 503.
    pub token_error_rate: f64,
    /// The app's secret, if it was changed after the start: the one before is refused from now on.
    pub client_secret: Option<String>,
    /// No 429 has a Retry-After.
    pub retry_after_missing: bool,
    /// Every request is refused because the owner of the app has no Premium.
    pub premium_required: bool,
    /// Search pages whose `total` is wrong: clipped, moving with the offset, 0 beside rows or large beside
    /// none.
    pub total_lies: f64,
    /// Search rows that repeat the row before them in the result instead.
    pub repeat_rate: f64,
    /// Search rows that are left out.
    pub drop_rate: f64,
    /// Search rows that are null.
    pub null_rate: f64,
    /// Search pages that are empty although rows follow.
    pub empty_page_rate: f64,
    /// Search pages that name no next page although there is one.
    pub early_null_next: f64,
    /// Ends of search pages at which two artists of the same popularity have changed places.
    pub tie_shift_rate: f64,
    /// Search pages beyond the search depth are answered 404 `Not found.`, as in earlier years, instead of
    /// 400.
    pub deep_search_missing: bool,
    /// `NOT` in a query is a word like any other.
    pub not_supported: bool,
    /// Quotes in a query are not there.
    pub quotes_not_supported: bool,
    /// `year:` in a query is a word like any other.
    pub years_not_supported: bool,
    /// Ids of anything at all that something is wrong with, always and at every endpoint.
    pub broken: BTreeMap<String, Breakage>,
}

/// What is wrong with the thing that an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Breakage {
    /// It is gone: 404, and null in a batch.
    Missing,
    /// Every request that names it is answered 500.
    Error,
    /// Every request that names it is answered 200 with JSON that means nothing.
    Nonsense,
    /// The audio features of a track are beyond every range: one can dance to it more than there is.
    Absurd,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            error_rate: 0.0,
            refused_rate: 0.0,
            cut_rate: 0.0,
            nonjson_rate: 0.0,
            delay_ms: 0,
            delay_jitter_ms: 0,
            fail_queries: Vec::new(),
            token_ttl_s: 3_600.0,
            token_expires_in_s: None,
            token_error_rate: 0.0,
            client_secret: None,
            retry_after_missing: false,
            premium_required: false,
            total_lies: 0.0,
            repeat_rate: 0.0,
            drop_rate: 0.0,
            null_rate: 0.0,
            empty_page_rate: 0.0,
            early_null_next: 0.0,
            tie_shift_rate: 0.01,
            deep_search_missing: false,
            not_supported: false,
            broken: BTreeMap::new(),
            quotes_not_supported: false,
            years_not_supported: false,
        }
    }
}

impl Faults {
    /// Says which number is out of its range, if any.
    pub fn check(&self) -> Result<(), String> {
        let rates = [
            ("error_rate", self.error_rate),
            ("refused_rate", self.refused_rate),
            ("cut_rate", self.cut_rate),
            ("nonjson_rate", self.nonjson_rate),
            ("token_error_rate", self.token_error_rate),
            ("total_lies", self.total_lies),
            ("repeat_rate", self.repeat_rate),
            ("drop_rate", self.drop_rate),
            ("null_rate", self.null_rate),
            ("empty_page_rate", self.empty_page_rate),
            ("early_null_next", self.early_null_next),
            ("tie_shift_rate", self.tie_shift_rate),
        ];
        match rates.into_iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)) {
            Some((name, rate)) => Err(format!("{name} is {rate}, not a share from 0 to 1")),
            None if std::time::Duration::try_from_secs_f64(self.token_ttl_s).is_err() => {
                Err(format!("token_ttl_s is {}, not a number of seconds", self.token_ttl_s))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_that_cannot_be_are_named() {
        assert_eq!(Faults::default().check(), Ok(()));
        let error = Faults { cut_rate: 1.5, ..Faults::default() }.check().expect_err("too much");
        assert_eq!(error, "cut_rate is 1.5, not a share from 0 to 1");
        let error = Faults { token_ttl_s: -1.0, ..Faults::default() }.check().expect_err("negative");
        assert!(error.contains("token_ttl_s"), "{error}");
    }
}
