//! `GET /v1/tracks...`, `GET /v1/audio-features...` and `GET /v1/audio-analysis/{id}`.

use serde_json::{Value, json};

use crate::faults::{Breakage, Faults};
use crate::server::call::Call;
use crate::server::objects::Objects;
use crate::server::reply::Reply;
use crate::world::Track;

/// Ids that one request may name, of tracks and of their features.
const BATCH: usize = 50;
const FEATURES: usize = 100;

/// `GET /v1/tracks/{id}`
pub(in crate::server) fn single(call: &mut Call<'_>) -> Result<Reply, Reply> {
    one(call, |objects, track| objects.track(track))
}

/// `GET /v1/tracks?ids=`
pub(in crate::server) fn batch(call: &mut Call<'_>) -> Result<Reply, Reply> {
    several(call, "tracks", BATCH, |objects, track| objects.track(track))
}

/// `GET /v1/audio-features/{id}`
pub(in crate::server) fn features(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let faults = call.faults;
    one(call, move |objects, track| spoiled(faults, objects.features(track)))
}

/// `GET /v1/audio-features?ids=`
pub(in crate::server) fn features_batch(call: &mut Call<'_>) -> Result<Reply, Reply> {
    let faults = call.faults;
    several(call, "audio_features", FEATURES, move |objects, track| spoiled(faults, objects.features(track)))
}

/// `GET /v1/audio-analysis/{id}`
pub(in crate::server) fn analysis(call: &mut Call<'_>) -> Result<Reply, Reply> {
    one(call, |objects, track| objects.analysis(track))
}

/// Audio features, made absurd where that is asked for.
fn spoiled(faults: &Faults, mut features: Value) -> Value {
    let id = features["id"].as_str().unwrap_or_default();
    if faults.broken.get(id) == Some(&Breakage::Absurd) {
        features["danceability"] = json!(1.7);
    }
    features
}

/// What `make` makes of the track that the path names.
fn one(call: &Call<'_>, make: impl Fn(Objects<'_>, Track) -> Value) -> Result<Reply, Reply> {
    let track = call.app.world.track(&call.id()?).ok_or_else(Reply::not_found)?;
    let links = call.links();
    Ok(Reply::ok(&make(call.objects(&links)?, track)))
}

/// `{name: [...]}` in the order of the ids, null for those that no track has.
fn several(
    call: &Call<'_>,
    name: &str,
    most: usize,
    make: impl Fn(Objects<'_>, Track) -> Value,
) -> Result<Reply, Reply> {
    let (ids, links) = (call.ids(most)?, call.links());
    let objects = call.objects(&links)?;
    let found: Vec<Option<Value>> =
        ids.iter().map(|id| Some(make(objects, call.app.world.track(id.as_ref()?)?))).collect();
    Ok(Reply::ok(&json!({ name: found })))
}
