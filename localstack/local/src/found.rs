//! Describes what a run discovered about the app and the catalogue.

use std::collections::BTreeMap;

use collect::{
    plan::{Field, Finding, Findings},
    ports::Overview,
    run::Estimate,
    term::RunId,
    web_api::PageLimits,
};
use jiff::Timestamp;

use crate::terminal::{
    escape,
    words::{counted, list, percent, rounded},
};

/// The run's estimate of the catalogue's size; what a rough one rests on.
pub fn estimate(estimate: &Estimate) -> String {
    let Estimate { size, low, high, coverage, coverage_low, coverage_high, sampled, .. } = estimate;
    let high = high.map_or("no upper bound".to_owned(), rounded);
    let rough = if estimate.is_rough() {
        format!(" (rough, from a sample of {})", counted(*sampled, "artist"))
    } else {
        String::new()
    };
    format!(
        "Estimate{rough}: {} artists in the catalogue (95 % interval: {} to {high}); the run saw {} of them ({} to {}).",
        rounded(*size),
        rounded(*low),
        percent(*coverage, 1),
        percent(*coverage_low, 1),
        percent(*coverage_high, 1)
    )
}

/// Which search operators work, by name: `Search operators: NOT works, years do not work.`
pub fn operators(operators: &BTreeMap<String, bool>) -> Option<String> {
    let parts: Vec<String> = operators.iter().map(|(name, works)| operator(name, *works)).collect();
    (!parts.is_empty()).then(|| format!("Search operators: {}.", parts.join(", ")))
}

fn operator(name: &str, works: bool) -> String {
    // Quotes and years are plural; the other operators are singular.
    let (name, is_plural) = match name {
        "not" => ("NOT", false),
        "not-quotes" => ("NOT with quotes", false),
        other => (other, other.ends_with('s')),
    };
    let works = match (works, is_plural) {
        (true, true) => "work",
        (true, false) => "works",
        (false, true) => "do not work",
        (false, false) => "does not work",
    };
    format!("{name} {works}")
}

/// The page size and depth of a search.
pub fn limits(limits: &PageLimits) -> String {
    format!(
        "Search results: {} a page, {} at most.",
        counted(limits.page.into(), "row"),
        counted(limits.depth.into(), "row")
    )
}

/// What was discovered about searching.
pub fn searching(overview: &Overview) -> Vec<String> {
    let mut lines: Vec<String> = overview.limits.iter().map(|found| limits(&found.limits)).collect();
    let found = overview.operators.iter().map(|(operator, found)| (operator.name().to_owned(), found.works));
    lines.extend(operators(&found.collect()));
    lines
}

/// What was discovered about the endpoints, one line each.
pub fn endpoints(findings: &Findings) -> Vec<String> {
    findings.0.iter().map(|(endpoint, finding)| endpoint_line(endpoint.name(), finding)).collect()
}

fn endpoint_line(name: &str, finding: &Finding) -> String {
    format!("{}; {}.", endpoint(name, finding), found_out(&finding.run, finding.at))
}

/// Whether an endpoint answers, and with what.
pub fn endpoint(name: &str, finding: &Finding) -> String {
    let Finding { refusal, fields, page, .. } = finding;
    let mut parts = vec![match refusal {
        None => "open".to_owned(),
        Some(refusal) => format!("closed ({})", escape::line(refusal)),
    }];
    if let Some(fields) = fields {
        let fields: Vec<String> = fields.iter().map(|field| Field::name(*field).to_owned()).collect();
        parts.push(if fields.is_empty() {
            "artists by name only".to_owned()
        } else {
            format!("artists with {}", list(&fields))
        });
    }
    parts.extend(page.map(|page| format!("{page} rows or ids at most")));
    format!("Endpoint {name}: {}", parts.join(", "))
}

fn found_out(run: &RunId, at: Timestamp) -> String {
    format!("discovered by run {run} at {at:.0}")
}

/// The endpoints that are closed to the app, one line each, as a run's report describes them.
pub fn closed(endpoints: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    let closed = endpoints.iter().filter_map(|(name, said)| Some((name, said.strip_prefix("closed: ")?)));
    closed.map(|(name, why)| format!("Endpoint {name}: closed ({}).", escape::line(why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_described_in_plain_words() {
        let found = [("not", true), ("not-quotes", true), ("quotes", false), ("years", true)];
        let found = found.map(|(name, works)| (name.to_owned(), works)).into();
        assert_eq!(
            operators(&found).as_deref(),
            Some("Search operators: NOT works, NOT with quotes works, quotes do not work, years work.")
        );
        assert_eq!(operators(&BTreeMap::new()), None, "nothing was discovered");
    }

    #[test]
    fn a_refusals_control_characters_are_escaped() {
        let said = BTreeMap::from([("browse".to_owned(), "closed: 403 \u{1b}]0;owned\u{7}".to_owned())]);
        let lines: Vec<String> = closed(&said).collect();
        assert_eq!(lines, ["Endpoint browse: closed (403 \\u{1b}]0;owned\\u{7})."]);
    }
}
