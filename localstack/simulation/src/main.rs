//! Plays whole runs in a deterministic world where everything fails, and checks the promises.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Parser;
use serde_json::json;
use simulation::{BrokenPromise, Played, Rate, Seeds, exporter, play, rates, run};

/// Play the collector in worlds where everything fails, each drawn from a seed, and check what it promises
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
#[command(name = "simulate", bin_name = "cargo local simulate")]
struct Arguments {
    /// How many seeds to play [default: 1000, or as many as there is time for with --minutes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// The first seed
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    from: u64,
    /// Begin no further seed after this time
    #[arg(long, value_name = "M", value_parser = minutes, conflicts_with = "mutants")]
    minutes: Option<Duration>,
    /// Play this seed only
    #[arg(long, value_name = "S", conflicts_with_all = ["seeds", "from", "minutes", "mutants"])]
    seed: Option<u64>,
    /// Print what happens in it, line by line
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Play the exporter instead of the collector
    #[arg(long, conflicts_with = "minutes")]
    exporter: bool,
    /// Break promises on purpose and say how many seeds find each; ends with 1 if one is too rare
    #[arg(long)]
    mutants: bool,
    /// Play all seeds for each of them, not only until five have found it
    #[arg(long, requires = "mutants", conflicts_with = "exporter")]
    rates: bool,
    /// End with the result as one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// Reads a time in minutes. In no time at all nothing would be played, and nothing broken.
fn minutes(written: &str) -> Result<Duration, String> {
    let minutes: f64 = written.parse().map_err(|error: std::num::ParseFloatError| error.to_string())?;
    let time = Duration::try_from_secs_f64(minutes * 60.0).map_err(|error| error.to_string())?;
    if time.is_zero() { Err("it must be more than 0".to_owned()) } else { Ok(time) }
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    // A panic in a world is a violation and is reported as one; its place is worth a line, its backtrace is
    // not.
    std::panic::set_hook(Box::new(|panic| _ = writeln!(stderr(), "{panic}")));
    let kept = match arguments {
        Arguments { exporter: true, .. } => exporter(&arguments),
        Arguments { seed: Some(seed), .. } => replay(seed, &arguments),
        Arguments { mutants: true, .. } => mutants(&arguments),
        _ => campaign(&arguments),
    };
    match kept {
        Ok(true) => Ok(ExitCode::SUCCESS),
        // Whoever read the output has seen enough of it, as `head` has.
        Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        Err(error) => Err(error),
    }
}

/// Whether what ended the command is that nobody reads its output any more.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn replay(seed: u64, arguments: &Arguments) -> Result<bool> {
    let Played { violations, steps, story, .. } = play(seed, None, arguments.trace);
    if arguments.trace {
        write!(stdout(), "{story}")?;
    }
    if arguments.json {
        let broken: Vec<_> = violations
            .iter()
            .map(|broken| json!({"seed": seed, "promise": broken.promise.name(), "seen": broken.seen}))
            .collect();
        writeln!(
            stdout(),
            "{}",
            serde_json::to_string(&json!({"seeds": 1, "violations": broken, "steps": steps}))?
        )?;
    } else {
        for violation in &violations {
            writeln!(stdout(), "broken: {violation}")?;
        }
        writeln!(stdout(), "seed {seed}: {} promises broken in {steps} steps", violations.len())?;
    }
    Ok(violations.is_empty())
}

fn campaign(arguments: &Arguments) -> Result<bool> {
    let time = arguments.minutes;
    let count = arguments.seeds.unwrap_or(if time.is_some() { u64::MAX } else { 1000 });
    let summary = run(Seeds { from: arguments.from, count, time }, |played, number| {
        for violation in &played.violations {
            let _ = writeln!(stderr(), "seed {}: {violation}", played.seed);
        }
        if number.is_multiple_of(10_000) {
            let _ = writeln!(stderr(), "{number} seeds");
        }
    });
    if arguments.json {
        writeln!(stdout(), "{}", serde_json::to_string(&summary)?)?;
    } else {
        writeln!(
            stdout(),
            "{} seeds, {} promises broken, {} steps, {:.1} s",
            summary.seeds,
            summary.violations.len(),
            summary.steps,
            summary.elapsed_s
        )?;
        if let Some(broken) = summary.violations.first() {
            writeln!(
                stdout(),
                "the first again, with its story: cargo local simulate --seed {} --trace",
                broken.seed
            )?;
        }
    }
    Ok(summary.violations.is_empty())
}

