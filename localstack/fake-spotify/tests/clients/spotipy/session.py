"""Calls everything of spotipy, as it is published, that an app may call with a token of its own.

Reads what to ask for as JSON from standard input and prints what it saw as one JSON object. With the argument `limits` it
finds out instead how the client reports a bad token and a reached limit.
"""

import json
import sys
import time

import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials

about = json.load(sys.stdin)
base = about["base"]


def client(secret=about["client_secret"], auth=None, **options):
    manager = SpotifyClientCredentials(about["client_id"], secret, cache_handler=MemoryCacheHandler())
    manager.OAUTH_TOKEN_URL = base + "/api/token"
    # A token of one's own takes the place of the manager.
    spotify = spotipy.Spotify(auth=auth, auth_manager=None if auth else manager, **options)
    spotify.prefix = base + "/v1/"
    return spotify


def refusal(ask):
    try:
        ask()
    except spotipy.SpotifyException as error:
        return error.http_status
    except spotipy.SpotifyOauthError as error:
        # spotipy hides the status of the token service, which says this with a 400.
        return 400 if error.error == "invalid_client" else error.error
    return "not refused"


def ids(rows):
    return [row and row["id"] for row in rows]


spotify = client(retries=0, status_retries=0)


def walk(page, name=None):
    """All rows of a listing, by its next links."""
    rows = []
    while page:
        listing = page[name] if name else page
        rows += listing["items"]
        page = spotify.next(listing) if listing["next"] else None
    return rows


def kinds(rows):
    """How many rows of a playlist hold a track, an episode, a file and nothing."""
    held = [row["track"] for row in rows]
    return [
        sum(1 for item in held if item and item["track"] and not item["is_local"]),
        sum(1 for item in held if item and item["episode"]),
        sum(1 for item in held if item and item.get("is_local")),
        sum(1 for item in held if not item),
    ]


def everything():
    artist, album, track = about["artist"], about["album"], about["track"]
    strange = [*about["artists"], about["stranger"]]
    features = spotify.audio_features([track])[0]
    recommended = spotify.recommendations([artist], ["jazz"], [track], limit=20, min_energy=0.1)
    playlist = spotify.playlist(about["playlist"])
    show = spotify.show(about["show"], market="SE")
    several = spotify.search("ma", limit=5, type="artist,album,track,playlist,show,episode,audiobook")
    return {
        "search": ids(walk(spotify.search(about["query"], limit=10, type="artist"), "artists")),
        "several": {kind: len(page["items"]) for kind, page in several.items()},
        "artist": spotify.artist(artist)["name"],
        "artists": ids(spotify.artists(strange)["artists"]),
        "artist_albums": ids(walk(spotify.artist_albums(artist, limit=5))),
        "top_tracks": ids(spotify.artist_top_tracks(artist, country="SE")["tracks"]),
        "related": ids(spotify.artist_related_artists(artist)["artists"]),
        "album": [spotify.album(album)["name"], spotify.album(album, market="SE")["tracks"]["total"]],
        "album_tracks": ids(walk(spotify.album_tracks(album, limit=3))),
        "albums": ids(spotify.albums([album, about["stranger"]])["albums"]),
        "track": spotify.track(track, market="SE")["name"],
        "tracks": ids(spotify.tracks([track, about["stranger"]])["tracks"]),
        "features": [f"{features['danceability']:.3f}", f"{features['tempo']:.3f}"],
        "features_of_several": ids(spotify.audio_features(about["tracks"])),
        "analysis": len(spotify.audio_analysis(track)["beats"]) > 10,
        "recommended": [[seed["type"] for seed in recommended["seeds"]], len(recommended["tracks"])],
        "genre_seeds": len(spotify.recommendation_genre_seeds()["genres"]),
        "markets": len(spotify.available_markets()["markets"]),
        "categories": [category["name"] for category in walk(spotify.categories(limit=20), "categories")],
        "category": spotify.category(about["category"])["name"],
        "category_playlists": ids(walk(spotify.category_playlists(about["category"], limit=5), "playlists")),
        "featured": ids(walk(spotify.featured_playlists(limit=10), "playlists")),
        "new_releases": ids(walk(spotify.new_releases(limit=20), "albums")),
        "playlist": [playlist["name"], playlist["tracks"]["total"]],
        "playlist_rows": kinds(walk(spotify.playlist_items(about["playlist"], limit=100))),
        "playlist_rows_as_tracks": kinds(
            walk(spotify.playlist_items(about["playlist"], limit=50, additional_types=("track",)))
        ),
        "rows_of_a_user": kinds(walk(spotify.user_playlist_tracks(about["user"], about["personal"], limit=100))),
        "cover": len(spotify.playlist_cover_image(about["playlist"])),
        "user": spotify.user(about["user"])["id"],
        "user_playlists": ids(walk(spotify.user_playlists(about["user"]))),
        "show": [show["name"], show["total_episodes"]],
        "shows": ids(spotify.shows([about["show"], about["stranger"]], market="SE")["shows"]),
        "show_episodes": ids(walk(spotify.show_episodes(about["show"], limit=20, market="SE"))),
        "episode": spotify.episode(about["episode"], market="SE")["name"],
        "episodes": ids(spotify.episodes([about["episode"], about["stranger"]], market="SE")["episodes"]),
        "no_audiobook": refusal(lambda: spotify.get_audiobook(about["stranger"], market="US")),
        "unknown": refusal(lambda: spotify.artist(about["stranger"])),
        "bad": refusal(lambda: spotify.search("a", limit=51)),
        "wrong_secret": refusal(lambda: client("wrong").search("a")),
    }


def limits():
    # With no status to try again after, the refusal itself is seen, not that no tries are left.
    impatient = client(retries=0, status_forcelist=(599,))
    waited = None
    while waited is None:
        waited = refused(lambda: impatient.artist(about["artist"]))
    time.sleep(int(waited[1]))
    # As it comes, spotipy waits as long as it is asked to: more requests than the window has room for are all
    # answered.
    patient = client()
    names = {patient.artist(about["artist"])["name"] for _ in range(3)}
    return {
        "bad_token": refusal(lambda: client(auth="nonsense").artist(about["artist"])),
        "throttled": waited[0],
        "retry_after": int(waited[1]) > 0,
        "waited": names.pop(),
    }


def refused(ask):
    try:
        ask()
    except spotipy.SpotifyException as error:
        return error.http_status, error.headers["Retry-After"]
    return None


print(json.dumps(limits() if sys.argv[1:] == ["limits"] else everything()))
