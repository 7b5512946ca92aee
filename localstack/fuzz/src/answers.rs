//! Answers of Spotify.

use std::time::{Duration, SystemTime};

use collect::artist::Artist;
use collect::ports::spotify::{Endpoint, Kind, SpotifyError};
use collect::refusal;
use collect::settings::Settings;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use spotify::answer::Answer;
use spotify::grant::{Grant, refusal as no_grant};
use spotify::{excerpt, retry_after, shapes};

/// What must never be shown.
const SECRET: &str = "hush-hush";

/// An answer as text: the status on the first line, a header on each other line, an empty line, the body.
pub fn answers(data: &[u8]) {
    let Some(answer) = read(data) else { return };
    let now = SystemTime::from(crate::world::now());
    assert!(retry_after::parse(&answer.headers, now).is_none_or(|wait| wait <= retry_after::MAX));
    for error in [answer.policy(now, &[SECRET]), no_grant(&answer, now, SECRET)] {
        refused(&error, answer.status);
    }
    if let Ok(page) = shapes::search_page(&answer.body, &Kind::ALL) {
        assert!(page.artists.len() <= page.rows as usize);
        page.artists.iter().for_each(storable);
    }
    for asked in [1, 2, 50] {
        if let Ok(page) = shapes::artists(&answer.body, asked) {
            assert_eq!(page.rows as usize, asked);
            page.artists.iter().for_each(storable);
        }
    }
    if let Ok(page) = shapes::artist(&answer.body) {
        page.artists.iter().for_each(storable);
    }
    if let Some(grant) = Grant::read(&answer.body) {
        assert!(grant.lifetime <= Duration::from_hours(24));
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

/// An error is short, shows no secret and no character that would not pass a queue; only a 429 holds.
fn refused(error: &SpotifyError, status: u16) {
    let text = error.to_string();
    crate::readable(&text);
    assert!(error.evidence().detail.chars().count() <= excerpt::MAX_CHARS + 1);
    assert!(!text.contains(SECRET), "{text}");
    let holds = matches!(
        refusal::policy(error, Endpoint::Search, Settings::BEST_LIMITS, true),
        refusal::Policy::Hold(_, wait) if wait <= retry_after::MAX + Duration::from_secs(1)
    );
    assert_eq!(holds, status == 429, "{text}");
}

/// An artist fits into its row.
pub(crate) fn storable(artist: &Artist) {
    let genres = artist.genres.iter().flatten().map(|genre| genre.len() + 3).sum::<usize>();
    assert!(artist.name.len() + genres < 100 * 1024, "{} bytes of {}", artist.name.len() + genres, artist.id);
    assert!(artist.popularity.is_none_or(|popularity| popularity <= 100));
}
