//! Reading a list: page after page, to the end.

use super::forecast;
use super::inquiry::{Answer, Ask, Ending, Inquiry, Known, Next};
use crate::catalogue::PlaylistId;
use crate::term::{LastPage, List, ListProgress, Playlist, PlaylistProgress, Progress, Step, Term};
use crate::web_api::{Endpoint, Page, PageAsk, PageLimits, Request};

/// No list is longer: playlists have at most so many tracks.
const LONGEST: u32 = 10_000;

/// The work on a term that reads a list.
#[derive(Debug)]
pub(crate) struct Listing {
    list: Box<dyn List>,
    progress: ListProgress,
    /// The playlist that is read, and its version if the listing said it.
    playlist: Option<(PlaylistId, Option<String>)>,
    /// New artists a request that the term was dispatched for.
    dispatched_for: f64,
    /// Whether a page was answered since then.
    asked: bool,
    /// Rows of a full answer to the last request; nothing where one answer is all there is.
    full_page: Option<u32>,
    /// Whether the version of the playlist was remembered.
    kept: bool,
}

impl Listing {
    /// Goes on with a list.
    pub(crate) fn new(list: impl List + 'static, progress: ListProgress, dispatched_for: f64) -> Self {
        Self {
            list: Box::new(list),
            progress,
            playlist: None,
            dispatched_for,
            asked: false,
            full_page: None,
            kept: false,
        }
    }

    /// Goes on with a playlist, whose version is remembered once all of it was read.
    pub(crate) fn of_playlist(playlist: Playlist, progress: PlaylistProgress, dispatched_for: f64) -> Self {
        let PlaylistProgress { tracks, snapshot } = progress;
        let versioned = Some((playlist.0.clone(), snapshot));
        Self { playlist: versioned, ..Self::new(playlist, tracks, dispatched_for) }
    }

    /// The next page, or nothing where the list has ended.
    fn page(&self, known: &Known<'_>) -> Option<PageAsk> {
        let limits = match self.list.pages_of() {
            Endpoint::Search => known.limits,
            endpoint => PageLimits { page: known.findings.page(endpoint), depth: LONGEST },
        };
        match self.progress.walk.step(limits, usize::MAX) {
            Step::Ask { offset, limit } => Some(PageAsk { limit, offset }),
            // A search for playlists owes nobody all of them.
            Step::Exhausted | Step::Short | Step::Saturated => None,
        }
    }

    /// The next request, or nothing where the list has ended.
    pub(crate) fn request(&mut self, known: &Known<'_>) -> Option<Request> {
        let page = self.page(known)?;
        let begun = self.progress.walk.has_begun();
        self.full_page = self.list.full_page(page, begun);
        Some(self.list.request(page, begun))
    }

    /// Learns from the answer to the last request, which brought `new` artists, how far the list goes.
    pub(crate) fn take_in(&mut self, page: &Page, new: u32) {
        self.progress.last_page = LastPage { rows: page.rows, new };
        match self.full_page {
            Some(rows) => self.progress.walk.observe(rows, page, usize::MAX),
            None => self.progress.walk.end(),
        }
        if let (Some((_, version)), Some(snapshot)) = (&mut self.playlist, &page.snapshot) {
            *version = Some(snapshot.clone());
        }
    }
}

