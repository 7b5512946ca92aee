//! `Retry-After`: how long Spotify asks us to wait.
//!
//! RFC 9110 section 10.2.3 allows whole seconds or an HTTP date. Proxies also send fractions, and the value
//! may be missing or absurd; it must neither cause a panic nor hold a bucket for a century.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// Longest wait that is accepted. A spent quota lasts 24 hours, so a week exceeds anything that Spotify
/// means.
pub const MAX: Duration = Duration::from_hours(7 * 24);

/// The wait that the headers ask for: at most [`MAX`], fractions of a second rounded up. `None` if the header
/// is missing, unreadable or negative. If there are several headers, the longest wait counts. A date is
/// measured from the answer's own `Date`, since both come from the same clock, or else from `now`; a date in
/// the past means no wait.
pub fn parse(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |value: &reqwest::header::HeaderValue| value.to_str().ok().map(|text| text.trim().to_owned());
    let sent = headers.get(DATE).and_then(text).and_then(|date| httpdate::parse_http_date(&date).ok());
    headers
        .get_all(RETRY_AFTER)
        .iter()
        .filter_map(text)
        .filter_map(|wait| seconds(&wait).or_else(|| until(&wait, sent.unwrap_or(now))))
        .max()
}

/// Digits with at most one decimal point. The parser of `f64` would also accept `inf`, `nan`, signs and
/// exponents.
fn seconds(text: &str) -> Option<Duration> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let seconds: f64 = plain.then(|| text.parse().ok()).flatten()?;
    Some(Duration::try_from_secs_f64(seconds.ceil()).map_or(MAX, |wait| wait.min(MAX)))
}

fn until(text: &str, now: SystemTime) -> Option<Duration> {
    let then = httpdate::parse_http_date(text).ok()?;
    Some(then.duration_since(now).unwrap_or(Duration::ZERO).min(MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    use super::*;

    const NOON: &str = "Wed, 04 Nov 2026 12:00:00 GMT";

    fn noon() -> SystemTime {
        httpdate::parse_http_date(NOON).expect("a date")
    }

    fn wait_of(values: &[&str]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(RETRY_AFTER, HeaderValue::from_bytes(value.as_bytes()).expect("a header"));
        }
        parse(&headers, noon())
    }

    #[test]
    fn whole_seconds_are_kept_and_fractions_rounded_up() {
        for (value, seconds) in
            [("0", 0), ("1", 1), (" 4 ", 4), ("48000", 48_000), ("1.5", 2), ("2.0", 2), ("0.001", 1)]
        {
            assert_eq!(wait_of(&[value]), Some(Duration::from_secs(seconds)), "{value}");
        }
    }

    #[test]
    fn a_date_is_a_wait_from_now() {
        assert_eq!(wait_of(&["Wed, 04 Nov 2026 12:00:30 GMT"]), Some(Duration::from_secs(30)));
    }

    #[test]
    fn a_date_is_measured_from_the_answers_own_date() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static("Wed, 04 Nov 2026 11:00:00 GMT"));
        headers.insert(RETRY_AFTER, HeaderValue::from_static("Wed, 04 Nov 2026 11:00:07 GMT"));
        assert_eq!(parse(&headers, noon()), Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_date_in_the_past_means_no_wait() {
        assert_eq!(wait_of(&["Sun, 06 Nov 1994 08:49:37 GMT"]), Some(Duration::ZERO));
    }

    #[test]
    fn a_missing_or_unreadable_header_is_unknown_rather_than_zero() {
        assert_eq!(wait_of(&[]), None);
        for bad in ["", "-1", "+5", "soon", "nan", "inf", "1e3", ".", "1.2.3", "1,5", "0x10", "5 s", "é"] {
            assert_eq!(wait_of(&[bad]), None, "{bad:?}");
        }
    }

    #[test]
    fn an_absurd_wait_is_cut_to_a_week() {
        let long = "9".repeat(400);
        for absurd in ["604801", "18446744073709551616", long.as_str(), "Fri, 31 Dec 9999 23:59:59 GMT"] {
            assert_eq!(wait_of(&[absurd]), Some(MAX), "{absurd}");
        }
    }

    #[test]
    fn of_several_headers_the_longest_wait_counts() {
        assert_eq!(wait_of(&["3", "nonsense", "9", "1"]), Some(Duration::from_secs(9)));
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_a_panic_and_within_max(
            wait in proptest::collection::vec(any::<u8>(), 0..60),
            date in proptest::collection::vec(any::<u8>(), 0..60),
            now in any::<u32>(),
        ) {
            let mut headers = HeaderMap::new();
            for (name, bytes) in [(RETRY_AFTER, wait), (DATE, date)] {
                if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                    headers.append(name, value);
                }
            }
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now.into());
            prop_assert!(parse(&headers, now).is_none_or(|wait| wait <= MAX));
        }

        #[test]
        fn every_http_date_is_read(at in 0_u64..253_402_300_800) {
            let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(at));
            prop_assert!(wait_of(&[&date]).is_some());
        }

        #[test]
        fn every_number_of_seconds_is_read(seconds in any::<u64>()) {
            prop_assert_eq!(wait_of(&[&seconds.to_string()]), Some(Duration::from_secs(seconds).min(MAX)));
        }
    }
}
