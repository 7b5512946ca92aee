//! The tracks of genres: where they begin, what an answer leads to, and how a playlist is read.
//!
//! | term | leads to |
//! |---|---|
//! | `genre-categories` | `genre-category`, for each category that has the name of a genre |
//! | `genre-category`, `genre-search` | `genre-playlist`, for each playlist whose version is not known |
//! | `genre-playlist` | rows of tracks and memberships |
//! | `audio-features`, once nothing else is left | the features of all tracks that were never asked for |
//!
//! A genre for which the operator names playlists is read from those alone.

use std::collections::BTreeMap;

use super::follow::is_read;
use super::inquiry::{Answer, Ask, Ending, Found, Inquiry, Known, Lookup, Next};
use super::listing::Listing;
use super::track_row::{Reading, Sighted};
use crate::catalogue::{Genre, PlaylistId};
use crate::settings::Settings;
use crate::term::{
    FeaturesOfTracks, GenreCategories, GenreCategory, GenrePlaylist, GenrePlaylistProgress, GenreSearch,
    ListProgress, PlaylistHeader, Progress, Question, RunId, Source, Term,
};
use crate::web_api::{Endpoint, Lead, Page};

/// The place of its terms among others: nothing tells how many artists they bring, so they are neither first
/// nor last.
const PLACE: f64 = 25.0;

/// What the tracks of genres begin with: the playlists that the operator names, and for the other genres the
/// categories and a search for each.
pub(crate) fn roots(run: &RunId, settings: &Settings) -> Vec<Term> {
    let term = |question: Question| Term::new(run.clone(), Source::Tracks, question, PLACE);
    let named = settings
        .genre_playlists
        .iter()
        .map(|(genre, playlist)| term(GenrePlaylist { genre: *genre, playlist: playlist.clone() }.into()));
    let mut roots: Vec<Term> = named.collect();
    let others: Vec<Genre> = Genre::ALL.into_iter().filter(|genre| !is_named(*genre, settings)).collect();
    if !others.is_empty() {
        roots.push(term(GenreCategories.into()));
        roots.extend(others.into_iter().map(|genre| term(GenreSearch(genre).into())));
    }
    roots
}

/// The term that asks for all audio features once everything else was asked, where tracks are wanted.
pub(crate) fn ask_features(settings: &Settings, run: &RunId) -> Option<Term> {
    let wanted = settings.sources.has(Source::Tracks);
    wanted.then(|| Term::new(run.clone(), Source::Tracks, FeaturesOfTracks, PLACE))
}

fn is_named(genre: Genre, settings: &Settings) -> bool {
    settings.genre_playlists.iter().any(|(named, _)| *named == genre)
}

/// What `page`, an answer to `term` of this source, leads to. `read` are the versions of playlists that need
/// not be read again.
pub(crate) fn follow_ups(
    term: &Term,
    page: &Page,
    read: &BTreeMap<PlaylistId, String>,
    known: &Known<'_>,
) -> Vec<Term> {
    let question = |lead: &Lead| -> Option<Question> {
        match lead {
            Lead::Category { id, name } => {
                let genre = Genre::of_name(name).filter(|genre| !is_named(*genre, known.settings))?;
                Some(GenreCategory { genre, category: id.clone() }.into())
            }
            Lead::Playlist { id, snapshot, .. } => {
                let is_read = is_read(id, snapshot.as_deref(), read);
                let genre = term.question.genre().filter(|_| !is_read)?;
                Some(GenrePlaylist { genre, playlist: id.clone() }.into())
            }
            Lead::Genre(_) | Lead::Album(_) => None,
        }
    };
    page.leads.iter().filter_map(question).map(|question| term.follow_up(question, PLACE)).collect()
}

/// The work on a term that reads a playlist for its tracks.
///
/// A page counts as read once its tracks are recorded: whatever ends in between, it is asked again.
#[derive(Debug)]
pub(crate) struct ReadingTracks {
    subject: GenrePlaylist,
    listing: Listing,
    header: Option<PlaylistHeader>,
    /// Whether the version that need not be read again was looked up.
    looked_up: bool,
    /// That version, if there is one.
    known: Option<String>,
    /// The page whose tracks are to be recorded, and how many artists on it were new.
    page: Option<(Page, u32)>,
    /// Whether that it was read to its end was remembered.
    kept: bool,
}

impl ReadingTracks {
    /// Goes on with a playlist.
    pub(crate) fn new(subject: GenrePlaylist, progress: GenrePlaylistProgress) -> Self {
        let GenrePlaylistProgress { tracks, header } = progress;
        let listing = Listing::new(subject.clone(), tracks, 0.0);
        // Whether there is anything new was found out before the first page was taken in.
        let looked_up = header.is_some();
        Self { subject, listing, header, looked_up, known: None, page: None, kept: false }
    }

