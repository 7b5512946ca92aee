//! Finding out which endpoints answer this app, with as few requests as possible.
//!
//! One term of the run does it, so that a closed endpoint is asked once however many fetchers there are.
//! Every request of it is one that its source would make anyway: the first page of a list, the related
//! artists of an artist that was found. What it brings is kept, and the list goes on from there as a term of
//! its own.

use std::collections::VecDeque;

use super::follow::{genre_search, playlist_rows};
use super::genres::GENRE_SEEDS;
use super::inquiry::{Answer, Ask, Ending, Inquiry, Known, Next, Unanswered};
use super::listing::Listing;
use super::refusal::Failure;
use crate::term::{
    Albums, ArtistAlbums, Beginning, CapabilitiesProgress, Categories, CategoryPlaylists, FeaturedPlaylists,
    GenreSeeds, List, ListProgress, NewAlbums, NewReleases, Playlist, PlaylistProgress, Progress, Question,
    Related, Source, Sources, Subjects, Term,
};
use crate::web_api::{Bucket, Endpoint, Kind, Page, PageAsk, Request};

/// What every catalogue has matches for.
const ANYTHING: &str = "a";

/// The work on the term that finds out what the app may do: it asks every endpoint that a source needs,
/// unless this run has asked it before, and begins the sources. What it has found to ask about is kept, so
/// that every interruption leaves fewer endpoints to ask.
#[derive(Debug)]
pub(crate) struct Exploring {
    progress: CapabilitiesProgress,
    /// The answer to the search that it begins with.
    found: Option<Page>,
    /// The endpoints that are left to ask, each with the source that it is the beginning of.
    left: VecDeque<(Source, Endpoint)>,
    /// What the first of them is asked.
    asking: Option<First>,
    /// The lists that were begun, each with the page that was asked, if one was.
    lists: Vec<(Term, Page)>,
    /// What is left to do once every endpoint is known.
    ending: Option<VecDeque<Next>>,
}

/// The first request to an endpoint.
#[derive(Debug)]
enum First {
    /// A page of a list, for the term that the list is.
    Page(Box<Term>, Listing),
    /// A batch of artists.
    Batch,
}

impl Exploring {
    /// Goes on with what `sources` need.
    pub(crate) fn new(progress: CapabilitiesProgress, sources: Sources) -> Self {
        Self {
            progress,
            found: None,
            left: needed(sources).collect(),
            asking: None,
            lists: Vec::new(),
            ending: None,
        }
    }

    /// The request to the first endpoint that is left and can be asked. Lists that are known to answer need
    /// none.
    fn first_request(&mut self, term: &Term, known: &Known<'_>) -> Option<Ask> {
        while let Some((source, endpoint)) = self.left.front().copied() {
            if self.asking.is_none() {
                self.asking = self.first(term, source, endpoint, known);
            }
            let ask = match &mut self.asking {
                Some(First::Page(list, listing)) => {
                    let request = listing.request(known);
                    request.map(|request| Ask { request, by: Some(list.clone()) })
                }
                Some(First::Batch) => self.batch(term),
                None => None,
            };
            if ask.is_some() {
                return ask;
            }
            self.next_endpoint();
        }
        None
    }

    /// What `endpoint` is asked first; nothing where it need not or cannot be asked.
    fn first(&mut self, term: &Term, source: Source, endpoint: Endpoint, known: &Known<'_>) -> Option<First> {
        // After an interruption, what was found out before it is known, but not what was listed: that is
        // asked again.
        let is_known = known.findings.of_run(endpoint, &term.run).is_some();
        if endpoint == Endpoint::Artists {
            return (!is_known).then_some(First::Batch);
        }
        let (question, listing) = list(endpoint, self.progress.subjects.as_ref()?)?;
        let list = term.follow_up_of(source, question, playlist_rows(None));
        if !is_known {
            return Some(First::Page(Box::new(list), listing));
        }
        if known.findings.is_open(endpoint, &term.run) {
            self.lists.push((list, Page::default()));
        }
        None
    }

    /// A batch of one artist, whose cost is counted for nobody.
    fn batch(&self, term: &Term) -> Option<Ask> {
        let artist = self.progress.subjects.as_ref()?.artist.clone()?;
        Some(Ask { request: Request::Artists(vec![artist]), by: Some(Box::new(term.clone())) })
    }

    fn next_endpoint(&mut self) {
        self.left.pop_front();
        self.asking = None;
    }

