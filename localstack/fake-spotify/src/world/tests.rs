use std::sync::Arc;

use super::*;
use crate::generate::generate;

pub(super) fn world(artists: usize) -> World {
    World::new(Arc::new(generate(artists, 7).expect("a catalogue")), 7)
}

#[test]
fn most_artists_are_one_component_and_some_are_on_islands() {
    let world = world(20_000);
    let component = world.component([0]);
    assert!((12_000..18_000).contains(&component.len()), "{} of 20,000", component.len());
    let islander = (0..20_000)
        .find(|rank| component.binary_search(rank).is_err() && !world.related(*rank).is_empty())
        .expect("an island with relations");
    let island = world.component([islander]);
    assert!((2..2_000).contains(&island.len()), "an island of {}", island.len());
    assert!(island.iter().all(|rank| component.binary_search(rank).is_err()));
}

#[test]
fn related_artists_are_few_distinct_and_mostly_share_a_genre() {
    let world = world(20_000);
    let mut sharing = 0_usize;
    let mut all = 0;
    for rank in (0..20_000).filter(|rank| world.catalogue().artist(*rank).genres().len() > 0) {
        let related = world.related(rank);
        assert!(related.len() <= MOST_RELATED);
        let mut distinct = related.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), related.len());
        assert!(!related.contains(&rank));
        let genres = world.catalogue().artist(rank).genre_numbers();
        let shares = |other: &&u32| {
            world.catalogue().artist(**other).genre_numbers().iter().any(|genre| genres.contains(genre))
        };
        all += related.len();
        sharing += related.iter().filter(shares).count();
    }
    assert!(sharing * 20 > all * 19, "{sharing} of {all}");
}

#[test]
fn the_same_seed_makes_the_same_world_and_another_seed_another() {
    let catalogue = Arc::new(generate(2_000, 7).expect("a catalogue"));
    let relations = |seed| {
        let world = World::new(Arc::clone(&catalogue), seed);
        (0..2_000).map(|rank| world.related(rank)).collect::<Vec<_>>()
    };
    assert_eq!(relations(1), relations(1));
    assert_ne!(relations(1), relations(2));
}
