//! A page of a scan, as DynamoDB sends it, straight into columns.
//!
//! Nothing of a page is kept beside what the columns take: no map of attributes, no text that is not copied
//! into its column at once. A value of the wrong type makes its row bad, with the reason; only what is no
//! page at all is an error.

use std::borrow::Cow;
use std::fmt;

use collect::snapshot::export::Cursor;
use collect::snapshot::table::{Kind, Table};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::columns::Rows;

/// A text that is borrowed from the page unless it has escapes. (`Cow` would copy each.)
struct Text<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AText;

        impl<'de> Visitor<'de> for AText {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(AText)
    }
}

/// Where the attributes of an item go.
#[derive(Debug, Default)]
struct Node {
    /// The column that takes the value.
    column: Option<usize>,
    /// Where the attributes of the value go, which is a map.
    inner: Vec<(&'static str, Node)>,
}

impl Node {
    fn of(table: &Table) -> Self {
        let mut root = Self::default();
        for (number, column) in table.columns.iter().enumerate() {
            let node = column.from.split('.').fold(&mut root, |node, name| {
                let found = node.inner.iter().position(|(known, _)| *known == name);
                let index = found.unwrap_or_else(|| {
                    node.inner.push((name, Self::default()));
                    node.inner.len() - 1
                });
                &mut node.inner[index].1
            });
            node.column = Some(number);
        }
        root
    }

    fn get(&self, name: &str) -> Option<&Self> {
        self.inner.iter().find(|(known, _)| *known == name).map(|(_, node)| node)
    }
}

/// Reads pages of a table.
pub(crate) struct Reader {
    attributes: Node,
    pub(crate) rows: Rows,
}

impl Reader {
    /// A reader with room for so many rows; more may come.
    pub(crate) fn new(table: &'static Table, capacity: usize) -> Self {
        Self { attributes: Node::of(table), rows: Rows::new(table, capacity) }
    }

    /// Adds the rows of a page; where the scan goes on, unless it ends here.
    pub(crate) fn read(&mut self, page: &[u8]) -> Result<Option<Cursor>, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(page);
        let next =
            Page { attributes: &self.attributes, rows: &mut self.rows }.deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(next)
    }
}

/// Implements the two halves of reading something with context.
macro_rules! seed {
    ($name:ident, $value:ty, $method:ident, $expecting:literal) => {
        impl<'de> DeserializeSeed<'de> for $name<'_> {
            type Value = $value;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<$value, D::Error> {
                deserializer.$method(self)
            }
        }

        impl $name<'_> {
            fn expected(formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str($expecting)
            }
        }
    };
}

struct Page<'a> {
    attributes: &'a Node,
    rows: &'a mut Rows,
}

seed!(Page, Option<Cursor>, deserialize_map, "a page of a scan");

impl<'de> Visitor<'de> for Page<'_> {
    type Value = Option<Cursor>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::expected(formatter)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Cursor>, A::Error> {
        let (mut next, mut items) = (None, false);
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match &*name.0 {
                "Items" => {
                    map.next_value_seed(Items { attributes: self.attributes, rows: self.rows })?;
                    items = true;
                }
                "LastEvaluatedKey" => {
                    let key = map.next_value::<&RawValue>()?.get();
                    next = (key != "null").then(|| Cursor(key.to_owned()));
                }
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        if items { Ok(next) } else { Err(A::Error::missing_field("Items")) }
    }
}

struct Items<'a> {
    attributes: &'a Node,
    rows: &'a mut Rows,
}

seed!(Items, (), deserialize_seq, "a list of items");

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::expected(formatter)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Attributes { of: self.attributes, rows: self.rows })?.is_some() {
            self.rows.end_row();
        }
        Ok(())
    }
}

/// The attributes of an item, or of a map in it.
struct Attributes<'a> {
    of: &'a Node,
    rows: &'a mut Rows,
}

seed!(Attributes, (), deserialize_map, "attributes");