    /// What begins the sources: what the lists lead to, which could not be put before every endpoint was
    /// known, then the lists themselves, from their second page on; and what has no list: the playlists that
    /// the operator names, built-in genres, new albums by their tag. Last, what the search leads to.
    fn begin_sources(&mut self, term: &Term, found: Page, known: &Known<'_>) -> VecDeque<Next> {
        let mut roots: Vec<Term> = self.lists.iter().map(|(list, _)| list.clone()).collect();
        for source in known.settings.sources.iter() {
            roots.extend(without_list(source, term, known));
        }
        let lists = std::mem::take(&mut self.lists);
        let mut steps: VecDeque<Next> = lists.into_iter().map(|list| Next::Follow(Box::new(list))).collect();
        steps.extend([
            Next::Put(roots),
            Next::Follow(Box::new((term.clone(), found))),
            Next::Finish(Ending::done()),
        ]);
        steps
    }
}

impl Inquiry for Exploring {
    fn next(&mut self, term: &mut Term, known: &Known<'_>) -> Next {
        if self.progress.subjects.is_none() {
            return Next::Ask(search(known));
        }
        if let Some(ask) = self.first_request(term, known) {
            return Next::Ask(ask);
        }
        if let Some(found) = self.found.take() {
            self.ending = Some(self.begin_sources(term, found, known));
        }
        match &mut self.ending {
            Some(steps) => steps.pop_front().unwrap_or_else(|| Next::Finish(Ending::done())),
            // After an interruption it is asked again: what it leads to could not be put before every
            // endpoint was known.
            None => Next::Ask(search(known)),
        }
    }

    fn learn(&mut self, _term: &mut Term, asked: Ask, answer: Answer, _known: &Known<'_>) {
        let page = answer.page;
        match (self.asking.take(), asked.by) {
            (Some(First::Page(_, mut listing)), Some(mut list)) => {
                listing.take_in(&page, answer.new);
                list.progress = Box::new(listing).into_progress();
                self.progress.subjects.get_or_insert_default().learn(&page);
                self.lists.push((*list, page));
                self.next_endpoint();
            }
            (Some(First::Batch), _) => self.next_endpoint(),
            (Some(First::Page(..)) | None, _) => {
                if self.progress.subjects.is_none() {
                    self.progress.subjects.get_or_insert_default().learn(&page);
                }
                self.found = Some(page);
            }
        }
    }

    fn ask_less(&mut self, asked: Ask) {
        match (&mut self.asking, asked.by) {
            // It answers, which is what had to be found out.
            (Some(First::Batch), _) => self.next_endpoint(),
            // What the refused request has cost stands on the term.
            (Some(First::Page(list, _)), Some(by)) => *list = by,
            (Some(First::Page(..)) | None, _) => {}
        }
    }

    fn unanswered(
        &mut self,
        _term: &Term,
        asked: Ask,
        why: Unanswered,
        known: &Known<'_>,
    ) -> Result<(), Unanswered> {
        let (Some(first), Some((_, endpoint))) = (&self.asking, self.left.front().copied()) else {
            return Err(why);
        };
        match &why {
            // A subject that is gone says nothing of the endpoint.
            Unanswered::Failure(Failure::Close(_) | Failure::GiveUp(_)) => {}
            // A failure here affects only this endpoint: its own term retries. And a spent quota of its
            // bucket holds its term for hours, and not this one, which would be dispatched again at once.
            Unanswered::NotNow(_) if !only_its_bucket_is_held(endpoint, known) => return Err(why),
            Unanswered::Failure(Failure::TryAgain(_)) | Unanswered::NotNow(_) => {
                if let (First::Page(..), Some(list)) = (first, asked.by) {
                    self.lists.push((*list, Page::default()));
                }
            }
            Unanswered::Failure(Failure::Wait(..) | Failure::EndRun(_)) => return Err(why),
        }
        self.next_endpoint();
        Ok(())
    }

    fn is_patient(&self) -> bool {
        true
    }

    fn into_progress(self: Box<Self>) -> Progress {
        self.progress.into()
    }
}

