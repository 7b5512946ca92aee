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
//!
//! Nothing is put for a source that is not wanted, is spent, or whose endpoint is not known to answer.

use crate::catalogue::{AlbumId, Artist, ArtistId, CategoryId, PlaylistId};
use crate::fetcher::ask::Asking;
use crate::plan::{IDS_PER_REQUEST, Yields};
use crate::ports::{Control, Fetching, Frontier, PortError, Upserted};
use crate::term::{MOST_ALBUMS, Question, RunId, SearchTerm, Source, Term};
use crate::web_api::{Endpoint, Lead, Page, Request};

/// Artists that an answer about related artists holds.
const RELATED: f64 = 20.0;

/// Artists that a track of a playlist has, on average, beyond those that others on it have: a guess that is measured.
const PER_TRACK: f64 = 0.7;

/// Tracks of a playlist that does not tell how many it has.
const TRACKS: u32 = 50;

/// Requests that a search of several types gets to show what it brings beside artists.
const SEVERAL_TYPES_TRIED: f64 = 5.0;

/// Whether answers to `request` bring artists, rather than things to ask for.
pub(crate) fn brings_artists(request: &Request) -> bool {
    match request {
        Request::Search { kinds, .. } => kinds.iter().any(|kind| *kind != crate::web_api::Kind::Playlist),
        Request::RelatedArtists(_)
        | Request::ArtistAlbums { .. }
        | Request::Albums(_)
        | Request::NewReleases(_)
        | Request::Playlist(_)
        | Request::PlaylistItems { .. } => true,
        Request::Artists(_)
        | Request::Artist(_)
        | Request::Categories(_)
        | Request::CategoryPlaylists { .. }
        | Request::FeaturedPlaylists(_)
        | Request::GenreSeeds => false,
    }
}

/// Whether a search should ask for albums and tracks too. They cost nothing but bytes as long as the artists that they name
/// need not be completed. Where they can be (`batches`), each costs its share of a request for a batch, which is worth it as
/// long as the search itself brings fewer for a request.
pub(crate) fn several_types_pay(yields: &Yields, batches: bool) -> bool {
    let of = yields.of(Source::MultiType);
    let search = yields.of(Source::Search);
    let brings = of.new >= of.requests;
    of.requests < SEVERAL_TYPES_TRIED || brings && (!batches || search.per_request() < IDS_PER_REQUEST)
}

/// Puts what `page`, an answer to `term`, leads to.
pub(crate) async fn follow<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &Term,
    page: &Page,
    upserted: &Upserted,
) -> Result<(), PortError> {
    if !asking.settings.sources.beyond_search() {
        return Ok(());
    }
    let mut follow_ups = Vec::new();
    let mut playlists = Vec::new();
    let mut albums = Vec::new();
    for lead in &page.leads {
        match lead {
            Lead::Genre(name) => follow_ups.extend(genre(asking, term, name)),
            Lead::Category { id, name } => follow_ups.extend(category(asking, term, id, name)),
            Lead::Playlist { id, snapshot, tracks } => playlists.push((id, snapshot.as_deref(), *tracks)),
            Lead::Album(id) => albums.push(id.clone()),
        }
    }
    follow_ups.extend(unread(asking, term, &playlists).await?);
    follow_ups.extend(batches(asking, term, &albums));
    for artist in &page.artists {
        let genres = artist.genres.iter().flatten();
        follow_ups.extend(genres.filter_map(|name| genre(asking, term, name)));
        if upserted.sighted.contains(&artist.id) {
            follow_ups.extend(about_artist(asking, term, &artist.id, Some(artist)));
        }
    }
    for mention in page.mentions.iter().filter(|mention| upserted.sighted.contains(&mention.id)) {
        follow_ups.extend(about_artist(asking, term, &mention.id, None));
    }
    follow_ups.retain(|follow_up: &Term| !asking.guide.offered.has(follow_up.key()));
    if !follow_ups.is_empty() {
        let put = asking.ports.frontier().put_new(&follow_ups).await;
        if put.is_err() {
            asking.guide.offered.clear();
        }
        put?;
    }
    Ok(())
}

/// Whether terms of `source` are worth putting.
fn is_live<P>(asking: &Asking<'_, P>, source: Source) -> bool {
    let sources = asking.settings.sources;
    sources.has(source) && !asking.guide.yields.is_spent(source, sources)
}

fn is_open<P>(asking: &Asking<'_, P>, endpoint: Endpoint, run: &RunId) -> bool {
    asking.guide.findings.is_open(endpoint, run)
}

/// A search for a genre.
pub(crate) fn genre<P>(asking: &Asking<'_, P>, term: &Term, name: &str) -> Option<Term> {
    if !is_live(asking, Source::Genres) {
        return None;
    }
    let search = SearchTerm::new(&format!("genre:\"{name}\"")).ok()?;
    let page = f64::from(asking.capability.limits.page);
    Some(term.follow_up_of(Source::Genres, Question::Search(search), page))
}

fn category<P>(asking: &Asking<'_, P>, term: &Term, id: &CategoryId, name: &str) -> Vec<Term> {
    let page = f64::from(asking.capability.limits.page);
    let mut follow_ups = Vec::new();
    let search = SearchTerm::new(name).ok();
    if is_live(asking, Source::Categories) {
        if is_open(asking, Endpoint::CategoryPlaylists, &term.run) {
            let question = Question::CategoryPlaylists(id.clone());
            follow_ups.push(term.follow_up_of(Source::Categories, question, playlist_rows(None)));
        }
        // Where everything is searched for, the name is too.
        let named = search.clone().filter(|_| !asking.settings.sources.has(Source::Search));
        let named = named.map(Question::Search);
        follow_ups.extend(named.map(|named| term.follow_up_of(Source::Categories, named, page / 2.0)));
    }
    if is_live(asking, Source::Playlists) && is_open(asking, Endpoint::Playlist, &term.run) {
        let named = search.map(Question::PlaylistSearch);
        follow_ups
            .extend(named.map(|named| term.follow_up_of(Source::Playlists, named, playlist_rows(None))));
    }
    follow_ups
}

