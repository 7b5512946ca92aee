//! Albums and their tracks: how many an artist has, what they are called, and who is a guest on them.
//!
//! An album's number is its artist's rank and its place among the artist's albums; a track's is its album's
//! number and its place on the album. What must be found in both directions (who is a guest where, what is
//! called after whom) goes by exclusive or with fixed masks, which is its own inverse.

use super::World;
use super::ids::{Kind, id_of, named_by};
use crate::catalogue::{Id, NOW, narrow};
use crate::random::{Random, floor};

/// Albums of one artist at most, where they are generated.
const MOST_ALBUMS: u32 = 60;
/// Numbers that an artist has for its albums: more than a file has tracks by one artist.
const PLACES: u64 = 1 << 20;
/// Albums of one artist, and tracks of its newest, that are called after other artists; later ones bear the
/// artist's own name.
const TITLED: u32 = 8;
/// Ranks that differ by one of these in binary may work together: neighbours in popularity, and some far
/// apart.
const PARTNERS: [u32; 4] = [0b1, 0b10_0110, 0b1_0101_0101, 0b10_1010_0000_0000];
/// Share of such pairs that do.
const PARTNERSHIP: f64 = 0.35;

/// An album.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Album {
    /// The rank of the artist whose it is.
    pub artist: u32,
    /// Its place among the artist's albums, the newest being 0.
    pub place: u32,
}

/// A track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Track {
    /// The album it is on.
    pub album: Album,
    /// Its place on the album, the first being 0.
    pub place: u32,
}

/// What an album is, as `album_type` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlbumType {
    /// Seven tracks or more.
    Album,
    /// Up to three tracks.
    Single,
    /// Many tracks that were elsewhere before.
    Compilation,
}

impl AlbumType {
    /// The name in answers and in `include_groups`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Album => "album",
            Self::Single => "single",
            Self::Compilation => "compilation",
        }
    }
}

impl Album {
    pub(super) fn number(self) -> u64 {
        u64::from(self.artist) * PLACES + u64::from(self.place)
    }

    /// The id as Spotify would write it.
    pub fn id(self) -> String {
        id_of(Kind::Album, self.number())
    }
}

impl Track {
    pub(super) fn number(self) -> u64 {
        self.album.number() * 32 + u64::from(self.place)
    }
}

impl World {
    /// How many albums the artist of `rank` has: a few have none, the popular have many.
    pub fn album_count(&self, rank: u32) -> u32 {
        if let Some(tracks) = &self.tracks {
            return tracks.album_count(rank);
        }
        let mut random = self.draw(0xA1B0, rank.into());
        // Who has no year of release has released nothing.
        if random.chance(0.03) || self.catalogue.artist(rank).years().is_none() {
            return 0;
        }
        let popularity = f64::from(self.catalogue.artist(rank).popularity().unwrap_or(0));
        1 + floor::<u32>(-(0.6 + popularity / 8.0) * (1.0 - random.unit()).ln(), MOST_ALBUMS - 1)
    }

    /// The albums of the artist of `rank`, newest first.
    pub fn albums(&self, rank: u32) -> impl Iterator<Item = Album> + use<> {
        (0..self.album_count(rank)).map(move |place| Album { artist: rank, place })
    }

    /// The albums of others on which the artist of `rank` is a guest.
    pub fn appears_on(&self, rank: u32) -> Vec<Album> {
        if let Some(tracks) = &self.tracks {
            return tracks.appears_on(rank);
        }
        let hosts = self.partners(rank).into_iter();
        hosts.filter_map(|host| Some(Album { artist: host, place: self.guest_place(host, rank)? })).collect()
    }

    /// The ranks of the guests on an album.
    pub fn guests(&self, album: Album) -> Vec<u32> {
        if let Some(tracks) = &self.tracks {
            return tracks.guests(album);
        }
        let partners = self.partners(album.artist).into_iter();
        partners.filter(|guest| self.guest_place(album.artist, *guest) == Some(album.place)).collect()
    }

    /// The ranks of the artists that an album names itself: its artist, and now and then a guest.
    pub fn album_artists(&self, album: Album) -> Vec<u32> {
        let shown = |guest: &u32| self.draw(0x5041, album.number() ^ u64::from(*guest)).chance(0.2);
        std::iter::once(album.artist).chain(self.guests(album).into_iter().filter(shown)).collect()
    }

