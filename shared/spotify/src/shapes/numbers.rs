//! Single values. One that is missing, mistyped or out of range does not affect what surrounds it.

use serde_json::value::RawValue;

use super::rows::Rows;

/// The strings of a list; other items are skipped. `None` if it is not a list, or is far too long.
pub(super) fn strings(value: &RawValue) -> Option<Vec<String>> {
    let items: Rows<'_, MOST_ITEMS> = serde_json::from_str(value.get()).ok()?;
    let strings = items.iter().filter_map(|item| serde_json::from_str(item.get()).ok());
    Some(strings.filter(|text: &String| text.len() <= MAX_STRING_BYTES).take(MAX_STRINGS).collect())
}

/// Longest string, and most strings: longer than any genre, and more than any artist has.
const MAX_STRING_BYTES: usize = 1000;
const MAX_STRINGS: usize = 100;

/// Most items of a list that are accepted.
const MOST_ITEMS: usize = 1000;

/// Longest name, version or other text that is kept. The longest real names have a few hundred bytes.
pub(super) const MAX_TEXT_BYTES: usize = 4000;

/// Integers up to here are exact in `f64`, through which Spotify's floats went.
const MAX_COUNT: f64 = 9_007_199_254_740_992.0;

/// The smallest number beside zero that is kept: DynamoDB holds none below 1e-130.
const SMALLEST: f64 = 1e-100;

/// A count, possibly written as a float (`33920.0`); `None` if it is not a number, negative or beyond 2^53.
pub(super) fn count(value: &RawValue) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    number(value, MAX_COUNT).map(|number| number as u64)
}

pub(super) fn percent(value: &RawValue) -> Option<u8> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    number(value, 100.0).map(|number| number as u8)
}

/// A JSON number in `0..=max`. Parsed from its text because `serde_json` refuses numbers beyond `f64`, while
/// here an infinite one is simply out of range. Strings fail to parse, because their quotes are part of the
/// text.
fn number(value: &RawValue, max: f64) -> Option<f64> {
    value.get().parse().ok().filter(|number| (0.0..=max).contains(number))
}

/// A non-blank string of at most [`MAX_TEXT_BYTES`]; `None` for anything else.
pub(super) fn text(value: &RawValue) -> Option<String> {
    let text = serde_json::from_str::<String>(value.get()).ok();
    text.filter(|text| !text.trim().is_empty() && text.len() <= MAX_TEXT_BYTES)
}

/// Whether it is a non-blank string, of any length.
pub(super) fn is_nonblank_text(value: &RawValue) -> bool {
    serde_json::from_str::<String>(value.get()).is_ok_and(|text| !text.trim().is_empty())
}

/// A JSON number of either sign: zero, or of a size that a table can hold.
pub(super) fn signed(value: &RawValue) -> Option<f64> {
    value
        .get()
        .parse()
        .ok()
        .filter(|number: &f64| *number == 0.0 || (SMALLEST..=MAX_COUNT).contains(&number.abs()))
}

/// A whole number of either sign, possibly written as a float (`4.0`), up to 2^53.
pub(super) fn whole(value: &RawValue) -> Option<i64> {
    let number = signed(value).filter(|number| number.abs() <= MAX_COUNT && number.fract() == 0.0)?;
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    Some(number as i64)
}