    /// Whether the playlist is as it was when it was read to its end.
    fn is_unchanged(&self) -> bool {
        let version = self.header.as_ref().and_then(|header| header.version.as_ref());
        version.is_some() && version == self.known.as_ref()
    }
}

impl Inquiry for ReadingTracks {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        let GenrePlaylist { genre, playlist } = self.subject.clone();
        if !self.looked_up {
            return Next::Look(Lookup::Version(genre, playlist));
        }
        let closed = [Endpoint::Playlist, Endpoint::PlaylistItems]
            .into_iter()
            .find(|endpoint| known.findings.is_closed(*endpoint, &term.run));
        if let Some((page, _)) = &self.page {
            if self.is_unchanged() {
                return Next::Finish(Ending::done());
            }
            let began = self.header.as_ref().map_or(known.now, |header| header.began);
            return Next::Sight(Box::new(Sighted { genre, playlist, began, tracks: page.tracks.clone() }));
        }
        if let Some(endpoint) = closed {
            return Next::Finish(Ending::open(format!("{endpoint} is closed to this app")));
        }
        if let Some(request) = self.listing.request(known) {
            return Next::Ask(Ask::new(request));
        }
        match &self.header {
            Some(header) if !self.kept => {
                Next::KeepReading(Box::new(Reading { genre, playlist, header: header.clone() }))
            }
            Some(_) | None => Next::Finish(Ending::done()),
        }
    }

    fn learn(&mut self, _term: &mut Term, _asked: Ask, answer: Answer, known: &Known<'_>) {
        let Answer { page, new, .. } = answer;
        self.header.get_or_insert_with(|| PlaylistHeader {
            name: page.name.clone(),
            owner: page.owner.clone(),
            version: page.snapshot.clone(),
            tracks: page.total,
            began: known.now,
        });
        self.page = Some((page, new));
    }

    fn found(&mut self, found: Found) {
        if let Found::Version(version) = found {
            (self.looked_up, self.known) = (true, version);
        }
    }

    fn done(&mut self) {
        match self.page.take() {
            Some((page, new)) => self.listing.take_in(&page, new),
            None => self.kept = true,
        }
    }

    fn into_progress(self: Box<Self>) -> Progress {
        let Self { listing, header, page, .. } = *self;
        // The first page is not recorded yet: what it said is asked again with it.
        let tracks = ListProgress::from(Box::new(listing).into_progress());
        let header = header.filter(|_| page.is_none() || tracks.walk.has_begun());
        GenrePlaylistProgress { tracks, header }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Track, TrackId};
    use crate::plan::findings::Finding;
    use crate::plan::inquiry::testing::{World, answer, asked, ending, now, page, run, term};
    use crate::term::TermState;
    use crate::web_api::Request;

    fn playlist(digit: &str) -> PlaylistId {
        PlaylistId::new(digit.repeat(22)).unwrap()
    }

    fn tracks(from: usize, count: usize) -> Vec<Track> {
        let track = |number: usize| Track {
            id: TrackId::new(format!("{number:022}")).unwrap(),
            name: "Song".to_owned(),
            artists: vec![],
            album: None,
            popularity: None,
            isrc: None,
        };
        (from..from + count).map(track).collect()
    }

    fn items(from: usize, count: usize, total: u64) -> Page {
        Page { tracks: tracks(from, count), snapshot: Some("v1".to_owned()), ..page(vec!["A"; count], total) }
    }

    fn begun(world: &World, version: Option<&str>) -> (Term, ReadingTracks) {
        let subject = GenrePlaylist { genre: Genre::Jazz, playlist: playlist("1") };
        let mut term = term(Source::Tracks, subject.clone());
        let mut inquiry = ReadingTracks::new(subject, GenrePlaylistProgress::default());
        let next = inquiry.next(&mut term, &world.known());
        assert!(matches!(next, Next::Look(Lookup::Version(Genre::Jazz, _))), "{next:?}");
        inquiry.found(Found::Version(version.map(str::to_owned)));
        (term, inquiry)
    }

    fn sighted(next: Next) -> usize {
        let Next::Sight(sighted) = next else { unreachable!("{next:?} instead of tracks") };
        sighted.tracks.len()
    }

    #[test]
    fn every_page_is_recorded_before_the_next_and_the_reading_last() {
        let world = World::default();
        let (mut term, mut inquiry) = begun(&world, None);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert!(matches!(ask.request, Request::Playlist(_)));
        inquiry.learn(&mut term, ask, answer(items(0, 100, 120)), &world.known());
        assert_eq!(sighted(inquiry.next(&mut term, &world.known())), 100);
        inquiry.done();
        let ask = asked(inquiry.next(&mut term, &world.known()));
        let Request::PlaylistItems { page, .. } = &ask.request else { unreachable!("{ask:?}") };
        assert_eq!(page.offset, 100);
        let last = Page { has_next: false, ..items(100, 20, 120) };
        inquiry.learn(&mut term, ask, answer(last), &world.known());
        assert_eq!(sighted(inquiry.next(&mut term, &world.known())), 20);
        inquiry.done();
        let Next::KeepReading(reading) = inquiry.next(&mut term, &world.known()) else { unreachable!() };
        assert_eq!(reading.header.version.as_deref(), Some("v1"));
        inquiry.done();
        assert_eq!(ending(inquiry.next(&mut term, &world.known())), Ending::done());
    }

    #[test]
    fn a_page_whose_tracks_are_not_recorded_is_asked_again() {
        let world = World::default();
        let (mut term, mut inquiry) = begun(&world, None);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(items(0, 100, 120)), &world.known());
        let progress = GenrePlaylistProgress::from(Box::new(inquiry).into_progress());
        assert_eq!(progress, GenrePlaylistProgress::default());
    }

    #[test]
    fn what_the_first_page_said_outlives_a_later_page_that_is_not_recorded() {
        let world = World::default();
        let (mut term, mut inquiry) = begun(&world, None);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(items(0, 100, 250)), &world.known());
        assert_eq!(sighted(inquiry.next(&mut term, &world.known())), 100);
        inquiry.done();
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(items(100, 100, 250)), &world.known());
        let progress = GenrePlaylistProgress::from(Box::new(inquiry).into_progress());
        let header = progress.header.unwrap();
        assert_eq!((header.version.as_deref(), header.began), (Some("v1"), now()));
        assert!(progress.tracks.walk.has_begun(), "the first page is not asked again");
    }

    #[test]
    fn an_unchanged_playlist_costs_one_request_and_records_nothing() {
        let world = World::default();
        let (mut term, mut inquiry) = begun(&world, Some("v1"));
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(items(0, 100, 120)), &world.known());
        assert_eq!(ending(inquiry.next(&mut term, &world.known())), Ending::done());
        let (mut term, mut inquiry) = begun(&world, Some("v0"));
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(items(0, 100, 120)), &world.known());
        assert_eq!(sighted(inquiry.next(&mut term, &world.known())), 100, "it was changed");
    }

    #[test]
    fn a_playlist_without_tracks_stays_open_with_the_reason() {
        let mut world = World::default();
        let (mut term, mut inquiry) = begun(&world, None);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(Page::default()), &world.known());
        inquiry.next(&mut term, &world.known());
        inquiry.done();
        let closed = Finding::closed(&run(), now(), "answers without tracks".to_owned());
        world.findings.0.insert(Endpoint::Playlist, closed);
        let end = ending(inquiry.next(&mut term, &world.known()));
        assert_eq!(end.state, TermState::Open);
        assert_eq!(end.reason.as_deref(), Some("GET /playlists/{id} is closed to this app"));
    }

    #[test]
    fn a_genre_with_named_playlists_is_read_from_those_alone() {
        let mut world = World::default();
        world.settings.genre_playlists = [(Genre::Jazz, playlist("1"))].into();
        let keys: Vec<String> =
            roots(&run(), &world.settings).iter().map(|term| term.key().to_string()).collect();
        assert_eq!(keys.len(), 12, "{keys:?}");
        assert_eq!(keys[0], format!("genre-playlist:8:{}", playlist("1")));
        assert!(!keys.contains(&"genre-search:8".to_owned()), "{keys:?}");
        let lead = |id: &str, name: &str| Lead::Category {
            id: crate::catalogue::CategoryId::new(id).unwrap(),
            name: name.to_owned(),
        };
        let categories =
            Page { leads: vec![lead("a", "Jazz"), lead("b", "r&b"), lead("c", "Mood")], ..Page::default() };
        let term = term(Source::Tracks, GenreCategories);
        let followed: Vec<String> = follow_ups(&term, &categories, &BTreeMap::new(), &world.known())
            .iter()
            .map(|term| term.key().to_string())
            .collect();
        assert_eq!(followed, ["genre-category:4:b"]);
    }

    #[test]
    fn only_playlists_of_unknown_versions_are_read() {
        let world = World::default();
        let lead = |digit: &str, version: Option<&str>| Lead::Playlist {
            id: playlist(digit),
            snapshot: version.map(str::to_owned),
            tracks: None,
        };
        let listed = vec![lead("1", Some("v1")), lead("2", Some("v2")), lead("3", None)];
        let read = [(playlist("1"), "v1".to_owned()), (playlist("2"), "v1".to_owned())].into();
        let term = term(Source::Tracks, GenreSearch(Genre::Metal));
        let listed = Page { leads: listed, ..Page::default() };
        let followed: Vec<String> = follow_ups(&term, &listed, &read, &world.known())
            .iter()
            .map(|term| term.key().to_string())
            .collect();
        let expected = ["2", "3"].map(|digit| format!("genre-playlist:10:{}", playlist(digit)));
        assert_eq!(followed, expected);
    }
}
