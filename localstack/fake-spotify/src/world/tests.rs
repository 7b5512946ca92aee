use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::catalogue::{CatalogueBuilder, parse_id};
use crate::generate::generate;
use crate::search::{Index, Manner, parse};
use crate::tracks::TrackFile;

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

#[test]
fn guests_and_appearances_are_two_views_of_the_same_and_every_guest_plays() {
    let world = world(2_000);
    let mut appearances = 0;
    for rank in 0..2_000 {
        for album in world.appears_on(rank) {
            assert!(world.guests(album).contains(&rank));
            appearances += 1;
        }
        for album in world.albums(rank) {
            let guests = world.guests(album);
            assert!(guests.iter().all(|guest| world.appears_on(*guest).contains(&album)));
            let playing: Vec<u32> =
                world.tracks(album).flat_map(|track| world.track_artists(track)).collect();
            assert!(guests.iter().all(|guest| playing.contains(guest)));
        }
    }
    assert!(appearances > 500, "{appearances}");
}

#[test]
fn an_id_names_what_it_was_made_for_and_nothing_that_is_not_there() {
    let world = world(2_000);
    let parsed = |id: String| parse_id(&id).expect("a well-formed id");
    for rank in 0..200 {
        let count = world.album_count(rank);
        for place in 0..count + 2 {
            let album = Album { artist: rank, place };
            assert_eq!(world.album(&parsed(album.id())), (place < count).then_some(album));
            assert_eq!(world.playlist(&parsed(album.id())), None);
        }
        let playlist = Playlist::Personal { artist: rank };
        assert_eq!(world.playlist(&parsed(playlist.id())), world.has_playlist(rank).then_some(playlist));
    }
    let beyond = Album { artist: 2_000, place: 0 };
    assert_eq!(world.album(&parsed(beyond.id())), None);
    for category in [0, 49, 50, 51] {
        let known = (category < world.category_count()).then_some(category);
        assert_eq!(world.category(&parsed(world.category_id(category))), known);
    }
}

#[test]
fn albums_lie_in_the_years_of_their_artist_and_newest_come_first() {
    let world = world(2_000);
    for rank in 0..2_000 {
        let Some((first, last)) = world.catalogue().artist(rank).years() else {
            assert_eq!(world.album_count(rank), 0, "who has released nothing has no albums");
            continue;
        };
        let years: Vec<u16> = world.albums(rank).map(|album| world.album_year(album)).collect();
        assert!(years.iter().all(|year| (first..=last).contains(year)));
        assert!(years.is_sorted_by(|one, next| one >= next), "{years:?}");
        assert!(
            world.albums(rank).all(|album| world
                .release_date(album)
                .0
                .starts_with(&years[album.place as usize].to_string()))
        );
    }
}

#[test]
fn a_tenth_of_the_artists_and_more_are_on_playlists_and_popular_ones_more_often() {
    let world = world(20_000);
    let reach = world.reach(|_| 0);
    assert!((2_000..18_000).contains(&reach.playlist_artists.len()), "{}", reach.playlist_artists.len());
    let is_on = |rank: &u32| {
        let id = world.catalogue().artist(*rank).id().to_owned();
        reach.playlist_artists.binary_search(&id).is_ok()
    };
    let (popular, others) = ((0..1_000).filter(is_on).count(), (18_000..19_000).filter(is_on).count());
    assert!(popular > 2 * others, "{popular} of the first thousand, {others} of the last but one");
    assert!(reach.playlist_artists.iter().all(|id| reach.related_to_playlists.binary_search(id).is_ok()));
}

#[test]
fn worlds_of_nobody_and_of_one_hold_together() {
    for artists in [0, 1, 2] {
        let world = world(artists);
        let reach = world.reach(|_| 3);
        assert!(reach.related_to_playlists.len() <= artists);
        let index = Index::build(world.catalogue());
        for query in ["a", "tag:new", "year:2020", "genre:pop", "jazz NOT blues"] {
            for sought in [Sought::Albums, Sought::Tracks, Sought::Playlists, Sought::Shows, Sought::Episodes]
            {
                let query = parse(query, Manner::default()).expect("a query");
                let found = world.find(&index, &query, Manner::default(), sought);
                assert!(found.first.len() <= found.total);
            }
        }
    }
}

/// A world whose only tracks are these many of one style.
fn world_of_metal(tracks: usize) -> World {
    let head = "track_id,name,artists,artist_ids,duration_ms,key,mode,time_signature,acousticness,danceability,energy,\
        instrumentalness,liveness,speechiness,valence,loudness,tempo,genres114\n";
    let row = |number: usize| {
        format!(
            "{number:022},Song,Band {},,200000,6,1,4,0.1,0.2,0.3,0.4,0.5,0.6,0.7,-6,120,metal\n",
            number % 90
        )
    };
    let csv = head.to_owned() + &(0..tracks).map(row).collect::<String>();
    let file = TrackFile::read_from(csv.as_bytes(), Path::new("tracks.csv")).expect("good rows");
    let mut builder = CatalogueBuilder::default();
    let tracks = file.credit(&mut builder).expect("they fit");
    World::with_tracks(Arc::new(builder.build().expect("artists")), 7, tracks)
}

#[test]
fn playlists_of_a_style_hold_all_tracks_of_a_large_file() {
    let world = world_of_metal(5_000);
    let metal = (0..world.category_count()).find(|number| world.category_name(*number) == "Metal");
    let mut found = HashSet::new();
    for playlist in world.category_playlists(metal.expect("a category")) {
        let count = world.item_count(playlist);
        let items: Vec<Item> = (0..count).map(|place| world.item(playlist, 0, place)).collect();
        let tracks =
            items.iter().filter_map(|item| if let Item::Track(track) = item { Some(*track) } else { None });
        found.extend(tracks.map(|track| world.track_id(track)));
    }
    assert_eq!(found.len(), 5_000);
}
