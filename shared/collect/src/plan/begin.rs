//! Which inquiry a term needs.

use super::all_years::AllYears;
use super::explore::Exploring;
use super::features::AskingFeatures;
use super::hydrate::Hydrating;
use super::inquiry::Inquiry;
use super::listing::Listing;
use super::refresh::{FindingStale, Refreshing};
use super::sample::Sampling;
use super::search::Searching;
use super::strings::SearchingString;
use super::tracks::ReadingTracks;
use crate::settings::Settings;
use crate::term::{List, Progress, Question, Source, Term};

/// Begins the work on `term`, or goes on with it. The inquiry takes over the term's progress.
pub(crate) fn begin(term: &mut Term, settings: &Settings) -> Box<dyn Inquiry> {
    let progress = std::mem::replace(&mut term.progress, Progress::Nothing);
    match &term.question {
        Question::Search(search) => {
            // Beside the search for everything, what a string cannot show is asked by narrower terms.
            let alone = term.source == Source::Systematic && !settings.sources.has(Source::Search);
            if alone {
                Box::new(SearchingString::new(search.clone(), progress.into()))
            } else if term.is_forecast() {
                Box::new(Searching::new(search.clone(), progress.into(), term.priority))
            } else {
                Box::new(AllYears::new(search.clone(), progress.into()))
            }
        }
        Question::Capabilities(_) => Box::new(Exploring::new(progress.into(), settings.sources)),
        Question::Hydrate(_) => Box::new(Hydrating::default()),
        Question::Stale(_) => Box::new(FindingStale::default()),
        Question::Refresh(refresh) => Box::new(Refreshing::new(refresh.clone())),
        Question::Sample(sample) => Box::new(Sampling::new(*sample, progress.into())),
        Question::Playlist(playlist) => {
            Box::new(Listing::of_playlist(playlist.clone(), progress.into(), term.priority))
        }
        Question::GenrePlaylist(playlist) => Box::new(ReadingTracks::new(playlist.clone(), progress.into())),
        Question::FeaturesOfTracks(_) => Box::new(AskingFeatures::default()),
        Question::GenreCategories(list) => of_list(list, progress, 0.0),
        Question::GenreCategory(list) => of_list(list, progress, 0.0),
        Question::GenreSearch(list) => of_list(list, progress, 0.0),
        Question::PlaylistSearch(list) => of_list(list, progress, term.priority),
        Question::GenreSeeds(list) => of_list(list, progress, term.priority),
        Question::Categories(list) => of_list(list, progress, term.priority),
        Question::CategoryPlaylists(list) => of_list(list, progress, term.priority),
        Question::FeaturedPlaylists(list) => of_list(list, progress, term.priority),
        Question::Related(list) => of_list(list, progress, term.priority),
        Question::NewReleases(list) => of_list(list, progress, term.priority),
        Question::NewAlbums(list) => of_list(list, progress, term.priority),
        Question::ArtistAlbums(list) => of_list(list, progress, term.priority),
        Question::Albums(list) => of_list(list, progress, term.priority),
    }
}

fn of_list<L: List + Clone + 'static>(list: &L, progress: Progress, dispatched_for: f64) -> Box<dyn Inquiry> {
    Box::new(Listing::new(list.clone(), progress.into(), dispatched_for))
}
