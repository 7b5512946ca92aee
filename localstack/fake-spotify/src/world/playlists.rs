//! Playlists: those of Spotify's editors, by category, and those of users, each around an artist.
//!
//! An editorial playlist is known by its category and its place there; a user's by the rank of the artist
//! that it begins with. Their items follow from that and from how often the playlist was changed.

use super::albums::{Track, narrow_u64};
use super::categories::{category_count, category_name, category_style};
use super::ids::{Kind, id_of, named_by};
use super::podcasts::Episode;
use super::{Album, World};
use crate::catalogue::{Id, narrow};
use crate::random::Random;

/// A playlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Playlist {
    /// Spotify's own.
    Editorial {
        /// The number of its category, or, for a featured playlist, the number after the last.
        category: u32,
        /// Its place in the category.
        place: u32,
    },
    /// A user's.
    Personal {
        /// The rank of the artist around whom it is made.
        artist: u32,
    },
}

/// What stands at one place of a playlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A track that is no longer there.
    Gone,
    /// An episode of a podcast.
    Episode(Episode),
    /// A file of the user's own, as if by the artist of this rank, whose id it does not know.
    Local(u32),
    /// A track.
    Track(Track),
}

/// Share of artists around whom a user has made a playlist, beside what popularity adds.
const PERSONAL: f64 = 0.02;
/// Share of items that differ after a change.
const CHANGED: f64 = 0.2;
/// Draws of an artist for one place of an editorial playlist, until one has a track.
const DRAWS: usize = 8;

impl Playlist {
    fn number(self) -> (Kind, u64) {
        match self {
            Self::Editorial { category, place } => {
                (Kind::Editorial, u64::from(category) * 64 + u64::from(place))
            }
            Self::Personal { artist } => (Kind::Personal, artist.into()),
        }
    }

    /// The id as Spotify would write it.
    pub fn id(self) -> String {
        let (kind, number) = self.number();
        id_of(kind, number)
    }

    /// Whether it is Spotify's own.
    pub fn is_editorial(self) -> bool {
        matches!(self, Self::Editorial { .. })
    }
}

impl World {
    /// The playlist with this id, if there is one.
    pub fn playlist(&self, id: &Id) -> Option<Playlist> {
        let (kind, number) = named_by(id)?;
        let playlist = match kind {
            Kind::Editorial => {
                let category =
                    u32::try_from(number / 64).ok().filter(|number| *number <= category_count())?;
                Playlist::Editorial { category, place: narrow_u64(number % 64) }
            }
            Kind::Personal => Playlist::Personal { artist: u32::try_from(number).ok()? },
            _ => return None,
        };
        let there = match playlist {
            Playlist::Editorial { category, place } => place < self.playlist_count(category),
            Playlist::Personal { artist } => self.has_playlist(artist),
        };
        there.then_some(playlist)
    }

    /// The number of the category with this id, if there is one.
    pub fn category(&self, id: &Id) -> Option<u32> {
        let (kind, number) = named_by(id)?;
        let number = u32::try_from(number).ok()?;
        (kind == Kind::Category && number < category_count()).then_some(number)
    }

    /// How many playlists a category has; one has none.
    pub fn playlist_count(&self, category: u32) -> u32 {
        let empty = category + 1 == category_count();
        if empty || self.catalogue.is_empty() {
            0
        } else {
            5 + narrow(self.draw(0xCA7E, category.into()).below(40))
        }
    }

    /// The playlists of a category, in the order of its pages.
    pub fn category_playlists(&self, category: u32) -> impl Iterator<Item = Playlist> + use<> {
        (0..self.playlist_count(category)).map(move |place| Playlist::Editorial { category, place })
    }

    /// The featured playlists: some of the categories', and some that are nowhere else.
    pub fn featured_playlists(&self) -> Vec<Playlist> {
        let own = self.category_playlists(category_count());
        let others =
            (0..category_count()).step_by(3).filter_map(|number| self.category_playlists(number).next());
        own.chain(others).collect()
    }

    /// Whether a user has made a playlist around the artist of `rank`.
    pub fn has_playlist(&self, rank: u32) -> bool {
        if rank as usize >= self.catalogue.len() {
            return false;
        }
        let popularity = f64::from(self.catalogue.artist(rank).popularity().unwrap_or(0));
        self.draw(0x9E85, rank.into()).chance(PERSONAL + popularity / 200.0)
    }

    /// The name of a playlist.
    pub fn playlist_name(&self, playlist: Playlist) -> String {
        match playlist {
            Playlist::Editorial { category, place } => {
                const KINDS: [&str; 8] =
                    ["Hits", "Rising", "Classics", "Mix", "Now", "Essentials", "Deep Cuts", "Radar"];
                let (name, kind) = (category_name(category), KINDS[place as usize % KINDS.len()]);
                match place as usize / KINDS.len() {
                    0 => format!("{name} {kind}"),
                    volume => format!("{name} {kind} {}", volume + 1),
                }
            }
            Playlist::Personal { artist } => format!("{} and more", self.catalogue.artist(artist).name()),
        }
    }

