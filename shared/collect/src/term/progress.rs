//! How far a term has come.

use serde::{Deserialize, Serialize};

use super::kinds::{
    CapabilitiesProgress, GenrePlaylistProgress, ListProgress, PlaylistProgress, SampleProgress,
    SearchProgress,
};

/// How far a term has come, kept on the term so that a deferred or parked term asks nothing twice. Each kind
/// of question has a progress of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Of a search for artists.
    Search(SearchProgress),
    /// Of a list.
    List(ListProgress),
    /// Of a playlist.
    Playlist(PlaylistProgress),
    /// Of a playlist that is read for its tracks.
    GenrePlaylist(GenrePlaylistProgress),
    /// Of the term that finds out what the app may do.
    Capabilities(CapabilitiesProgress),
    /// Of a slice of the sample.
    Sample(SampleProgress),
    /// Of a kind whose terms begin anew each time.
    Nothing,
}

impl Progress {
    /// The same without what is of no use once the term is finished.
    #[must_use]
    pub fn finished(self) -> Self {
        match self {
            Self::Search(progress) => Self::Search(progress.finished()),
            Self::Capabilities(_) => Self::Capabilities(CapabilitiesProgress::default()),
            Self::Sample(_) => Self::Sample(SampleProgress::default()),
            Self::List(_) | Self::Playlist(_) | Self::GenrePlaylist(_) | Self::Nothing => self,
        }
    }
}

/// The progress of one kind as progress, and back. Progress of another kind is forgotten: its term begins
/// anew.
macro_rules! progress_of {
    ($($kind:ident($progress:ty),)*) => {
        $(
            impl From<$progress> for Progress {
                fn from(progress: $progress) -> Self {
                    Self::$kind(progress)
                }
            }

            impl From<Progress> for $progress {
                fn from(progress: Progress) -> Self {
                    if let Progress::$kind(progress) = progress { progress } else { Self::default() }
                }
            }
        )*
    };
}

progress_of! {
    Search(SearchProgress),
    List(ListProgress),
    Playlist(PlaylistProgress),
    GenrePlaylist(GenrePlaylistProgress),
    Capabilities(CapabilitiesProgress),
    Sample(SampleProgress),
}

impl From<()> for Progress {
    fn from((): ()) -> Self {
        Self::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_search_keeps_its_walk_and_forgets_whom_it_has_shown() {
        let shown = SearchProgress { artists: [1, 2].into(), parted: true, ..SearchProgress::default() };
        let kept = SearchProgress { artists: [].into(), ..shown.clone() };
        assert_eq!(Progress::Search(shown).finished(), Progress::Search(kept));
    }
}
