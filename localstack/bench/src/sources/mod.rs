//! `sources`: what each set of sources brings for its requests.
//!
//! The collector and its client are the real ones, and the stand-in answers over loopback as an app of the
//! class; only time, tables and queue are in memory. All requests count, those included that complete artists
//! of whom only id and name were told; and what it would take to complete those that still wait is shown as
//! *owed*.

mod meter;
mod play;
mod report;
mod world;

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use collect::settings::StopRule;
use collect::term::{RunId, Source, Sources};
use fake_spotify::{AppClass, Artists, Config, FakeSpotify, Stats};

use self::report::Report;

/// The options of `sources`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// How many artists to invent
    #[arg(long, default_value_t = 200_000)]
    artists: usize,
    /// What they are invented from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the app may do
    #[arg(long, value_enum, default_value_t)]
    app_class: AppClass,
    /// A set of sources to measure, separated by commas; may be given again. By default the search alone, and
    /// all together
    #[arg(long = "sources", value_name = "LIST")]
    sets: Vec<Sources>,
    /// Stop after this many requests
    #[arg(long, value_name = "REQUESTS")]
    budget: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Every source of artists but those that ask for everything again or for each artist's albums.
fn all_together() -> Sources {
    let all = Source::ALL.into_iter();
    all.filter(|source| !matches!(source, Source::Systematic | Source::Albums | Source::Tracks)).collect()
}

/// Runs the measurement and prints it.
pub(super) fn execute(args: &Args) -> Result<()> {
    ensure!(args.artists > 0, "a catalogue of no artists has no coverage");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let sets =
        if args.sets.is_empty() { vec![Sources::default(), all_together()] } else { args.sets.clone() };
    let report = runtime.block_on(measure(args, &sets))?;
    if args.json {
        return report.print_json();
    }
    report.print_text();
    Ok(())
}

async fn measure(args: &Args, sets: &[Sources]) -> Result<Report> {
    let artists = Artists::Generated { count: args.artists, seed: args.seed };
    let config = Config { class: args.app_class, artists, seed: args.seed, ..Config::default() };
    let spotify = FakeSpotify::start(config).await?;
    let mut report = Report::new(args.artists, args.seed, args.app_class);
    for set in sets {
        let before = spotify.stats();
        let world = world::world(&spotify, args.app_class)?;
        let stop = StopRule { requests: args.budget, least_yield: None };
        let run = play::play(&world, &play::settings(*set, stop), RunId::new("sources")?).await?;
        let reach = spotify.reach();
        let among = |ids: &[String], id: &str| ids.binary_search_by(|one| one.as_str().cmp(id)).is_ok();
        let parts = [
            ("with a genre", world.artists.known(|artist| artist.genres().next().is_some())),
            (
                "on a listed playlist",
                world.artists.known(|artist| among(&reach.playlist_artists, artist.id())),
            ),
            (
                "related to those",
                world.artists.known(|artist| among(&reach.related_to_playlists, artist.id())),
            ),
        ];
        let paths = since(&before, &spotify.stats());
        report.add(*set, &world.artists.meter(), &run, parts.into(), paths);
    }
    Ok(report)
}

/// Requests by path and status that came between the one and the other.
fn since(before: &Stats, after: &Stats) -> BTreeMap<String, BTreeMap<u16, u64>> {
    let mut paths = after.requests_by_path.clone();
    for (path, statuses) in &before.requests_by_path {
        for (status, count) in statuses {
            if let Some(sum) = paths.get_mut(path).and_then(|sums| sums.get_mut(status)) {
                *sum = sum.saturating_sub(*count);
            }
        }
    }
    paths
}