/// What begins `source` beside the lists of its endpoints, or instead of them where they are closed.
fn without_list(source: Source, term: &Term, known: &Known<'_>) -> Vec<Term> {
    let is_closed = |endpoint| known.findings.is_closed(endpoint, &term.run);
    match source {
        Source::Genres if !known.findings.is_open(Endpoint::GenreSeeds, &term.run) => {
            GENRE_SEEDS.iter().filter_map(|name| genre_search(term, name, known)).collect()
        }
        Source::Playlists if !is_closed(Endpoint::Playlist) => {
            let named = known.settings.playlists.iter().map(|playlist| Playlist(playlist.clone()));
            named.map(|named| term.follow_up_of(source, named, playlist_rows(None))).collect()
        }
        Source::NewReleases if is_closed(Endpoint::NewReleases) => {
            vec![term.follow_up_of(source, NewAlbums, f64::from(known.limits.page))]
        }
        Source::Search
        | Source::Systematic
        | Source::Genres
        | Source::Categories
        | Source::Playlists
        | Source::Related
        | Source::NewReleases
        | Source::MultiType
        | Source::Albums
        | Source::Hydrate
        | Source::Tracks => Vec::new(),
    }
}

/// Whether the bucket of `endpoint` is on hold and searches are not.
fn only_its_bucket_is_held(endpoint: Endpoint, known: &Known<'_>) -> bool {
    known.held.contains(&endpoint.bucket()) && !known.held.contains(&Bucket::Search)
}

/// A search, of all types where the sources need more than artists: it always answers, and brings something
/// to ask about.
fn search(known: &Known<'_>) -> Ask {
    let asked_for = |kind: Kind| {
        known.settings.sources.iter().any(|source| match source.beginning() {
            Beginning::Endpoints(_, kinds) | Beginning::Searches(kinds) => kinds.contains(&kind),
            Beginning::Seeder => false,
        })
    };
    let kinds = Kind::ALL.into_iter().filter(|kind| *kind == Kind::Artist || asked_for(*kind)).collect();
    let page = PageAsk { limit: known.first_page(), offset: 0 };
    Ask::new(Request::Search { query: ANYTHING.to_owned(), kinds, page })
}

/// The endpoints that begin `sources`, each with its source.
fn needed(sources: Sources) -> impl Iterator<Item = (Source, Endpoint)> {
    sources.iter().flat_map(|source| {
        let endpoints = match source.beginning() {
            Beginning::Endpoints(endpoints, _) => endpoints,
            Beginning::Seeder | Beginning::Searches(_) => &[],
        };
        endpoints.iter().map(move |endpoint| (source, *endpoint))
    })
}

/// The list that is asked to find out about `endpoint`; nothing where there is nothing to ask about.
fn list(endpoint: Endpoint, subjects: &Subjects) -> Option<(Question, Listing)> {
    let Subjects { artist, category, playlist, album } = subjects.clone();
    Some(match endpoint {
        Endpoint::RelatedArtists => begun(Related(artist?)),
        Endpoint::GenreSeeds => begun(GenreSeeds),
        Endpoint::Categories => begun(Categories),
        Endpoint::CategoryPlaylists => begun(CategoryPlaylists(category?)),
        Endpoint::FeaturedPlaylists => begun(FeaturedPlaylists),
        Endpoint::Playlist => {
            let playlist = Playlist(playlist?);
            (playlist.clone().into(), Listing::of_playlist(playlist, PlaylistProgress::default(), 0.0))
        }
        Endpoint::NewReleases => begun(NewReleases),
        Endpoint::ArtistAlbums => begun(ArtistAlbums(artist?)),
        Endpoint::Albums => begun(Albums::new(vec![album?])?),
        Endpoint::Search
        | Endpoint::Artists
        | Endpoint::Artist
        | Endpoint::PlaylistItems
        | Endpoint::Recommendations
        | Endpoint::AudioFeatures => return None,
    })
}

