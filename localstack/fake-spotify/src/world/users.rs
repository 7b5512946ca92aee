//! Users, as far as anybody may see them: Spotify itself, and those who made a playlist around an artist.

use super::{Playlist, World};

/// A user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum User {
    /// Spotify's editors.
    Spotify,
    /// Whoever made the playlist around the artist of this rank.
    Listener(u32),
}

const LISTENER: &str = "listener-";

impl User {
    /// The id, which is also the name that is shown.
    pub fn id(self) -> String {
        match self {
            Self::Spotify => "spotify".to_owned(),
            Self::Listener(artist) => format!("{LISTENER}{artist}"),
        }
    }
}

impl World {
    /// The user with this id, if there is one.
    pub fn user(&self, id: &str) -> Option<User> {
        if id == "spotify" {
            return Some(User::Spotify);
        }
        let artist = id.strip_prefix(LISTENER)?.parse().ok()?;
        // Any other way to write the number names nobody.
        Some(User::Listener(artist)).filter(|user| self.has_playlist(artist) && user.id() == id)
    }

    /// Who owns a playlist.
    pub fn owner(&self, playlist: Playlist) -> User {
        match playlist {
            Playlist::Editorial { .. } => User::Spotify,
            Playlist::Personal { artist } => User::Listener(artist),
        }
    }

    /// The playlists of a user.
    pub fn playlists_of(&self, user: User) -> Vec<Playlist> {
        match user {
            User::Spotify => self.listed_playlists(),
            User::Listener(artist) => vec![Playlist::Personal { artist }],
        }
    }
}
