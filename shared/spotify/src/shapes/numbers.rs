//! Single values, which may be missing, of another type or out of range without costing what surrounds them.

use serde_json::value::RawValue;

use super::rows::Rows;

/// The strings of a list; what else stands in it is skipped. `None` when it is no list, or one that is far too
/// long.
pub(super) fn strings(value: &RawValue) -> Option<Vec<String>> {
    let items: Rows<'_, MOST_ITEMS> = serde_json::from_str(value.get()).ok()?;
    let strings = items.iter().filter_map(|item| serde_json::from_str(item.get()).ok());
    Some(strings.filter(|text: &String| text.len() <= MAX_STRING_BYTES).take(MAX_STRINGS).collect())
}

/// Longest string of a list, and most strings: more than any genre, and than any artist has of them.
const MAX_STRING_BYTES: usize = 1000;
const MAX_STRINGS: usize = 100;

/// Most items of a list that are looked at.
const MOST_ITEMS: usize = 1000;

/// Longest name, version or other text that is kept. The longest names in use have a few hundred bytes.
pub(super) const MAX_TEXT_BYTES: usize = 4000;

/// Whole numbers up to here are exact in `f64`, which is what Spotify's floats went through.
const MAX_COUNT: f64 = 9_007_199_254_740_992.0;

/// A count that may be written as a float (`33920.0`); `None` when it is no number, negative or beyond 2^53.
pub(super) fn count(value: &RawValue) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    number(value, MAX_COUNT).map(|number| number as u64)
}

pub(super) fn percent(value: &RawValue) -> Option<u8> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    number(value, 100.0).map(|number| number as u8)
}

/// A JSON number in `0..=max`. Read from its text because `serde_json` refuses numbers beyond `f64`, while the text of one
/// that comes out infinite is simply out of range here. Strings fail to parse, their quotes being part of the text.
pub(crate) fn number(value: &RawValue, max: f64) -> Option<f64> {
    value.get().parse().ok().filter(|number| (0.0..=max).contains(number))
}

/// A string that says something and is not longer than [`MAX_TEXT_BYTES`]; `None` for anything else.
pub(super) fn text(value: &RawValue) -> Option<String> {
    let text = serde_json::from_str::<String>(value.get()).ok();
    text.filter(|text| !text.trim().is_empty() && text.len() <= MAX_TEXT_BYTES)
}

/// Whether it is a string that says something, however long.
pub(super) fn says_something(value: &RawValue) -> bool {
    serde_json::from_str::<String>(value.get()).is_ok_and(|text| !text.trim().is_empty())
}
