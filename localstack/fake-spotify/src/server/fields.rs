//! The `fields` parameter of playlists: which parts of an answer the caller wants.
//!
//! `total,items(added_at,track(name,album.id))` keeps only these; `!` in front of the first name of a list
//! leaves the names of the list out instead, as in `items.track.album(!available_markets,images)`. A list of
//! the answer is filtered row by row.

use serde_json::{Map, Value};

/// What to keep of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    /// The names are what is left out.
    excludes: bool,
    /// Each name with what is wanted inside it; `None` is all of it.
    names: Vec<(String, Option<Fields>)>,
}

/// Deepest nesting of brackets; the API's own objects are not nested deeper.
const DEEPEST: usize = 16;

impl Fields {
    /// Reads the parameter. `None` where brackets do not match, a name is missing or the nesting is too deep.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let compact: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let mut rest = compact.as_str();
        let fields = Self::list(&mut rest, DEEPEST)?;
        rest.is_empty().then_some(fields)
    }

    fn list(rest: &mut &str, deeper: usize) -> Option<Self> {
        let mut fields = Self::default();
        loop {
            if let Some(after) = rest.strip_prefix('!') {
                fields.excludes = true;
                *rest = after;
            }
            let name = Self::name(rest, deeper)?;
            fields.names.push(name);
            match rest.strip_prefix(',') {
                Some(after) => *rest = after,
                None => return Some(fields),
            }
        }
    }

    /// `name`, `name.name` or `name(list)`.
    fn name(rest: &mut &str, deeper: usize) -> Option<(String, Option<Self>)> {
        let deeper = deeper.checked_sub(1)?;
        let end = rest.find(['!', '(', ')', ',', '.']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return None;
        }
        *rest = after;
        if let Some(after) = rest.strip_prefix('.') {
            *rest = after;
            let inner = Self { excludes: false, names: vec![Self::name(rest, deeper)?] };
            return Some((name.to_owned(), Some(inner)));
        }
        let Some(after) = rest.strip_prefix('(') else { return Some((name.to_owned(), None)) };
        *rest = after;
        let inner = Self::list(rest, deeper)?;
        *rest = rest.strip_prefix(')')?;
        Some((name.to_owned(), Some(inner)))
    }

    /// What is left of `value`.
    pub(super) fn apply(&self, value: Value) -> Value {
        match value {
            Value::Array(rows) => rows.into_iter().map(|row| self.apply(row)).collect(),
            Value::Object(fields) if self.excludes => Value::Object(self.without(fields)),
            Value::Object(fields) => Value::Object(self.only(&fields)),
            other => other,
        }
    }

    fn without(&self, mut fields: Map<String, Value>) -> Map<String, Value> {
        for (name, inner) in &self.names {
            let Some(value) = fields.remove(name) else { continue };
            if let Some(inner) = inner {
                let inverse = Self { excludes: true, ..inner.clone() };
                fields.insert(name.clone(), inverse.apply(value));
            }
        }
        fields
    }

    fn only(&self, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, inner) in &self.names {
            let Some(value) = fields.get(name) else { continue };
            let value = inner.as_ref().map_or_else(|| value.clone(), |inner| inner.apply(value.clone()));
            match kept.get_mut(name) {
                // The same name twice, as in `tracks.total,tracks.href`, keeps both parts.
                Some(earlier) => merge(earlier, value),
                None => drop(kept.insert(name.clone(), value)),
            }
        }
        kept
    }
}

/// Adds to `one` what `other`, another part of the same value, has besides.
fn merge(one: &mut Value, other: Value) {
    match (one, other) {
        (Value::Object(fields), Value::Object(others)) => {
            for (name, value) in others {
                match fields.get_mut(&name) {
                    Some(earlier) => merge(earlier, value),
                    None => drop(fields.insert(name, value)),
                }
            }
        }
        (Value::Array(rows), Value::Array(others)) => {
            rows.iter_mut().zip(others).for_each(|(row, other)| merge(row, other));
        }
        (one, other) => *one = other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn filtered(fields: &str) -> Value {
        let playlist = json!({
            "id": "p",
            "name": "Mix",
            "tracks": {
                "total": 2,
                "href": "h",
                "items": [
                    {"added_at": "then", "track": {"name": "One", "album": {"id": "a", "name": "A", "images": []}}},
                    {"added_at": "now", "track": null},
                ],
            },
        });
        Fields::parse(fields).expect(fields).apply(playlist)
    }

    #[test]
    fn only_what_is_named_is_kept() {
        assert_eq!(filtered("id,description"), json!({"id": "p"}));
        assert_eq!(filtered("tracks.total, name"), json!({"name": "Mix", "tracks": {"total": 2}}));
        assert_eq!(
            filtered("tracks.items(track(name,album.id))"),
            json!({"tracks": {"items": [{"track": {"name": "One", "album": {"id": "a"}}}, {"track": null}]}})
        );
    }

    #[test]
    fn a_name_given_twice_keeps_both_parts() {
        assert_eq!(filtered("tracks.total,tracks.href"), json!({"tracks": {"total": 2, "href": "h"}}));
        assert_eq!(
            filtered("tracks.items.added_at,tracks.items.track.name"),
            json!({"tracks": {"items": [
                {"added_at": "then", "track": {"name": "One"}}, {"added_at": "now", "track": null},
            ]}})
        );
    }

    #[test]
    fn an_exclamation_mark_leaves_the_list_out() {
        assert_eq!(filtered("!tracks,id"), json!({"name": "Mix"}));
        assert_eq!(
            filtered("tracks.items(track(album(!name,images)))"),
            json!({"tracks": {"items": [{"track": {"album": {"id": "a"}}}, {"track": null}]}})
        );
        assert_eq!(filtered("!tracks(items,href),name"), json!({"id": "p", "tracks": {"total": 2}}));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["", "items(", "items)", "a,,b", "(a)", "a(b))", "a.", &"a(".repeat(40)] {
            assert_eq!(Fields::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "[a-c!(),.]{0,40}|\\PC{0,40}") {
            if let Some(fields) = Fields::parse(&text) {
                fields.apply(json!({"a": [{"b": {"c": 1}}], "b": null}));
            }
        }
    }
}
