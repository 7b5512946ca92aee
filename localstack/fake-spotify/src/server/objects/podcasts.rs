//! Shows and their episodes.

use serde_json::{Value, json};

use super::maker::{AVAILABLE, Objects, images, with};
use super::paging::PageAsk;
use crate::world::{Episode, Show};

impl Objects<'_> {
    /// A show in a list, or as an episode names it.
    pub(in crate::server) fn show(&self, show: Show) -> Value {
        let (id, name) = (show.id(), self.world.show_name(show));
        let about = format!("All about {}.", self.world.catalogue().artist(show.artist).name());
        let object = with(
            self.object("show", &id, &name),
            json!({
                "copyrights": [],
                "description": about,
                "explicit": false,
                "html_description": format!("<p>{about}</p>"),
                "images": images(&id),
                "is_externally_hosted": false,
                "languages": [self.world.language(show)],
                "media_type": "audio",
                "total_episodes": self.world.episode_count(show),
            }),
        );
        let publisher = self.world.publisher(show);
        self.with_full(object, json!({"available_markets": AVAILABLE.as_slice(), "publisher": publisher}))
    }

    /// A show with its newest episodes.
    pub(in crate::server) fn complete_show(&self, show: Show) -> Value {
        let first = PageAsk { limit: 50, offset: 0 };
        with(self.show(show), json!({ "episodes": self.show_episodes(show, first) }))
    }

    /// A page of the episodes of a show.
    pub(in crate::server) fn show_episodes(&self, show: Show, ask: PageAsk) -> Value {
        let episodes: Vec<Episode> = self.world.episodes(show).collect();
        let path = format!("/v1/shows/{}/episodes", show.id());
        self.listing(&path, ask, episodes.len(), |place| self.episode_of_show(episodes[place]))
    }

    /// An episode with its show.
    pub(in crate::server) fn episode(&self, episode: Episode) -> Value {
        with(self.episode_of_show(episode), json!({ "show": self.show(episode.show) }))
    }

    /// An episode as its show has it.
    pub(in crate::server) fn episode_of_show(&self, episode: Episode) -> Value {
        let (id, name) = (episode.id(), self.world.episode_name(episode));
        let language = self.world.language(episode.show);
        with(
            self.object("episode", &id, &name),
            json!({
                "audio_preview_url": null,
                "description": name,
                "duration_ms": self.world.episode_duration_ms(episode),
                "explicit": false,
                "html_description": format!("<p>{name}</p>"),
                "images": images(&id),
                "is_externally_hosted": false,
                "is_playable": true,
                "language": language,
                "languages": [language],
                "release_date": self.world.episode_date(episode),
                "release_date_precision": "day",
            }),
        )
    }
}
