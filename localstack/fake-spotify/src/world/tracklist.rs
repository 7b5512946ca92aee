//! The tracks of a file as a world has them: on albums of their first artists, found by id, by words of their
//! names and by style.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::albums::{Album, Track};
use super::style::{STYLES, Style};
use crate::catalogue::{Catalogue, Id, narrow};
use crate::fold::words;
use crate::tracks::FiledTrack;

/// Tracks of one album, at most.
const ALBUM: usize = 14;

/// All tracks of a file. A world that has them has no others.
#[derive(Debug)]
pub(super) struct Tracklist {
    /// By the rank of the first artist, then the newest first.
    tracks: Vec<FiledTrack>,
    /// The ranks of the artists of each track.
    artists: Vec<Box<[u32]>>,
    /// Where each track stands.
    places: Vec<Track>,
    /// Where the tracks of each album begin, and the end of the last.
    album_starts: Vec<u32>,
    /// Where the albums of each artist begin among all albums, and the end of the last.
    artist_starts: Vec<u32>,
    by_id: HashMap<Id, u32>,
    /// For artists who are on albums of others: those albums.
    appearances: HashMap<u32, Vec<Album>>,
    by_word: BTreeMap<String, Vec<u32>>,
    by_style: HashMap<Style, Vec<u32>>,
}

impl Tracklist {
    /// The artists of `tracks` must be in `catalogue`; a track whose artists are not is left out.
    pub(super) fn new(catalogue: &Catalogue, tracks: Vec<FiledTrack>) -> Self {
        let ranked = tracks.into_iter().filter_map(|track| {
            let ranks: Box<[u32]> = track.artists.iter().filter_map(|id| catalogue.rank_of(id)).collect();
            (!ranks.is_empty()).then_some((ranks, track))
        });
        let mut ranked: Vec<(Box<[u32]>, FiledTrack)> = ranked.collect();
        ranked.sort_by_key(|(ranks, track)| (ranks[0], std::cmp::Reverse(track.decade)));
        let (artists, tracks) = ranked.into_iter().unzip();
        let mut list = Self {
            tracks,
            artists,
            places: Vec::new(),
            album_starts: Vec::new(),
            artist_starts: vec![0; catalogue.len() + 1],
            by_id: HashMap::new(),
            appearances: HashMap::new(),
            by_word: BTreeMap::new(),
            by_style: HashMap::new(),
        };
        list.make_albums();
        list.note_appearances();
        list.index();
        list
    }

    /// Cuts the tracks of each artist into albums of one decade.
    fn make_albums(&mut self) {
        let mut album = Album { artist: u32::MAX, place: 0 };
        let mut start = 0;
        for (number, (artists, track)) in self.artists.iter().zip(&self.tracks).enumerate() {
            let artist = artists[0];
            let same =
                album.artist == artist && self.tracks[start].decade == track.decade && number - start < ALBUM;
            if !same {
                let place = if album.artist == artist { album.place + 1 } else { 0 };
                album = Album { artist, place };
                start = number;
                self.album_starts.push(narrow(number));
                self.artist_starts[artist as usize + 1] += 1;
            }
            self.places.push(Track { album, place: narrow(number - start) });
        }
        self.album_starts.push(narrow(self.tracks.len()));
        for artist in 1..self.artist_starts.len() {
            self.artist_starts[artist] += self.artist_starts[artist - 1];
        }
    }

    fn note_appearances(&mut self) {
        for (artists, track) in self.artists.iter().zip(&self.places) {
            for guest in artists.iter().filter(|artist| **artist != track.album.artist) {
                let albums = self.appearances.entry(*guest).or_default();
                if !albums.contains(&track.album) {
                    albums.push(track.album);
                }
            }
        }
    }

    fn index(&mut self) {
        for (number, track) in (0..).zip(&self.tracks) {
            self.by_id.insert(track.id, number);
            let distinct: HashSet<String> = words(&track.name).into_iter().collect();
            for word in distinct {
                self.by_word.entry(word).or_default().push(number);
            }
            for style in STYLES {
                if track.genres.iter().any(|genre| style.has_genre(genre)) {
                    self.by_style.entry(style).or_default().push(number);
                }
            }
        }
    }

