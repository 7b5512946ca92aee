//! What to ask each path of the document.

use fake_spotify::world::{Album, Playlist, Show, User, World};
use fake_spotify::{AppClass, FakeSpotify};

const STRANGER: &str = "0000000000000000000000";

/// A question, and whether it names a market.
pub(super) struct Question {
    pub(super) path: String,
    pub(super) market: bool,
}

/// Good questions for a path of the document, at least one.
pub(super) fn of(path: &str, spotify: &FakeSpotify) -> Vec<Question> {
    let subjects = subjects(path, spotify);
    let mut questions: Vec<Question> =
        subjects.iter().map(|path| Question { path: path.clone(), market: false }).collect();
    // The last may be played somewhere else only.
    for market in ["SE", "ZW"].into_iter().filter(|_| takes_market(path)) {
        let and = if subjects[0].contains('?') { '&' } else { '?' };
        questions.push(Question { path: format!("{}{and}market={market}", subjects[0]), market: true });
    }
    questions
}

pub(super) fn takes_market(path: &str) -> bool {
    path == "/search"
        || ["/albums", "/tracks", "/top-tracks"].iter().any(|part| path.contains(part))
        || path == "/recommendations"
        || path == "/playlists/{id}"
        || path.ends_with("/items")
}

/// The path with ids of things that are there, and what else it needs.
fn subjects(path: &str, spotify: &FakeSpotify) -> Vec<String> {
    let ids = Ids::of(spotify);
    let filled = |ids: &[String]| ids.iter().map(|id| path.replace("{id}", id)).collect::<Vec<_>>();
    let batch = |ids: &[String]| vec![format!("{path}?ids={},{STRANGER}", ids.join(","))];
    match path {
        "/search" => {
            let kinds = "artist,album,track,playlist,show,episode,audiobook";
            ["ma", "jazz", "a NOT the", "zzzzzz", "year:2020"]
                .map(|words| format!("/search?q={}&type={kinds}&limit=5&offset=5", words.replace(' ', "+")))
                .to_vec()
        }
        "/recommendations" => vec![
            format!("{path}?seed_artists={}&seed_genres=jazz&seed_tracks={}", ids.artists[0], ids.tracks[0]),
            format!("{path}?seed_genres=hip-hop,r-n-b,sleep&limit=100&min_energy=0.2&target_tempo=120"),
        ],
        "/browse/categories/{id}" | "/browse/categories/{id}/playlists" => filled(&ids.categories),
        "/users/{id}" | "/users/{id}/playlists" => filled(&ids.users),
        "/artists" => batch(&ids.artists),
        "/albums" => batch(&ids.albums),
        "/tracks" | "/audio-features" => batch(&ids.tracks),
        "/shows" => batch(&ids.shows),
        "/episodes" => batch(&ids.episodes),
        "/audiobooks" => batch(&ids.shows[..1]),
        _ if path.starts_with("/artists/") => filled(&ids.artists),
        _ if path.starts_with("/albums/") => filled(&ids.albums),
        _ if path.starts_with("/shows/") || path.starts_with("/audiobooks/") => filled(&ids.shows),
        _ if path.starts_with("/episodes/") => filled(&ids.episodes),
        "/playlists/{id}/followers/contains" => {
            filled(&ids.playlists).iter().map(|path| format!("{path}?ids={}", ids.users.join(","))).collect()
        }
        _ if path.starts_with("/playlists/") => {
            let mut questions = filled(&ids.playlists);
            let episodes: Vec<String> = questions
                .iter()
                .map(|question| format!("{question}?additional_types=track,episode"))
                .collect();
            questions.extend(episodes);
            questions
        }
        _ if path.contains("{id}") => filled(&ids.tracks),
        _ => vec![path.to_owned()],
    }
}

/// Questions that must be refused: bad and unknown ids, pages and markets that there are not.
pub(super) fn wrong(path: &str) -> Vec<String> {
    let mut questions = Vec::new();
    if path.contains("{id}") {
        questions.extend(["x", STRANGER].map(|id| path.replace("{id}", id)));
    }
    match path {
        "/search" => questions.extend(
            ["", "?q=a", "?q=a&type=film", "?q=a&type=artist&limit=0", "?q=a&type=artist&market=CN"]
                .map(|query| format!("{path}{query}")),
        ),
        "/recommendations" => questions.extend(
            ["", "?seed_genres=nonsense", "?seed_genres=jazz&limit=101", "?seed_genres=jazz&min_energy=x"]
                .map(|query| format!("{path}{query}")),
        ),
        "/browse/categories" | "/browse/new-releases" | "/browse/featured-playlists" => {
            questions
                .extend(["?limit=51", "?offset=-1", "?country=XX"].map(|query| format!("{path}{query}")));
        }
        "/markets" | "/recommendations/available-genre-seeds" => {}
        _ if !path.contains("{id}") => {
            let many = [STRANGER; 101].join(",");
            questions.extend(
                [String::new(), "?ids=x".to_owned(), format!("?ids={many}")]
                    .map(|query| path.to_owned() + &query),
            );
        }
        _ => {}
    }
    questions
}

/// Ids of things that are there and that an app of the class of the stand-in may see.
struct Ids {
    artists: Vec<String>,
    albums: Vec<String>,
    tracks: Vec<String>,
    playlists: Vec<String>,
    categories: Vec<String>,
    users: Vec<String>,
    shows: Vec<String>,
    episodes: Vec<String>,
}

impl Ids {
    fn of(spotify: &FakeSpotify) -> Self {
        let world = spotify.world();
        let artists = || (0..200).map(|rank| spotify.catalogue().artist(rank).id().to_owned());
        let albums: Vec<Album> = (0..60).flat_map(|rank| world.albums(rank).take(2)).collect();
        let with_guest = albums.iter().find(|album| !world.guests(**album).is_empty());
        let chosen: Vec<Album> = albums[..3].iter().chain(with_guest).copied().collect();
        let shows: Vec<Show> =
            (0..300).filter(|rank| world.has_show(*rank)).map(|artist| Show { artist }).take(3).collect();
        Self {
            artists: artists().step_by(40).collect(),
            albums: chosen.iter().map(|album| album.id()).collect(),
            tracks: chosen
                .iter()
                .filter_map(|album| Some(world.track_id(world.tracks(*album).last()?)))
                .collect(),
            playlists: playlists(spotify).into_iter().map(Playlist::id).collect(),
            categories: [1, 9, 49].map(|category| world.category_id(category)).to_vec(),
            users: [User::Spotify, owner(world)].map(User::id).to_vec(),
            episodes: shows.iter().filter_map(|show| Some(world.episodes(*show).last()?.id())).collect(),
            shows: shows.into_iter().map(Show::id).collect(),
        }
    }
}

/// Playlists of users and, unless they are hidden, of Spotify's own.
fn playlists(spotify: &FakeSpotify) -> Vec<Playlist> {
    let world = spotify.world();
    let personal =
        (0..400).filter(|rank| world.has_playlist(*rank)).map(|artist| Playlist::Personal { artist });
    let mut playlists: Vec<Playlist> = personal.step_by(10).collect();
    if spotify.class() != AppClass::Development {
        playlists.extend(world.category_playlists(2).take(2));
    }
    playlists
}

fn owner(world: &World) -> User {
    let rank = (0..400).find(|rank| world.has_playlist(*rank)).expect("a playlist");
    User::Listener(rank)
}
