//! What foreign clients ask for, and what they must see.

use std::time::Duration;

use fake_spotify::fold::words;
use fake_spotify::world::{Album, Episode, Item, Playlist, Show, Track, User, World};
use fake_spotify::{AppClass, Artists, Config, FakeSpotify, Faults, LimitSettings, Penalty};
use serde_json::{Value, json};

const STRANGER: &str = "0000000000000000000000";
const QUERY: &str = "the";

/// A stand-in in which nothing is left to chance.
pub(crate) async fn stand_in() -> FakeSpotify {
    let mut faults = Faults::default();
    faults.tie_shift_rate = 0.0;
    let artists = Artists::Generated { count: 3_000, seed: 1 };
    let config = Config { artists, faults, class: AppClass::Extended, ..Config::default() };
    FakeSpotify::start(config).await.expect("a stand-in")
}

/// The same that answers two requests in two seconds, and whose penalty alone is too short for the next one.
pub(crate) async fn limited() -> FakeSpotify {
    let spotify = stand_in().await;
    let penalty_s = Penalty::Fixed(Duration::from_millis(100));
    let limits = LimitSettings { rate: Some(2), rate_period_s: 2.0, penalty_s, ..LimitSettings::default() };
    spotify.set_limits(limits).expect("limits");
    spotify
}

/// The things that are asked for.
struct Subjects {
    artist: u32,
    album: Album,
    tracks: Vec<Track>,
    /// A category, a playlist of it with an episode, and a user's playlist with a local file.
    category: u32,
    playlist: Playlist,
    personal: Playlist,
    user: User,
    show: Show,
    episode: Episode,
}

impl Subjects {
    fn of(world: &World) -> Self {
        let album = (0..100).flat_map(|rank| world.albums(rank)).find(|album| world.track_count(*album) > 6);
        let album = album.expect("an album");
        let category = (0..world.category_count()).find(|number| world.category_name(*number) == "Jazz");
        let category = category.expect("jazz");
        let holds = |playlist: &Playlist, is: fn(Item) -> bool| {
            (0..world.item_count(*playlist)).any(|place| is(world.item(*playlist, 0, place)))
        };
        let with_episode = |playlist: &Playlist| holds(playlist, |item| matches!(item, Item::Episode(_)));
        let with_file = |playlist: &Playlist| holds(playlist, |item| matches!(item, Item::Local(_)));
        let mut personal =
            (0..3_000).filter(|rank| world.has_playlist(*rank)).map(|artist| Playlist::Personal { artist });
        let personal = personal.find(with_file).expect("a playlist");
        let show = Show { artist: (0..3_000).find(|rank| world.has_show(*rank)).expect("a show") };
        Self {
            artist: album.artist,
            album,
            tracks: world.tracks(album).collect(),
            category,
            playlist: world.category_playlists(category).find(with_episode).expect("a playlist"),
            personal,
            user: world.owner(personal),
            show,
            episode: Episode { show, place: 1 },
        }
    }
}

/// What a session gets: the address, the credentials and what to ask for.
pub(crate) fn about(spotify: &FakeSpotify) -> Value {
    let world = spotify.world();
    let subjects = Subjects::of(world);
    let artist = |rank: u32| spotify.catalogue().artist(rank).id().to_owned();
    let tracks: Vec<String> = subjects.tracks.iter().map(|track| world.track_id(*track)).collect();
    json!({
        "base": spotify.base_url(),
        "client_id": spotify.credentials().id,
        "client_secret": spotify.credentials().secret,
        "artist": artist(subjects.artist),
        "artists": [artist(7), artist(3)],
        "album": subjects.album.id(),
        "track": tracks[0],
        "tracks": tracks,
        "category": world.category_id(subjects.category),
        "playlist": subjects.playlist.id(),
        "personal": subjects.personal.id(),
        "user": subjects.user.id(),
        "show": subjects.show.id(),
        "episode": subjects.episode.id(),
        "query": QUERY,
        "stranger": STRANGER,
    })
}

/// What a session must see: the truth about the world, and the refusals.
pub(crate) fn expected(spotify: &FakeSpotify) -> Value {
    let mut expected = music(spotify);
    let others = [browsing(spotify), podcasts(spotify.world())];
    for other in others {
        expected.as_object_mut().expect("an object").extend(other.as_object().expect("an object").clone());
    }
    expected["unknown"] = 404.into();
    expected["bad"] = 400.into();
    expected["wrong_secret"] = 400.into();
    expected
}

