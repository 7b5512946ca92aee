//! Any body is parsed or refused.

use collect::web_api::Kind;
use proptest::prelude::*;

use super::super::*;
use super::{BATCH, FULL, HOSTILE, PAGE};

const BODIES: [&[u8]; 13] = [
    PAGE,
    HOSTILE,
    BATCH,
    FULL,
    include_bytes!("../../../fixtures/search-every-kind.json"),
    include_bytes!("../../../fixtures/artist-albums.json"),
    include_bytes!("../../../fixtures/albums-batch.json"),
    include_bytes!("../../../fixtures/new-releases.json"),
    include_bytes!("../../../fixtures/categories.json"),
    include_bytes!("../../../fixtures/playlists.json"),
    include_bytes!("../../../fixtures/playlist.json"),
    include_bytes!("../../../fixtures/playlist-items-new-shape.json"),
    include_bytes!("../../../fixtures/genre-seeds.json"),
];

/// A valid body with some bytes overwritten: it gets further into the parser than noise does.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let edits = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8);
    (prop::sample::select(&BODIES[..]), edits, any::<prop::sample::Index>()).prop_map(
        |(original, edits, end)| {
            let mut body = original.to_vec();
            for (at, byte) in edits {
                let at = at.index(body.len());
                body[at] = byte;
            }
            body.truncate(end.index(body.len() * 2));
            body
        },
    )
}

proptest! {
    #[test]
    fn any_body_is_read_or_refused_without_a_panic(
        body in prop_oneof![proptest::collection::vec(any::<u8>(), 0..300), damaged()],
        asked in 0_usize..6,
    ) {
        let pages = [
            search_page(&body, &[Kind::Artist]),
            search_page(&body, &Kind::ALL),
            artists(&body, asked),
            related_artists(&body),
            artist(&body),
            album_list(&body),
            albums(&body, asked),
            new_releases(&body),
            playlists(&body),
            playlist(&body),
            playlist_items(&body),
            categories(&body),
            genre_seeds(&body),
        ];
        for page in pages.into_iter().flatten() {
            prop_assert!(page.artists.len() <= page.rows as usize);
            prop_assert!(page.artists.iter().all(|artist| artist.popularity.is_none_or(|value| value <= 100)));
            prop_assert!(page.mentions.iter().all(|named| named.prominence.is_none_or(|value| value <= 100)));
            prop_assert!(page.mentions.iter().all(|named| !named.name.trim().is_empty()));
        }
    }
}