    /// The ranks of the artists of a track: the album's, and the guests who are on it. Every guest is on one
    /// track at least.
    pub fn track_artists(&self, track: Track) -> Vec<u32> {
        if let Some(tracks) = &self.tracks {
            return tracks.artists(track).to_vec();
        }
        let tracks = self.track_count(track.album);
        let plays = |guest: &u32| {
            let mut random = self.draw(0x6E57, track.album.number() ^ u64::from(*guest) << 8);
            let first = narrow(random.below(tracks as usize));
            first == track.place || self.draw(0x6E58, track.number() ^ u64::from(*guest)).chance(0.1)
        };
        std::iter::once(track.album.artist)
            .chain(self.guests(track.album).into_iter().filter(plays))
            .collect()
    }

    /// What an album is.
    pub fn album_type(&self, album: Album) -> AlbumType {
        if let Some(tracks) = &self.tracks {
            return if tracks.track_count(album) > 3 { AlbumType::Album } else { AlbumType::Single };
        }
        match self.draw(0x7E9E, album.number()).below(20) {
            0..10 => AlbumType::Single,
            10..18 => AlbumType::Album,
            _ => AlbumType::Compilation,
        }
    }

    /// How many tracks an album has: 1 to 24.
    pub fn track_count(&self, album: Album) -> u32 {
        if let Some(tracks) = &self.tracks {
            return tracks.track_count(album);
        }
        let mut random = self.draw(0x74AC, album.number());
        let (least, more) = match self.album_type(album) {
            AlbumType::Single => (1, 3),
            AlbumType::Album => (7, 10),
            AlbumType::Compilation => (10, 15),
        };
        least + narrow(random.below(more))
    }

    /// The tracks of an album.
    pub fn tracks(&self, album: Album) -> impl Iterator<Item = Track> + use<> {
        (0..self.track_count(album)).map(move |place| Track { album, place })
    }

    /// The year in which an album was released: the artist's years, from the last down to the first.
    pub fn album_year(&self, album: Album) -> u16 {
        if let Some(decade) = self.tracks.as_ref().and_then(|tracks| tracks.decade(album)) {
            let year = self.draw(0xDECA, album.number()).below(10);
            return (decade + u16::try_from(year).unwrap_or(0)).min(NOW);
        }
        let (first, last) = self.catalogue.artist(album.artist).years().unwrap_or((NOW, NOW));
        let count = self.album_count(album.artist).max(1);
        let back = u32::from(last.saturating_sub(first)) * album.place / count;
        last.saturating_sub(u16::try_from(back).unwrap_or(0))
    }

    /// Whether an album was released in the last two weeks: a few of the newest albums of artists that are
    /// active.
    pub fn is_new(&self, album: Album) -> bool {
        album.place == 0
            && self.tracks.is_none()
            && self.catalogue.artist(album.artist).years().is_some_and(|(_, last)| last == NOW)
            && self.draw(0x0E77, album.artist.into()).chance(0.06)
    }

    /// All albums of the last two weeks.
    pub(super) fn find_new_albums(&self) -> Vec<Album> {
        let newest = (0..narrow(self.catalogue.len())).map(|artist| Album { artist, place: 0 });
        newest.filter(|album| self.is_new(*album) && self.album_count(album.artist) > 0).collect()
    }

    /// The release date and its precision: `day`, `month` or `year`.
    pub fn release_date(&self, album: Album) -> (String, &'static str) {
        let (year, mut random) = (self.album_year(album), self.draw(0xDA7E, album.number()));
        if self.is_new(album) {
            return (format!("{year}-11-{:02}", 7 + random.below(14)), "day");
        }
        let (month, day) = (1 + random.below(10), 1 + random.below(28));
        match random.below(20) {
            0 => (format!("{year}"), "year"),
            1 => (format!("{year}-{month:02}"), "month"),
            _ => (format!("{year}-{month:02}-{day:02}"), "day"),
        }
    }

    /// The title of an album: the name of another artist, or the artist's own; of one from a file that of its
    /// first track.
    pub fn album_title(&self, album: Album) -> String {
        if let Some(tracks) = &self.tracks {
            return tracks.get(Track { album, place: 0 }).name.clone();
        }
        let eponym = (album.place < TITLED).then(|| self.eponym(album.artist, album.place)).flatten();
        match eponym {
            Some(eponym) => self.catalogue.artist(eponym).name().to_owned(),
            None => format!("{}, Vol. {}", self.catalogue.artist(album.artist).name(), album.place + 1),
        }
    }

