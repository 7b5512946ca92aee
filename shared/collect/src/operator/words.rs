//! Numbers, times and lists in words.

use std::time::Duration;

/// A whole number with thousands separators.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A measured number, rounded to an integer; never `-0`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast is meant to saturate")]
pub fn rounded(count: f64) -> String {
    number(count.max(0.0).round() as u64)
}

/// A number with its noun: `1 request`, `1,113 requests`, `no requests`.
pub fn counted(count: u64, thing: &str) -> String {
    match count {
        0 => format!("no {}", plural(thing)),
        1 => format!("1 {thing}"),
        _ => format!("{} {}", number(count), plural(thing)),
    }
}

fn plural(thing: &str) -> String {
    if thing.ends_with('s') { format!("{thing}es") } else { format!("{thing}s") }
}

/// A number on its own: `none` or `1,113`.
pub fn or_none(count: u64) -> String {
    if count == 0 { "none".to_owned() } else { number(count) }
}

/// A share as a percentage with `digits` digits after the point. Only a complete whole is `100`: rounding
/// must not hide what is missing.
pub fn percent(share: f64, digits: usize) -> String {
    let shown = format!("{:.digits$}", share * 100.0);
    if share < 1.0 && shown.starts_with("100") {
        let scale = 10_f64.powi(i32::try_from(digits).unwrap_or(0));
        return format!("{:.digits$} %", 100.0 - 1.0 / scale);
    }
    format!("{shown} %")
}

/// A duration in its two largest units.
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let two = |large: String, small: u64, unit: &str| {
        if small == 0 { large } else { format!("{large} {small} {unit}") }
    };
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => two(format!("{minutes} min"), seconds % 60, "s"),
        3600..86_400 => two(format!("{hours} h"), minutes, "min"),
        _ => two(counted(days, "day"), hours, "h"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators_and_zero_has_a_word() {
        assert_eq!(
            (counted(0, "request"), counted(1, "request"), counted(1_234_567, "request")),
            ("no requests".to_owned(), "1 request".to_owned(), "1,234,567 requests".to_owned())
        );
        assert_eq!(counted(2, "process"), "2 processes");
        assert_eq!((or_none(0), or_none(1000)), ("none".to_owned(), "1,000".to_owned()));
    }

    #[test]
    fn separators_stand_between_groups_of_three_digits() {
        let shown: Vec<String> = [0, 12, 999, 1000, 123_456, u64::MAX].map(number).into();
        assert_eq!(shown, ["0", "12", "999", "1,000", "123,456", "18,446,744,073,709,551,615"]);
    }

    #[test]
    fn an_empty_sum_is_not_minus_zero() {
        let sum: f64 = [].iter().sum();
        assert_eq!((rounded(sum), rounded(-3.0), rounded(1999.6)), ("0".into(), "0".into(), "2,000".into()));
    }

    #[test]
    fn only_a_complete_whole_is_100_percent() {
        assert_eq!((percent(1.0, 2), percent(0.999_999, 2)), ("100.00 %".into(), "99.99 %".into()));
        assert_eq!(
            (percent(0.5, 0), percent(0.9999, 0), percent(0.0, 1)),
            ("50 %".into(), "99 %".into(), "0.0 %".into())
        );
    }

    #[test]
    fn a_duration_has_its_two_largest_units() {
        let shown = |seconds: f64| time(Duration::from_secs_f64(seconds));
        assert_eq!((shown(0.25), shown(24.4), shown(60.0)), ("0.2 s".into(), "24 s".into(), "1 min".into()));
        assert_eq!((shown(95.0), shown(7260.0)), ("1 min 35 s".into(), "2 h 1 min".into()));
        assert_eq!((shown(86_400.0), shown(200_000.0)), ("1 day".into(), "2 days 7 h".into()));
    }

    #[test]
    fn a_list_ends_with_and() {
        let parts: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!(
            (list(&parts), list(&parts[..2]), list(&parts[..1])),
            ("a, b and c".into(), "a and b".into(), "a".into())
        );
    }
}
