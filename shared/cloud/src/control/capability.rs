//! The item that says what the app may see of a search.

use std::num::NonZeroU32;

use aws_sdk_dynamodb::types::AttributeValue;
use collect::capability::Operator;
use collect::paging::PageLimits;
use collect::run::RunId;
use collect::settings::Settings;
use serde::Deserialize;

use super::Item;

/// Operators that were found to work or not, each with the run that found it.
pub type Operators = Vec<(Operator, RunId, bool)>;

#[derive(Deserialize)]
struct Limits {
    page: Option<NonZeroU32>,
    window: Option<NonZeroU32>,
}

/// What is known, or why the item cannot be read.
pub fn read(item: Item) -> Result<(Operators, Option<PageLimits>), String> {
    let operators = Operator::ALL.into_iter().filter_map(|operator| finding(&item, operator).transpose());
    let operators = operators.collect::<Result<Operators, String>>()?;
    let known: Limits = serde_dynamo::from_item(item).map_err(|error| error.to_string())?;
    let Some((page, window)) = known.page.zip(known.window) else { return Ok((operators, None)) };
    let (limits, best) = (PageLimits { page: page.get(), window: window.get() }, Settings::BEST_LIMITS);
    if limits.page > best.page || limits.window > best.window {
        return Err(format!("page {page} or window {window} is more than Spotify grants to anybody"));
    }
    Ok((operators, Some(limits)))
}

/// Whether `operator` was found to work, and by which run; or which attribute cannot be read.
fn finding(item: &Item, operator: Operator) -> Result<Option<(Operator, RunId, bool)>, String> {
    let (works, run) = (format!("{}_works", operator.name()), format!("{}_run", operator.name()));
    match (item.get(&works), item.get(&run)) {
        (Some(AttributeValue::Bool(found)), Some(AttributeValue::S(by))) => {
            let by = RunId::new(by.clone()).map_err(|error| format!("{run}: {error}"))?;
            Ok(Some((operator, by, *found)))
        }
        (None, None) => Ok(None),
        _ => Err(format!("{works} and {run} must be a boolean and the name of a run")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(attributes: &[(&str, AttributeValue)]) -> Item {
        attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn what_was_found_out_is_read_as_far_as_it_is_there() {
        assert_eq!(read(Item::new()), Ok((Vec::new(), None)));
        let name = Operator::ALL[0].name();
        let known = [
            (format!("{name}_works"), AttributeValue::Bool(false)),
            (format!("{name}_run"), AttributeValue::S("2026-11-23".to_owned())),
            ("page".to_owned(), AttributeValue::N("10".to_owned())),
            ("window".to_owned(), AttributeValue::N("1000".to_owned())),
        ];
        let (operators, limits) = read(known.into_iter().collect()).unwrap();
        assert_eq!(operators, [(Operator::ALL[0], RunId::new("2026-11-23").unwrap(), false)]);
        assert_eq!(limits, Some(PageLimits { page: 10, window: 1000 }));
    }

    #[test]
    fn an_item_that_was_edited_into_nonsense_is_refused_with_what_is_wrong() {
        let number = |number: &str| AttributeValue::N(number.to_owned());
        let works = format!("{}_works", Operator::ALL[0].name());
        for (edited, wrong) in [
            (item(&[("page", number("4000000000")), ("window", number("1000"))]), "page 4000000000"),
            (item(&[("page", number("50")), ("window", number("1001"))]), "window 1001"),
            (item(&[("page", number("0")), ("window", number("1000"))]), "nonzero"),
            (item(&[("page", number("-1")), ("window", number("1000"))]), "-1"),
            (item(&[(&works, AttributeValue::Bool(true))]), works.as_str()),
            (item(&[(&works, number("1"))]), works.as_str()),
        ] {
            let error = read(edited).unwrap_err();
            assert!(error.contains(wrong), "{error} does not name {wrong}");
        }
    }
}
