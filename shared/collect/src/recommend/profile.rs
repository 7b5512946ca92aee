//! What somebody likes, and the lists made of it.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::catalogue::ArtistId;

/// Most artists, and most genres, of a profile.
pub const MOST_SEEDS: usize = 50;

/// Days for which nothing is recommended again.
pub const FRESH_DAYS: i64 = 30;

/// The name of a user, chosen by whoever operates Fermata; no account of Spotify.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);

/// A string that cannot be a username.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a username: 1 to 64 of A-Z, a-z, 0-9, `.`, `_`, `-`, `@`, the first a letter or digit")]
pub struct InvalidUsername(String);

impl Username {
    /// Checks the form of `name`.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidUsername> {
        let name = name.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte);
        let is_name = (1..=64).contains(&name.len())
            && name.bytes().all(allowed)
            && name.starts_with(|first: char| first.is_ascii_alphanumeric());
        if is_name { Ok(Self(name)) } else { Err(InvalidUsername(name.chars().take(64).collect())) }
    }

    /// The name as it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Username {
    type Error = InvalidUsername;

    fn try_from(name: String) -> Result<Self, InvalidUsername> {
        Self::new(name)
    }
}

impl From<Username> for String {
    fn from(name: Username) -> Self {
        name.0
    }
}

/// What a user likes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Artists of the catalogue.
    pub artists: Vec<Seed>,
    /// Genres of the catalogue.
    pub genres: Vec<String>,
}

/// An artist of a profile, as the catalogue knew it when the profile was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seed {
    /// The artist.
    pub id: ArtistId,
    /// Its name.
    pub name: String,
    /// Its genres.
    pub genres: Vec<String>,
}

/// How something was recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// By a walk over playlists and lists of related artists.
    Walk,
    /// By shared genres, weighted by rarity.
    Genres,
}

impl Method {
    /// The name in tables and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Genres => "genres",
        }
    }
}

/// One recommended artist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Spotify's id.
    pub id: ArtistId,
    /// Display name.
    pub name: String,
    /// How it was found.
    pub method: Method,
    /// Why, in one sentence.
    pub reason: String,
}

/// The list of a user and a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommended {
    /// Whose.
    pub user: Username,
    /// For which day (UTC).
    pub date: Date,
    /// When it was made.
    pub made_at: Timestamp,
    /// The snapshot whose edges and genres it rests on.
    pub snapshot: String,
    /// Best first. Empty where nothing new was found.
    pub items: Vec<Item>,
}

/// The ids of what a user has: what the profile names, and what the lists of the last days recommended.
pub fn known(profile: &Profile, lists: &[Recommended], date: Date) -> BTreeSet<ArtistId> {
    let recent = lists.iter().filter(|list| {
        let days = date.since(list.date).map_or(i64::MAX, |span| i64::from(span.get_days()));
        (0..=FRESH_DAYS).contains(&days)
    });
    let recommended = recent.flat_map(|list| &list.items).map(|item| item.id.clone());
    let artists = profile.artists.iter().map(|artist| artist.id.clone());
    artists.chain(recommended).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::artist;
    use super::*;

    #[test]
    fn a_username_fits_into_a_path_and_a_key() {
        assert!(Username::new("ana.b-c_1@example.org").is_ok() && Username::new("7").is_ok());
        for bad in ["", ".", "..", "a/b", "a#b", "é", "-a", &"x".repeat(65)] {
            assert!(Username::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_recommended_comes_back_after_thirty_days() {
        let date: Date = "2026-03-05".parse().unwrap();
        let list = |day: &str, of| Recommended {
            user: Username::new("ana").unwrap(),
            date: day.parse().unwrap(),
            made_at: Timestamp::UNIX_EPOCH,
            snapshot: "1".to_owned(),
            items: vec![Item {
                id: artist(of),
                name: String::new(),
                method: Method::Walk,
                reason: String::new(),
            }],
        };
        let profile = Profile {
            artists: vec![Seed { id: artist(9), name: String::new(), genres: Vec::new() }],
            ..Profile::default()
        };
        // 30 days before 5 March is 3 February.
        let lists = [list("2026-02-02", 1), list("2026-02-03", 2), list("2026-03-04", 3)];
        let known = known(&profile, &lists, date);
        assert_eq!(known, [2, 3, 9].map(artist).into());
    }
}
