//! Working a term that lists something: page after page, to the end.
//!
//! What a page leads to is in the frontier before the next page is asked (`follow`), and what was read is
//! kept on the term; so a term that is deferred, parked or worked twice loses nothing.

use crate::fetcher::ask::{Answer, Asking, Stopped};
use crate::fetcher::finish::finish;
use crate::plan::forecast;
use crate::ports::{Control, Fetching, PortError};
use crate::term::{Question, Step, Term, TermState};
use crate::web_api::{Endpoint, Kind, Page, PageAsk, PageLimits, Request};

/// Tracks that come with a playlist itself.
const WITH_PLAYLIST: u32 = 100;

/// No list is longer: playlists have at most so many tracks.
const LONGEST: u32 = 10_000;

/// Works `term` until its list has ended, other terms are expected to bring more, or something stops it.
pub(crate) async fn list<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
) -> Result<Stopped, PortError> {
    let dispatched_for = term.priority;
    let mut asked = false;
    while let Some(request) = next_request(asking, term) {
        if asking.guide.findings.is_closed(request.endpoint(), &term.run) {
            return closed(asking, term, request.endpoint()).await;
        }
        if asked && !asking.goes_on(term, dispatched_for) {
            return Ok(Stopped::PutBack);
        }
        match asking.ask(term, &request).await? {
            Answer::Page(page) => {
                take_in(term, &request, &page);
                asked = true;
                if has_rows_of_artists(&request) {
                    term.priority = forecast::next_rows(&term.progress);
                }
            }
            Answer::AskAgain => {}
            Answer::Stopped(stopped) => return Ok(stopped),
        }
    }
    if let (Question::Playlist(playlist), Some(snapshot)) = (&term.question, &term.progress.snapshot) {
        // Every page was read, so as long as the version stays there is nothing to read again.
        asking.ports.control().keep_snapshot(playlist, snapshot).await?;
    }
    finish(asking, term, Vec::new(), TermState::Done, None).await
}

/// Asks the first page of `term`, and no more. Nothing where it was answered.
pub(crate) async fn first_page<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &mut Term,
) -> Result<Result<Page, Stopped>, PortError> {
    loop {
        let Some(request) = next_request(asking, term) else { return Ok(Ok(Page::default())) };
        match asking.ask(term, &request).await? {
            Answer::Page(page) => {
                take_in(term, &request, &page);
                return Ok(Ok(page));
            }
            Answer::AskAgain => {}
            Answer::Stopped(stopped) => return Ok(Err(stopped)),
        }
    }
}

/// A term that was put when the endpoint was not known to be closed.
async fn closed<P: Fetching>(
    asking: &mut Asking<'_, P>,
    term: &Term,
    endpoint: Endpoint,
) -> Result<Stopped, PortError> {
    let reason = format!("{endpoint} is closed to this app");
    finish(asking, term, Vec::new(), TermState::Open, Some(&reason)).await
}

/// The next request of a listing, or nothing where it has ended.
fn next_request<P>(asking: &Asking<'_, P>, term: &Term) -> Option<Request> {
    let walk = &term.progress.walk;
    let searches = asking.capability.limits;
    let page = |limits: PageLimits| match walk.step(limits, usize::MAX) {
        Step::Ask { offset, limit } => Some(PageAsk { limit, offset }),
        // A search for playlists owes nobody all of them.
        Step::Exhausted | Step::Short | Step::Saturated => None,
    };
    let of = |endpoint| page(PageLimits { page: asking.guide.findings.page(endpoint), window: LONGEST });
    let search =
        |query: String, kind| Some(Request::Search { query, kinds: vec![kind], page: page(searches)? });
    match &term.question {
        Question::PlaylistSearch(term) => search(term.query(), Kind::Playlist),
        Question::NewAlbums => search("tag:new".to_owned(), Kind::Album),
        Question::Categories => of(Endpoint::Categories).map(Request::Categories),
        Question::FeaturedPlaylists => of(Endpoint::FeaturedPlaylists).map(Request::FeaturedPlaylists),
        Question::NewReleases => of(Endpoint::NewReleases).map(Request::NewReleases),
        Question::CategoryPlaylists(category) => {
            let page = of(Endpoint::CategoryPlaylists)?;
            Some(Request::CategoryPlaylists { category: category.clone(), page })
        }
        Question::ArtistAlbums(artist) => {
            let page = of(Endpoint::ArtistAlbums)?;
            Some(Request::ArtistAlbums { artist: artist.clone(), page })
        }
        Question::Playlist(playlist) => {
            let page = of(Endpoint::PlaylistItems)?;
            let playlist = playlist.clone();
            Some(if walk.has_begun() {
                Request::PlaylistItems { playlist, page }
            } else {
                Request::Playlist(playlist)
            })
        }
        Question::GenreSeeds => of(Endpoint::GenreSeeds).map(|_| Request::GenreSeeds),
        Question::Related(artist) => {
            of(Endpoint::RelatedArtists).map(|_| Request::RelatedArtists(artist.clone()))
        }
        Question::Albums(ids) => of(Endpoint::Albums).map(|_| Request::Albums(ids.clone())),
        Question::Search(_)
        | Question::Capabilities
        | Question::Hydrate(_)
        | Question::Stale
        | Question::Refresh(_)
        | Question::Sample(_) => None,
    }
}

/// Learns from a page how far the list goes.
fn take_in(term: &mut Term, request: &Request, page: &Page) {
    let walk = &mut term.progress.walk;
    match request {
        Request::Playlist(_) => walk.observe(WITH_PLAYLIST, page, usize::MAX),
        Request::GenreSeeds | Request::RelatedArtists(_) | Request::Albums(_) => walk.end(),
        Request::Search { page: asked, .. }
        | Request::ArtistAlbums { page: asked, .. }
        | Request::CategoryPlaylists { page: asked, .. }
        | Request::PlaylistItems { page: asked, .. }
        | Request::NewReleases(asked)
        | Request::Categories(asked)
        | Request::FeaturedPlaylists(asked) => walk.observe(asked.limit, page, usize::MAX),
        Request::Artists(_) | Request::Artist(_) => {}
    }
    if let Some(snapshot) = &page.snapshot {
        term.progress.snapshot = Some(snapshot.clone());
    }
}

/// Whether the rows of the answer name artists, so that one page foretells the next.
fn has_rows_of_artists(request: &Request) -> bool {
    matches!(request, Request::Playlist(_) | Request::PlaylistItems { .. } | Request::NewReleases(_))
}
