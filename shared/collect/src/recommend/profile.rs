//! What somebody likes, and the lists made of it.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::catalogue::{ArtistId, TrackId};
use crate::web_api::Seeds;

/// Most artists, most genres and most tracks of a profile.
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
    /// Tracks of the catalogue.
    #[serde(default)]
    pub tracks: Vec<TrackSeed>,
}

impl Profile {
    /// The artists that it names, and those of its tracks.
    pub fn artist_ids(&self) -> impl Iterator<Item = &ArtistId> {
        let of_tracks = self.tracks.iter().flat_map(|track| &track.artists);
        self.artists.iter().map(|artist| &artist.id).chain(of_tracks)
    }

    /// The profile without these artists; of a track, the rest stays.
    #[must_use]
    pub fn without(&self, artists: &BTreeSet<ArtistId>) -> Self {
        let mut profile = self.clone();
        profile.artists.retain(|artist| !artists.contains(&artist.id));
        for track in &mut profile.tracks {
            track.artists.retain(|artist| !artists.contains(artist));
        }
        profile
    }

    /// Up to five seeds for Spotify, and their names. They move on by five every day, so that in time each
    /// artist and track of the profile has its turn. Genres are only taken if there is nothing else: Spotify
    /// knows few of them as seeds, and refuses a question with any other.
    pub fn seeds(&self, date: Date) -> (Seeds, Vec<&str>) {
        let (mut seeds, mut names) = (Seeds::default(), Vec::new());
        let day = usize::try_from(date.since(Date::constant(2020, 1, 1)).map_or(0, |span| span.get_days()));
        let first = day.unwrap_or_default() * Seeds::MOST;
        let count = self.artists.len() + self.tracks.len();
        for at in (first..).take(count.min(Seeds::MOST)).map(|place| place % count) {
            match at.checked_sub(self.artists.len()) {
                None => {
                    seeds.artists.push(self.artists[at].id.clone());
                    names.push(self.artists[at].name.as_str());
                }
                Some(at) => {
                    seeds.tracks.push(self.tracks[at].id.clone());
                    names.push(self.tracks[at].name.as_str());
                }
            }
        }
        if count == 0 {
            seeds.genres = self.genres.iter().take(Seeds::MOST).cloned().collect();
            names = self.genres.iter().take(Seeds::MOST).map(String::as_str).collect();
        }
        (seeds, names)
    }
}

/// A track of a profile, as the catalogue knew it when the profile was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackSeed {
    /// The track.
    pub id: TrackId,
    /// Its title.
    pub name: String,
    /// Its artists.
    pub artists: Vec<ArtistId>,
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
    /// By Spotify itself.
    Spotify,
    /// By a walk over playlists and lists of related artists.
    Walk,
    /// By shared genres, weighted by rarity.
    Genres,
}

impl Method {
    /// The name in tables and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spotify => "spotify",
            Self::Walk => "walk",
            Self::Genres => "genres",
        }
    }
}

/// What is recommended: Spotify recommends tracks, a walk or a genre leads to artists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Subject {
    /// A track. In the table, its artists tell it from an artist.
    Track {
        /// Spotify's id.
        id: TrackId,
        /// The names of its artists.
        artists: Vec<String>,
    },
    /// An artist.
    Artist {
        /// Spotify's id.
        id: ArtistId,
    },
}

/// One recommended artist or track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    #[serde(flatten)]
    pub subject: Subject,
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

/// The ids of what a user has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Artists.
    pub artists: BTreeSet<ArtistId>,
    /// Tracks.
    pub tracks: BTreeSet<TrackId>,
}

/// What a user has: what the profile names, and what the lists of the days around `date` recommended.
pub fn known(profile: &Profile, lists: &[Recommended], date: Date) -> Known {
    let mut known = Known {
        artists: profile.artist_ids().cloned().collect(),
        tracks: profile.tracks.iter().map(|track| track.id.clone()).collect(),
    };
    let recent = lists.iter().filter(|list| {
        let days = date.since(list.date).map_or(i64::MAX, |span| i64::from(span.get_days()));
        (-FRESH_DAYS..=FRESH_DAYS).contains(&days)
    });
    for item in recent.flat_map(|list| &list.items) {
        match &item.subject {
            Subject::Artist { id } => known.artists.insert(id.clone()),
            Subject::Track { id, .. } => known.tracks.insert(id.clone()),
        };
    }
    known
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
                subject: Subject::Artist { id: artist(of) },
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
        let later = [list("2026-04-04", 4), list("2026-04-05", 5)];
        let known = known(&profile, &[lists.as_slice(), &later].concat(), date);
        assert_eq!(known.artists, [2, 3, 4, 9].map(artist).into());
    }

    fn track(of: u32) -> TrackSeed {
        let id = TrackId::new(format!("2{of:021}")).unwrap();
        TrackSeed { id, name: format!("T{of}"), artists: vec![artist(100 + of)] }
    }

    #[test]
    fn the_user_has_its_tracks_and_their_artists() {
        let profile = Profile { tracks: vec![track(1)], ..Profile::default() };
        let known = known(&profile, &[], "2026-03-05".parse().unwrap());
        assert_eq!((known.artists, known.tracks), ([artist(101)].into(), [track(1).id].into()));
    }

    #[test]
    fn every_artist_and_track_of_a_profile_is_a_seed_within_days() {
        let liked = |of| Seed { id: artist(of), name: format!("A{of}"), genres: Vec::new() };
        let mut profile = Profile {
            artists: (0..4).map(liked).collect(),
            tracks: (0..3).map(track).collect(),
            genres: vec!["pop".to_owned()],
        };
        let (mut day, mut all): (Date, BTreeSet<String>) = ("2026-03-05".parse().unwrap(), BTreeSet::new());
        for _ in 0..2 {
            let (seeds, of_day) = profile.seeds(day);
            assert_eq!((seeds.count(), of_day.len(), seeds.genres.len()), (Seeds::MOST, Seeds::MOST, 0));
            all.extend(of_day.into_iter().map(str::to_owned));
            day = day.tomorrow().unwrap();
        }
        assert_eq!(all.len(), 7, "{all:?}");
        profile.artists.clear();
        assert_eq!(profile.seeds(day).0.tracks.len(), 3, "each once");
        profile.tracks.clear();
        assert_eq!(
            profile.seeds(day),
            (Seeds { genres: vec!["pop".to_owned()], ..Seeds::default() }, vec!["pop"])
        );
        assert_eq!(Profile::default().seeds(day), (Seeds::default(), Vec::new()));
    }

    #[test]
    fn what_was_kept_before_there_were_tracks_is_read() {
        let item = r#"{"id":"0000000000000000000007","name":"A","method":"walk","reason":"R."}"#;
        let item: Item = serde_json::from_str(item).unwrap();
        assert_eq!(item.subject, Subject::Artist { id: ArtistId::new("0000000000000000000007").unwrap() });
        let profile: Profile = serde_json::from_str(r#"{"artists":[],"genres":["pop"]}"#).unwrap();
        assert!(profile.tracks.is_empty());
        let track = Item { subject: Subject::Track { id: track(1).id, artists: Vec::new() }, ..item };
        let text = serde_json::to_string(&track).unwrap();
        assert_eq!(serde_json::from_str::<Item>(&text).unwrap(), track);
    }
}
