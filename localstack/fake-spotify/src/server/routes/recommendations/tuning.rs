//! The attributes by which recommendations can be tuned.

use crate::server::call::Call;
use crate::server::reply::Reply;
use crate::world::{Track, World};

/// Every attribute, and how far apart two tracks are in it that have nothing in common.
const ATTRIBUTES: [(&str, f64); 14] = [
    ("acousticness", 1.0),
    ("danceability", 1.0),
    ("duration_ms", 300_000.0),
    ("energy", 1.0),
    ("instrumentalness", 1.0),
    ("key", 11.0),
    ("liveness", 1.0),
    ("loudness", 60.0),
    ("mode", 1.0),
    ("popularity", 100.0),
    ("speechiness", 1.0),
    ("tempo", 150.0),
    ("time_signature", 4.0),
    ("valence", 1.0),
];

/// What a question demands of the tracks, by the number of the attribute.
#[derive(Debug, Default)]
pub(super) struct Tuning {
    least: Vec<(usize, f64)>,
    most: Vec<(usize, f64)>,
    targets: Vec<(usize, f64)>,
}

impl Tuning {
    /// Reads `min_energy`, `max_tempo`, `target_valence` and so on.
    pub(super) fn read(call: &Call<'_>) -> Result<Self, Reply> {
        let read = |prefix: &str| {
            let mut wanted = Vec::new();
            for (number, (name, _)) in ATTRIBUTES.iter().enumerate() {
                let name = format!("{prefix}{name}");
                let Some(text) = call.parameter(&name) else { continue };
                let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
                wanted.push((number, value.ok_or_else(|| Reply::bad(&format!("invalid {name}")))?));
            }
            Ok(wanted)
        };
        Ok(Self { least: read("min_")?, most: read("max_")?, targets: read("target_")? })
    }

    /// Whether a track is within all bounds.
    pub(super) fn fits(&self, world: &World, track: Track) -> bool {
        if self.least.is_empty() && self.most.is_empty() {
            return true;
        }
        let values = values(world, track);
        self.least.iter().all(|(number, least)| values[*number] >= *least)
            && self.most.iter().all(|(number, most)| values[*number] <= *most)
    }

    /// Puts the tracks nearest to the targets first.
    pub(super) fn sort(&self, world: &World, tracks: &mut [Track]) {
        if self.targets.is_empty() {
            return;
        }
        tracks.sort_by_cached_key(|track| {
            let values = values(world, *track);
            let distance = |(number, target): &(usize, f64)| {
                let (_, range) = ATTRIBUTES[*number];
                (values[*number] - target).abs() / range
            };
            ordered(self.targets.iter().map(distance).sum())
        });
    }
}

/// A distance, which is never negative, as a number that sorts like it.
fn ordered(distance: f64) -> u64 {
    distance.max(0.0).to_bits()
}

/// The values of a track in the order of [`ATTRIBUTES`].
fn values(world: &World, track: Track) -> [f64; 14] {
    let features = world.features(track);
    [
        features.acousticness,
        features.danceability,
        features.duration_ms.into(),
        features.energy,
        features.instrumentalness,
        features.key.into(),
        features.liveness,
        features.loudness,
        features.mode.into(),
        world.track_popularity(track).into(),
        features.speechiness,
        features.tempo,
        features.time_signature.into(),
        features.valence,
    ]
}
