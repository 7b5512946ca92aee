//! What an answer leads to: the follow-up terms of every source.
//!
//! | seen | becomes | in the source |
//! |---|---|---|
//! | a genre, as a seed or on an artist | a search for it | genres |
//! | a category | its playlists, and a search for its name, unless all names are searched for | categories |
//! | the name of a category | a search for playlists | playlists |
//! | a playlist whose version is not known | its tracks | the one that listed it, or playlists |
//! | an artist, for the first time in this run | its related artists | related |
//! | an artist with popularity, for the first time in this run | its albums | albums |
//! | an album | with others, a batch | albums |
//! | a category or a playlist of a genre whose tracks are collected | its playlists, its tracks | tracks |
//!
//! Nothing is put for a source that is disabled, is spent, or whose endpoint is not known to answer.

use std::collections::{BTreeMap, BTreeSet};

use super::inquiry::Known;
use super::tracks;
use crate::catalogue::{AlbumId, Artist, ArtistId, CategoryId, PlaylistId};
use crate::term::{
    Albums, ArtistAlbums, CategoryPlaylists, MOST_ALBUMS, Playlist, PlaylistSearch, Related, SearchTerm,
    Source, Term,
};
use crate::web_api::{Endpoint, Lead, Page};

/// Artists that an answer about related artists holds.
const RELATED: f64 = 20.0;

/// Artists that a track of a playlist has, on average, beyond those that others on it have: a guess that is
/// measured.
const PER_TRACK: f64 = 0.7;

/// Tracks of a playlist that does not tell how many it has.
const TRACKS: u32 = 50;

/// The playlists of `page`, an answer to `term`, whose versions have to be known before it can be followed.
pub(crate) fn listed_playlists(term: &Term, page: &Page, known: &Known<'_>) -> Vec<PlaylistId> {
    if term.source != Source::Tracks && !reads_playlists(term, known) {
        return Vec::new();
    }
    let playlist = |lead: &Lead| match lead {
        Lead::Playlist { id, .. } => Some(id.clone()),
        Lead::Genre(_) | Lead::Category { .. } | Lead::Album(_) => None,
    };
    page.leads.iter().filter_map(playlist).collect()
}

/// What `page`, an answer to `term`, leads to. `sighted` are the artists whom the run sees here first, `read`
/// the versions of playlists that were read to the end.
pub(crate) fn follow_ups(
    term: &Term,
    page: &Page,
    sighted: &BTreeSet<ArtistId>,
    read: &BTreeMap<PlaylistId, String>,
    known: &Known<'_>,
) -> Vec<Term> {
    if !known.settings.sources.beyond_search() {
        return Vec::new();
    }
    if term.source == Source::Tracks {
        return tracks::follow_ups(term, page, read, known);
    }
    let mut follow_ups = Vec::new();
    let mut playlists = Vec::new();
    let mut albums = Vec::new();
    for lead in &page.leads {
        match lead {
            Lead::Genre(name) => follow_ups.extend(genre_search(term, name, known)),
            Lead::Category { id, name } => follow_ups.extend(category(term, id, name, known)),
            Lead::Playlist { id, snapshot, tracks } => {
                playlists.extend((!is_read(id, snapshot.as_deref(), read)).then_some((id, *tracks)));
            }
            Lead::Album(id) => albums.push(id.clone()),
        }
    }
    if reads_playlists(term, known) {
        let source = playlist_source(term);
        let playlist = |(id, tracks): (&PlaylistId, Option<u32>)| {
            term.follow_up_of(source, Playlist(id.clone()), playlist_rows(tracks))
        };
        follow_ups.extend(playlists.into_iter().map(playlist));
    }
    follow_ups.extend(batches(term, &albums, known));
    for artist in &page.artists {
        let genres = artist.genres.iter().flatten();
        follow_ups.extend(genres.filter_map(|name| genre_search(term, name, known)));
        if sighted.contains(&artist.id) {
            follow_ups.extend(about_artist(term, &artist.id, Some(artist), known));
        }
    }
    for mention in page.mentions.iter().filter(|mention| sighted.contains(&mention.id)) {
        follow_ups.extend(about_artist(term, &mention.id, None, known));
    }
    follow_ups
}

/// Whether a playlist of this version is one of those that were `read` to the end. One that is listed without
/// a version may have changed.
pub(super) fn is_read(id: &PlaylistId, version: Option<&str>, read: &BTreeMap<PlaylistId, String>) -> bool {
    version.is_some_and(|version| read.get(id).is_some_and(|read| read == version))
}

/// Every artist of a page, as if each were seen for the first time: putting a follow-up twice is harmless.
pub(crate) fn everybody(page: &Page) -> BTreeSet<ArtistId> {
    let full = page.artists.iter().map(|artist| artist.id.clone());
    full.chain(page.mentions.iter().map(|mention| mention.id.clone())).collect()
}

/// Whether terms of `source` are worth putting.
fn is_live(source: Source, known: &Known<'_>) -> bool {
    let sources = known.settings.sources;
    sources.has(source) && !known.yields.is_spent(source, sources)
}

/// Whether the run of `term` knows that `endpoint` answers.
fn is_open(term: &Term, endpoint: Endpoint, known: &Known<'_>) -> bool {
    known.findings.is_open(endpoint, &term.run)
}

/// A search for a genre.
pub(crate) fn genre_search(term: &Term, name: &str, known: &Known<'_>) -> Option<Term> {
    if !is_live(Source::Genres, known) {
        return None;
    }
    let search = SearchTerm::new(&format!("genre:\"{name}\"")).ok()?;
    Some(term.follow_up_of(Source::Genres, search, f64::from(known.limits.page)))
}