    /// The place of an album's first track among all tracks, and that after its last.
    fn range(&self, album: Album) -> Range<usize> {
        let number = self.artist_starts[album.artist as usize] as usize + album.place as usize;
        self.album_starts[number] as usize..self.album_starts[number + 1] as usize
    }

    fn number(&self, track: Track) -> usize {
        self.range(track.album).start + track.place as usize
    }

    /// How many albums an artist has.
    pub(super) fn album_count(&self, artist: u32) -> u32 {
        self.artist_starts[artist as usize + 1] - self.artist_starts[artist as usize]
    }

    /// How many tracks an album has.
    pub(super) fn track_count(&self, album: Album) -> u32 {
        narrow(self.range(album).len())
    }

    /// What the file says of a track.
    pub(super) fn get(&self, track: Track) -> &FiledTrack {
        &self.tracks[self.number(track)]
    }

    /// The ranks of the artists of a track, that of the album first.
    pub(super) fn artists(&self, track: Track) -> &[u32] {
        &self.artists[self.number(track)]
    }

    /// The track with this id, if the file has it.
    pub(super) fn by_id(&self, id: &Id) -> Option<Track> {
        self.by_id.get(id).map(|number| self.places[*number as usize])
    }

    /// The distinct ranks of those who are on an album beside its artist.
    pub(super) fn guests(&self, album: Album) -> Vec<u32> {
        let all = self.artists[self.range(album)].iter().flatten().copied();
        let mut guests: Vec<u32> = all.filter(|artist| *artist != album.artist).collect();
        guests.sort_unstable();
        guests.dedup();
        guests
    }

    /// The albums of others that an artist is on.
    pub(super) fn appears_on(&self, artist: u32) -> Vec<Album> {
        self.appearances.get(&artist).cloned().unwrap_or_default()
    }

    /// The decade of an album, if the file has it.
    pub(super) fn decade(&self, album: Album) -> Option<u16> {
        self.tracks[self.range(album).start].decade
    }

    /// The tracks of a style by their own genres.
    pub(super) fn of_style(&self, style: Style) -> OfStyle<'_> {
        OfStyle { numbers: self.by_style.get(&style).map_or(&[], Vec::as_slice), places: &self.places }
    }

    /// The tracks one of whose own genres is called so.
    pub(super) fn of_genre(&self, genre: &str) -> impl Iterator<Item = Track> {
        let folded = words(genre);
        let has = move |track: &FiledTrack| track.genres.iter().any(|genre| words(genre) == folded);
        self.tracks.iter().zip(&self.places).filter(move |(track, _)| has(track)).map(|(_, place)| *place)
    }

    /// The tracks in whose names every one of these is the beginning of a word, in the order of the list.
    pub(super) fn titled(&self, prefixes: &[String]) -> Vec<Track> {
        let mut found: Option<HashSet<u32>> = None;
        for prefix in prefixes {
            let words = self.by_word.range(prefix.clone()..).take_while(|(word, _)| word.starts_with(prefix));
            let numbers: HashSet<u32> = words.flat_map(|(_, numbers)| numbers).copied().collect();
            found = Some(match found {
                Some(found) => found.intersection(&numbers).copied().collect(),
                None => numbers,
            });
        }
        let mut found: Vec<u32> = found.unwrap_or_default().into_iter().collect();
        found.sort_unstable();
        found.into_iter().map(|number| self.places[number as usize]).collect()
    }
}

/// Some tracks of a list.
#[derive(Debug)]
pub(super) struct OfStyle<'a> {
    numbers: &'a [u32],
    places: &'a [Track],
}

impl OfStyle<'_> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// One of them.
    pub(super) fn get(&self, place: usize) -> Option<Track> {
        self.numbers.get(place).map(|number| self.places[*number as usize])
    }
}
