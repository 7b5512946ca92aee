//! Calls everything of rspotify, as it is published, that an app may call with a token of its own.
//!
//! rspotify reads every answer into typed models. Reads what to ask for as JSON from standard input and
//! prints what it saw as one JSON object. With the argument `limits` it finds out instead how a bad token and
//! a reached limit look to the client.

use std::io::Read;
use std::time::Duration;

use rspotify::clients::BaseClient;
use rspotify::http::HttpError;
use rspotify::model::{
    AlbumId, AlbumType, ArtistId, Country, EpisodeId, Id, Market, Page, PlayableItem, PlaylistId,
    PlaylistItem, RecommendationsAttribute, SearchResult, SearchType, ShowId, TrackId, UserId,
};
use rspotify::{ClientCredsSpotify, ClientError, ClientResult, Config, Credentials, Token};
use serde_json::{json, Value};

const SWEDEN: Option<Market> = Some(Market::Country(Country::Sweden));

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut about = String::new();
    std::io::stdin().read_to_string(&mut about)?;
    let session = Session::new(serde_json::from_str(&about)?);
    let limits = std::env::args().nth(1).as_deref() == Some("limits");
    println!("{}", if limits { session.limits() } else { session.everything()? });
    Ok(())
}

/// A client, and what to ask it for.
struct Session {
    about: Value,
    spotify: ClientCredsSpotify,
}

fn client(about: &Value, secret: &str) -> ClientCredsSpotify {
    let base = about["base"].as_str().expect("an address");
    let config = Config {
        api_base_url: format!("{base}/v1/"),
        auth_base_url: format!("{base}/"),
        pagination_chunks: 20,
        ..Config::default()
    };
    let id = about["client_id"].as_str().expect("an id");
    ClientCredsSpotify::with_config(Credentials::new(id, secret), config)
}

fn all<T>(rows: impl Iterator<Item = ClientResult<T>>) -> ClientResult<Vec<T>> {
    rows.collect()
}

/// The ids of `rows`, and a null for the stranger that others ask for besides: rspotify cannot read it.
fn with_stranger<T>(rows: Vec<T>, id: impl Fn(T) -> String) -> Value {
    rows.into_iter().map(|row| Value::from(id(row))).chain([Value::Null]).collect()
}

/// The status of a refusal, and its Retry-After.
fn refusal<T>(result: ClientResult<T>) -> (u16, Option<u64>) {
    match result {
        Err(ClientError::Http(error)) => match *error {
            HttpError::StatusCode(answer) => {
                (answer.status(), answer.header("retry-after").and_then(|wait| wait.parse().ok()))
            }
            other => panic!("{other}"),
        },
        Err(other) => panic!("{other}"),
        Ok(_) => (200, None),
    }
}

// rspotify calls deprecated what apps in development mode do not get.
#[expect(deprecated)]
impl Session {
    fn new(about: Value) -> Self {
        let spotify = client(&about, about["client_secret"].as_str().expect("a secret"));
        spotify.request_token().expect("a token");
        Self { about, spotify }
    }

    fn id(&self, name: &str) -> String {
        self.about[name].as_str().expect("an id").to_owned()
    }

    fn ids(&self, name: &str) -> Vec<String> {
        let ids = self.about[name].as_array().expect("ids").iter();
        ids.map(|id| id.as_str().expect("an id").to_owned()).collect()
    }