/// The same three ways for the exporter's worlds.
fn exporter(arguments: &Arguments) -> Result<bool> {
    let seeds = Seeds { from: arguments.from, count: arguments.seeds.unwrap_or(1000), time: None };
    if arguments.mutants {
        let found = |mutant| (exporter::Mutant::name(mutant), exporter::hunt_one(seeds, mutant));
        return print_mutants(&exporter::Mutant::ALL.into_iter().map(found).collect(), arguments.json);
    }
    let (summary, story) = match arguments.seed {
        Some(from) => {
            let story = exporter::play(from, None, arguments.trace).story;
            (exporter::run(Seeds { from, count: 1, time: None }), story)
        }
        None => (exporter::run(seeds), String::new()),
    };
    write!(stdout(), "{story}")?;
    if arguments.json {
        writeln!(stdout(), "{}", serde_json::to_string(&summary)?)?;
    } else {
        for BrokenPromise { seed, promise, seen } in &summary.violations {
            writeln!(stdout(), "seed {seed}: {promise}: {seen}")?;
        }
        let (broken, steps) = (summary.violations.len(), summary.steps);
        writeln!(stdout(), "{} seeds, {broken} promises broken, {steps} steps", summary.seeds)?;
    }
    Ok(summary.violations.is_empty())
}

fn mutants(arguments: &Arguments) -> Result<bool> {
    let seeds = Seeds { from: arguments.from, count: arguments.seeds.unwrap_or(1000), time: None };
    let enough = if arguments.rates { u64::MAX } else { ENOUGH };
    print_rates(&rates(seeds, enough), arguments.json)
}

/// Seeds that find a mutant until it is left alone: so many tell roughly how rare it is.
const ENOUGH: u64 = 5;

/// Says how many seeds find each mutant. Returns whether none is too rare.
fn print_rates(rates: &BTreeMap<&'static str, Rate>, json: bool) -> Result<bool> {
    if json {
        let rate = |rate: &Rate| json!({"found": rate.found, "seeds": rate.played});
        let mutants: BTreeMap<_, _> = rates.iter().map(|(name, of)| (name, rate(of))).collect();
        writeln!(stdout(), "{}", serde_json::to_string(&json!({"mutants": mutants}))?)?;
    } else {
        for (name, rate) in rates {
            let Rate { first, found, played } = rate;
            let first = first.as_ref().map(|BrokenPromise { seed, promise, seen }| {
                format!("; seed {seed} first, {promise}: {seen:.100}")
            });
            let rare = if rate.is_too_rare() { ", TOO RARE" } else { "" };
            writeln!(stdout(), "{name}: {found} of {played} seeds{rare}{}", first.unwrap_or_default())?;
        }
    }
    Ok(rates.values().all(|rate| !rate.is_too_rare()))
}

/// Says which seed has found each mutant first, and whether all were found.
fn print_mutants(found: &BTreeMap<&'static str, Option<BrokenPromise>>, json: bool) -> Result<bool> {
    if json {
        let first: BTreeMap<_, _> =
            found.iter().map(|(name, broken)| (name, broken.as_ref().map(|broken| broken.seed))).collect();
        writeln!(stdout(), "{}", serde_json::to_string(&json!({"mutants": first}))?)?;
    } else {
        for (name, broken) in found {
            match broken {
                Some(BrokenPromise { seed, promise, seen }) => {
                    writeln!(stdout(), "{name}: seed {seed}, {promise}: {seen}")?;
                }
                None => writeln!(stdout(), "{name}: not found")?,
            }
        }
    }
    Ok(found.values().all(Option::is_some))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(arguments: &str) -> bool {
        Arguments::try_parse_from(arguments.split(' ')).is_ok()
    }

    #[test]
    fn a_command_that_would_play_nothing_is_refused() {
        for arguments in ["--seeds 0", "--mutants --seeds 0", "--minutes 0", "--minutes -1", "--minutes NaN"]
        {
            assert!(!is_accepted(&format!("simulate {arguments}")), "{arguments}");
        }
        for arguments in ["--seeds 1", "--mutants --seeds 1", "--minutes 0.5", "--seed 0"] {
            assert!(is_accepted(&format!("simulate {arguments}")), "{arguments}");
        }
    }

    #[test]
    fn an_option_that_would_be_ignored_is_refused() {
        for arguments in ["--mutants --minutes 1", "--exporter --minutes 1", "--rates", "--seed 1 --mutants"]
        {
            assert!(!is_accepted(&format!("simulate {arguments}")), "{arguments}");
        }
        assert!(is_accepted("simulate --mutants --rates --from 7 --json"));
    }
}