    /// The title of a track: that of the album for the first; for others on the newest album the name of
    /// another artist.
    pub fn track_title(&self, track: Track) -> String {
        if let Some(tracks) = &self.tracks {
            return tracks.get(track).name.clone();
        }
        let titled = track.album.place == 0 && (1..=TITLED).contains(&track.place);
        let eponym = titled.then(|| self.eponym(track.album.artist, TITLED + track.place)).flatten();
        match (eponym, track.place) {
            (Some(eponym), _) => self.catalogue.artist(eponym).name().to_owned(),
            (None, 0) => self.album_title(track.album),
            (None, place) => format!("{} {}", self.album_title(track.album), place + 1),
        }
    }

    /// The album with this id, if there is one.
    pub fn album(&self, id: &Id) -> Option<Album> {
        let (_, number) = named_by(id).filter(|(kind, _)| *kind == Kind::Album)?;
        self.numbered_album(number)
    }

    fn numbered_album(&self, number: u64) -> Option<Album> {
        let album =
            Album { artist: u32::try_from(number / PLACES).ok()?, place: narrow_u64(number % PLACES) };
        let known =
            (album.artist as usize) < self.catalogue.len() && album.place < self.album_count(album.artist);
        known.then_some(album)
    }

    /// The track with this id, if there is one.
    pub fn track(&self, id: &Id) -> Option<Track> {
        if let Some(tracks) = &self.tracks {
            return tracks.by_id(id);
        }
        let (_, number) = named_by(id).filter(|(kind, _)| *kind == Kind::Track)?;
        let track = Track { album: self.numbered_album(number / 32)?, place: narrow_u64(number % 32) };
        (track.place < self.track_count(track.album)).then_some(track)
    }

    /// The id of a track as Spotify would write it.
    pub fn track_id(&self, track: Track) -> String {
        match &self.tracks {
            Some(tracks) => String::from_utf8_lossy(&tracks.get(track).id).into_owned(),
            None => id_of(Kind::Track, track.number()),
        }
    }

    /// The albums that are called after the artist of `rank`.
    pub(super) fn called_after(&self, rank: u32) -> impl Iterator<Item = Album> {
        (0..TITLED).filter_map(move |place| {
            let artist = self.eponym(rank, place)?;
            (place < self.album_count(artist)).then_some(Album { artist, place })
        })
    }

    /// The tracks that are, beside those that are called as their album is.
    pub(super) fn tracks_called_after(&self, rank: u32) -> impl Iterator<Item = Track> {
        (1..=TITLED).filter_map(move |place| {
            let album = Album { artist: self.eponym(rank, TITLED + place)?, place: 0 };
            let there = self.album_count(album.artist) > 0 && place < self.track_count(album);
            there.then_some(Track { album, place })
        })
    }

    /// After whom something of the artist of `rank` is called that is number `which` of such things. Its own
    /// inverse.
    fn eponym(&self, rank: u32, which: u32) -> Option<u32> {
        if self.tracks.is_some() {
            return None;
        }
        let bits = self.catalogue.len().checked_ilog2()?;
        let mask = self.draw(0x717E, which.into()).bits() & ((1 << bits) - 1);
        let other = rank ^ narrow_u64(mask);
        ((other as usize) < self.catalogue.len()).then_some(other)
    }

    /// The ranks of the artists that the artist of `rank` works with.
    fn partners(&self, rank: u32) -> Vec<u32> {
        let together = |other: &u32| {
            let pair = u64::from(rank.min(*other)) << 32 | u64::from(rank.max(*other));
            (*other as usize) < self.catalogue.len() && self.draw(0x9A12, pair).chance(PARTNERSHIP)
        };
        PARTNERS.into_iter().map(|mask| rank ^ mask).filter(together).collect()
    }

    /// On which of the albums of `host` its partner `guest` is a guest; on none if there are none.
    fn guest_place(&self, host: u32, guest: u32) -> Option<u32> {
        let albums = self.album_count(host);
        let mut random = self.draw(0x6057, u64::from(host) << 32 | u64::from(guest));
        (albums > 0).then(|| narrow(random.below(albums as usize)))
    }

    /// Randomness of its own for thing number `number` of a stream.
    pub(super) fn draw(&self, stream: u64, number: u64) -> Random {
        Random::nth(self.seed ^ stream << 20, number)
    }
}

/// A number that is known to be small.
pub(super) fn narrow_u64(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
