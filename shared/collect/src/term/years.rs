//! The years of a `year:` filter.

use std::fmt;

/// A span of years, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Years {
    first: u16,
    last: u16,
}

/// Before this year nothing was recorded that could be released.
const EARLIEST: u16 = 1900;

impl Years {
    /// `first` to `last`; nothing if that is no span or has a year that does not have one to four digits.
    pub fn new(first: u16, last: u16) -> Option<Self> {
        (1 <= first && first <= last && last <= 9_999).then_some(Self { first, last })
    }

    /// All years in which something can have been released, up to `this_year`.
    pub fn until(this_year: i16) -> Self {
        let last = u16::try_from(this_year).unwrap_or(EARLIEST).clamp(EARLIEST, 9_999);
        Self { first: EARLIEST, last }
    }

    /// Reads `2003` or `1955-1960`.
    pub fn parse(text: &str) -> Option<Self> {
        let year = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Self::new(year(first)?, year(last)?)
    }

    /// The years that are in both.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last))
    }

    /// Whether `whole` is cut into this among others, or is this itself.
    pub fn is_cut_from(self, whole: Self) -> bool {
        let holds = |part: &Self| part.intersection(self) == Some(self);
        let mut part = Some(whole);
        while let Some(some) = part.filter(|some| *some != self) {
            part = some.cut().and_then(|parts| parts.into_iter().find(holds));
        }
        part.is_some()
    }

    /// The earlier and the later part; nothing for a single year. Releases crowd into recent years, so the
    /// later part is the last quarter.
    pub fn cut(self) -> Option<[Self; 2]> {
        let later = (self.last - self.first).div_ceil(4);
        let middle = self.last.checked_sub(later).filter(|_| later > 0)?;
        Some([Self { last: middle, ..self }, Self { first: middle + 1, ..self }])
    }
}

impl fmt::Display for Years {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(formatter, "{}", self.first)
        } else {
            write!(formatter, "{}-{}", self.first, self.last)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_span_is_written_as_spotify_reads_it() {
        assert_eq!(Years::parse("1955-1960").map(|years| years.to_string()).as_deref(), Some("1955-1960"));
        assert_eq!(Years::parse("2003-2003").map(|years| years.to_string()).as_deref(), Some("2003"));
        for bad in ["", "-", "0", "1999-1990", "+19", "20000", "1990-", "nineteen"] {
            assert_eq!(Years::parse(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn only_what_cutting_reaches_is_cut_from_a_span(first in 0_u16..128, span in 0_u16..128) {
            let all = Years::until(2026);
            let mut reached = vec![all];
            let mut at = 0;
            while let Some(some) = reached.get(at).copied() {
                reached.extend(some.cut().into_iter().flatten());
                at += 1;
            }
            let some = Years::new(EARLIEST + first, EARLIEST + first + span).unwrap();
            prop_assert_eq!(some.is_cut_from(all), reached.contains(&some));
            prop_assert!(reached.iter().all(|part| part.is_cut_from(all)));
        }

        #[test]
        fn cutting_ends_at_single_years_that_are_all_the_years(first in 1_u16..3_000, span in 0_u16..200) {
            let mut left = vec![Years::new(first, first + span).unwrap()];
            let mut years = Vec::new();
            while let Some(some) = left.pop() {
                match some.cut() {
                    Some(parts) => left.extend(parts),
                    None => years.push((some.first, some.last)),
                }
            }
            years.sort_unstable();
            prop_assert_eq!(years, (first..=first + span).map(|year| (year, year)).collect::<Vec<_>>());
        }
    }
}