/// The playlists whose version was not read by an earlier run.
async fn unread<P: Fetching>(
    asking: &Asking<'_, P>,
    term: &Term,
    playlists: &[(&PlaylistId, Option<&str>, Option<u32>)],
) -> Result<Vec<Term>, PortError> {
    let source = match term.source {
        listed @ (Source::Categories | Source::Playlists) => listed,
        _ => Source::Playlists,
    };
    if playlists.is_empty() || !is_live(asking, source) || !is_open(asking, Endpoint::Playlist, &term.run) {
        return Ok(Vec::new());
    }
    let ids: Vec<PlaylistId> = playlists.iter().map(|(id, ..)| (*id).clone()).collect();
    let read = asking.ports.control().snapshots(&ids).await?;
    let unread = |(id, snapshot, tracks): &(&PlaylistId, Option<&str>, Option<u32>)| {
        let unchanged = snapshot.is_some() && read.get(*id).map(String::as_str) == *snapshot;
        let question = Question::Playlist((*id).clone());
        (!unchanged).then(|| term.follow_up_of(source, question, playlist_rows(*tracks)))
    };
    Ok(playlists.iter().filter_map(unread).collect())
}

/// Artists that the first page of a playlist is expected to name.
pub(crate) fn playlist_rows(tracks: Option<u32>) -> f64 {
    f64::from(tracks.unwrap_or(TRACKS).min(100)) * PER_TRACK
}

fn batches<P>(asking: &Asking<'_, P>, term: &Term, albums: &[AlbumId]) -> Vec<Term> {
    if !is_live(asking, Source::Albums) || !is_open(asking, Endpoint::Albums, &term.run) {
        return Vec::new();
    }
    let batch = |ids: &[AlbumId]| {
        #[expect(clippy::cast_precision_loss, reason = "20 at most")]
        let expected = ids.len() as f64;
        Some(term.follow_up_of(Source::Albums, Question::albums(ids.to_vec())?, expected))
    };
    albums.chunks(MOST_ALBUMS).filter_map(batch).collect()
}

/// What can be asked about an artist that is seen for the first time in this run.
fn about_artist<P>(asking: &Asking<'_, P>, term: &Term, id: &ArtistId, artist: Option<&Artist>) -> Vec<Term> {
    let popularity =
        artist.and_then(|artist| artist.popularity).map_or(0.3, |popularity| f64::from(popularity) / 100.0);
    let mut follow_ups = Vec::new();
    let related = RELATED / 2.0 * (1.0 + popularity);
    if is_live(asking, Source::Related)
        && is_open(asking, Endpoint::RelatedArtists, &term.run)
        && competes(asking, term, Source::Related, related)
    {
        follow_ups.push(term.follow_up_of(Source::Related, Question::Related(id.clone()), related));
    }
    // Artists that appear on the albums of others are many where these are known.
    let featured = 2.0 + 8.0 * popularity;
    if is_live(asking, Source::Albums)
        && is_open(asking, Endpoint::ArtistAlbums, &term.run)
        && competes(asking, term, Source::Albums, featured)
    {
        follow_ups.push(term.follow_up_of(Source::Albums, Question::ArtistAlbums(id.clone()), featured));
    }
    follow_ups
}

/// Beside the search for everything, what could be asked about each of millions of artists is put only where it is expected
/// to bring at least half of what the question brings that found the artist.
fn competes<P>(asking: &Asking<'_, P>, term: &Term, source: Source, forecast: f64) -> bool {
    let beside_search = asking.settings.sources.has(Source::Search) && term.source != source;
    !beside_search
        || asking.guide.yields.calibrated(source, forecast) >= term.measured_yield().unwrap_or(0.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Yield;

    /// What a search and what albums and tracks beside it have brought in so many requests.
    fn after(requests: f64, search: f64, beside: f64) -> Yields {
        let brought = |new, mentioned| Yield { requests, new, mentioned, ..Yield::default() };
        let of = [(Source::Search, brought(search, 0.0)), (Source::MultiType, brought(beside, beside))];
        Yields(of.into())
    }

    #[test]
    fn a_search_for_several_types_is_measured_a_few_times_before_it_is_used_or_left() {
        assert!(several_types_pay(&Yields::default(), false) && several_types_pay(&Yields::default(), true));
        assert!(several_types_pay(&after(4.0, 40.0, 0.0), false), "too few to tell");
        assert!(!several_types_pay(&after(5.0, 50.0, 4.0), false), "less than one artist for a request");
        assert!(several_types_pay(&after(5.0, 50.0, 150.0), false));
    }

    #[test]
    fn where_mentioned_artists_have_to_be_completed_they_pay_as_long_as_a_batch_brings_more_than_the_search()
    {
        assert!(several_types_pay(&after(10.0, 450.0, 600.0), true), "a batch completes fifty");
        assert!(!several_types_pay(&after(10.0, 500.0, 600.0), true));
        assert!(several_types_pay(&after(10.0, 500.0, 600.0), false), "nothing to complete");
    }
}