    fn artist(&self) -> ArtistId<'static> {
        ArtistId::from_id(self.id("artist")).expect("an id")
    }

    fn album(&self) -> AlbumId<'static> {
        AlbumId::from_id(self.id("album")).expect("an id")
    }

    fn track(&self) -> TrackId<'static> {
        TrackId::from_id(self.id("track")).expect("an id")
    }

    fn everything(&self) -> ClientResult<Value> {
        let mut saw = self.music()?;
        for part in [self.tracks()?, self.browsing()?, self.podcasts()?, self.refusals()] {
            if let (Value::Object(saw), Value::Object(part)) = (&mut saw, part) {
                saw.extend(part);
            }
        }
        Ok(saw)
    }

    fn music(&self) -> ClientResult<Value> {
        let spotify = &self.spotify;
        let artists = self.ids("artists").into_iter().map(|id| ArtistId::from_id(id).expect("an id"));
        let albums = all(spotify.artist_albums(self.artist(), [], None))?;
        let own = all(spotify.artist_albums(self.artist(), [AlbumType::Album, AlbumType::Single], None))?;
        assert!(own.len() <= albums.len());
        let tracks = all(spotify.album_track(self.album(), None))?;
        Ok(json!({
            "search": self.search()?,
            "several": self.several()?,
            "artist": spotify.artist(self.artist())?.name,
            "artists": with_stranger(spotify.artists(artists)?, |artist| artist.id.id().to_owned()),
            "artist_albums": albums.into_iter().filter_map(|album| Some(album.id?.id().to_owned())).collect::<Vec<_>>(),
            "top_tracks": ids(spotify.artist_top_tracks(self.artist(), SWEDEN)?.into_iter().map(|track| track.id)),
            "related": spotify
                .artist_related_artists(self.artist())?
                .into_iter()
                .map(|artist| artist.id.id().to_owned())
                .collect::<Vec<_>>(),
            "album": [json!(spotify.album(self.album(), None)?.name), json!(spotify.album(self.album(), SWEDEN)?.tracks.total)],
            "album_tracks": ids(tracks.into_iter().map(|track| track.id)),
            "albums": with_stranger(spotify.albums([self.album()], None)?, |album| album.id.id().to_owned()),
        }))
    }

    fn search(&self) -> ClientResult<Vec<String>> {
        let (query, mut found, limit) = (self.id("query"), Vec::new(), 10);
        loop {
            let offset = u32::try_from(found.len()).expect("few");
            let page =
                self.spotify.search(&query, SearchType::Artist, None, None, Some(limit), Some(offset))?;
            let SearchResult::Artists(Page { items, next, .. }) = page else { panic!("{page:?}") };
            found.extend(items.into_iter().map(|artist| artist.id.id().to_owned()));
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    fn several(&self) -> ClientResult<Value> {
        let types = [
            SearchType::Artist,
            SearchType::Album,
            SearchType::Track,
            SearchType::Playlist,
            SearchType::Show,
            SearchType::Episode,
        ];
        let found = self.spotify.search_multiple("ma", types, None, None, Some(5), None)?;
        Ok(json!({
            "artists": found.artists.expect("artists").items.len(),
            "albums": found.albums.expect("albums").items.len(),
            "tracks": found.tracks.expect("tracks").items.len(),
            "playlists": found.playlists.expect("playlists").items.len(),
            "shows": found.shows.expect("shows").items.len(),
            "episodes": found.episodes.expect("episodes").items.len(),
        }))
    }

    fn tracks(&self) -> ClientResult<Value> {
        let spotify = &self.spotify;
        let features = spotify.track_features(self.track())?;
        let several = self.ids("tracks").into_iter().map(|id| TrackId::from_id(id).expect("an id"));
        let several = spotify.tracks_features(several)?.expect("features");
        let recommended = spotify.recommendations(
            [RecommendationsAttribute::MinEnergy(0.1)],
            Some([self.artist()]),
            Some(["jazz"]),
            Some([self.track()]),
            None,
            Some(20),
        )?;
        let kinds: Vec<String> =
            recommended.seeds.iter().map(|seed| format!("{:?}", seed._type).to_uppercase()).collect();
        Ok(json!({
            "track": spotify.track(self.track(), SWEDEN)?.name,
            "tracks": with_stranger(spotify.tracks([self.track()], None)?, |track| track.id.expect("an id").id().to_owned()),
            "features": [format!("{:.3}", features.danceability), format!("{:.3}", features.tempo)],
            "features_of_several": several.into_iter().map(|of| of.id.id().to_owned()).collect::<Vec<_>>(),
            "analysis": spotify.track_analysis(self.track())?.beats.len() > 10,
            "recommended": [json!(kinds), json!(recommended.tracks.len())],
        }))
    }

    fn browsing(&self) -> ClientResult<Value> {
        let (spotify, category) = (&self.spotify, self.id("category"));
        let categories = all(spotify.categories(None, None))?;
        let playlists = |of: Vec<rspotify::model::SimplifiedPlaylist>| {
            of.into_iter().map(|playlist| playlist.id.id().to_owned()).collect::<Vec<_>>()
        };
        let id = |name| PlaylistId::from_id(self.id(name)).expect("an id");
        let user = UserId::from_id(self.id("user")).expect("an id");
        let whole = spotify.playlist(id("playlist"), None, None)?;
        let named = categories.iter().find(|found| found.id == category).expect("listed").name.clone();
        let new = all(spotify.new_releases(None))?;
        assert_eq!(spotify.playlist_check_follow(id("personal"), &[user.clone()])?, [true]);
        Ok(json!({
            "categories": categories.into_iter().map(|category| category.name).collect::<Vec<_>>(),
            "category": named,
            "category_playlists": playlists(all(spotify.category_playlists(&category, None))?),
            "featured": self.featured()?,
            "new_releases": new.into_iter().map(|album| album.id.expect("an id").id().to_owned()).collect::<Vec<_>>(),
            "playlist": [json!(whole.name), json!(whole.items.total)],
            "playlist_rows": kinds(all(spotify.playlist_items(id("playlist"), None, None))?),
            "playlist_rows_as_tracks": kinds(all(spotify.playlist_items(id("playlist"), None, None))?),
            "rows_of_a_user": kinds(all(spotify.playlist_items(id("personal"), None, None))?),
            "user": spotify.user(user.clone())?.id.id().to_owned(),
            "user_playlists": playlists(all(spotify.user_playlists(user))?),
        }))
    }

    /// Featured playlists come without an iterator.
    fn featured(&self) -> ClientResult<Vec<String>> {
        let mut found = Vec::new();
        loop {
            let offset = u32::try_from(found.len()).expect("few");
            let page = self.spotify.featured_playlists(None, None, None, Some(10), Some(offset))?.playlists;
            found.extend(page.items.into_iter().map(|playlist| playlist.id.id().to_owned()));
            if page.next.is_none() {
                return Ok(found);
            }
        }
    }

    fn podcasts(&self) -> ClientResult<Value> {
        let spotify = &self.spotify;
        let show = ShowId::from_id(self.id("show")).expect("an id");
        let episode = EpisodeId::from_id(self.id("episode")).expect("an id");
        let episodes = all(spotify.get_shows_episodes(show.clone(), SWEDEN))?;
        Ok(json!({
            "show": [spotify.get_a_show(show.clone(), SWEDEN)?.name],
            "shows": with_stranger(spotify.get_several_shows([show], SWEDEN)?, |show| show.id.id().to_owned()),
            "show_episodes": episodes.into_iter().map(|episode| episode.id.id().to_owned()).collect::<Vec<_>>(),
            "episode": spotify.get_an_episode(episode.clone(), SWEDEN)?.name,
            "episodes": with_stranger(spotify.get_several_episodes([episode], SWEDEN)?, |episode| episode.id.id().to_owned()),
        }))
    }

    fn refusals(&self) -> Value {
        let stranger = ArtistId::from_id(self.id("stranger")).expect("an id");
        let bad = self.spotify.search("a", SearchType::Artist, None, None, Some(51), None);
        json!({
            "unknown": refusal(self.spotify.artist(stranger)).0,
            "bad": refusal(bad).0,
            "wrong_secret": refusal(client(&self.about, "wrong").request_token()).0,
        })
    }

    fn limits(&self) -> Value {
        let (status, wait) = loop {
            let refusal = refusal(self.spotify.artist(self.artist()));
            if refusal.0 != 200 {
                break refusal;
            }
        };
        let mut stranger = client(&self.about, "any");
        stranger.config.token_refreshing = false;
        let token = Token { access_token: "nonsense".to_owned(), ..Token::default() };
        *stranger.token.lock().expect("a lock") = Some(token);
        let bad_token = refusal(stranger.artist(self.artist())).0;
        std::thread::sleep(Duration::from_secs(wait.expect("a wait")));
        let waited = self.spotify.artist(self.artist()).expect("an artist").name;
        json!({"bad_token": bad_token, "throttled": status, "retry_after": wait > Some(0), "waited": waited})
    }
}

fn ids(ids: impl Iterator<Item = Option<TrackId<'static>>>) -> Vec<String> {
    ids.flatten().map(|id| id.id().to_owned()).collect()
}

/// How many rows of a playlist hold a track, an episode, a file and nothing, as far as rspotify tells them
/// apart.
fn kinds(rows: Vec<PlaylistItem>) -> [usize; 4] {
    let mut counts = [0; 4];
    for row in rows {
        let kind = match row.item {
            None => 3,
            Some(PlayableItem::Episode(_)) => 1,
            Some(PlayableItem::Track(track)) if format!("{:?}", track.r#type) == "Episode" => 1,
            Some(PlayableItem::Track(_)) => 0,
            Some(PlayableItem::Unknown(item)) => panic!("rspotify cannot read {item}"),
        };
        counts[kind] += 1;
    }
    counts
}
