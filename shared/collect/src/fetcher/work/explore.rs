//! Finding out which endpoints answer this app, with as few requests as possible.
//!
//! One term of the run does it, so that a closed endpoint is asked once however many fetchers there are. Every request of it
//! is one that its source would make anyway: the first page of a list, the related artists of an artist that was found. What
//! it brings is kept, and the list goes on from there as a term of its own.

use super::listing::first_page;
use crate::catalogue::PlaylistId;
use crate::fetcher::ask::{Answer, Asking, Stopped};
use crate::fetcher::finish::finish;
use crate::fetcher::follow;
use crate::fetcher::follow::playlist_rows;
use crate::plan::GENRE_SEEDS;
use crate::ports::{Clock, Fetching, Frontier, PortError, Upserted};
use crate::term::{Question, Source, Sources, Subjects, Term, TermState};
use crate::web_api::{Bucket, Endpoint, Kind, Page, PageAsk, Request};

/// What every catalogue has matches for.
const ANYTHING: &str = "a";

/// Asks every endpoint that a wanted source needs, unless this run has asked it before, and begins the sources. What it has
/// found to ask about is kept, so that every interruption leaves fewer endpoints to ask.
pub(crate) async fn explore<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
) -> Result<Stopped, PortError> {
    asking.patient = true;
    let (mut subjects, mut found) = (term.progress.subjects.clone(), None);
    if subjects.is_none() {
        match search(asking, term).await? {
            Ok(page) => {
                subjects.get_or_insert_default().learn(&page);
                found = Some(page);
            }
            Err(stopped) => return Ok(stopped),
        }
    }
    let (lists, stopped) = try_all(asking, term, subjects.get_or_insert_default()).await?;
    term.progress.subjects = subjects;
    if let Some(stopped) = stopped {
        return Ok(stopped);
    }
    let found = match found {
        Some(found) => found,
        // After an interruption it is asked again: what it leads to could not be put before every endpoint was known.
        None => match search(asking, term).await? {
            Ok(page) => page,
            Err(stopped) => return Ok(stopped),
        },
    };
    begin(asking, term, &lists).await?;
    follow::follow(asking, term, &found, &all(&found)).await?;
    finish(asking, term, Vec::new(), TermState::Done, None).await
}

/// Asks the endpoints one after the other, until something stops it.
async fn try_all<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &Term,
    subjects: &mut Subjects,
) -> Result<(Vec<List>, Option<Stopped>), PortError> {
    let mut lists = Vec::new();
    for (source, endpoint) in wanted(asking.settings.sources) {
        // After an interruption, what was found out before it is known, but not what was listed: that is asked again.
        let known = asking.guide.findings.of_run(endpoint, &term.run).is_some();
        match try_endpoint(asking, term, source, endpoint, subjects, known).await? {
            Ok(list) => lists.extend(list),
            Err(stopped) => return Ok((lists, Some(stopped))),
        }
    }
    Ok((lists, None))
}

/// A search, of all types where the sources need more than artists: it always answers, and brings something to ask about.
async fn search<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
) -> Result<Result<Page, Stopped>, PortError> {
    let more =
        [Source::MultiType, Source::Playlists, Source::Categories, Source::Albums, Source::NewReleases];
    let several = more.into_iter().any(|source| asking.settings.sources.has(source));
    let kinds = if several { Kind::ALL.to_vec() } else { vec![Kind::Artist] };
    loop {
        let limit = asking.capability.limits.page.min(asking.capability.limits.window);
        let page = PageAsk { limit, offset: 0 };
        let request = Request::Search { query: ANYTHING.to_owned(), kinds: kinds.clone(), page };
        match asking.ask(term, &request).await? {
            Answer::Page(page) => return Ok(Ok(page)),
            Answer::AskAgain => {}
            Answer::Stopped(stopped) => return Ok(Err(stopped)),
        }
    }
}

/// The endpoints that `sources` need, each with the source that it is the beginning of.
fn wanted(sources: Sources) -> impl Iterator<Item = (Source, Endpoint)> {
    let needs = [
        (Source::Related, Endpoint::RelatedArtists),
        (Source::Genres, Endpoint::GenreSeeds),
        (Source::Categories, Endpoint::Categories),
        (Source::Categories, Endpoint::CategoryPlaylists),
        (Source::Playlists, Endpoint::FeaturedPlaylists),
        (Source::Playlists, Endpoint::Playlist),
        (Source::Categories, Endpoint::Playlist),
        (Source::NewReleases, Endpoint::NewReleases),
        (Source::Albums, Endpoint::ArtistAlbums),
        (Source::Albums, Endpoint::Albums),
        (Source::Hydrate, Endpoint::Artists),
    ];
    needs.into_iter().filter(move |(source, _)| sources.has(*source))
}

/// A list that was begun: its term, and the page that was asked, if there is one.
type List = (Term, Page);

