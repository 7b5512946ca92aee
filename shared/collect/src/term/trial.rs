//! What a trial was answered, kept on the term that tries.

use serde::{Deserialize, Serialize};

use crate::catalogue::{Artist, ArtistId};
use crate::web_api::Page;

/// The answer to a question of a trial, as far as trials look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trial {
    rows: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    has_next: bool,
    artists: Vec<(ArtistId, String)>,
}

impl From<&Page> for Trial {
    fn from(page: &Page) -> Self {
        let artists = page.artists.iter().map(|artist| (artist.id.clone(), artist.name.clone())).collect();
        Self { rows: page.rows, total: page.total, has_next: page.has_next, artists }
    }
}

impl From<&Trial> for Page {
    fn from(trial: &Trial) -> Self {
        let artist = |(id, name): &(ArtistId, String)| Artist {
            id: id.clone(),
            name: name.clone(),
            popularity: None,
            followers: None,
            genres: None,
        };
        let artists = trial.artists.iter().map(artist).collect();
        Self { artists, rows: trial.rows, total: trial.total, has_next: trial.has_next, ..Self::default() }
    }
}
