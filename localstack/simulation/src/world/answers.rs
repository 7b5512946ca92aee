//! What Spotify answers where nothing goes wrong with the request itself: searches, and lists that are
//! derived from the catalogue by arithmetic.

use collect::catalogue::{AlbumId, Artist, CategoryId, Mention, PlaylistId};
use collect::web_api::{Evidence, Kind, Lead, Page, PageAsk, PageLimits, Request, SpotifyError};

use super::state::World;

/// Playlists that there are; the first is longer than what comes with a playlist itself.
pub(crate) const PLAYLISTS: usize = 6;

/// Tracks that come with a playlist itself.
const WITH_PLAYLIST: u32 = 100;

/// Browse categories, of two playlists each.
pub(crate) const CATEGORIES: usize = 3;

fn rejected(message: String) -> SpotifyError {
    let evidence =
        Evidence { endpoint: "GET /search".to_owned(), status: Some(400), detail: message.clone() };
    SpotifyError::Rejected { message, evidence }
}

fn gone(what: &str) -> SpotifyError {
    let evidence =
        Evidence { endpoint: what.to_owned(), status: Some(404), detail: "Resource not found".to_owned() };
    SpotifyError::NotFound { evidence }
}

/// The number that an id is made of.
fn number(id: &str) -> usize {
    id.parse().unwrap_or_default()
}

fn album(number: usize) -> Option<AlbumId> {
    AlbumId::new(format!("{number:022}")).ok()
}

fn playlist(number: usize) -> Option<Lead> {
    let id = PlaylistId::new(format!("{number:022}")).ok()?;
    Some(Lead::Playlist { id, snapshot: Some(format!("v{number}")), tracks: Some(tracks(number)) })
}

fn tracks(playlist: usize) -> u32 {
    if playlist == 0 { 130 } else { 15 }
}

/// The part of a list that a page shows, and whether there is more.
fn part<T: Clone>(list: &[T], page: PageAsk) -> (Vec<T>, bool) {
    let (offset, limit) = (page.offset as usize, page.limit as usize);
    (list.iter().skip(offset).take(limit).cloned().collect(), offset + limit < list.len())
}

/// A page of a list of leads.
fn leads(list: &[Lead], page: PageAsk) -> Page {
    let (leads, has_next) = part(list, page);
    let rows = u32::try_from(leads.len()).unwrap_or(u32::MAX);
    Page { leads, rows, total: Some(list.len() as u64), has_next, ..Page::default() }
}

impl World {
    /// The answer to a request.
    pub(super) fn page(&self, request: &Request) -> Result<Page, SpotifyError> {
        Ok(match request {
            Request::Search { query, kinds, page } => {
                self.may_see(*page, self.app.depth)?;
                self.search(query, kinds, *page)
            }
            Request::Artists(ids) => {
                let there = ids.iter().filter(|id| !self.service().vanished.has_artist(id));
                let there: Vec<usize> = there.map(|id| number(id.as_str())).collect();
                // Whoever is gone has a row without an artist.
                let rows = u32::try_from(ids.len()).unwrap_or(u32::MAX);
                Page { rows, ..self.artists_of(there) }
            }
            Request::Artist(id) if self.service().vanished.has_artist(id) => {
                return Err(gone("GET /artists/{id}"));
            }
            Request::Artist(id) => self.artists_of([number(id.as_str())]),
            Request::RelatedArtists(id) => {
                let artist = number(id.as_str());
                self.artists_of((1..=5).map(|step| (artist * 7 + step * 13) % self.catalogue.len()))
            }
            Request::ArtistAlbums { artist, page } => {
                self.may_see(*page, u32::MAX)?;
                let artist = number(artist.as_str());
                let albums = [artist, artist * 2 + 1].map(|number| number % self.albums());
                leads(&albums.into_iter().filter_map(album).map(Lead::Album).collect::<Vec<_>>(), *page)
            }
            Request::Albums(ids) => {
                let mentions = ids.iter().flat_map(|id| self.named_by(number(id.as_str()))).collect();
                Page { mentions, rows: u32::try_from(ids.len()).unwrap_or(u32::MAX), ..Page::default() }
            }
            Request::NewReleases(page) => {
                self.may_see(*page, u32::MAX)?;
                let albums: Vec<usize> = (0..self.albums().min(12)).collect();
                let (shown, has_next) = part(&albums, *page);
                Page { has_next, total: Some(albums.len() as u64), ..self.albums_page(&shown) }
            }
            // Tracks have no place in the simulation.
            Request::AudioFeatures(_) | Request::Recommendations(_) => Page::default(),
            Request::GenreSeeds => {
                let genres = ["pop", "rock"].map(|name| Lead::Genre(name.to_owned()));
                leads(&genres, PageAsk { limit: 50, offset: 0 })
            }
            Request::Categories(page) => {
                self.may_see(*page, u32::MAX)?;
                let category = |number: usize| {
                    let id = CategoryId::new(format!("category-{number}")).ok()?;
                    Some(Lead::Category { id, name: ["Ba", "Da", "The"][number % 3].to_owned() })
                };
                leads(&(0..CATEGORIES).filter_map(category).collect::<Vec<_>>(), *page)
            }
            Request::CategoryPlaylists { category, page } => {
                self.may_see(*page, u32::MAX)?;
                let first = 2 * number(category.as_str().trim_start_matches("category-"));
                leads(&[first, first + 1].into_iter().filter_map(playlist).collect::<Vec<_>>(), *page)
            }
            Request::FeaturedPlaylists(page) => {
                self.may_see(*page, u32::MAX)?;
                leads(&[0, 3].into_iter().filter_map(playlist).collect::<Vec<_>>(), *page)
            }
            Request::Playlist(id) => self.tracks(id, PageAsk { limit: WITH_PLAYLIST, offset: 0 })?,
            Request::PlaylistItems { playlist, page } => {
                self.may_see(*page, u32::MAX)?;
                self.tracks(playlist, *page)?
            }
        })
    }