fn music(spotify: &FakeSpotify) -> Value {
    let (world, catalogue) = (spotify.world(), spotify.catalogue());
    let subjects = Subjects::of(world);
    let id = |rank: u32| catalogue.artist(rank).id();
    let ids = |ranks: Vec<u32>| ranks.into_iter().map(id).collect::<Vec<_>>();
    let track_ids = |tracks: &[Track]| tracks.iter().map(|track| world.track_id(*track)).collect::<Vec<_>>();
    let the = |name: &str| words(name).iter().any(|word| word.starts_with(QUERY));
    let found: Vec<&str> =
        catalogue.iter().filter(|artist| the(artist.name())).map(|artist| artist.id()).collect();
    assert!(found.len() > 30, "{} artists are several pages", found.len());
    let albums = world.albums(subjects.artist).chain(world.appears_on(subjects.artist)).map(Album::id);
    let features = world.features(subjects.tracks[0]);
    json!({
        "search": found,
        "several": {
            "artists": 5, "albums": 5, "tracks": 5, "playlists": 5, "shows": 5, "episodes": 5, "audiobooks": 0,
        },
        "artist": catalogue.artist(subjects.artist).name(),
        "artists": [id(7), id(3), null],
        "artist_albums": albums.collect::<Vec<_>>(),
        "top_tracks": track_ids(&world.top_tracks(subjects.artist)),
        "related": ids(world.related(subjects.artist)),
        "album": [world.album_title(subjects.album), subjects.tracks.len()],
        "album_tracks": track_ids(&subjects.tracks),
        "albums": [subjects.album.id(), null],
        "track": world.track_title(subjects.tracks[0]),
        "tracks": [world.track_id(subjects.tracks[0]), null],
        "features": [format!("{:.3}", features.danceability), format!("{:.3}", features.tempo)],
        "features_of_several": track_ids(&subjects.tracks),
        "analysis": true,
        "recommended": [["ARTIST", "GENRE", "TRACK"], 20],
        "genre_seeds": 126,
    })
}

fn browsing(spotify: &FakeSpotify) -> Value {
    let world = spotify.world();
    let subjects = Subjects::of(world);
    let names: Vec<&str> = (0..world.category_count()).map(|number| world.category_name(number)).collect();
    let ids = |playlists: Vec<Playlist>| playlists.into_iter().map(Playlist::id).collect::<Vec<_>>();
    let new = &world.new_albums()[..world.new_albums().len().min(100)];
    let rows = rows(world, subjects.playlist);
    json!({
        "markets": 184,
        "categories": names,
        "category": world.category_name(subjects.category),
        "category_playlists": ids(world.category_playlists(subjects.category).collect()),
        "featured": ids(world.featured_playlists()),
        "new_releases": new.iter().map(|album| album.id()).collect::<Vec<_>>(),
        "playlist": [world.playlist_name(subjects.playlist), world.item_count(subjects.playlist)],
        "playlist_rows": rows,
        "playlist_rows_as_tracks": rows,
        "episodes_as_tracks": rows[1],
        "rows_of_a_user": self::rows(world, subjects.personal),
        "cover": 1,
        "user": subjects.user.id(),
        "user_playlists": ids(world.playlists_of(subjects.user)),
    })
}

/// How many rows of a playlist hold a track, an episode, a file and nothing.
fn rows(world: &World, playlist: Playlist) -> [usize; 4] {
    let items = (0..world.item_count(playlist)).map(|place| world.item(playlist, 0, place));
    let mut rows = [0; 4];
    for item in items {
        let kind = match item {
            Item::Track(_) => 0,
            Item::Episode(_) => 1,
            Item::Local(_) => 2,
            Item::Gone => 3,
        };
        rows[kind] += 1;
    }
    rows
}

fn podcasts(world: &World) -> Value {
    let Subjects { show, episode, .. } = Subjects::of(world);
    json!({
        "show": [world.show_name(show), world.episode_count(show)],
        "shows": [show.id(), null],
        "show_episodes": world.episodes(show).map(Episode::id).collect::<Vec<_>>(),
        "episode": world.episode_name(episode),
        "episodes": [episode.id(), null],
        "no_audiobook": 404,
    })
}

/// Compares what a session saw with what it must see; `but` names what its client cannot see.
pub(crate) fn compare(saw: &Value, expected: &Value, but: &[&str]) {
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<String>>();
    for key in keys(expected) {
        if but.contains(&key.as_str()) {
            assert!(saw.get(&key).is_none(), "{key} is seen: take it from the exceptions");
        } else {
            assert_eq!(saw[&key], expected[&key], "{key}");
        }
    }
    let surplus: Vec<String> = keys(saw).into_iter().filter(|key| expected.get(key).is_none()).collect();
    assert!(surplus.is_empty(), "nothing says what must be seen of {surplus:?}");
}
