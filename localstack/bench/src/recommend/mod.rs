//! How well the recommendations guess the rest of a playlist, beside popularity and item-kNN, and how many
//! users an execution serves.
//!
//! Five folds: the playlists of a fold are hidden, and of each the rest is to be guessed from ten of its
//! artists. Measured as in the playlist challenge of `RecSys` 2018, at the level of artists:
//!
//! | measure | what it is | best |
//! |---|---|---|
//! | R-precision | share of the hidden artists among as many guesses | 1 |
//! | NDCG@500 | the same with weight on the first of 500 guesses | 1 |
//! | clicks | lists of ten that are turned over before the first hidden artist is seen; 51 if none is | 0 |

mod measure;
mod rivals;
mod speed;
mod world;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args as Arguments;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

use self::measure::{Score, Scores};
use self::rivals::{Guess, Knn, Popularity, Walk};

/// Artists of a playlist that are shown.
const SHOWN: usize = 10;

/// Fewest artists that must be hidden.
const LEAST_HIDDEN: usize = 5;

/// Parts of the playlists, each of which is hidden once.
const FOLDS: usize = 5;

/// Artists of a playlist, by their numbers; each once.
type Playlist = Vec<u32>;

/// Arguments of `recommend`.
#[derive(Debug, Arguments)]
pub(super) struct Args {
    /// CSV with the columns playlist and artist, a line for each artist on a playlist; by default, invented
    #[arg(long, value_name = "FILE")]
    playlists: Option<PathBuf>,
    /// Decides about the invented playlists and about what is shown of each
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Artists of the world in which speed and memory are measured
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    artists: u32,
    /// Edges of that world
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    edges: usize,
    /// End with the result as JSON on standard output
    #[arg(long)]
    json: bool,
    /// Measure speed and memory in this process, and say what they are
    #[arg(long, hide = true)]
    speed: bool,
}

pub(super) fn execute(args: &Args) -> Result<()> {
    if args.speed {
        return speed::child(args.seed, args.artists, args.edges);
    }
    let playlists = match &args.playlists {
        Some(file) => world::read(file)?,
        None => world::invent(args.seed, 10_000, 120_000),
    };
    let quality = quality(&playlists, args.seed)?;
    let speed = speed::measure(args.seed, args.artists, args.edges)?;
    let result = json!({
        "playlists": quality.guessed,
        "fermata": quality.walk.json(),
        "popularity": quality.popularity.json(),
        "knn": quality.knn.json(),
        "users_per_s": speed.users_per_s.round(),
        "peak_rss_mb": speed.peak_rss_mb.round(),
    });
    if args.json {
        writeln!(std::io::stdout(), "{result}")?;
        return Ok(());
    }
    tell(&result, args)
}

/// What each way to guess achieved.
struct Quality {
    guessed: usize,
    walk: Score,
    popularity: Score,
    knn: Score,
}

fn quality(playlists: &[Playlist], seed: u64) -> Result<Quality> {
    let mut rng = SmallRng::seed_from_u64(seed);
    let artists = playlists.iter().flatten().max().map_or(0, |last| *last as usize + 1);
    let (mut walk, mut popularity, mut knn) = (Scores::default(), Scores::default(), Scores::default());
    for fold in 0..FOLDS {
        let is_hidden = |index: usize| index % FOLDS == fold;
        let shown = playlists.iter().enumerate().filter(|(index, _)| !is_hidden(*index));
        let known: Vec<&Playlist> = shown.map(|(_, playlist)| playlist).collect();
        let graph = Walk::graph(&known)?;
        let mut ways: [(&mut Scores, Box<dyn Guess>); 3] = [
            (&mut walk, Box::new(Walk::new(&graph))),
            (&mut popularity, Box::new(Popularity::new(&known, artists))),
            (&mut knn, Box::new(Knn::new(&known, artists))),
        ];
        for (_, playlist) in playlists.iter().enumerate().filter(|(index, _)| is_hidden(*index)) {
            if playlist.len() < SHOWN + LEAST_HIDDEN {
                continue;
            }
            let mut artists = playlist.clone();
            artists.shuffle(&mut rng);
            let (shown, hidden) = artists.split_at(SHOWN);
            for (scores, way) in &mut ways {
                scores.take(&way.guess(shown, measure::DEPTH), hidden);
            }
        }
    }
    let guessed = walk.count();
    ensure!(guessed > 0, "no playlist has {} artists", SHOWN + LEAST_HIDDEN);
    Ok(Quality { guessed, walk: walk.mean(), popularity: popularity.mean(), knn: knn.mean() })
}

fn tell(result: &Value, args: &Args) -> Result<()> {
    let mut out = std::io::stdout();
    let number =
        |pointer: &str| result.pointer(pointer).and_then(Value::as_f64).context("a figure is missing");
    writeln!(out, "{} playlists guessed from {SHOWN} of their artists", number("/playlists")?)?;
    writeln!(out, "              R-precision   NDCG@500   clicks")?;
    for way in ["fermata", "popularity", "knn"] {
        let [r_precision, ndcg, clicks] =
            ["r_precision", "ndcg", "clicks"].map(|of| number(&format!("/{way}/{of}")).unwrap_or(f64::NAN));
        writeln!(out, "  {way:<10}  {r_precision:>11.3}   {ndcg:>8.3}   {clicks:>6.1}")?;
    }
    let (users, peak) = (number("/users_per_s")?, number("/peak_rss_mb")?);
    let Args { artists, edges, .. } = args;
    writeln!(out, "{artists} artists, {edges} edges: {users:.0} users per second, {peak:.0} MB at most")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_guesses_twice_as_well_as_popularity_and_better_than_neighbours() {
        let playlists = world::invent(7, 4_000, 40_000);
        let quality = quality(&playlists, 7).unwrap();
        let [walk, popularity, knn] = [&quality.walk, &quality.popularity, &quality.knn];
        assert!(walk.r_precision >= 2.0 * popularity.r_precision, "{walk:?} {popularity:?}");
        assert!(walk.r_precision > knn.r_precision, "{walk:?} {knn:?}");
        assert!(walk.ndcg > popularity.ndcg && walk.clicks < popularity.clicks, "{walk:?} {popularity:?}");
    }

    #[test]
    fn playlists_that_are_too_short_to_be_guessed_are_an_error() {
        assert!(quality(&[vec![1, 2, 3]], 1).is_err());
    }
}
