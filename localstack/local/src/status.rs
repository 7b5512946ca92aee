//! The status of a deployed Fermata: one sentence, a few bars, and what operators need first.

use std::time::Duration;

use anyhow::Result;
use collect::{
    operator::{self, Waiting},
    ports::Messages,
    run::Run,
};
use comfy_table::{Table, presets::NOTHING};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    found,
    place::Place,
    spotify::Stats,
    terminal::{
        escape,
        words::{counted, number, or_none, percent, rounded, time},
    },
};

/// Width of a bar in characters.
const BAR: u64 = 24;

/// The state at one moment.
#[derive(Debug)]
pub struct Status {
    /// The deployment's name.
    name: String,
    api_url: Option<String>,
    is_aws: bool,
    read: operator::Status,
    stats: Option<Stats>,
}

impl Status {
    /// Reads the state of a deployed Fermata.
    pub async fn of(place: &Place) -> Result<Self> {
        let stats = match &place.fake {
            Some(controls) => Some(controls.stats().await?),
            None => None,
        };
        Ok(Self {
            name: place.name.clone(),
            api_url: place.deployment.api_url.clone(),
            is_aws: place.is_aws,
            read: place.observer().status().await?,
            stats,
        })
    }

    /// Whether a run is open.
    pub fn is_open(&self) -> bool {
        self.read.overview.open_run().is_some()
    }

    /// The sentence and the bars.
    pub fn short(&self) -> String {
        let mut lines = vec![escape::line(&self.read.sentence()).into_owned()];
        let bars = self.bars();
        if !bars.is_empty() {
            lines.push(String::new());
        }
        lines.extend(aligned(bars.iter().map(Bar::cells)));
        lines.join("\n")
    }

    /// The full status as text.
    pub fn text(&self) -> String {
        let mut lines = vec![self.short(), String::new()];
        lines.extend(self.waiting_lines());
        lines.extend(self.pace_lines());
        lines.push(format!("Dead letters: {}.", or_none(self.read.dead_letters)));
        let report = self.run().and_then(|run| run.report.as_ref());
        lines.extend(report.and_then(|report| report.estimate).map(|estimate| found::estimate(&estimate)));
        lines.extend(found::searching(&self.read.overview));
        lines.extend(found::endpoints(&self.read.overview.findings));
        lines.push(String::new());
        lines.push(format!("AWS: {}", self.name));
        lines
            .extend(self.api_url.iter().map(|url| format!("API: {url}; {url}/v1/openapi.json describes it")));
        if self.is_aws {
            lines.push("AWS counts the artists of a table about every six hours.".to_owned());
        }
        lines.join("\n")
    }

    /// The full status as JSON.
    pub fn json(&self) -> Value {
        let pace = &self.read.overview.pace;
        json!({
            "where": self.name,
            "api_url": self.api_url,
            "sentence": self.read.sentence(),
            "run": self.run(),
            "artists": self.read.artists,
            "waiting": {
                "ready": self.read.waiting.total(),
                "more": self.read.waiting.more,
                "sent": self.read.waiting.sent,
            },
            "window": self.read.window,
            "dead_letters": self.read.dead_letters,
            "pace": {
                "granted": pace.granted,
                "refused": pace.refused,
                "last_30_s": pace.sent_before(self.read.at).max(0.0),
                "learned_per_30_s": pace.learned.rate(),
                "held_s": operator::hold(&self.read.overview, self.read.at).map(|held| held.as_secs()),
            },
        })
    }

    fn run(&self) -> Option<&Run> {
        self.read.overview.run.as_ref()
    }

    fn bars(&self) -> Vec<Bar> {
        let mut bars = Vec::new();
        if let Some(stats) = &self.stats {
            bars.push(Bar::new("Artists", self.read.artists, stats.catalogue_artists, "in the catalogue"));
        }
        let pace = &self.read.overview.pace;
        if self.is_open() {
            let most = pace.learned.ceiling().unwrap_or_else(|| pace.learned.rate());
            bars.push(Bar::new(
                "Rate",
                whole(pace.sent_before(self.read.at)),
                whole(most),
                "requests in 30 s",
            ));
        }
        for (bucket, state) in &pace.buckets {
            if let Some(quota) = state.day.quota() {
                let used = state.day.used(self.read.at).into();
                bars.push(Bar::new(bucket.name(), used, quota.into(), "requests in 24 h"));
            }
        }
        bars
    }

    fn waiting_lines(&self) -> Vec<String> {
        if !self.is_open() {
            return Vec::new();
        }
        let Waiting { more, sent, .. } = self.read.waiting;
        let ready = self.read.waiting.total();
        let ready = if more { format!("more than {}", number(ready)) } else { number(ready) };
        let Messages { visible, hidden } = self.read.window;
        vec![
            format!("Terms: {ready} ready, {} sent.", number(sent)),
            format!(
                "Queue: {}, {} of them received or put off.",
                counted(visible + hidden, "message"),
                or_none(hidden)
            ),
        ]
    }

