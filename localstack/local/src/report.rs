//! The result of a run, for people and for programs.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use collect::run::{Estimate, GenreTracks, RunState, SourceReport};
use collect::term::Source;
use collect::web_api::PageLimits;
use serde::Serialize;

use crate::{
    check::Check,
    collect::Closed,
    found,
    snapshots::Snapshot,
    stack::Stack,
    terminal::{
        escape,
        words::{counted, number, or_none, percent, time},
    },
};

/// The result of a run. Fields that only a stand-in can know are null for other services.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Id of the run.
    pub run: String,
    /// `complete` or `partial`.
    pub state: String,
    /// Artists in the table, according to its own count.
    pub artists: u64,
    /// Artists in the stand-in's catalogue.
    pub catalogue_artists: Option<u64>,
    /// `artists` divided by `catalogue_artists`.
    pub coverage: Option<f64>,
    /// Requests answered, not counting those for tokens.
    pub requests: Option<u64>,
    /// Requests by HTTP status.
    pub requests_by_status: Option<BTreeMap<String, u64>>,
    /// Requests answered with 429.
    pub refused: Option<u64>,
    /// The largest number of requests in any 30 seconds.
    pub max_in_30s: Option<u64>,
    /// Requests that arrived before a Retry-After had passed.
    pub requests_during_hold: Option<u64>,
    /// Terms by how they ended.
    pub terms: Terms,
    /// Why terms are open, failed or unasked, each reason with the number of terms.
    pub reasons: BTreeMap<String, u64>,
    /// What each source cost and found.
    pub sources: BTreeMap<Source, SourceReport>,
    /// What the run discovered about endpoints, in words; empty if it only searched.
    pub endpoints: BTreeMap<String, String>,
    /// Page size and depth of a search; null if no page was ever refused.
    pub limits: Option<PageLimits>,
    /// Which search operators work, by name.
    pub operators: BTreeMap<String, bool>,
    /// The run's own estimate of the catalogue's size, and of the share it saw.
    pub estimate: Option<Estimate>,
    /// Tracks that were not known.
    pub tracks_new: u64,
    /// Tracks that were asked for their audio features and answered.
    pub tracks_described: u64,
    /// A sample of the stand-in's catalogue compared with the table; null for other services and for runs
    /// that asked for tracks alone.
    pub check: Option<Check>,
    /// Messages in the dead-letter queue.
    pub dead_letters: u64,
    /// The snapshot that the run was exported to.
    pub snapshot: Option<Snapshot>,
    /// Time from the event that opened the run to its end.
    pub elapsed_s: f64,
}

/// Terms by how they ended.
#[derive(Clone, Debug, Serialize)]
pub struct Terms {
    /// Answered completely.
    pub done: u64,
    /// Replaced by narrower terms.
    pub split: u64,
    /// Left with a residue that no narrower term reaches.
    pub open: u64,
    /// Given up after repeated failures.
    pub failed: u64,
    /// Not answered completely because the run was stopped.
    pub unasked: u64,
    /// Skipped because their source yielded too little.
    pub left: u64,
}

impl Report {
    /// The result of a closed run: its own report, the table's own count of artists, and the stand-in's
    /// counts. The cost does not depend on the run's size.
    pub async fn of(stack: &Stack, closed: &Closed) -> Result<Self> {
        let step = stack.steps().begin("Comparing a sample with the catalogue", "a few seconds");
        let observer = stack.observer();
        let own = closed.run.report.clone().context("the closed run has no report")?;
        let artists = observer.artists().await?;
        let alone = closed.run.tracks == GenreTracks::Alone;
        let check = if alone { None } else { Check::of(stack).await? };
        let stats = stack.spotify().stats().await?;
        let catalogue_artists = stats.as_ref().map(|stats| stats.catalogue_artists);
        let dead_letters = observer.dead_letters().await?;
        step.done("Compared a sample with the catalogue");
        Ok(Self {
            run: closed.run.id.to_string(),
            state: state(closed.run.state).to_owned(),
            artists,
            catalogue_artists,
            coverage: catalogue_artists.and_then(|all| ratio(artists, all)),
            requests: stats.as_ref().map(|stats| stats.requests),
            refused: stats.as_ref().map(|stats| stats.refused),
            max_in_30s: stats.as_ref().map(|stats| stats.max_in_30s),
            requests_during_hold: stats.as_ref().map(|stats| stats.requests_during_hold),
            requests_by_status: stats.map(|stats| stats.requests_by_status),
            terms: Terms {
                done: own.done,
                split: own.split,
                open: own.open,
                failed: own.failed,
                unasked: own.unasked,
                left: own.left,
            },
            reasons: own.reasons,
            sources: own.sources,
            endpoints: own.endpoints,
            limits: own.limits,
            operators: own.operators,
            estimate: own.estimate,
            tracks_new: own.tracks_new,
            tracks_described: own.tracks_described,
            check,
            dead_letters,
            snapshot: None,
            elapsed_s: (closed.elapsed.as_secs_f64() * 10.0).round() / 10.0,
        })
    }