    /// How many items a playlist has.
    pub fn item_count(&self, playlist: Playlist) -> u32 {
        let (kind, number) = playlist.number();
        let mut random = self.draw(0x17E0 + kind as u64, number);
        match playlist {
            Playlist::Editorial { category, .. } => {
                let share = self.dealt_to_each(category);
                narrow(30 + random.below(121)).max(if share == 0 { 0 } else { share + share / 4 + 5 })
            }
            Playlist::Personal { .. } => narrow(5 + random.below(216)),
        }
    }

    /// How many tracks of a file are dealt to each playlist of a category, at most.
    fn dealt_to_each(&self, category: u32) -> u32 {
        match (&self.tracks, category_style(category), self.playlist_count(category)) {
            (_, _, 0) | (None, ..) | (_, None, _) => 0,
            (Some(tracks), Some(style), count) => narrow(tracks.of_style(style).len()).div_ceil(count),
        }
    }

    /// The item at `place` of a playlist that was changed `changes` times: one in five of the items follows
    /// the last change.
    pub fn item(&self, playlist: Playlist, changes: u32, place: u32) -> Item {
        let (kind, number) = playlist.number();
        let place_bits = u64::from(place % 256) | u64::from(place / 256) << 40;
        let mut random = self.draw(0x17E9 + kind as u64, number << 8 | place_bits);
        let mut last = Random::nth(random.bits(), changes.into());
        if changes > 0 && last.chance(CHANGED) {
            random = last;
        } else if let Some(track) = self.dealt(playlist, place) {
            return Item::Track(track);
        }
        let artist = self.artist_for(playlist, &mut random);
        match random.below(100) {
            0..2 => return Item::Gone,
            2..4 => return self.some_episode(&mut random).map_or(Item::Gone, Item::Episode),
            4..6 if !playlist.is_editorial() => return Item::Local(artist),
            _ => {}
        }
        match self.track_by(artist, &mut random) {
            Some(track) => Item::Track(track),
            None if playlist.is_editorial() => self.other_track(playlist, &mut random),
            None => Item::Local(artist),
        }
    }

    /// The track of a file that stands at `place` of an editorial playlist: all of a category's style are
    /// dealt out to its playlists, so that who reads them all finds every one. The last fifth of a playlist
    /// is left to others.
    fn dealt(&self, playlist: Playlist, place: u32) -> Option<Track> {
        let Playlist::Editorial { category, place: of_category } = playlist else { return None };
        let tracks = self.tracks.as_ref()?.of_style(category_style(category)?);
        let free = place < self.item_count(playlist) / 5 * 4;
        let number = place * self.playlist_count(category) + of_category;
        if free { tracks.get(number as usize) } else { None }
    }

    /// A track by another artist than the one drawn first, who has none: editors have no files of their own
    /// to add.
    fn other_track(&self, playlist: Playlist, random: &mut Random) -> Item {
        let mut draw = || {
            let artist = self.artist_for(playlist, random);
            self.track_by(artist, random)
        };
        (0..DRAWS).find_map(|_| draw()).map_or(Item::Gone, Item::Track)
    }

    /// The sorted ranks of all artists of the tracks on a playlist that was changed `changes` times.
    pub fn artists_on(&self, playlist: Playlist, changes: u32) -> Vec<u32> {
        let items = (0..self.item_count(playlist)).map(|place| self.item(playlist, changes, place));
        let tracks = items.filter_map(|item| if let Item::Track(track) = item { Some(track) } else { None });
        let mut ranks: Vec<u32> = tracks.flat_map(|track| self.track_artists(track)).collect();
        ranks.sort_unstable();
        ranks.dedup();
        ranks
    }

    /// An artist who fits a playlist.
    fn artist_for(&self, playlist: Playlist, random: &mut Random) -> u32 {
        match playlist {
            Playlist::Editorial { category, .. } => {
                // A draw below another draw: editors like who is popular.
                let lowest = random.below(self.pools.len(category)) + 1;
                let place = random.below(lowest);
                self.pools
                    .get(category, place)
                    .unwrap_or_else(|| narrow(random.below(self.catalogue.len() / 20 + 1)))
            }
            Playlist::Personal { artist } => {
                let related = self.related(artist);
                match random.below(4) {
                    0 => artist,
                    1 | 2 if !related.is_empty() => related[random.below(related.len())],
                    _ => narrow(random.below(self.catalogue.len())),
                }
            }
        }
    }

    /// A track by the artist of `rank`, if there is one.
    fn track_by(&self, rank: u32, random: &mut Random) -> Option<Track> {
        let albums = self.album_count(rank);
        let album = Album { artist: rank, place: narrow(random.below(albums as usize)) };
        (albums > 0).then(|| Track { album, place: narrow(random.below(self.track_count(album) as usize)) })
    }
}
