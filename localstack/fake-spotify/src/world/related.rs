//! Which artists are related: neighbours in popularity within a genre or, for the many artists without one,
//! within a scene.
//!
//! A scene is some hundred artists whose names are in one script. Most scenes are bridged to the rest by
//! their most popular artist; the others are islands, and so is many an artist whom nobody hears. All lists
//! are found by looking at neighbours in sorted lists, so one costs the same in a catalogue of any size.

use std::collections::HashMap;

use unicode_script::{Script, UnicodeScript};

use super::groups::Groups;
use crate::catalogue::{Artist, Catalogue, narrow};
use crate::random::Random;

/// Artists that one answer holds at most.
pub const MOST_RELATED: usize = 20;

/// Genres of an artist that make relations.
const GENRES: usize = 3;
/// Neighbours that the genres of an artist, or its scene, bring in all; the other places are for bridges.
const NEIGHBOURS: usize = 18;
/// Artists of a scene, about.
const SCENE: u32 = 150;
/// Share of scenes that are bridged to the artists with genres.
const BRIDGED: f64 = 0.75;
/// Share of the artists with neither popularity nor genre that nobody is related to.
const LONERS: f64 = 0.6;

/// The graph of relations.
#[derive(Debug)]
pub(super) struct Related {
    /// The scene of each artist, or [`NO_SCENE`].
    scene_of: Vec<u32>,
    scenes: Groups,
    /// For an artist at the end of a bridge, those at its other ends.
    bridges: HashMap<u32, Vec<u32>>,
}

const NO_SCENE: u32 = u32::MAX;

impl Related {
    pub(super) fn new(catalogue: &Catalogue, genres: &Groups, seed: u64) -> Self {
        let (scene_of, count) = scenes(catalogue, seed);
        let members = scene_of.iter().enumerate().filter(|(_, scene)| **scene != NO_SCENE);
        let scenes = Groups::new(count, members.map(|(rank, scene)| (*scene, narrow(rank))));
        let bridges = bridges(&scenes, genres, seed);
        Self { scene_of, scenes, bridges }
    }

    /// The artists related to that of `rank`, nearest first: at most [`MOST_RELATED`], without itself.
    pub(super) fn of(&self, catalogue: &Catalogue, genres: &Groups, rank: u32) -> Vec<u32> {
        let mut lists: Vec<&[u32]> = catalogue
            .artist(rank)
            .genre_numbers()
            .iter()
            .take(GENRES)
            .map(|genre| genres.of(*genre))
            .collect();
        if let Some(scene) = self.scene_of.get(rank as usize).filter(|scene| **scene != NO_SCENE) {
            lists.push(self.scenes.of(*scene));
        }
        let mut related = Vec::with_capacity(MOST_RELATED);
        let mut add = |other: u32| {
            if other != rank && related.len() < MOST_RELATED && !related.contains(&other) {
                related.push(other);
            }
        };
        for distance in 1..=(NEIGHBOURS / 2).checked_div(lists.len()).unwrap_or(0) {
            for list in &lists {
                let here = list.partition_point(|other| *other < rank);
                let places = [here.checked_sub(distance), Some(here + distance)];
                places
                    .into_iter()
                    .flatten()
                    .filter_map(|place| list.get(place))
                    .for_each(|other| add(*other));
            }
        }
        self.bridges.get(&rank).into_iter().flatten().for_each(|other| add(*other));
        related
    }
}

/// The scene of each artist, and how many scenes there are.
fn scenes(catalogue: &Catalogue, seed: u64) -> (Vec<u32>, usize) {
    let random = |rank: usize| Random::nth(seed ^ 0x5CE4E, rank as u64);
    let belongs = |artist: Artist<'_>, random: &mut Random| {
        let unheard = artist.popularity().unwrap_or(0) == 0;
        artist.genre_numbers().is_empty() && !(unheard && random.chance(LONERS))
    };
    let mut sizes: Vec<(Script, u32)> = Vec::new();
    for (rank, artist) in catalogue.iter().enumerate() {
        if belongs(artist, &mut random(rank)) {
            let script = script(artist.name());
            match sizes.iter_mut().find(|(other, _)| *other == script) {
                Some((_, size)) => *size += 1,
                None => sizes.push((script, 1)),
            }
        }
    }
    let mut count = 0;
    let mut ranges = HashMap::new();
    for (script, size) in sizes {
        let scenes = size / SCENE + 1;
        ranges.insert(script, (count, scenes));
        count += scenes;
    }
    let scene = |(rank, artist): (usize, Artist<'_>)| {
        let mut random = random(rank);
        if !belongs(artist, &mut random) {
            return NO_SCENE;
        }
        let (first, scenes) = ranges.get(&script(artist.name())).copied().unwrap_or((0, 1));
        first + narrow(random.below(scenes as usize))
    };
    (catalogue.iter().enumerate().map(scene).collect(), count as usize)
}

/// The script of the first letter.
fn script(name: &str) -> Script {
    name.chars().find(|c| c.is_alphabetic()).map_or(Script::Common, |c| c.script())
}

/// Bridges in both directions between the heads of most scenes and artists with genres.
fn bridges(scenes: &Groups, genres: &Groups, seed: u64) -> HashMap<u32, Vec<u32>> {
    let mut bridges: HashMap<u32, Vec<u32>> = HashMap::new();
    if genres.len() == 0 {
        return bridges;
    }
    for scene in 0..narrow(scenes.len()) {
        let mut random = Random::nth(seed ^ 0x00B4_1D6E, scene.into());
        let genre = genres.of(narrow(random.below(genres.len())));
        let (Some(&head), false) = (scenes.of(scene).first(), genre.is_empty()) else { continue };
        if random.chance(BRIDGED) {
            let end = genre[random.below(genre.len())];
            bridges.entry(head).or_default().push(end);
            bridges.entry(end).or_default().push(head);
        }
    }
    bridges
}
