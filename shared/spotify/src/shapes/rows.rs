//! The rows of a list, separated but not parsed yet.

use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The rows of a list of at most `MOST`. A longer list is refused at its first excess row, before it takes
/// the memory that a body full of commas could.
#[derive(Debug, Default)]
pub(super) struct Rows<'a, const MOST: usize>(Vec<&'a RawValue>);

impl<'a, const MOST: usize> Deref for Rows<'a, MOST> {
    type Target = [&'a RawValue];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, 'de: 'a, const MOST: usize> Deserialize<'de> for Rows<'a, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Cut::<MOST>).map(Self)
    }
}

/// Splits a list into rows.
struct Cut<const MOST: usize>;

impl<'de, const MOST: usize> Visitor<'de> for Cut<MOST> {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a list of at most {MOST} rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = list.next_element()? {
            if rows.len() == MOST {
                return Err(Error::custom(format!("more than {MOST} rows")));
            }
            rows.push(row);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_split_into_rows_and_refused_if_too_long() {
        let rows: Rows<'_, 3> = serde_json::from_str(r#"[1, {"a": [2]}, null]"#).unwrap();
        assert_eq!(rows.iter().map(|row| row.get()).collect::<Vec<_>>(), ["1", r#"{"a": [2]}"#, "null"]);
        let error = serde_json::from_str::<Rows<'_, 3>>("[0,0,0,0").unwrap_err().to_string();
        assert!(error.contains("more than 3 rows"), "{error}");
    }
}
