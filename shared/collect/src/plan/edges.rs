//! Which edges an answer shows, and how long they are kept.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::row::Sighting;
use crate::catalogue::{ArtistId, Edge};
use crate::term::RunId;
use crate::web_api::{Page, Request};

/// What the table keeps of an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeRow {
    /// The edge.
    pub edge: Edge,
    /// First sighting.
    pub first_seen: Timestamp,
    /// First sighting of the last run that has seen it.
    pub last_seen: Timestamp,
    /// That run.
    pub last_run: RunId,
    /// When the row expires.
    pub expires_at: Timestamp,
}

impl EdgeRow {
    /// The row that a sighting makes of what is `known`; nothing if this run has seen the edge before, so
    /// that repeating an answer writes nothing.
    pub fn see(known: Option<&Self>, edge: &Edge, sighting: &Sighting, retention: Duration) -> Option<Self> {
        if known.is_some_and(|known| known.last_run == sighting.run || known.last_seen > sighting.at) {
            return None;
        }
        Some(Self {
            edge: edge.clone(),
            first_seen: known.map_or(sighting.at, |known| known.first_seen),
            last_seen: sighting.at,
            last_run: sighting.run.clone(),
            expires_at: sighting.at + kept_for(retention),
        })
    }
}

/// How long an edge is kept: somewhat shorter than the row of its artist, which this run may have written
/// days earlier, and longer than the version of its playlist, which is read again after half the time.
fn kept_for(retention: Duration) -> Duration {
    retention / 8 * 7
}

/// The edges that the answer to `request` shows, without artists that were erased.
pub(crate) fn edges(request: &Request, page: &Page, forgotten: &BTreeSet<ArtistId>) -> Vec<Edge> {
    let full = page.artists.iter().map(|artist| &artist.id);
    let named = full.chain(page.mentions.iter().map(|mention| &mention.id));
    let named: BTreeSet<&ArtistId> = named.filter(|id| !forgotten.contains(*id)).collect();
    match request {
        Request::Playlist(playlist) | Request::PlaylistItems { playlist, .. } => {
            let edge =
                |artist: &ArtistId| Edge::Playlist { artist: artist.clone(), playlist: playlist.clone() };
            named.into_iter().map(edge).collect()
        }
        Request::RelatedArtists(artist) if forgotten.contains(artist) => Vec::new(),
        Request::RelatedArtists(artist) => {
            let edge = |other: &ArtistId| Edge::Related { artist: artist.clone(), other: other.clone() };
            named.into_iter().map(edge).collect()
        }
        Request::Search { .. }
        | Request::Artists(_)
        | Request::Artist(_)
        | Request::ArtistAlbums { .. }
        | Request::Albums(_)
        | Request::NewReleases(_)
        | Request::Categories(_)
        | Request::CategoryPlaylists { .. }
        | Request::FeaturedPlaylists(_)
        | Request::GenreSeeds
        | Request::AudioFeatures(_)
        | Request::Recommendations(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Mention, PlaylistId};
    use crate::plan::inquiry::testing::{now, page, run};
    use crate::term::TermKey;
    use crate::web_api::PageAsk;

    fn sighting(run: &str, second: i64) -> Sighting {
        let at = now() + Duration::from_secs(second.unsigned_abs());
        Sighting { run: RunId::new(run).unwrap(), term: TermKey::parse("search:a").unwrap(), at }
    }

    #[test]
    fn a_page_of_a_playlist_shows_an_edge_for_each_artist_once() {
        let mut page = page(["A", "B"], 2);
        let erased = page.artists[1].id.clone();
        let first = page.artists[0].id.clone();
        for (id, name) in [(&first, "A"), (&erased, "B")] {
            page.mentions.push(Mention { id: id.clone(), name: name.to_owned(), prominence: None });
        }
        let playlist = PlaylistId::new("0".repeat(22)).unwrap();
        let forgotten = BTreeSet::from([erased]);
        let request =
            Request::PlaylistItems { playlist: playlist.clone(), page: PageAsk { limit: 100, offset: 100 } };
        assert_eq!(edges(&request, &page, &forgotten), [Edge::Playlist { artist: first.clone(), playlist }]);
        let search = Request::artist_search("a".to_owned(), PageAsk { limit: 50, offset: 0 });
        assert!(edges(&search, &page, &forgotten).is_empty(), "a search tells nothing of that kind");
        let related = Request::RelatedArtists(first.clone());
        assert_eq!(edges(&related, &page, &forgotten).len(), 1);
        assert!(edges(&related, &page, &BTreeSet::from([first])).is_empty(), "its list goes with an artist");
    }

    #[test]
    fn an_edge_is_written_once_a_run_and_keeps_its_first_sighting() {
        let artist = page(["A"], 1).artists[0].id.clone();
        let edge = Edge::Related { artist: artist.clone(), other: artist };
        let retention = Duration::from_hours(24 * 80);
        let see = |known: Option<&EdgeRow>, run: &str, second| {
            EdgeRow::see(known, &edge, &sighting(run, second), retention)
        };
        let first = see(None, run().as_str(), 0).unwrap();
        assert_eq!(first.expires_at, now() + Duration::from_hours(24 * 70));
        assert_eq!(see(Some(&first), run().as_str(), 10), None);
        let second = see(Some(&first), "later", 20).unwrap();
        assert_eq!((second.first_seen, second.last_seen), (now(), now() + Duration::from_secs(20)));
        assert_eq!(see(Some(&second), run().as_str(), 5), None, "a late answer of an earlier run");
    }
}