    /// Page sizes and windows of this app.
    fn may_see(&self, page: PageAsk, window: u32) -> Result<(), SpotifyError> {
        let PageLimits { page: most, .. } = self.app;
        if page.limit == 0 || page.limit > most {
            return Err(rejected("Invalid limit".to_owned()));
        }
        if page.limit + page.offset > window {
            return Err(rejected(format!("Limit + Offset exceeds maximum of {window}")));
        }
        Ok(())
    }

    fn search(&self, query: &str, kinds: &[Kind], page: PageAsk) -> Page {
        let matching = self.catalogue.matching(query);
        let matches = matching.len();
        let (mut numbers, has_next) = part(&matching, page);
        if self.happens(self.faults.unstable) {
            // A row of another page stands in the place of one of this page.
            let (place, other) = self.dice(|dice| (dice.index(numbers.len()), dice.index(matches)));
            if let (Some(number), Some(other)) = (numbers.get_mut(place), matching.get(other)) {
                *number = *other;
            }
        }
        let mut answer = Page {
            rows: u32::try_from(numbers.len()).unwrap_or(u32::MAX),
            total: Some(matches as u64),
            has_next,
            ..Page::default()
        };
        if kinds.contains(&Kind::Album) {
            let albums: Vec<usize> = numbers.iter().take(3).map(|number| number % self.albums()).collect();
            let Page { mentions, leads, .. } = self.albums_page(&albums);
            (answer.mentions, answer.leads) = (mentions, leads);
        }
        if kinds.contains(&Kind::Playlist) {
            answer.leads.extend(playlist(query.len() % PLAYLISTS));
        }
        if kinds.contains(&Kind::Artist) {
            numbers.retain(|_| !self.happens(self.faults.null_rows));
            answer.artists = numbers.into_iter().filter_map(|number| self.shown(number)).collect();
        }
        if self.happens(self.faults.total_falls_short) {
            let less = self.dice(|dice| dice.pick(&[None, Some(0), Some(1)])).flatten();
            answer.total = less.map(|less: u64| less.min(matches as u64));
        }
        if self.happens(self.faults.lies) { self.lie(answer) } else { answer }
    }

    fn lie(&self, page: Page) -> Page {
        self.dice(|dice| Page {
            total: dice
                .pick(&[None, Some(0), Some(1), Some(1000), page.total.map(|total| total + 1)])
                .flatten(),
            has_next: dice.chance(0.5),
            ..page
        })
    }

    /// An artist as an answer shows it.
    fn shown(&self, number: usize) -> Option<Artist> {
        let artist = self.catalogue.artist(number)?.clone();
        let more = self.happens(self.faults.followers_grow).then(|| self.dice(|dice| dice.between(1, 9)));
        let gained = self.service().gain(number, more.unwrap_or_default());
        let artist = Artist { followers: artist.followers.map(|followers| followers + gained), ..artist };
        let poor = self.service().was_shown(number) && self.happens(self.faults.fields_missing);
        Some(if poor { Artist { popularity: None, followers: None, genres: None, ..artist } } else { artist })
    }

    fn artists_of(&self, numbers: impl IntoIterator<Item = usize>) -> Page {
        let artists: Vec<Artist> = numbers.into_iter().filter_map(|number| self.shown(number)).collect();
        let rows = u32::try_from(artists.len()).unwrap_or(u32::MAX);
        Page { artists, rows, ..Page::default() }
    }

    /// How many albums there are.
    fn albums(&self) -> usize {
        self.catalogue.len() / 3 + 1
    }

    /// The artists that an album names.
    fn named_by(&self, album: usize) -> Vec<Mention> {
        let artists = [album * 3, album * 3 + 1, album * 5 + 2];
        artists.into_iter().filter_map(|number| self.mention(number)).collect()
    }

    fn mention(&self, number: usize) -> Option<Mention> {
        let artist = self.catalogue.artist(number % self.catalogue.len())?;
        Some(Mention { id: artist.id.clone(), name: artist.name.clone(), prominence: None })
    }

    fn albums_page(&self, albums: &[usize]) -> Page {
        Page {
            mentions: albums.iter().flat_map(|album| self.named_by(*album)).collect(),
            leads: albums.iter().filter_map(|number| album(*number)).map(Lead::Album).collect(),
            rows: u32::try_from(albums.len()).unwrap_or(u32::MAX),
            ..Page::default()
        }
    }

    /// Tracks of a playlist.
    fn tracks(&self, id: &PlaylistId, page: PageAsk) -> Result<Page, SpotifyError> {
        let number = number(id.as_str());
        if number >= PLAYLISTS || self.service().vanished.has_playlist(id) {
            return Err(gone("GET /playlists/{id}"));
        }
        let all: Vec<usize> = (0..tracks(number) as usize).map(|track| number * 17 + track * 5).collect();
        let (shown, has_next) = part(&all, page);
        Ok(Page {
            mentions: shown.iter().filter_map(|artist| self.mention(*artist)).collect(),
            rows: u32::try_from(shown.len()).unwrap_or(u32::MAX),
            total: Some(all.len() as u64),
            has_next,
            snapshot: Some(format!("v{number}")),
            ..Page::default()
        })
    }
}
