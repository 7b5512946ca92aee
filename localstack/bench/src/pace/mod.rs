//! `bench pace`: how much of a service's limit each policy uses, and how often it is refused, in virtual
//! time.
//!
//! Fermata's policy is the real code of [`collect::pace`] in concurrent workers, with a control table that
//! has DynamoDB's latency; the other policies are those of older collectors and of the AWS SDKs. Each worker
//! has one request in flight, so workers and latency also cap the rate: `utilisation` is the share of what
//! limit, quota and workers allow together, and `reachable` is the share of the limit that the workers can
//! reach.

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

/// Options of `bench pace`. Without any, it runs every regime of the table.
#[derive(Args, Clone, Debug)]
pub(crate) struct PaceArgs {
    /// Requests that the service allows in its rate period
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroU32>,
    /// Length of the rate period in seconds
    #[arg(long, alias = "window-s", value_name = "S", default_value = "30", value_parser = seconds)]
    period_s: Duration,
    /// Retry-After of a refusal in seconds, or `period`: until the rate period has room again
    #[arg(long, value_name = "P|period", default_value = "period")]
    penalty_s: Wait,
    /// Searches in rolling 24 hours, or `none`
    #[arg(long, value_name = "N|none", default_value = "none")]
    quota: Quota,
    /// Simulated hours
    #[arg(long, value_name = "H", default_value = "24", value_parser = hours)]
    hours: Duration,
    /// Workers, each with one request in flight
    #[arg(long, value_name = "C", default_value = "2")]
    workers: NonZeroU32,
    /// Mean latency of a request in milliseconds; varies by half of it either way
    #[arg(long, value_name = "MEAN", default_value = "120", value_parser = milliseconds)]
    latency_ms: Duration,
    /// When the limit changes, in hours
    #[arg(long, value_name = "H", value_parser = hours, requires = "change_to")]
    change_at_h: Option<Duration>,
    /// The limit after the change
    #[arg(long, value_name = "N", requires = "change_at_h")]
    change_to: Option<NonZeroU32>,
    /// Seed of the latencies and of the workers' waits
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
        match text {
            "period" | "window" => Ok(Self(Penalty::Period)),
            _ => Ok(Self(Penalty::Fixed(seconds(text)?))),
        }
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
    let number: f64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
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
            name: format!("{limit} per {} s", self.period_s.as_secs_f64()),
            limits: Limits {
                limit: limit.get(),
                period: self.period_s,
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

/// Runs the regimes with every policy and prints the results.
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
