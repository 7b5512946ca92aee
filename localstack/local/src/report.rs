//! What a run has come to, for people and for programs.

use std::collections::BTreeMap;

use anyhow::Result;
use collect::run::{Estimate, SourceReport};
use collect::term::Source;
use collect::web_api::PageLimits;
use serde::Serialize;

use crate::collect::Closed;
use crate::stack::Stack;

/// The result of a run. Fields that only a stand-in can know are null elsewhere.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Id of the run.
    pub run: String,
    /// `complete` or `partial`.
    pub state: String,
    /// Artists in the table, counted there.
    pub artists: u64,
    /// Artists that the stand-in has.
    pub catalogue_artists: Option<u64>,
    /// The first divided by the second.
    pub coverage: Option<f64>,
    /// Requests, without those for tokens.
    pub requests: Option<u64>,
    /// The same by HTTP status.
    pub requests_by_status: Option<BTreeMap<String, u64>>,
    /// Requests answered with 429.
    pub refused: Option<u64>,
    /// The largest number of requests in any 30 seconds.
    pub max_in_30s: Option<u64>,
    /// Requests that came although a Retry-After had not passed.
    pub requests_during_hold: Option<u64>,
    /// Terms by how they ended.
    pub terms: Terms,
    /// Why terms are open, failed or unasked, each reason with the number of terms.
    pub reasons: BTreeMap<String, u64>,
    /// What each source has cost and brought.
    pub sources: BTreeMap<Source, SourceReport>,
    /// What was found out of the endpoints, in words; empty where the search alone is used.
    pub endpoints: BTreeMap<String, String>,
    /// How much of a search is shown; null where no page was ever refused.
    pub limits: Option<PageLimits>,
    /// Which operators of a search were found to work, by name.
    pub operators: BTreeMap<String, bool>,
    /// How large the catalogue is by the run's own estimate, and how much of it was seen.
    pub estimate: Option<Estimate>,
    /// Messages in the dead-letter queue.
    pub dead_letters: u64,
    /// From the event that opened the run to its end.
    pub elapsed_s: f64,
}

/// Terms by how they ended, counted in the table.
#[derive(Clone, Debug, Serialize)]
pub struct Terms {
    /// Answered to the end.
    pub done: u64,
    /// Replaced by narrower terms.
    pub split: u64,
    /// Left with a residue that nothing narrower reaches.
    pub open: u64,
    /// Given up.
    pub failed: u64,
}

impl Report {
    /// Counts what a closed run has left behind.
    pub async fn of(stack: &Stack, closed: &Closed) -> Result<Self> {
        let observer = stack.observer();
        let terms = observer.terms_by_state(&closed.run.id).await?;
        let of = |state: &str| terms.get(state).copied().unwrap_or(0);
        let artists = observer.artists().await?;
        let own = observer.report().await?.unwrap_or_default();
        let stats = stack.spotify().stats().await?;
        let catalogue_artists = stats.as_ref().map(|stats| stats.catalogue_artists);
        Ok(Self {
            run: closed.run.id.clone(),
            state: closed.run.state.clone(),
            artists,
            catalogue_artists,
            coverage: catalogue_artists.and_then(|all| ratio(artists, all)),
            requests: stats.as_ref().map(|stats| stats.requests),
            refused: stats.as_ref().map(|stats| stats.refused),
            max_in_30s: stats.as_ref().map(|stats| stats.max_in_30s),
            requests_during_hold: stats.as_ref().map(|stats| stats.requests_during_hold),
            requests_by_status: stats.map(|stats| stats.requests_by_status),
            terms: Terms { done: of("done"), split: of("split"), open: of("open"), failed: of("failed") },
            reasons: own.reasons,
            sources: own.sources,
            endpoints: own.endpoints,
            limits: own.limits,
            operators: own.operators,
            estimate: own.estimate,
            dead_letters: observer.dead_letters().await?,
            elapsed_s: (closed.elapsed.as_secs_f64() * 10.0).round() / 10.0,
        })
    }

    /// The report as a few lines of text.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("run {} is {} after {:.1} s", self.run, self.state, self.elapsed_s)];
        lines.push(match (self.catalogue_artists, self.coverage) {
            (Some(all), Some(share)) => {
                format!("artists   {} of {all} in the catalogue ({:.2} %)", self.artists, share * 100.0)
            }
            _ => format!("artists   {}", self.artists),
        });
        if let (Some(requests), Some(refused), Some(most), Some(during)) =
            (self.requests, self.refused, self.max_in_30s, self.requests_during_hold)
        {
            lines.push(format!(
                "requests  {requests}, at most {most} in 30 s; {refused} refused, {during} sent during a hold"
            ));
        }
        let Terms { done, split, open, failed } = &self.terms;
        lines.push(format!("terms     {done} done, {split} split, {open} open, {failed} failed"));
        lines.extend(self.estimate.map(|estimate| estimated(&estimate)));
        lines.extend(
            self.reasons.iter().map(|(reason, terms)| format!("          {terms} of them: {reason}")),
        );
        if self.sources.len() > 1 {
            lines.extend(self.sources.iter().map(|(source, of)| source_line(*source, of)));
        }
        lines.extend(self.searches());
        lines.extend(closed(&self.endpoints));
        lines.push(format!("dead      {} letters", self.dead_letters));
        lines.join("\n")
    }

    /// What the run has found out about searching, in a line.
    fn searches(&self) -> Option<String> {
        let operators = self.operators.iter().map(|(name, found)| format!("{name} {}", works(*found)));
        let found: Vec<String> = self.limits.as_ref().map(shown).into_iter().chain(operators).collect();
        (!found.is_empty()).then(|| format!("may use   searches: {}", found.join(", ")))
    }
}

