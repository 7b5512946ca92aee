//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser};
use fake_spotify::{AppClass, Artists, Bucket, Config, Credentials, Faults, LimitSettings, Penalty, patched};

/// A stand-in for the Spotify Web API on 127.0.0.1, with the real one's limits, shapes and faults.
#[derive(Debug, Parser)]
#[command(name = "fake-spotify", version)]
#[command(group = ArgGroup::new("source").args(["catalogue", "artists"]))]
pub(crate) struct Arguments {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// CSV file of artists: id,name,followers,popularity,genres (genres separated by |)
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// CSV file of tracks with their audio features; without it tracks are generated
    #[arg(long, value_name = "FILE")]
    tracks: Option<PathBuf>,
    /// Number of artists to invent
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    artists: usize,
    /// Seed of the generated artists and of the faults
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// What the app may do
    #[arg(long, value_enum, default_value_t = AppClass::Extended)]
    app_class: AppClass,
    /// Deepest row that a search shows: limit + offset may not exceed it
    #[arg(long, value_name = "ROWS", default_value_t = 1_000)]
    search_window: usize,
    /// The app's client id
    #[arg(long, value_name = "ID", default_value_t = Credentials::default().id)]
    client_id: String,
    /// The app's client secret
    #[arg(long, value_name = "SECRET", default_value_t = Credentials::default().secret)]
    client_secret: String,
    /// Threads that serve
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) workers: u16,
    #[command(flatten)]
    limits: LimitArguments,
    #[command(flatten)]
    faults: FaultArguments,
}

/// The limits to start with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits (also POST /_fake/limits)")]
struct LimitArguments {
    /// Requests in any rate period; without it there is no limit
    #[arg(long, value_name = "N")]
    rate: Option<u32>,
    /// Length of the rate period, which rolls
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    rate_period_seconds: f64,
    /// What exceeding it costs: seconds, but no fewer than until the period frees; or "window" for just that
    #[arg(long, value_name = "SECONDS|window", default_value = "window")]
    penalty: Penalty,
    /// By how much each request during a hold lengthens it
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    lengthen_seconds: f64,
    /// Requests of a bucket in 24 hours, such as search=700; may be given again for other buckets
    #[arg(long = "quota", value_name = "BUCKET=N", value_parser = quota)]
    quotas: Vec<(Bucket, u32)>,
    /// Length of the "24 hours" of the quotas
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400.0)]
    quota_period_seconds: f64,
}

/// The faults to start with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Faults (also POST /_fake/faults)")]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command")]
struct FaultArguments {
    /// Share of requests answered 500, 502, 503 or 504
    #[arg(long, value_name = "SHARE")]
    error_rate: Option<f64>,
    /// Share of good answers that are cut in the middle
    #[arg(long, value_name = "SHARE")]
    cut_rate: Option<f64>,
    /// Share of good answers that are a page of HTML
    #[arg(long, value_name = "SHARE")]
    nonjson_rate: Option<f64>,
    /// Milliseconds by which every answer is late
    #[arg(long, value_name = "MS")]
    delay_ms: Option<u64>,
    /// Milliseconds by up to which it is later still
    #[arg(long, value_name = "MS")]
    delay_jitter_ms: Option<u64>,
    /// A search that always fails; may be given again
    #[arg(long = "fail-query", value_name = "QUERY")]
    fail_queries: Vec<String>,
    /// Seconds that a token is good for
    #[arg(long, value_name = "SECONDS")]
    token_ttl_s: Option<f64>,
    /// No 429 has a Retry-After
    #[arg(long)]
    retry_after_missing: bool,
    /// Every request is refused because the owner of the app has no Premium
    #[arg(long)]
    premium_required: bool,
    /// NOT in a query is a word like any other
    #[arg(long)]
    not_supported: bool,
    /// Let quotes in a query count for nothing
    #[arg(long)]
    quotes_not_supported: bool,
    /// Let `year:` be a word like any other
    #[arg(long)]
    years_not_supported: bool,
    /// Any faults as JSON, as POST /_fake/faults takes them; wins over the options above
    #[arg(long, value_name = "JSON", value_parser = json)]
    faults: Option<serde_json::Value>,
}

impl Arguments {
    /// The configuration that the arguments ask for, or what is wrong with them.
    pub(crate) fn config(self) -> Result<Config, String> {
        let generated = Artists::Generated { count: self.artists, seed: self.seed };
        Ok(Config {
            port: self.port,
            artists: self.catalogue.map_or(generated, Artists::File),
            tracks: self.tracks,
            class: self.app_class,
            credentials: Credentials { id: self.client_id, secret: self.client_secret },
            search_window: self.search_window,
            seed: self.seed,
            limits: self.limits.settings(),
            faults: self.faults.faults()?,
            ..Config::default()
        })
    }
}

