//! Podcasts: a show around some artists each, with an episode a week.

use super::World;
use super::albums::narrow_u64;
use super::ids::{Kind, id_of, named_by};
use crate::catalogue::{Id, NOW, narrow};
use crate::random::Random;

/// A show: a podcast about an artist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Show {
    /// The rank of the artist that it is about.
    pub artist: u32,
}

/// An episode of a show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Episode {
    /// The show it is of.
    pub show: Show,
    /// Its place among the show's episodes, the newest being 0.
    pub place: u32,
}

/// Share of artists that have a show, beside what popularity adds.
const SHOWS: f64 = 0.01;

/// Episodes of one show, at most; more than fit the ids would have.
const MOST_EPISODES: usize = 240;

/// Languages that shows are in.
const LANGUAGES: [&str; 6] = ["en", "de", "es", "fr", "pt", "sv"];

impl Show {
    /// The id as Spotify would write it.
    pub fn id(self) -> String {
        id_of(Kind::Show, self.artist.into())
    }
}

impl Episode {
    fn number(self) -> u64 {
        u64::from(self.show.artist) * 1_024 + u64::from(self.place)
    }

    /// The id as Spotify would write it.
    pub fn id(self) -> String {
        id_of(Kind::Episode, self.number())
    }
}

impl World {
    /// Whether there is a show about the artist of `rank`.
    pub fn has_show(&self, rank: u32) -> bool {
        if rank as usize >= self.catalogue.len() {
            return false;
        }
        let popularity = f64::from(self.catalogue.artist(rank).popularity().unwrap_or(0));
        self.draw(0x5504, rank.into()).chance(SHOWS + popularity / 400.0)
    }

    /// The show with this id, if there is one.
    pub fn show(&self, id: &Id) -> Option<Show> {
        let (_, number) = named_by(id).filter(|(kind, _)| *kind == Kind::Show)?;
        let show = Show { artist: u32::try_from(number).ok()? };
        self.has_show(show.artist).then_some(show)
    }

    /// The episode with this id, if there is one.
    pub fn episode(&self, id: &Id) -> Option<Episode> {
        let (_, number) = named_by(id).filter(|(kind, _)| *kind == Kind::Episode)?;
        let show = Show { artist: u32::try_from(number / 1_024).ok()? };
        let episode = Episode { show, place: narrow_u64(number % 1_024) };
        (self.has_show(show.artist) && episode.place < self.episode_count(show)).then_some(episode)
    }

    /// How many episodes a show has: at least three.
    pub fn episode_count(&self, show: Show) -> u32 {
        narrow(3 + self.draw(0xE915, show.artist.into()).below(MOST_EPISODES - 3))
    }

    /// The episodes of a show, newest first.
    pub fn episodes(&self, show: Show) -> impl Iterator<Item = Episode> + use<> {
        (0..self.episode_count(show)).map(move |place| Episode { show, place })
    }

    /// The name of a show.
    pub fn show_name(&self, show: Show) -> String {
        format!("{} Weekly", self.catalogue.artist(show.artist).name())
    }

    /// Who publishes a show.
    pub fn publisher(&self, show: Show) -> &'static str {
        ["Studio North", "Radio Five", "Headphone Media"][self.draw(0x9B15, show.artist.into()).below(3)]
    }

    /// The language of a show, as a code of two letters.
    pub fn language(&self, show: Show) -> &'static str {
        LANGUAGES[self.draw(0x1A46, show.artist.into()).below(LANGUAGES.len())]
    }

    /// The name of an episode: its number, the first being 1, and the artist it talks about.
    pub fn episode_name(&self, episode: Episode) -> String {
        let number = self.episode_count(episode.show) - episode.place;
        let guest = narrow(self.draw(0xE914, episode.number()).below(self.catalogue.len()));
        format!("#{number}: {}", self.catalogue.artist(guest).name())
    }

    /// The length of an episode in milliseconds: a quarter of an hour to an hour and a half.
    pub fn episode_duration_ms(&self, episode: Episode) -> u32 {
        900_000 + narrow(self.draw(0xE9D0, episode.number()).below(4_500_000))
    }

    /// The day of an episode: four a month, backwards from October of the year in which the world lives.
    pub fn episode_date(&self, episode: Episode) -> String {
        let months = u32::from(NOW) * 12 + 9 - episode.place / 4;
        format!("{}-{:02}-{:02}", months / 12, months % 12 + 1, 22 - 7 * (episode.place % 4))
    }

    /// Some episode, of a show about one of the better known artists; none where few draws find no show.
    pub(super) fn some_episode(&self, random: &mut Random) -> Option<Episode> {
        let known = self.catalogue.len() / 4 + 1;
        let artist = (0..16).map(|_| narrow(random.below(known))).find(|rank| self.has_show(*rank))?;
        let show = Show { artist };
        Some(Episode { show, place: narrow(random.below(self.episode_count(show) as usize)) })
    }
}