/// A list that is begun.
fn begun<L: List + Clone + Into<Question> + 'static>(list: L) -> (Question, Listing) {
    (list.clone().into(), Listing::new(list, ListProgress::default(), 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::PlaylistId;
    use crate::plan::findings::Finding;
    use crate::plan::inquiry::testing::{
        World, answer, asked, closed, ending, held, id, now, page, run, term, trouble,
    };

    fn world(sources: &str) -> World {
        let mut world = World::default();
        world.settings.sources = sources.parse().unwrap();
        world
    }

    /// The inquiry after the search that it begins with.
    fn begun(world: &World) -> (Term, Exploring) {
        let mut term = term(Source::Search, crate::term::Capabilities);
        let mut inquiry = Exploring::new(CapabilitiesProgress::default(), world.settings.sources);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        inquiry.learn(&mut term, ask, answer(page(["A"], 1)), &world.known());
        (term, inquiry)
    }

    /// The keys of the terms that begin the sources.
    fn roots(term: &mut Term, inquiry: &mut Exploring, world: &World) -> Vec<String> {
        let mut roots = Vec::new();
        loop {
            match inquiry.next(term, &world.known()) {
                Next::Put(terms) => roots.extend(terms.iter().map(|term| term.key().to_string())),
                Next::Follow(_) => {}
                next => {
                    assert_eq!(ending(next), Ending::done());
                    return roots;
                }
            }
            inquiry.done();
        }
    }

    #[test]
    fn an_endpoint_is_asked_for_the_first_page_of_its_list() {
        let world = world("related");
        let (mut term, mut inquiry) = begun(&world);
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(ask.request, Request::RelatedArtists(id(0)));
        assert_eq!(ask.by.as_ref().unwrap().source, Source::Related);
        inquiry.learn(&mut term, ask, answer(page(["B"], 1)), &world.known());
        assert_eq!(roots(&mut term, &mut inquiry, &world), [format!("related:{}", id(0))]);
    }

    #[test]
    fn trouble_with_an_endpoint_leaves_its_list_to_a_term_of_its_own() {
        for (why, is_left) in [(trouble(), true), (closed(), false)] {
            let world = world("related");
            let (mut term, mut inquiry) = begun(&world);
            let ask = asked(inquiry.next(&mut term, &world.known()));
            assert_eq!(inquiry.unanswered(&term, ask, why, &world.known()), Ok(()));
            assert_eq!(!roots(&mut term, &mut inquiry, &world).is_empty(), is_left);
        }
    }

    #[test]
    fn only_a_hold_of_searches_too_interrupts_it_and_what_was_found_is_kept() {
        let mut world = world("related");
        let (mut term, mut inquiry) = begun(&world);
        world.held = [Bucket::Artists, Bucket::Search].into();
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(inquiry.unanswered(&term, ask, held(), &world.known()), Err(held()));
        world.held = [Bucket::Artists].into();
        let ask = asked(inquiry.next(&mut term, &world.known()));
        assert_eq!(inquiry.unanswered(&term, ask, held(), &world.known()), Ok(()));
        let roots = roots(&mut term, &mut inquiry, &world);
        assert_eq!(roots, [format!("related:{}", id(0))], "its list waits as a term of its own");
        let progress = CapabilitiesProgress::from(Box::new(inquiry).into_progress());
        assert_eq!(progress.subjects.unwrap().artist, Some(id(0)));
    }

    #[test]
    fn an_endpoint_that_the_run_knows_is_not_asked_again() {
        let mut world = world("related");
        world.findings.0.insert(Endpoint::RelatedArtists, Finding::open(&run(), now()));
        let (mut term, mut inquiry) = begun(&world);
        assert_eq!(roots(&mut term, &mut inquiry, &world), [format!("related:{}", id(0))]);
    }

    #[test]
    fn closed_lists_are_replaced_and_open_ones_are_not() {
        let playlist = PlaylistId::new("1".repeat(22)).unwrap();
        let mut world = world("search,genres,playlists,new-releases");
        world.settings.playlists = [playlist.clone()].into();
        let term = term(Source::Search, crate::term::Capabilities);
        let begun = |world: &World, source: Source| -> Vec<String> {
            let terms = without_list(source, &term, &world.known());
            assert!(terms.iter().all(|begun| begun.source == source), "{terms:?}");
            terms.iter().map(|term| term.key().to_string()).collect()
        };
        for endpoint in [Endpoint::GenreSeeds, Endpoint::Playlist, Endpoint::NewReleases] {
            world.findings.0.insert(endpoint, Finding::open(&run(), now()));
        }
        assert_eq!(begun(&world, Source::Genres), [""; 0], "the seeds are asked for");
        assert_eq!(begun(&world, Source::Playlists), [format!("playlist:{playlist}")]);
        assert_eq!(begun(&world, Source::NewReleases), [""; 0], "the list is asked for");
        for endpoint in [Endpoint::GenreSeeds, Endpoint::Playlist, Endpoint::NewReleases] {
            world.findings.0.insert(endpoint, Finding::closed(&run(), now(), "403".to_owned()));
        }
        assert!(begun(&world, Source::Genres).len() > 100, "built-in genres");
        assert_eq!(begun(&world, Source::Playlists), [""; 0], "no playlist can be read");
        assert_eq!(begun(&world, Source::NewReleases), ["new-albums"]);
        assert_eq!(begun(&world, Source::Search), [""; 0]);
    }
}
