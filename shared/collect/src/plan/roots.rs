//! What a run begins with.

use crate::catalogue::alphabet;
use crate::plan::inquiry::Known;
use crate::plan::{all_years, tracks};
use crate::run::Run;
use crate::settings::Settings;
use crate::term::{Capabilities, SearchTerm, Seen, Source, Term};

/// Of so many artists, one is found under a given character of another script. Some one in a hundred names is
/// in other scripts, and the base has five hundred of their characters; but a few of these begin most names,
/// which shows on the way: the others brought a quarter of an artist each among 37,010 real ones.
const ARTISTS_PER_CHARACTER: f64 = 150_000.0;

/// Artists that a first search is expected to bring for a character that stands within a name.
pub(crate) const WITHIN_A_NAME: f64 = 0.3;

/// Artists that a first search is expected to bring for a character whose names another term shows, except
/// those of artists without a known year.
pub(crate) const UNDATED: f64 = 0.05;

/// So many artists make one search worth its request for a character that may hide only artists without a
/// known year: such searches take two in a hundred requests of a run.
const ARTISTS_PER_UNDATED: u64 = 1_500;

/// The terms that a run begins with. Of the search: the question for everything first, because it finds out
/// what works, then every letter and digit. What becomes of other scripts, that question decides too. And
/// where other sources are enabled, the term that finds out which of them the app may use, and begins them.
pub fn roots(run: &Run, settings: &Settings) -> Vec<Term> {
    // Nothing is known of their yield yet: a full page at best.
    let page = f64::from(settings.limits.page);
    let mut roots = beginnings(run, settings);
    if settings.sources.has(Source::Search) {
        roots.extend(characters(alphabet::latin()).map(|term| search(run, term, page)));
    }
    roots
}

/// The searches for the base characters of other scripts in a catalogue of about `artists`, each with the
/// artists that its first page is expected to bring.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(crate) fn other_scripts(artists: u64, settings: &Settings) -> impl Iterator<Item = (SearchTerm, f64)> {
    let page = f64::from(settings.limits.page);
    let expected = (artists as f64 / ARTISTS_PER_CHARACTER).clamp(WITHIN_A_NAME, page);
    characters(alphabet::other_scripts()).map(move |term| (term, expected))
}

/// The searches for base characters of other scripts whose names another term shows, except those of artists
/// without a known year: as many as a catalogue of about `artists` is worth.
pub(crate) fn undated(artists: u64) -> impl Iterator<Item = (SearchTerm, f64)> {
    let worth = usize::try_from(artists / ARTISTS_PER_UNDATED).unwrap_or(usize::MAX);
    characters(alphabet::other_scripts().take(worth)).map(|term| (term, UNDATED))
}

/// Searches for characters of other scripts, as far as the names that a term has shown suggest any and the
/// operator wants names searched for. They belong to the search for everything, whichever source has shown
/// the name: the terms of another source are left unasked once it brings too little.
pub(crate) fn suggested(term: &Term, shown: &Seen, known: &Known<'_>) -> Vec<Term> {
    if !known.settings.sources.has(Source::Search) {
        return Vec::new();
    }
    let root = |root: SearchTerm, expected| term.follow_up_of(Source::Search, root, expected);
    if known.operators.show_other_scripts() {
        return shown.seen_roots().map(|seen| root(seen, UNDATED)).collect();
    }
    // What stands within one name may begin another.
    shown.new_roots().map(|new| root(new, WITHIN_A_NAME)).collect()
}

/// The search for each of `characters`.
pub(crate) fn characters(characters: impl Iterator<Item = char>) -> impl Iterator<Item = SearchTerm> {
    characters.filter_map(|c| SearchTerm::new(&c.to_string()).ok())
}

/// Those of them that find out what the app may do, and what tracks of genres begin with.
pub fn beginnings(run: &Run, settings: &Settings) -> Vec<Term> {
    let page = f64::from(settings.limits.page);
    let mut roots = Vec::new();
    if settings.sources.are_explored() {
        // Before everything else: sources begin when it is answered.
        roots.push(Term::new(run.id.clone(), Source::Search, Capabilities, 3.0 * page));
    }
    for source in settings.sources.iter() {
        match source {
            Source::Search => {
                let everything = all_years::term(run);
                roots.extend(everything.map(|term| search(run, term, 2.0 * page)));
            }
            Source::Tracks => roots.extend(tracks::roots(&run.id, settings)),
            // The strings are too many for one tick, and the others begin when it is known what the app may
            // do.
            Source::Systematic
            | Source::Genres
            | Source::Categories
            | Source::Playlists
            | Source::Related
            | Source::NewReleases
            | Source::MultiType
            | Source::Albums
            | Source::Hydrate => {}
        }
    }
    roots
}

fn search(run: &Run, term: SearchTerm, expected: f64) -> Term {
    Term::new(run.id.clone(), Source::Search, term, expected)
}
