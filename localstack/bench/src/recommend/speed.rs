//! Users per second and peak memory, in a process of its own.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use collect::recommend::genres::Genres;
use collect::recommend::graph::GraphBuilder;
use collect::recommend::{MOST_ITEMS, Profile, Recommender, Seed};
use serde::{Deserialize, Serialize};

use super::rivals::{artist, edge};
use super::{SHOWN, world};
use crate::process::peak_rss_mb;

/// Users that are served.
const USERS: u32 = 2_000;

/// Genres of the world.
const GENRES: u32 = 1_000;

/// What a process has measured.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Speed {
    pub(super) users_per_s: f64,
    pub(super) peak_rss_mb: f64,
}

pub(super) fn measure(seed: u64, artists: u32, edges: usize) -> Result<Speed> {
    let program = std::env::current_exe().context("this program cannot be found")?;
    let mut command = Command::new(program);
    command.args(["recommend", "--speed", "--seed", &seed.to_string()]);
    command.args(["--artists", &artists.to_string(), "--edges", &edges.to_string()]);
    let output = command.output().context("this program does not start again")?;
    if !output.status.success() {
        bail!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("the measured process has not said what it used")
}

/// The measured process.
pub(super) fn child(seed: u64, artists: u32, edges: usize) -> Result<()> {
    let mut inventor = world::Inventor::new(seed, artists);
    let (mut builder, mut count, mut playlists) = (GraphBuilder::default(), 0, 0);
    while count < edges {
        for artist in inventor.playlist() {
            builder.add(&edge(artist, playlists)?);
            count += 1;
        }
        playlists += 1;
    }
    let mut graph = builder.build();
    let mut genres = Genres::default();
    for number in 0..artists {
        let (id, name) = (artist(number)?, name(number));
        graph.set_name(&id, &name);
        let popularity = u8::try_from(number % 100).ok();
        genres.add(&id, &name, popularity, &[genre(number)]);
    }
    let users = (0..USERS).map(|_| profile(&inventor.playlist())).collect::<Result<Vec<_>>>()?;
    let mut recommender = Recommender::new(&graph, &genres);
    let begun = Instant::now();
    for user in &users {
        let items = recommender.recommend(user, &BTreeSet::new(), MOST_ITEMS);
        ensure!(items.len() == MOST_ITEMS, "a user got {} of {MOST_ITEMS} items", items.len());
    }
    let users_per_s = f64::from(USERS) / begun.elapsed().as_secs_f64();
    let measured = Speed { users_per_s, peak_rss_mb: peak_rss_mb("self")? };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&measured)?)?;
    Ok(())
}

fn profile(playlist: &[u32]) -> Result<Profile> {
    let seed = |number: &u32| -> Result<Seed> {
        Ok(Seed { id: artist(*number)?, name: name(*number), genres: vec![genre(*number)] })
    };
    let artists = playlist.iter().take(SHOWN).map(seed).collect::<Result<_>>()?;
    Ok(Profile { artists, ..Profile::default() })
}

fn name(number: u32) -> String {
    format!("Artist number {number}")
}

fn genre(number: u32) -> String {
    format!("genre {}", number % GENRES)
}
