//! The form of stored items, so that releases can share tables: a canary deployment, a rollback, a laptop.
//!
//! Every item so far has the first form, which has no mark. A release that changes the form in a way that
//! this one would misread must mark its items with `schema_version`. This release leaves marked items alone:
//! it does not read, change or delete them, and says so. What it has read without a mark, it writes on the
//! condition that nobody has written it since. Attributes may be added without a mark; they are skipped.

use collect::ports::PortError;

use crate::batches::Item;

/// The attribute that marks a later form.
pub(crate) const VERSION: &str = "schema_version";

/// The condition that an item has a form that this release understands; it holds for a missing item too.
pub(crate) const UNDERSTOOD: &str = "attribute_not_exists(schema_version)";

/// Errs if a later release has written `item`; `what` names it.
pub(crate) fn check(item: &Item, what: impl FnOnce() -> String) -> Result<(), PortError> {
    let Some(version) = item.get(VERSION) else { return Ok(()) };
    let version = version.as_n().map_or_else(|_| "that is no number".to_owned(), Clone::clone);
    Err(PortError::Newer { what: what(), version })
}

/// `condition`, and that the item is understood.
pub(crate) fn if_understood(condition: &str) -> String {
    format!("({condition}) AND {UNDERSTOOD}")
}