/// Asks `endpoint` for the first time in this run, unless it is `known`. Nothing where it cannot be asked.
async fn try_endpoint<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &Term,
    source: Source,
    endpoint: Endpoint,
    subjects: &mut Subjects,
    known: bool,
) -> Result<Result<Option<List>, Stopped>, PortError> {
    if endpoint == Endpoint::Artists {
        return if known { Ok(Ok(None)) } else { try_batch(asking, term, subjects).await };
    }
    let Some(question) = question(endpoint, subjects) else { return Ok(Ok(None)) };
    let mut child = term.follow_up_of(source, question, playlist_rows(None));
    if known {
        let open = asking.guide.findings.is_open(endpoint, &term.run);
        return Ok(Ok(open.then(|| (child, Page::default()))));
    }
    Ok(match first_page(asking, &mut child).await? {
        Ok(page) => {
            subjects.learn(&page);
            Ok(Some((child, page)))
        }
        // A subject that is gone says nothing of the endpoint.
        Err(Stopped::Closed(_) | Stopped::Hopeless(_)) => Ok(None),
        // Trouble with one of them is none of the others': its term tries again by itself.
        Err(Stopped::Trouble(_)) => Ok(Some((child, Page::default()))),
        // A spent quota of its bucket holds its term for hours, and not this one, which would be dispatched again at once.
        Err(Stopped::NotNow(_)) if only_its_bucket_is_held(asking, endpoint) => {
            Ok(Some((child, Page::default())))
        }
        Err(stopped) => Err(stopped),
    })
}

/// Whether the bucket of `endpoint` is on hold and searches are not.
fn only_its_bucket_is_held<P: Fetching>(asking: &Asking<'_, P>, endpoint: Endpoint) -> bool {
    let held = |bucket| asking.permits.held_at(bucket, asking.ports.clock().now()).is_some();
    held(endpoint.bucket()) && !held(Bucket::Search)
}

/// Whether artists can be asked for in batches.
async fn try_batch<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &Term,
    subjects: &Subjects,
) -> Result<Result<Option<List>, Stopped>, PortError> {
    let Some(artist) = subjects.artist.clone() else { return Ok(Ok(None)) };
    let mut asked = term.clone();
    match asking.ask(&mut asked, &Request::Artists(vec![artist])).await? {
        Answer::Page(_)
        | Answer::AskAgain
        | Answer::Stopped(Stopped::Closed(_) | Stopped::Trouble(_) | Stopped::Hopeless(_)) => Ok(Ok(None)),
        Answer::Stopped(Stopped::NotNow(_)) if only_its_bucket_is_held(asking, Endpoint::Artists) => {
            Ok(Ok(None))
        }
        Answer::Stopped(stopped) => Ok(Err(stopped)),
    }
}

fn question(endpoint: Endpoint, subjects: &Subjects) -> Option<Question> {
    Some(match endpoint {
        Endpoint::RelatedArtists => Question::Related(subjects.artist.clone()?),
        Endpoint::GenreSeeds => Question::GenreSeeds,
        Endpoint::Categories => Question::Categories,
        Endpoint::CategoryPlaylists => Question::CategoryPlaylists(subjects.category.clone()?),
        Endpoint::FeaturedPlaylists => Question::FeaturedPlaylists,
        Endpoint::Playlist => Question::Playlist(subjects.playlist.clone()?),
        Endpoint::NewReleases => Question::NewReleases,
        Endpoint::ArtistAlbums => Question::ArtistAlbums(subjects.artist.clone()?),
        Endpoint::Albums => Question::albums(vec![subjects.album.clone()?])?,
        Endpoint::Search | Endpoint::Artists | Endpoint::Artist | Endpoint::PlaylistItems => return None,
    })
}

/// Begins the sources: what the lists lead to, which could not be put before every endpoint was known, then the lists
/// themselves, from their second page on; and what has no list: the playlists that the operator names, built-in genres, new
/// albums by their tag.
async fn begin<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &Term,
    lists: &[List],
) -> Result<(), PortError> {
    for (list, page) in lists {
        follow::follow(asking, list, page, &all(page)).await?;
    }
    let sources = asking.settings.sources;
    let closed = |asking: &Asking<'_, P>, endpoint| asking.guide.findings.is_closed(endpoint, &term.run);
    let mut roots: Vec<Term> = lists.iter().map(|(list, _)| list.clone()).collect();
    if sources.has(Source::Genres) && !asking.guide.findings.is_open(Endpoint::GenreSeeds, &term.run) {
        roots.extend(GENRE_SEEDS.iter().filter_map(|name| follow::genre(asking, term, name)));
    }
    if sources.has(Source::Playlists) && !closed(asking, Endpoint::Playlist) {
        let named = asking.settings.playlists.iter();
        let question = |playlist: &PlaylistId| Question::Playlist(playlist.clone());
        roots.extend(named.map(|id| term.follow_up_of(Source::Playlists, question(id), playlist_rows(None))));
    }
    if sources.has(Source::NewReleases) && closed(asking, Endpoint::NewReleases) {
        let page = f64::from(asking.capability.limits.page);
        roots.push(term.follow_up_of(Source::NewReleases, Question::NewAlbums, page));
    }
    asking.ports.frontier().put_new(&roots).await.map(drop)
}

/// Every artist of a page, as if each were seen for the first time: putting a follow-up twice is harmless.
fn all(page: &Page) -> Upserted {
    let ids = page.artists.iter().map(|artist| artist.id.clone());
    let sighted = ids.chain(page.mentions.iter().map(|mention| mention.id.clone())).collect();
    Upserted { sighted, ..Upserted::default() }
}