/// How much of a search is shown, in words.
pub fn shown(limits: &PageLimits) -> String {
    format!("pages of {}, {} rows in all", limits.page, limits.window)
}

/// Whether an operator of a search works, in words.
pub fn works(found: bool) -> &'static str {
    if found { "works" } else { "does not work" }
}

/// The run's own estimate in a line.
pub fn estimated(estimate: &Estimate) -> String {
    let Estimate { size, low, high, coverage, coverage_low, coverage_high, .. } = estimate;
    let high = high.map_or("any number".to_owned(), |high| format!("{high:.0}"));
    let percent = |share: &f64| 100.0 * share;
    format!(
        "estimate  {size:.0} artists in all (95 %: {low:.0} to {high}), {:.1} % of them seen ({:.1} to {:.1})",
        percent(coverage),
        percent(coverage_low),
        percent(coverage_high)
    )
}

fn source_line(source: Source, of: &SourceReport) -> String {
    let left = if of.unasked > 0 { format!(", {} left", of.unasked) } else { String::new() };
    format!(
        "          {source}: {} new in {} requests, {} terms{left}",
        of.artists_new, of.requests, of.terms
    )
}

/// The endpoints that are closed to the app, a line each.
pub fn closed(endpoints: &BTreeMap<String, String>) -> impl Iterator<Item = String> {
    let closed = endpoints.iter().filter_map(|(name, said)| Some((name, said.strip_prefix("closed: ")?)));
    closed.map(|(name, why)| format!("closed    {name}: {why}"))
}

/// A share, rounded to six digits; `None` of nothing.
fn ratio(part: u64, whole: u64) -> Option<f64> {
    let (part, whole) = (f64::from(u32::try_from(part).ok()?), f64::from(u32::try_from(whole).ok()?));
    (whole > 0.0).then(|| (part / whole * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_an_empty_catalogue_is_unknown() {
        assert_eq!(ratio(0, 0), None);
        assert_eq!(ratio(1, 3), Some(0.333_333));
    }

    fn report() -> Report {
        Report {
            run: "r".to_owned(),
            state: "complete".to_owned(),
            artists: 1,
            catalogue_artists: None,
            coverage: None,
            requests: None,
            requests_by_status: None,
            refused: None,
            max_in_30s: None,
            requests_during_hold: None,
            terms: Terms { done: 1, split: 0, open: 0, failed: 0 },
            reasons: BTreeMap::new(),
            sources: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            limits: None,
            operators: BTreeMap::new(),
            estimate: None,
            dead_letters: 0,
            elapsed_s: 1.0,
        }
    }

    #[test]
    fn the_text_says_in_one_line_what_was_found_out_about_searching() {
        let line = |report: &Report| {
            let text = report.text();
            text.lines().find_map(|line| line.strip_prefix("may use   ")).map(str::to_owned)
        };
        assert_eq!(line(&report()), None, "nothing was found out");
        let operators = BTreeMap::from([("not".to_owned(), true), ("quotes".to_owned(), false)]);
        let limits = Some(PageLimits { page: 10, window: 1000 });
        let told = line(&Report { limits, operators: operators.clone(), ..report() });
        let expected = "searches: pages of 10, 1000 rows in all, not works, quotes does not work";
        assert_eq!(told.as_deref(), Some(expected));
        let told = line(&Report { operators, ..report() });
        assert_eq!(told.as_deref(), Some("searches: not works, quotes does not work"));
    }

    #[test]
    fn the_json_has_the_promised_keys() {
        let report = report();
        let json = serde_json::to_value(&report).unwrap();
        let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut promised = [
            "run",
            "state",
            "artists",
            "catalogue_artists",
            "coverage",
            "requests",
            "requests_by_status",
            "refused",
            "max_in_30s",
            "requests_during_hold",
            "terms",
            "reasons",
            "sources",
            "endpoints",
            "limits",
            "operators",
            "estimate",
            "dead_letters",
            "elapsed_s",
        ];
        promised.sort_unstable();
        let mut keys = keys;
        keys.sort_unstable();
        assert_eq!(keys, promised);
        assert!(json["coverage"].is_null());
        assert_eq!(json["terms"]["done"], 1);
    }
}
