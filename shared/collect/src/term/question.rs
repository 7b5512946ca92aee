//! Questions: what a term asks.

use super::key::{InvalidKey, TermKey};
use super::kinds::{
    Albums, ArtistAlbums, Capabilities, Categories, CategoryPlaylists, FeaturedPlaylists, FeaturesOfTracks,
    GenreCategories, GenreCategory, GenrePlaylist, GenreSearch, GenreSeeds, Hydrate, InvalidSubject,
    NewAlbums, NewReleases, Playlist, PlaylistSearch, Purpose, Refresh, Related, Sample, Stale, Subject,
};
use super::progress::Progress;
use super::search::SearchTerm;
use crate::catalogue::{ArtistId, Genre};
use crate::web_api::Bucket;

/// Defines [`Question`] from its kinds, so that none can be left out anywhere.
macro_rules! questions {
    ($($(#[$doc:meta])* $kind:ident($subject:ty),)*) => {
        /// What a term asks. The canonical key is derived from it, so that one question is one term.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Question {
            $($(#[$doc])* $kind($subject),)*
        }

        impl Question {
            /// The names of all kinds.
            #[cfg(test)]
            const KINDS: &[&str] = &[$(<$subject>::NAME,)*];

            /// The name of its kind: what stands before the colon in its key.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => <$subject>::NAME,)*
                }
            }

            /// The bucket whose limit it is asked under; that of the first request, where several are needed.
            pub fn bucket(&self) -> Bucket {
                match self {
                    $(Self::$kind(_) => <$subject>::BUCKET,)*
                }
            }

            /// What it is asked for.
            pub fn purpose(&self) -> Purpose {
                match self {
                    $(Self::$kind(_) => <$subject>::PURPOSE,)*
                }
            }

            /// The progress of a term that was never asked.
            pub fn progress(&self) -> Progress {
                match self {
                    $(Self::$kind(_) => <$subject as Subject>::Progress::default().into(),)*
                }
            }

            /// Every question about this artist.
            pub fn about(artist: &ArtistId) -> Vec<Self> {
                let mut questions = Vec::new();
                $(questions.extend(<$subject>::ABOUT.map(|about| Self::$kind(about(artist.clone()))));)*
                questions
            }

            fn subject(&self) -> Option<String> {
                match self {
                    $(Self::$kind(subject) => subject.written(),)*
                }
            }

            /// The question of the kind of this name about this subject; nothing where there is no such kind.
            fn read(kind: &str, subject: Option<&str>) -> Option<Result<Self, InvalidSubject>> {
                $(
                    if kind == <$subject>::NAME {
                        return Some(<$subject>::read(subject).map(Self::$kind));
                    }
                )*
                None
            }
        }

        $(
            impl From<$subject> for Question {
                fn from(subject: $subject) -> Self {
                    Self::$kind(subject)
                }
            }
        )*
    };
}

questions! {
    /// Artists whose names match a search.
    Search(SearchTerm),
    /// Playlists whose names match a search.
    PlaylistSearch(PlaylistSearch),
    /// What this app may do.
    Capabilities(Capabilities),
    /// The genres that Spotify names as seeds.
    GenreSeeds(GenreSeeds),
    /// The browse categories.
    Categories(Categories),
    /// The playlists of a category.
    CategoryPlaylists(CategoryPlaylists),
    /// The playlists that Spotify features.
    FeaturedPlaylists(FeaturedPlaylists),
    /// The artists of a playlist's tracks.
    Playlist(Playlist),
    /// The related artists of an artist.
    Related(Related),
    /// New albums.
    NewReleases(NewReleases),
    /// New albums, by a search for the tag.
    NewAlbums(NewAlbums),
    /// The albums of an artist.
    ArtistAlbums(ArtistAlbums),
    /// The artists of the tracks of albums.
    Albums(Albums),
    /// Artists of whom only id and name are known, as another term left them.
    Hydrate(Hydrate),
    /// Which known artists no question has shown for a long time.
    Stale(Stale),
    /// Known artists once more.
    Refresh(Refresh),
    /// A slice of the catalogue by chance, for the estimate of its size.
    Sample(Sample),
    /// The browse categories, for those of the genres whose tracks are collected.
    GenreCategories(GenreCategories),
    /// The playlists of a genre's category.
    GenreCategory(GenreCategory),
    /// The playlists that a search for a genre shows.
    GenreSearch(GenreSearch),
    /// The tracks of a playlist, for a genre.
    GenrePlaylist(GenrePlaylist),
    /// The audio features of tracks.
    FeaturesOfTracks(FeaturesOfTracks),
}

impl Question {
    /// The canonical key: the kind, and after a colon the subject where there is one.
    pub fn key(&self) -> TermKey {
        let kind = self.kind();
        TermKey(self.subject().map_or_else(|| kind.to_owned(), |subject| format!("{kind}:{subject}")))
    }

    /// The key under which its artists are recorded: its own, except that all slices of the sample are one
    /// capture.
    pub fn capture(&self) -> TermKey {
        match self.purpose() {
            Purpose::Measure => Self::from(Sample(0)).key(),
            Purpose::Find | Purpose::Complete | Purpose::Refresh => self.key(),
        }
    }

    /// The genre for whose tracks it is asked, if it is asked for those of one.
    pub fn genre(&self) -> Option<Genre> {
        match self {
            Self::GenreCategory(GenreCategory { genre, .. })
            | Self::GenrePlaylist(GenrePlaylist { genre, .. })
            | Self::GenreSearch(GenreSearch(genre)) => Some(*genre),
            Self::Search(_)
            | Self::PlaylistSearch(_)
            | Self::Capabilities(_)
            | Self::GenreSeeds(_)
            | Self::Categories(_)
            | Self::CategoryPlaylists(_)
            | Self::FeaturedPlaylists(_)
            | Self::Playlist(_)
            | Self::Related(_)
            | Self::NewReleases(_)
            | Self::NewAlbums(_)
            | Self::ArtistAlbums(_)
            | Self::Albums(_)
            | Self::Hydrate(_)
            | Self::Stale(_)
            | Self::Refresh(_)
            | Self::Sample(_)
            | Self::GenreCategories(_)
            | Self::FeaturesOfTracks(_) => None,
        }
    }

    /// Whether `progress` is one that terms of this kind keep.
    pub fn keeps(&self, progress: &Progress) -> bool {
        std::mem::discriminant(&self.progress()) == std::mem::discriminant(progress)
    }

    /// Reads the question back from its canonical key.
    pub fn parse(key: &str) -> Result<Self, InvalidKey> {
        let (kind, subject) = match key.split_once(':') {
            Some((kind, subject)) => (kind, Some(subject)),
            None => (key, None),
        };
        let question = match Self::read(kind, subject) {
            Some(Ok(question)) => question,
            Some(Err(InvalidSubject::Search(source))) => {
                return Err(InvalidKey::Search { key: readable(key), source });
            }
            Some(Err(InvalidSubject::Other(why))) => {
                return Err(InvalidKey::Subject { key: readable(key), why });
            }
            Some(Err(InvalidSubject::Presence)) | None => return Err(InvalidKey::Kind(readable(key))),
        };
        let canonical = question.key();
        if canonical.as_str() == key {
            Ok(question)
        } else {
            Err(InvalidKey::NotCanonical { key: readable(key), canonical: readable(canonical.as_str()) })
        }
    }
}

impl TermKey {
    /// Reads a key, which must be canonical.
    pub fn parse(key: &str) -> Result<Self, InvalidKey> {
        Question::parse(key).map(|question| question.key())
    }
}

/// The beginning of a key, as errors name it.
fn readable(key: &str) -> String {
    key.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::catalogue::{AlbumId, CategoryId, PlaylistId};
    use crate::term::kinds::MOST_REFRESHED;

    const ID: &str = "000Dq0VqTZpxOP6jQMscVL";
    const OTHER: &str = "100Dq0VqTZpxOP6jQMscVL";

    #[test]
    fn a_key_is_read_back_as_the_question_it_came_from() {
        let artist = ArtistId::new(ID).unwrap();
        let album = |id: &str| AlbumId::new(id).unwrap();
        let playlist = Question::from(Playlist(PlaylistId::new(ID).unwrap()));
        let genre_category = GenreCategory { genre: Genre::RnB, category: CategoryId::new("rnb").unwrap() };
        let genre_playlist = GenrePlaylist { genre: Genre::HipHop, playlist: PlaylistId::new(ID).unwrap() };
        let questions = [
            (Question::Search(SearchTerm::new("The Dj").unwrap()), "search:dj the".to_owned()),
            (PlaylistSearch(SearchTerm::new("Pop").unwrap()).into(), "playlist-search:pop".to_owned()),
            (Capabilities.into(), "capabilities".to_owned()),
            (GenreSeeds.into(), "genre-seeds".to_owned()),
            (Categories.into(), "categories".to_owned()),
            (FeaturedPlaylists.into(), "featured-playlists".to_owned()),
            (NewReleases.into(), "new-releases".to_owned()),
            (NewAlbums.into(), "new-albums".to_owned()),
            (Sample(7).into(), "sample:7".to_owned()),
            (GenreCategories.into(), "genre-categories".to_owned()),
            (CategoryPlaylists(CategoryId::new("pop").unwrap()).into(), "category:pop".to_owned()),
            (Hydrate::new(playlist.key()).unwrap().into(), format!("hydrate:playlist:{ID}")),
            (playlist, format!("playlist:{ID}")),
            (Stale.into(), "stale".to_owned()),
            (Refresh::new(vec![artist.clone()]).unwrap().into(), format!("refresh:{ID}")),
            (Related(artist.clone()).into(), format!("related:{ID}")),
            (ArtistAlbums(artist).into(), format!("artist-albums:{ID}")),
            (GenreSearch(Genre::Metal).into(), "genre-search:10".to_owned()),
            (genre_category.into(), "genre-category:4:rnb".to_owned()),
            (genre_playlist.into(), format!("genre-playlist:0:{ID}")),
            (FeaturesOfTracks.into(), "audio-features".to_owned()),
            (Albums::new(vec![album(OTHER), album(ID)]).unwrap().into(), format!("albums:{ID},{OTHER}")),
        ];
        let kinds: BTreeSet<&str> = questions.iter().map(|(question, _)| question.kind()).collect();
        assert_eq!(kinds, Question::KINDS.iter().copied().collect(), "a kind has no key here");
        for (question, key) in questions {
            assert_eq!(question.key().as_str(), key);
            assert_eq!(Question::parse(&key), Ok(question));
        }
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = Question::KINDS.iter().copied().collect();
        assert_eq!(names.len(), Question::KINDS.len(), "two kinds share a name: {:?}", Question::KINDS);
        assert!(names.iter().all(|name| !name.contains(':')), "a colon ends the name: {names:?}");
    }

    #[test]
    fn the_questions_about_an_artist_name_no_other() {
        let keys: Vec<String> = Question::about(&ArtistId::new(ID).unwrap())
            .iter()
            .map(|it| it.key().as_str().to_owned())
            .collect();
        assert_eq!(keys, [format!("related:{ID}"), format!("artist-albums:{ID}")]);
    }

    #[test]
    fn the_longest_key_of_artists_fits_a_table() {
        let id = |number| ArtistId::new(format!("{number:022}")).unwrap();
        let most = Question::from(Refresh::new((0..MOST_REFRESHED).map(id).collect()).unwrap());
        assert!(most.key().as_str().len() <= 1_024, "DynamoDB's limit of a sort key in bytes");
        assert_eq!(Refresh::new((0..=MOST_REFRESHED).map(id).collect()), None);
    }

    #[test]
    fn a_key_that_is_not_canonical_is_refused_with_the_one_that_is() {
        let error = TermKey::parse("search:the DJ").unwrap_err().to_string();
        assert!(error.contains("search:the DJ") && error.contains("search:dj the"), "{error}");
        let error = TermKey::parse(&format!("albums:{OTHER},{ID}")).unwrap_err().to_string();
        assert!(error.contains(&format!("albums:{ID},{OTHER}")), "{error}");
    }

    #[test]
    fn a_key_that_asks_nothing_is_refused_by_name() {
        let hydrated_twice = format!("hydrate:hydrate:playlist:{ID}");
        for bad in [
            "playlists:x",
            "playlist:x",
            "search: ",
            "category:a/b",
            "albums:",
            "related",
            "genre-playlist:11:x",
            "genre-search:polka",
            &hydrated_twice,
        ] {
            let error = TermKey::parse(bad).unwrap_err().to_string();
            assert!(error.contains(bad), "{error}");
        }
    }
}
