//! The item that says what the app may see of a search.
//!
//! | attribute | what it is |
//! |---|---|
//! | `page`, `window` | how much of a search is shown |
//! | `limits_run`, `limits_at` | the run that found that out, and when |
//! | `<operator>_works` | whether the operator works |
//! | `<operator>_run`, `<operator>_at` | the run that found that out, and when |

use std::collections::BTreeMap;
use std::fmt::Display;
use std::num::NonZeroU32;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::plan::{LimitsFinding, OperatorFinding};
use collect::settings::Settings;
use collect::term::{Operator, RunId};
use collect::web_api::PageLimits;
use jiff::Timestamp;
use serde::Deserialize;

use super::{number, text};
use crate::batches::Item;

/// Id of the item.
pub const CAPABILITY: &str = "capability";

/// Operators that were found to work or not.
pub type Operators = BTreeMap<Operator, OperatorFinding>;

const LIMITS_RUN: &str = "limits_run";
const LIMITS_AT: &str = "limits_at";

#[derive(Deserialize)]
struct Limits {
    page: Option<NonZeroU32>,
    window: Option<NonZeroU32>,
}

/// What is known, or why the item cannot be read. Limits that were kept before runs and times were, and
/// operators that were kept before times were, are known without.
pub fn read(item: Item) -> Result<(Operators, Option<LimitsFinding>), String> {
    let mut operators = Operators::new();
    for operator in Operator::ALL {
        operators.extend(finding(&item, operator)?.map(|finding| (operator, finding)));
    }
    let run = optional(&item, LIMITS_RUN, |run| RunId::new(run))?;
    let at = optional(&item, LIMITS_AT, Timestamp::from_str)?;
    let known: Limits = serde_dynamo::from_item(item).map_err(|error| error.to_string())?;
    let Some((page, window)) = known.page.zip(known.window) else { return Ok((operators, None)) };
    let (limits, best) = (PageLimits { page: page.get(), depth: window.get() }, Settings::BEST_LIMITS);
    if limits.page > best.page || limits.depth > best.depth {
        return Err(format!("page {page} or window {window} is more than Spotify grants to anybody"));
    }
    Ok((operators, Some(LimitsFinding { limits, run, at })))
}

/// What was found out about `operator`, or which attribute cannot be read.
fn finding(item: &Item, operator: Operator) -> Result<Option<OperatorFinding>, String> {
    let [works, run, at] = attributes(operator);
    match (item.get(&works), item.get(&run)) {
        (Some(AttributeValue::Bool(found)), Some(AttributeValue::S(by))) => {
            let by = RunId::new(by.clone()).map_err(|error| format!("{run}: {error}"))?;
            let at = optional(item, &at, Timestamp::from_str)?;
            Ok(Some(OperatorFinding { works: *found, run: by, at }))
        }
        (None, None) => Ok(None),
        _ => Err(format!("{works} and {run} must be a boolean and the name of a run")),
    }
}

/// A text that may be absent, read by `read`.
fn optional<T, E: Display>(
    item: &Item,
    name: &str,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, String> {
    match item.get(name) {
        None => Ok(None),
        Some(AttributeValue::S(text)) => read(text).map(Some).map_err(|error| format!("{name}: {error}")),
        Some(_) => Err(format!("{name} is no text")),
    }
}

/// What is kept of a finding about an operator.
pub(super) fn of_operator(operator: Operator, finding: &OperatorFinding) -> Item {
    let [works, run, at] = attributes(operator);
    let known = [(works, AttributeValue::Bool(finding.works)), (run, text(finding.run.as_str()))];
    known.into_iter().chain(finding.at.map(|time| (at, text(&time.to_string())))).collect()
}

/// What is kept of a finding about limits.
pub(super) fn of_limits(finding: &LimitsFinding) -> Item {
    let PageLimits { page, depth } = finding.limits;
    let run = finding.run.as_ref().map(|run| (LIMITS_RUN, text(run.as_str())));
    let at = finding.at.map(|at| (LIMITS_AT, text(&at.to_string())));
    let known = [("page", number(page)), ("window", number(depth))];
    known.into_iter().chain(run).chain(at).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The attributes of an operator: whether it works, the run, the time.
fn attributes(operator: Operator) -> [String; 3] {
    ["works", "run", "at"].map(|what| format!("{}_{what}", operator.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(attributes: &[(&str, AttributeValue)]) -> Item {
        attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn what_was_found_out_is_read_as_far_as_it_is_there() {
        assert_eq!(read(Item::new()), Ok((Operators::new(), None)));
        let (run, limits) = (RunId::new("2026-11-23").unwrap(), PageLimits { page: 10, depth: 1000 });
        let works = OperatorFinding::new(false, &run, Timestamp::UNIX_EPOCH);
        let shown = LimitsFinding::new(limits, &run, Timestamp::UNIX_EPOCH);
        let mut known = of_operator(Operator::NotQuotes, &works);
        known.extend(of_limits(&shown));
        assert_eq!(read(known), Ok(([(Operator::NotQuotes, works)].into(), Some(shown))));
    }

    #[test]
    fn what_was_kept_before_times_were_is_known_without() {
        let old = item(&[
            ("not_works", AttributeValue::Bool(true)),
            ("not_run", text("2026-11-23")),
            ("page", number(10)),
            ("window", number(1000)),
        ]);
        let (operators, limits) = read(old).unwrap();
        let run = RunId::new("2026-11-23").unwrap();
        assert_eq!(operators, [(Operator::Not, OperatorFinding { works: true, run, at: None })].into());
        let shown = PageLimits { page: 10, depth: 1000 };
        assert_eq!(limits, Some(LimitsFinding { limits: shown, run: None, at: None }));
    }

    #[test]
    fn an_item_that_was_edited_into_nonsense_is_refused_with_what_is_wrong() {
        let works = ("not_works", AttributeValue::Bool(true));
        let run = ("not_run", text("2026-11-23"));
        for (edited, wrong) in [
            (item(&[("page", number(4_000_000_000_u32)), ("window", number(1000))]), "page 4000000000"),
            (item(&[("page", number(50)), ("window", number(1001))]), "window 1001"),
            (item(&[("page", number(0)), ("window", number(1000))]), "nonzero"),
            (item(&[("page", number(-1)), ("window", number(1000))]), "-1"),
            (item(&[("limits_at", text("soon"))]), "limits_at"),
            (item(&[("limits_run", number(1))]), "limits_run"),
            (item(std::slice::from_ref(&works)), "not_works"),
            (item(&[("not_works", number(1))]), "not_works"),
            (item(&[works, run, ("not_at", number(1))]), "not_at"),
        ] {
            let error = read(edited).unwrap_err();
            assert!(error.contains(wrong), "{error} does not name {wrong}");
        }
    }
}