impl<'de> Visitor<'de> for Attributes<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::expected(formatter)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match self.of.get(&name.0) {
                None => _ = map.next_value::<IgnoredAny>()?,
                Some(node) if is_nested(node, self.rows) => {
                    let raw = map.next_value::<&RawValue>()?;
                    nested(node, raw, self.rows).map_err(A::Error::custom)?;
                }
                Some(node) => {
                    map.next_value_seed(Typed { of: node, column: node.column, rows: self.rows })?;
                }
            }
        }
        Ok(())
    }
}

/// Whether a value is wanted as JSON, so that its text has to be kept until it is rewritten.
fn is_nested(node: &Node, rows: &Rows) -> bool {
    node.column.is_some_and(|column| rows.table().columns[column].kind == Kind::Json)
}

/// A value that is wanted as JSON, and perhaps in parts besides.
fn nested(node: &Node, raw: &RawValue, rows: &mut Rows) -> Result<(), serde_json::Error> {
    if let Some(column) = node.column {
        let stored: serde_json::Value = serde_json::from_str(raw.get())?;
        rows.text(column, &plain(&stored).to_string());
    }
    if node.inner.is_empty() {
        return Ok(());
    }
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    Typed { of: node, column: None, rows }.deserialize(&mut deserializer)
}

/// A stored value without its types: `{"M":{"a":{"N":"1"}}}` is `{"a":1}`.
fn plain(stored: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    let Some((kind, value)) = stored.as_object().and_then(|of| of.iter().next()) else { return Value::Null };
    match (kind.as_str(), value) {
        ("M", Value::Object(map)) => map.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        ("L", Value::Array(list)) => list.iter().map(plain).collect(),
        ("N", Value::String(number)) => serde_json::from_str(number).unwrap_or_else(|_| value.clone()),
        ("NULL", _) => Value::Null,
        _ => value.clone(),
    }
}

/// One value with its type, such as `{"S":"text"}`.
struct Typed<'a> {
    of: &'a Node,
    column: Option<usize>,
    rows: &'a mut Rows,
}

seed!(Typed, (), deserialize_map, "a value with its type");

impl<'de> Visitor<'de> for Typed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::expected(formatter)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { of, column, rows } = self;
        while let Some(kind) = map.next_key::<Text<'de>>()? {
            match (&*kind.0, column) {
                ("S", Some(column)) => rows.text(column, &map.next_value::<Text<'de>>()?.0),
                ("N", Some(column)) => rows.number(column, &map.next_value::<Text<'de>>()?.0),
                ("L" | "SS", Some(column)) => map.next_value_seed(List { column, rows })?,
                ("M", None) => map.next_value_seed(Attributes { of, rows })?,
                ("NULL", _) | (_, None) => _ = map.next_value::<IgnoredAny>()?,
                (_, Some(column)) => {
                    map.next_value::<IgnoredAny>()?;
                    rows.problem(column, "of a type that is expected");
                }
            }
        }
        Ok(())
    }
}

/// A list of texts.
struct List<'a> {
    column: usize,
    rows: &'a mut Rows,
}

seed!(List, (), deserialize_seq, "a list");

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::expected(formatter)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let column = self.column;
        let only_texts = self.rows.texts(column, |push| {
            let mut only_texts = true;
            while let Some(element) = list.next_element::<Element<'de>>()? {
                match element {
                    Element::Text(text) => push(&text.0),
                    Element::Other => only_texts = false,
                }
            }
            Ok::<_, A::Error>(only_texts)
        })?;
        if !only_texts {
            self.rows.problem(column, "a list of texts");
        }
        Ok(())
    }
}

/// An element of a list: in a set a bare text, in a list one with its type.
enum Element<'de> {
    Text(Text<'de>),
    Other,
}

impl<'de> serde::Deserialize<'de> for Element<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnElement;

        impl<'de> Visitor<'de> for AnElement {
            type Value = Element<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an element of a list")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Element<'de>, E> {
                Ok(Element::Text(Text(Cow::Borrowed(text))))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Element<'de>, E> {
                Ok(Element::Text(Text(Cow::Owned(text.to_owned()))))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element<'de>, A::Error> {
                let mut element = Element::Other;
                while let Some(kind) = map.next_key::<Text<'de>>()? {
                    if kind.0 == "S" {
                        element = Element::Text(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(element)
            }
        }

        deserializer.deserialize_any(AnElement)
    }
}
