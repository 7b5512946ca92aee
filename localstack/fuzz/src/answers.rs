//! Spotify's answers.

use std::time::{Duration, SystemTime};

use collect::catalogue::Artist;
use collect::plan::refusal;
use collect::settings::Settings;
use collect::web_api::{Endpoint, Kind, Lead, Page, Request, SpotifyError};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use spotify::answer::Answer;
use spotify::grant::{Grant, refusal as no_grant};
use spotify::shapes::Unexpected;
use spotify::{excerpt, retry_after, shapes};

/// The secret that must never be shown.
const SECRET: &str = "hush-hush";

/// The most artists and leads on any page, and the longest text in bytes.
const MOST_MENTIONS: usize = 10_000;
const MOST_LEADS: usize = 10_000;
const LONGEST: usize = 4000;

/// An answer as text: the status on the first line, then one header per line, an empty line, and the body.
pub fn answers(data: &[u8]) {
    let Some(answer) = read(data) else { return };
    let now = SystemTime::from(crate::world::now());
    assert!(retry_after::parse(&answer.headers, now).is_none_or(|wait| wait <= retry_after::MAX));
    for error in [answer.policy(now, &[SECRET]), no_grant(&answer, now, SECRET)] {
        refused(&error, answer.status);
    }
    for kinds in [&Kind::ALL[..], &[Kind::Artist], &[Kind::Album, Kind::Track], &[Kind::Playlist]] {
        held(shapes::search_page(&answer.body, kinds));
    }
    for asked in [1, 2, 20, 50] {
        let readers = [shapes::artists, shapes::albums, shapes::audio_features];
        for batch in readers.map(|read| read(&answer.body, asked)) {
            assert!(batch.as_ref().is_ok_and(|page| page.rows as usize == asked) || batch.is_err());
            held(batch);
        }
    }
    for read in LISTS {
        held(read(&answer.body));
    }
    if let Some(grant) = Grant::read(&answer.body) {
        assert!(grant.lifetime <= Duration::from_hours(24));
    }
}

/// A parser of an answer.
type Read = fn(&[u8]) -> Result<Page, Unexpected>;

/// The parsers that need only the answer.
const LISTS: [Read; 10] = [
    shapes::artist,
    shapes::related_artists,
    shapes::album_list,
    shapes::new_releases,
    shapes::playlists,
    shapes::playlist,
    shapes::playlist_items,
    shapes::categories,
    shapes::genre_seeds,
    shapes::recommendations,
];

/// The answer to `request` as the client parses it.
pub(crate) fn page_for(request: &Request, body: &[u8]) -> Result<Page, Unexpected> {
    match request {
        Request::Search { kinds, .. } => shapes::search_page(body, kinds),
        Request::Artists(ids) => shapes::artists(body, ids.len()),
        Request::Albums(ids) => shapes::albums(body, ids.len()),
        Request::Artist(_) => shapes::artist(body),
        Request::RelatedArtists(_) => shapes::related_artists(body),
        Request::ArtistAlbums { .. } => shapes::album_list(body),
        Request::NewReleases(_) => shapes::new_releases(body),
        Request::Categories(_) => shapes::categories(body),
        Request::CategoryPlaylists { .. } | Request::FeaturedPlaylists(_) => shapes::playlists(body),
        Request::Playlist(_) => shapes::playlist(body),
        Request::PlaylistItems { .. } => shapes::playlist_items(body),
        Request::GenreSeeds => shapes::genre_seeds(body),
        Request::Recommendations(_) => shapes::recommendations(body),
        Request::AudioFeatures(ids) => shapes::audio_features(body, ids.len()),
    }
}

/// Checks that a parsed page can be stored, and that an error is short.
fn held(page: Result<Page, Unexpected>) {
    match page {
        Ok(page) => kept(&page),
        // The client truncates it, since it may quote the body.
        Err(why) => crate::readable(&excerpt::excerpt(why.to_string().as_bytes(), &[SECRET])),
    }
}

/// Checks that everything on a page fits where it is stored.
pub(crate) fn kept(page: &Page) {
    assert!(page.artists.len() <= page.rows as usize && page.leads.len() <= MOST_LEADS);
    assert!(page.mentions.len() <= MOST_MENTIONS, "{} artists mentioned", page.mentions.len());
    page.artists.iter().for_each(storable);
    for named in &page.mentions {
        assert!(!named.name.trim().is_empty() && named.name.len() <= LONGEST, "{} bytes", named.name.len());
        assert!(named.prominence.is_none_or(|prominence| prominence <= 100));
    }
    let texts = page.leads.iter().filter_map(|lead| match lead {
        Lead::Genre(name) | Lead::Category { name, .. } => Some(name),
        Lead::Playlist { snapshot, .. } => snapshot.as_ref(),
        Lead::Album(_) => None,
    });
    for text in texts.chain(&page.snapshot) {
        assert!(text.len() <= LONGEST, "{} bytes of {text:.40}", text.len());
    }
}

/// The answer that `data` describes.
pub(crate) fn read(data: &[u8]) -> Option<Answer> {
    let cut = data.windows(2).position(|pair| pair == b"\n\n")?;
    let (head, body) = (data.get(..cut)?, data.get(cut + 2..)?);
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    let status = lines.next()?.trim().parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.trim().as_bytes()).ok()?))
    };
    let mut headers = HeaderMap::new();
    for (name, value) in lines.take(8).filter_map(header) {
        headers.append(name, value);
    }
    Some(Answer { endpoint: "GET /search".to_owned(), status, headers, body: body.to_vec(), cut: None })
}

/// Checks that an error is short, shows no secret and only characters that SQS accepts, and that only a 429
/// holds.
fn refused(error: &SpotifyError, status: u16) {
    let text = error.to_string();
    crate::readable(&text);
    assert!(error.evidence().detail.chars().count() <= excerpt::MAX_CHARS + 1);
    assert!(!text.contains(SECRET), "{text}");
    let limits = Settings::BEST_LIMITS;
    let holds = matches!(
        refusal::meaning(error.clone(), Endpoint::Search, limits, limits.page, true),
        refusal::Refusal::Hold { wait, .. } if wait <= retry_after::MAX + Duration::from_secs(1)
    );
    assert_eq!(holds, status == 429, "{text}");
}

/// Checks that an artist fits in its row.
fn storable(artist: &Artist) {
    let genres = artist.genres.iter().flatten().map(|genre| genre.len() + 3).sum::<usize>();
    assert!(artist.name.len() + genres < 100 * 1024, "{} bytes of {}", artist.name.len() + genres, artist.id);
    assert!(artist.popularity.is_none_or(|popularity| popularity <= 100));
}