impl Inquiry for Listing {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        let Some(request) = self.request(known) else {
            // Every page was read, so as long as the version stays there is nothing to read again.
            return match &self.playlist {
                Some((playlist, Some(version))) if !self.kept => {
                    Next::Keep(playlist.clone(), version.clone())
                }
                Some(_) | None => Next::Finish(Ending::done()),
            };
        };
        if known.findings.is_closed(request.endpoint(), &term.run) {
            // The term was put when that was not known.
            return Next::Finish(Ending::open(format!("{} is closed to this app", request.endpoint())));
        }
        if self.asked && !known.goes_on(term, self.dispatched_for) {
            return Next::PutBack;
        }
        Next::Ask(Ask::new(request))
    }

    fn learn(&mut self, term: &mut Term, _asked: Ask, answer: Answer, _known: &Known<'_>) {
        self.take_in(&answer.page, answer.new);
        self.asked = true;
        if self.list.rows_name_artists() {
            term.priority = forecast::next_rows(self.progress.last_page);
        }
    }

    fn done(&mut self) {
        // Nothing but keeping the version is asked for besides requests.
        self.kept = true;
    }

    fn into_progress(self: Box<Self>) -> Progress {
        let Self { progress, playlist, .. } = *self;
        match playlist {
            Some((_, snapshot)) => PlaylistProgress { tracks: progress, snapshot }.into(),
            None => progress.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::findings::Finding;
    use crate::plan::inquiry::testing::{World, answer, asked, ending, now, page, run, term};
    use crate::term::{NewReleases, Source, TermState};

    fn playlist() -> (Term, Listing) {
        let playlist = Playlist(PlaylistId::new("0".repeat(22)).unwrap());
        let term = term(Source::Playlists, playlist.clone());
        (term, Listing::of_playlist(playlist, PlaylistProgress::default(), 50.0))
    }

    #[test]
    fn a_list_of_a_closed_endpoint_stays_open_without_a_request() {
        let mut world = World::default();
        let closed = Finding::closed(&run(), now(), "403".to_owned());
        world.findings.0.insert(Endpoint::Playlist, closed);
        let (mut term, mut inquiry) = playlist();
        let end = ending(inquiry.next(&mut term, &world.known()));
        assert_eq!(end.state, TermState::Open);
        assert_eq!(end.reason.as_deref(), Some("GET /playlists/{id} is closed to this app"));
    }

    #[test]
    fn the_version_of_a_playlist_is_kept_when_all_of_it_was_read() {
        let world = World::default();
        let (mut term, mut inquiry) = playlist();
        let ask = asked(inquiry.next(&mut term, &world.known()));
        let read = Page { snapshot: Some("v1".to_owned()), ..page(["A", "B"], 2) };
        inquiry.learn(&mut term, ask, answer(read), &world.known());
        let Next::Keep(_, version) = inquiry.next(&mut term, &world.known()) else { unreachable!() };
        assert_eq!(version, "v1");
        inquiry.done();
        assert_eq!(ending(inquiry.next(&mut term, &world.known())), Ending::done());
        let Progress::Playlist(progress) = Box::new(inquiry).into_progress() else { unreachable!() };
        assert_eq!(progress.snapshot.as_deref(), Some("v1"));
    }

    #[test]
    fn the_version_is_kept_although_the_playlist_was_left_in_between() {
        let world = World::default();
        let (mut term, mut inquiry) = playlist();
        let ask = asked(inquiry.next(&mut term, &world.known()));
        let begun = Page { snapshot: Some("v1".to_owned()), ..page(["A"; 100], 101) };
        inquiry.learn(&mut term, ask, answer(begun), &world.known());
        let Progress::Playlist(progress) = Box::new(inquiry).into_progress() else { unreachable!() };
        let read = Playlist(PlaylistId::new("0".repeat(22)).unwrap());
        let mut inquiry = Listing::of_playlist(read, progress, 50.0);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        // Pages after the first one name no version.
        let last = Page { has_next: false, ..page(["B"], 101) };
        inquiry.learn(&mut term, ask, answer(last), &world.known());
        let Next::Keep(_, version) = inquiry.next(&mut term, &world.known()) else { unreachable!() };
        assert_eq!(version, "v1");
    }

    #[test]
    fn a_list_that_brings_less_than_expected_is_put_back_behind_others() {
        let world = World::default();
        let mut term = term(Source::NewReleases, NewReleases);
        let mut inquiry = Listing::new(NewReleases, ListProgress::default(), 50.0);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        let few_new = Answer { new: 3, ..answer(page(["A"; 50], 500)) };
        inquiry.learn(&mut term, ask, few_new, &world.known());
        assert!(matches!(inquiry.next(&mut term, &world.known()), Next::PutBack));
        assert!((term.priority - 3.0).abs() < 1e-9, "{}", term.priority);
    }
}