    fn pace_lines(&self) -> Vec<String> {
        let pace = &self.read.overview.pace;
        let held = Some(pace.hold_until).filter(|until| *until > self.read.at);
        let mut lines = vec![
            format!(
                "Permits granted: {}. Refusals: {}. {}",
                or_none(pace.granted),
                or_none(pace.refused),
                hold(held, self.read.at)
            ),
            format!(
                "Last 30 s: {} permits. Learned rate: {} in 30 s; limit: {}.",
                rounded(pace.sent_before(self.read.at)),
                rounded(pace.learned.rate()),
                pace.learned
                    .ceiling()
                    .map_or("not known yet".to_owned(), |most| format!("{} in 30 s", rounded(most)))
            ),
        ];
        let rows = pace.buckets.iter().map(|(bucket, state)| {
            vec![
                format!("  {}:", bucket.name()),
                format!("{} in 24 h,", counted(state.day.used(self.read.at).into(), "request")),
                state
                    .day
                    .quota()
                    .map_or("no quota known,".to_owned(), |quota| format!("quota {},", number(quota.into()))),
                format!("refused for the quota: {}.", or_none(state.refused)),
                state.held_at(self.read.at).map_or(String::new(), |until| hold(Some(until), self.read.at)),
            ]
        });
        lines.extend(aligned(rows));
        lines
    }
}

fn hold(until: Option<Timestamp>, now: Timestamp) -> String {
    let left = until.and_then(|until| Duration::try_from(until.duration_since(now)).ok());
    left.map_or("Not on hold.".to_owned(), |left| format!("On hold for {}.", time(left)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast is meant to saturate")]
fn whole(count: f64) -> u64 {
    count.round() as u64
}

/// A part of a whole, as a bar.
#[derive(Clone, Debug)]
struct Bar {
    label: String,
    part: u64,
    whole: u64,
    what: &'static str,
}

impl Bar {
    fn new(label: &str, part: u64, whole: u64, what: &'static str) -> Self {
        Self { label: label.to_owned(), part, whole, what }
    }

    fn cells(&self) -> Vec<String> {
        let Self { label, part, whole, what } = self;
        let full = part.saturating_mul(BAR).checked_div(*whole).unwrap_or(0).min(BAR);
        let bar = "━".repeat(usize::try_from(full).unwrap_or(0))
            + &"─".repeat(usize::try_from(BAR - full).unwrap_or(0));
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let share = if *whole == 0 { 0.0 } else { *part as f64 / *whole as f64 };
        vec![
            label.clone(),
            bar,
            format!("{} of {} {what}, {}", number(*part), number(*whole), percent(share, 0)),
        ]
    }
}

/// Rows with aligned columns.
fn aligned(rows: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(NOTHING).add_rows(rows);
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use collect::{
        ports::Overview,
        term::{RunId, Source},
    };

    use super::*;

    /// A run that was opened three minutes ago and has sent no request yet.
    fn opened() -> Status {
        let now: Timestamp = "2026-11-23T03:03:00Z".parse().unwrap();
        let opened_at = "2026-11-23T03:00:00Z".parse().unwrap();
        let run = Run::open(RunId::of_day(now), opened_at);
        let ready = [(Source::Search, 200), (Source::Related, 1000)].into();
        let read = operator::Status {
            overview: Overview { run: Some(run), ..Overview::default() },
            waiting: Waiting { ready, more: true, sent: 40 },
            window: Messages { visible: 30, hidden: 10 },
            at: now,
            ..operator::Status::default()
        };
        let name = "http://127.0.0.1:4566".to_owned();
        Status { name, api_url: None, is_aws: false, read, stats: None }
    }

    #[test]
    fn a_run_without_requests_is_shown_in_plain_numbers() {
        let text = opened().text();
        let expected = "Run 2026-11-23 has been collecting for 3 min: no artists yet in the table.\n\n \
            Rate  ────────────────────────  0 of 60 requests in 30 s, 0 %\n\n\
            Terms: more than 1,200 ready, 40 sent.\n\
            Queue: 40 messages, 10 of them received or put off.\n\
            Permits granted: none. Refusals: none. Not on hold.\n\
            Last 30 s: 0 permits. Learned rate: 60 in 30 s; limit: not known yet.\n\
            Dead letters: none.\n\n\
            AWS: http://127.0.0.1:4566";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_stop_reasons_control_characters_are_escaped() {
        let mut status = opened();
        status.read.overview.run.as_mut().unwrap().stopped =
            Some("403\u{1b}[2J\nDead letters: none.".to_owned());
        let short = status.short();
        assert!(short.contains("403\\u{1b}[2J\\u{a}Dead letters: none."), "{short}");
    }

    #[test]
    fn a_bar_shows_its_share_and_never_overflows() {
        let bar = |part, whole| Bar::new("x", part, whole, "rows").cells()[1].matches('━').count();
        assert_eq!((bar(0, 10), bar(5, 10), bar(10, 10), bar(20, 10), bar(1, 0)), (0, 12, 24, 24, 0));
    }
}