fn category(term: &Term, id: &CategoryId, name: &str, known: &Known<'_>) -> Vec<Term> {
    let page = f64::from(known.limits.page);
    let mut follow_ups = Vec::new();
    let search = SearchTerm::new(name).ok();
    if is_live(Source::Categories, known) {
        if is_open(term, Endpoint::CategoryPlaylists, known) {
            let question = CategoryPlaylists(id.clone());
            follow_ups.push(term.follow_up_of(Source::Categories, question, playlist_rows(None)));
        }
        // Where everything is searched for, the name is too.
        let named = search.clone().filter(|_| !known.settings.sources.has(Source::Search));
        follow_ups.extend(named.map(|named| term.follow_up_of(Source::Categories, named, page / 2.0)));
    }
    if is_live(Source::Playlists, known) && is_open(term, Endpoint::Playlist, known) {
        let named = search.map(PlaylistSearch);
        follow_ups
            .extend(named.map(|named| term.follow_up_of(Source::Playlists, named, playlist_rows(None))));
    }
    follow_ups
}

/// The source that playlists are read for which an answer to `term` lists.
fn playlist_source(term: &Term) -> Source {
    match term.source {
        Source::Categories => Source::Categories,
        Source::Search
        | Source::Systematic
        | Source::Genres
        | Source::Playlists
        | Source::Related
        | Source::NewReleases
        | Source::MultiType
        | Source::Albums
        | Source::Hydrate
        | Source::Tracks => Source::Playlists,
    }
}

/// Whether the playlists are worth reading that an answer to `term` lists.
fn reads_playlists(term: &Term, known: &Known<'_>) -> bool {
    known.settings.sources.beyond_search()
        && is_live(playlist_source(term), known)
        && is_open(term, Endpoint::Playlist, known)
}

/// Artists that the first page of a playlist is expected to name.
pub(crate) fn playlist_rows(tracks: Option<u32>) -> f64 {
    f64::from(tracks.unwrap_or(TRACKS).min(100)) * PER_TRACK
}

fn batches(term: &Term, albums: &[AlbumId], known: &Known<'_>) -> Vec<Term> {
    if !is_live(Source::Albums, known) || !is_open(term, Endpoint::Albums, known) {
        return Vec::new();
    }
    let batch = |ids: &[AlbumId]| {
        #[expect(clippy::cast_precision_loss, reason = "20 at most")]
        let expected = ids.len() as f64;
        Some(term.follow_up_of(Source::Albums, Albums::new(ids.to_vec())?, expected))
    };
    albums.chunks(MOST_ALBUMS).filter_map(batch).collect()
}

/// What can be asked about an artist that is seen for the first time in this run.
fn about_artist(term: &Term, id: &ArtistId, artist: Option<&Artist>, known: &Known<'_>) -> Vec<Term> {
    let popularity =
        artist.and_then(|artist| artist.popularity).map_or(0.3, |popularity| f64::from(popularity) / 100.0);
    let mut follow_ups = Vec::new();
    let related = RELATED / 2.0 * (1.0 + popularity);
    if is_live(Source::Related, known)
        && is_open(term, Endpoint::RelatedArtists, known)
        && competes(term, Source::Related, related, known)
    {
        follow_ups.push(term.follow_up_of(Source::Related, Related(id.clone()), related));
    }
    // Artists that appear on the albums of others are many where these are known.
    let featured = 2.0 + 8.0 * popularity;
    if is_live(Source::Albums, known)
        && is_open(term, Endpoint::ArtistAlbums, known)
        && competes(term, Source::Albums, featured, known)
    {
        follow_ups.push(term.follow_up_of(Source::Albums, ArtistAlbums(id.clone()), featured));
    }
    follow_ups
}

/// Beside the search for everything, what could be asked about each of millions of artists is put only where
/// it is expected to bring at least half of what the question brings that found the artist.
fn competes(term: &Term, source: Source, forecast: f64, known: &Known<'_>) -> bool {
    let beside_search = known.settings.sources.has(Source::Search) && term.source != source;
    !beside_search || known.yields.calibrated(source, forecast) >= term.measured_yield().unwrap_or(0.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Finding;
    use crate::plan::inquiry::testing::{World, now, run, term};

    #[test]
    fn a_playlist_that_was_read_is_read_again_unless_its_version_is_the_same() {
        let mut world = World::default();
        world.settings.sources = [Source::Playlists].into_iter().collect();
        world.findings.0.insert(Endpoint::Playlist, Finding::open(&run(), now()));
        let id = |digit: &str| PlaylistId::new(digit.repeat(22)).unwrap();
        let lead = |digit: &str, version: Option<&str>| Lead::Playlist {
            id: id(digit),
            snapshot: version.map(str::to_owned),
            tracks: None,
        };
        let leads = vec![lead("1", Some("v1")), lead("2", Some("v2")), lead("3", None), lead("4", None)];
        let page = Page { leads, ..Page::default() };
        let read = ["1", "2", "3"].map(|digit| (id(digit), "v1".to_owned())).into();
        let listing = term(Source::Playlists, PlaylistSearch(SearchTerm::new("pop").unwrap()));
        let followed: Vec<_> = follow_ups(&listing, &page, &BTreeSet::new(), &read, &world.known())
            .iter()
            .map(Term::key)
            .collect();
        let expected = ["2", "3", "4"].map(|digit| term(Source::Playlists, Playlist(id(digit))).key());
        assert_eq!(followed, expected);
    }
}