impl LimitArguments {
    fn settings(self) -> LimitSettings {
        LimitSettings {
            rate: self.rate,
            rate_period_s: self.rate_period_seconds,
            penalty_s: self.penalty,
            lengthen_s: self.lengthen_seconds,
            quotas: self.quotas.into_iter().collect(),
            quota_period_s: self.quota_period_seconds,
        }
    }
}

impl FaultArguments {
    fn faults(self) -> Result<Faults, String> {
        let mut faults = Faults::default();
        faults.error_rate = self.error_rate.unwrap_or(faults.error_rate);
        faults.cut_rate = self.cut_rate.unwrap_or(faults.cut_rate);
        faults.nonjson_rate = self.nonjson_rate.unwrap_or(faults.nonjson_rate);
        faults.delay_ms = self.delay_ms.unwrap_or(faults.delay_ms);
        faults.delay_jitter_ms = self.delay_jitter_ms.unwrap_or(faults.delay_jitter_ms);
        faults.fail_queries = self.fail_queries;
        faults.token_ttl_s = self.token_ttl_s.unwrap_or(faults.token_ttl_s);
        faults.retry_after_missing = self.retry_after_missing;
        faults.premium_required = self.premium_required;
        faults.not_supported = self.not_supported;
        faults.quotes_not_supported = self.quotes_not_supported;
        faults.years_not_supported = self.years_not_supported;
        match self.faults {
            Some(changes) => patched(&faults, changes).map_err(|reason| format!("--faults: {reason}")),
            None => Ok(faults),
        }
    }
}

/// Any JSON value.
fn json(text: &str) -> Result<serde_json::Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

/// `BUCKET=N`
fn quota(text: &str) -> Result<(Bucket, u32), String> {
    let (bucket, most) = text.split_once('=').ok_or("write it as BUCKET=N, such as search=700")?;
    let bucket = serde_json::from_value(bucket.into()).map_err(|error| error.to_string())?;
    let most = most.parse().map_err(|_| format!("{most:?} is not a number of requests"))?;
    Ok((bucket, most))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn config(arguments: &str) -> Result<Config, String> {
        let arguments = std::iter::once("fake-spotify").chain(arguments.split_whitespace());
        Arguments::try_parse_from(arguments).map_err(|error| error.to_string())?.config()
    }

    #[test]
    fn limits_and_faults_are_taken_from_the_command_line() {
        let config = config(
            "--rate 300 --penalty 5 --quota search=700 --quota artist-albums=100 --app-class extended-new \
             --error-rate 0.03 --faults {\"cut_rate\":0.5}",
        )
        .expect("good arguments");
        assert_eq!(config.limits.rate, Some(300));
        assert_eq!(config.limits.penalty_s, Penalty::Fixed(std::time::Duration::from_secs(5)));
        assert_eq!(config.limits.quotas[&Bucket::ArtistAlbums], 100);
        assert_eq!(config.class, AppClass::ExtendedNew);
        assert!((config.faults.error_rate, config.faults.cut_rate) == (0.03, 0.5));
    }

    proptest! {
        #[test]
        fn any_command_line_is_read_or_refused_without_a_panic(
            options in proptest::collection::vec((0..OPTIONS.len(), "([0-9.e+-]{0,12}|\\PC{0,20}|inf|NaN|window)"), 0..6),
        ) {
            let options = options.into_iter().flat_map(|(option, value)| [OPTIONS[option].to_owned(), value]);
            let read = Arguments::try_parse_from(std::iter::once("fake-spotify".to_owned()).chain(options));
            if let Ok(config) = read.map_err(|error| error.to_string()).and_then(Arguments::config) {
                // What would be computed with, if it is let pass.
                let _times = (config.limits.check(), config.limits.rate_period(), config.faults.check());
            }
        }
    }

    /// The options that take a value.
    const OPTIONS: [&str; 16] = [
        "--port",
        "--artists",
        "--seed",
        "--app-class",
        "--search-window",
        "--workers",
        "--rate",
        "--rate-period-seconds",
        "--penalty",
        "--lengthen-seconds",
        "--quota",
        "--quota-period-seconds",
        "--faults",
        "--error-rate",
        "--delay-ms",
        "--token-ttl-s",
    ];

    #[test]
    fn what_makes_no_sense_is_named() {
        for (arguments, named) in [
            ("--penalty soon", "neither \"window\" nor a number"),
            ("--quota films=3", "unknown variant `films`"),
            ("--quota search=x", "\"x\" is not a number of requests"),
            ("--faults {\"cut\":1}", "--faults: unknown: cut"),
            ("--catalogue a.csv --artists 5", "cannot be used with"),
        ] {
            let error = config(arguments).expect_err(arguments);
            assert!(error.contains(named), "{arguments}: {error}");
        }
    }
}
