//! `bench pace`: how much of what a service allows each policy gets, and how often it is refused, in virtual time.
//!
//! Fermata's policy is the real code of [`collect::pace`] in concurrent workers, over a control table that takes its time; the
//! others are those of older collectors and of the AWS SDKs. A worker has one request in flight, so that workers and latency
//! cap the rate too: `utilisation` is the share of what limit, quota and workers allow together, and `reachable` says how
//! much of the limit the workers could reach.

mod others;
mod ours;
mod regime;
mod service;

use std::io::{Write, stdout};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use collect::web_api::Bucket;

use self::regime::{Measured, Policy, Regime};
use self::service::{Limits, Penalty};

/// Options of `bench pace`. Without any, the regimes of the table are played.
#[derive(Args, Clone, Debug)]
pub(crate) struct PaceArgs {
    /// Requests that the service allows in its window
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroU32>,
    /// Seconds of that window
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    window_s: Duration,
    /// Retry-After of a refusal in seconds, or `window`: until the window frees
    #[arg(long, value_name = "P|window", default_value = "window")]
    penalty_s: Wait,
    /// Searches in rolling 24 hours, or `none`
    #[arg(long, value_name = "N|none", default_value = "none")]
    quota: Quota,
    /// Hours to play
    #[arg(long, value_name = "H", default_value = "24", value_parser = hours)]
    hours: Duration,
    /// Workers, each with one request in flight
    #[arg(long, value_name = "C", default_value = "2")]
    workers: NonZeroU32,
    /// Mean time of a request in milliseconds; half of it either way
    #[arg(long, value_name = "MEAN", default_value = "120", value_parser = milliseconds)]
    latency_ms: Duration,
    /// When the limit changes, in hours
    #[arg(long, value_name = "H", value_parser = hours, requires = "change_to")]
    change_at_h: Option<Duration>,
    /// The limit from then on
    #[arg(long, value_name = "N", requires = "change_at_h")]
    change_to: Option<NonZeroU32>,
    /// Seed of latencies and of the workers' waits
    #[arg(long, value_name = "S", default_value = "1")]
    seed: u64,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
}

/// `--penalty-s`.
#[derive(Clone, Copy, Debug)]
struct Wait(Penalty);

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "window" { Ok(Self(Penalty::Window)) } else { Ok(Self(Penalty::Fixed(seconds(text)?))) }
    }
}

/// `--quota`.
#[derive(Clone, Copy, Debug)]
struct Quota(Option<u32>);

impl FromStr for Quota {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let quota: NonZeroU32 =
            text.parse().map_err(|_| format!("{text:?} is neither `none` nor a number above 0"))?;
        Ok(Self(Some(quota.get())))
    }
}

fn duration(text: &str, unit_s: f64) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    Duration::try_from_secs_f64(number * unit_s)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("{text} is not above 0"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    duration(text, 1.0)
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    duration(text, 1e-3)
}

fn hours(text: &str) -> Result<Duration, String> {
    duration(text, 3600.0)
}

impl PaceArgs {
    fn regimes(&self) -> Vec<Regime> {
        let Some(limit) = self.limit else { return Regime::table() };
        let changes = self.change_at_h.zip(self.change_to).map(|(at, to)| (at, to.get()));
        vec![Regime {
            name: format!("{limit} per {} s", self.window_s.as_secs_f64()),
            limits: Limits {
                limit: limit.get(),
                window: self.window_s,
                penalty: self.penalty_s.0,
                buckets: &[Bucket::Search],
                quota: self.quota.0,
                latency: self.latency_ms,
            },
            duration: self.hours,
            workers: self.workers.get(),
            changes: changes.into_iter().collect(),
            second_run: false,
        }]
    }
}

/// Plays the regimes with every policy and prints what came of it.
pub(crate) fn execute(args: &PaceArgs) -> anyhow::Result<()> {
    let mut measured: Vec<Measured> = Vec::new();
    for regime in args.regimes() {
        if !args.json {
            writeln!(stdout(), "\n{}\n{}", regime.name, Measured::HEADER)?;
        }
        for policy in Policy::ALL {
            let line = policy.measure(&regime, args.seed);
            if !args.json {
                writeln!(stdout(), "{line}")?;
            }
            measured.push(line);
        }
    }
    if args.json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&measured)?)?;
    }
    Ok(())
}
