//! `GET /v1/recommendations` and the genres that can be its seeds.

mod genre_seeds;
mod tuning;

use std::collections::HashSet;

use serde_json::{Value, json};

pub(in crate::server) use self::genre_seeds::all as genre_seeds;
use self::tuning::Tuning;
use crate::catalogue::parse_id;
use crate::random::Random;
use crate::server::call::Call;
use crate::server::objects::Objects;
use crate::server::reply::Reply;
use crate::world::{Pool, Seed, Track};

/// Seeds of all kinds together.
const MOST_SEEDS: usize = 5;

/// A seed as it was given: its id, and what that names, if anything.
struct Given {
    id: String,
    kind: &'static str,
    seed: Option<Seed>,
}

/// `GET /v1/recommendations?seed_artists=&seed_genres=&seed_tracks=&limit=` with `min_`, `max_` and `target_`
/// of every audio feature and of popularity.
pub(in crate::server) fn recommend(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let (limit, seeds, tuning) = (call.page(20, 100)?.limit, seeds(call)?, Tuning::read(call)?);
    let links = call.links();
    let objects = call.objects(&links)?;
    let world = &call.app.world;
    let (mut described, mut chosen, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for given in &seeds {
        let pool: Pool = given.seed.as_ref().map(|seed| world.pool(seed)).unwrap_or_default();
        let fitting: Vec<Track> = pool.iter().copied().filter(|track| tuning.fits(world, *track)).collect();
        described.push(seed_object(&objects, given, pool.len(), fitting.len()));
        chosen.extend(fitting.into_iter().filter(|track| seen.insert(*track)));
    }
    shuffle(&mut chosen, &mut call.random);
    tuning.sort(world, &mut chosen);
    chosen.truncate(limit);
    let tracks: Vec<Value> = chosen.into_iter().map(|track| objects.track(track)).collect();
    Ok(Reply::ok(&json!({"seeds": described, "tracks": tracks})))
}

/// The seeds of a question, one to five, or the refusal of them.
fn seeds(call: &Call<'_>) -> Result<Vec<Given>, Reply> {
    let world = &call.app.world;
    let mut seeds = Vec::new();
    for id in call.list("seed_artists") {
        let parsed = parse_id(&id).ok_or_else(|| Reply::bad("Invalid base62 id"))?;
        seeds.push(Given { id, kind: "ARTIST", seed: world.catalogue().rank_of(&parsed).map(Seed::Artist) });
    }
    for id in call.list("seed_genres") {
        if !genre_seeds::is_seed(&id) {
            return Err(Reply::bad("Invalid genre seed"));
        }
        seeds.push(Given { seed: Some(Seed::Genre(id.clone())), id, kind: "GENRE" });
    }
    for id in call.list("seed_tracks") {
        let parsed = parse_id(&id).ok_or_else(|| Reply::bad("Invalid base62 id"))?;
        seeds.push(Given { id, kind: "TRACK", seed: world.track(&parsed).map(Seed::Track) });
    }
    if seeds.is_empty() || seeds.len() > MOST_SEEDS { Err(Reply::bad("invalid request")) } else { Ok(seeds) }
}

/// What the answer says of a seed: how many tracks it led to, and how many of them fit.
fn seed_object(objects: &Objects<'_>, given: &Given, pool: usize, fitting: usize) -> Value {
    let href = match given.kind {
        "ARTIST" => Some(objects.href("artist", &given.id)),
        "TRACK" => Some(objects.href("track", &given.id)),
        _ => None,
    };
    json!({
        "afterFilteringSize": fitting,
        "afterRelinkingSize": fitting,
        "href": href,
        "id": given.id,
        "initialPoolSize": pool,
        "type": given.kind,
    })
}

fn shuffle(tracks: &mut [Track], random: &mut Random) {
    for end in (1..tracks.len()).rev() {
        tracks.swap(end, random.below(end + 1));
    }
}