    /// The report as a few lines of text.
    pub fn text(&self) -> String {
        let elapsed = time(std::time::Duration::from_secs_f64(self.elapsed_s));
        let mut lines = vec![format!("Run {} is {} after {elapsed}.", self.run, self.state)];
        lines.push(match (self.catalogue_artists, self.coverage) {
            (Some(all), Some(share)) => format!(
                "Artists: {} of {} in the catalogue ({}).",
                number(self.artists),
                number(all),
                percent(share, 2)
            ),
            _ => format!("Artists: {}.", number(self.artists)),
        });
        if self.tracks_new + self.tracks_described > 0 {
            lines.push(format!(
                "Tracks: {} new, {} asked for their audio features.",
                number(self.tracks_new),
                number(self.tracks_described)
            ));
        }
        lines.extend(self.check.as_ref().map(Check::text));
        lines.extend(self.requests_line());
        lines.push(self.terms.text());
        lines.extend(self.reasons.iter().map(|(reason, terms)| reason_line(reason, *terms)));
        lines.extend(self.estimate.map(|estimate| found::estimate(&estimate)));
        if self.sources.len() > 1 {
            lines.extend(self.sources.iter().map(|(source, of)| source_line(*source, of)));
        }
        lines.extend(self.limits.as_ref().map(found::limits));
        lines.extend(found::operators(&self.operators));
        lines.extend(found::closed(&self.endpoints));
        lines.push(format!("Dead letters: {}.", or_none(self.dead_letters)));
        lines.extend(self.snapshot.as_ref().map(Snapshot::text));
        lines.join("\n")
    }

    fn requests_line(&self) -> Option<String> {
        let (most, refused) = (self.max_in_30s?, self.refused?);
        Some(format!(
            "Requests: {}, at most {} in any 30 s. Refused: {}. Sent during a hold: {}.",
            number(self.requests?),
            number(most),
            or_none(refused),
            or_none(self.requests_during_hold?)
        ))
    }
}

impl Terms {
    fn text(&self) -> String {
        let Self { done, split, open, failed, unasked, left } = self;
        let mut parts = vec![
            format!("{} done", number(*done)),
            format!("{} split", number(*split)),
            format!("{} open", number(*open)),
            format!("{} failed", number(*failed)),
        ];
        if *unasked > 0 {
            parts.push(format!("{} not asked", number(*unasked)));
        }
        if *left > 0 {
            parts.push(format!("{} skipped because their source yielded too little", number(*left)));
        }
        format!("Terms: {}.", parts.join(", "))
    }
}

fn state(state: RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::Complete => "complete",
        RunState::Partial => "partial",
    }
}

fn reason_line(reason: &str, terms: u64) -> String {
    format!("  {}: {}", counted(terms, "term"), escape::line(reason))
}

fn source_line(source: Source, of: &SourceReport) -> String {
    let left = if of.unasked > 0 { format!(", {} not asked", number(of.unasked)) } else { String::new() };
    format!(
        "Source {source}: {} in {}, {}{left}.",
        counted(of.artists_new, "new artist"),
        counted(of.requests, "request"),
        counted(of.terms, "term")
    )
}

/// A share, rounded to six digits; `None` if the whole is zero.
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
            terms: Terms { done: 1, split: 0, open: 0, failed: 0, unasked: 0, left: 0 },
            reasons: BTreeMap::new(),
            sources: BTreeMap::new(),
            endpoints: BTreeMap::new(),
            limits: None,
            operators: BTreeMap::new(),
            estimate: None,
            tracks_new: 0,
            tracks_described: 0,
            check: None,
            dead_letters: 0,
            snapshot: None,
            elapsed_s: 1.0,
        }
    }

    #[test]
    fn the_text_reads_as_plain_english() {
        let reasons = BTreeMap::from([("\u{1b}[2Jmore than Spotify shows".to_owned(), 3)]);
        let report = Report {
            state: "partial".to_owned(),
            artists: 19_997,
            catalogue_artists: Some(20_000),
            coverage: Some(0.999_85),
            requests: Some(1113),
            refused: Some(0),
            max_in_30s: Some(1113),
            requests_during_hold: Some(0),
            terms: Terms { done: 660, split: 43, open: 3, failed: 0, unasked: 0, left: 0 },
            reasons,
            limits: Some(PageLimits { page: 10, depth: 1000 }),
            operators: BTreeMap::from([("not".to_owned(), true), ("quotes".to_owned(), false)]),
            elapsed_s: 24.4,
            ..report()
        };
        let expected = "Run r is partial after 24 s.\n\
            Artists: 19,997 of 20,000 in the catalogue (99.98 %).\n\
            Requests: 1,113, at most 1,113 in any 30 s. Refused: none. Sent during a hold: none.\n\
            Terms: 660 done, 43 split, 3 open, 0 failed.\n  \
            3 terms: \\u{1b}[2Jmore than Spotify shows\n\
            Search results: 10 rows a page, 1,000 rows at most.\n\
            Search operators: NOT works, quotes do not work.\n\
            Dead letters: none.";
        assert_eq!(report.text(), expected);
    }

    #[test]
    fn the_json_has_the_documented_keys() {
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
            "tracks_new",
            "tracks_described",
            "check",
            "dead_letters",
            "snapshot",
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
