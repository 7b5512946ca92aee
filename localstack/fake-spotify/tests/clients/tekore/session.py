"""Calls everything of tekore, as it is published, that an app may call with a token of its own.

tekore reads every answer into typed models. An attribute that they do not know is an error here, although tekore itself only
warns. Reads what to ask for as JSON from standard input and prints what it saw as one JSON object. With the argument `limits`
it finds out instead how the client reports a bad token and a reached limit.
"""

import json
import sys
import time
import warnings

import httpx
import tekore
from tekore.model import UnknownModelAttributeWarning

warnings.simplefilter("error", UnknownModelAttributeWarning)
about = json.load(sys.stdin)
here = httpx.URL(about["base"])


def redirect(request):
    """Sends here what is meant for Spotify."""
    request.url = request.url.copy_with(scheme=here.scheme, host=here.host, port=here.port)
    request.headers["Host"] = f"{here.host}:{here.port}"


def sender():
    return tekore.SyncSender(httpx.Client(event_hooks={"request": [redirect]}))


def credentials(secret=about["client_secret"]):
    return tekore.Credentials(about["client_id"], secret, sender=sender())


def client(sender=None, token=None):
    return tekore.Spotify(token or credentials().request_client_token(), sender=sender or plain)


def refusal(ask):
    try:
        ask()
    except tekore.HTTPError as error:
        return error.response.status_code
    return "not refused"


def ids(rows):
    return [row and row.id for row in rows]


plain = sender()
spotify = client()


def walk(page):
    return list(spotify.all_items(page))


def by_offset(ask):
    """All rows of a listing that comes with a message, whose next links tekore cannot read."""
    rows = []
    while len(rows) < (page := ask(limit=10, offset=len(rows))).total:
        rows += page.items
    return rows


def kinds(rows):
    """How many rows of a playlist hold a track, an episode, a file and nothing."""
    held = [row.track for row in rows]
    return [
        sum(1 for item in held if item and item.track and not item.is_local),
        sum(1 for item in held if item and item.episode),
        sum(1 for item in held if item and getattr(item, "is_local", False)),
        sum(1 for item in held if not item),
    ]


def everything():
    artist, album, track = about["artist"], about["album"], about["track"]
    features = spotify.track_audio_features(track)
    recommended = spotify.recommendations([artist], ["jazz"], [track], limit=20, min_energy=0.1)
    playlist = spotify.playlist(about["playlist"])
    show = spotify.show(about["show"], market="SE")
    types = ("artist", "album", "track", "playlist", "show", "episode", "audiobook")
    several = spotify.search("ma", types, limit=5)
    as_tracks = spotify.playlist_items(about["playlist"], as_tracks=True)
    (artists,) = spotify.search(about["query"], ("artist",), limit=10)
    return {
        "search": ids(walk(artists)),
        "several": {f"{kind}s": len(page.items) for kind, page in zip(types, several)},
        "artist": spotify.artist(artist).name,
        "artists": ids(spotify.artists([*about["artists"], about["stranger"]])),
        "artist_albums": ids(walk(spotify.artist_albums(artist, limit=5))),
        "top_tracks": ids(spotify.artist_top_tracks(artist, "SE")),
        "related": ids(spotify.artist_related_artists(artist)),
        "album": [spotify.album(album).name, spotify.album(album, market="SE").tracks.total],
        "album_tracks": ids(walk(spotify.album_tracks(album, limit=3))),
        "albums": ids(spotify.albums([album, about["stranger"]])),
        "track": spotify.track(track, market="SE").name,
        "tracks": ids(spotify.tracks([track, about["stranger"]])),
        "features": [f"{features.danceability:.3f}", f"{features.tempo:.3f}"],
        "features_of_several": ids(spotify.tracks_audio_features(about["tracks"])),
        "analysis": len(spotify.track_audio_analysis(track).beats) > 10,
        "recommended": [[seed.type for seed in recommended.seeds], len(recommended.tracks)],
        "genre_seeds": len(spotify.recommendation_genre_seeds()),
        "markets": len(spotify.markets()),
        "categories": [category.name for category in walk(spotify.categories(limit=20))],
        "category": spotify.category(about["category"]).name,
        "category_playlists": ids(by_offset(lambda **page: spotify.category_playlists(about["category"], **page))),
        "featured": ids(by_offset(lambda **page: spotify.featured_playlists(**page)[1])),
        "new_releases": ids(walk(spotify.new_releases(limit=20))),
        "playlist": [playlist.name, playlist.tracks.total],
        "playlist_rows": kinds(walk(spotify.playlist_items(about["playlist"], limit=100))),
        # Asked to take episodes for tracks, tekore hands on what came.
        "episodes_as_tracks": sum(1 for row in as_tracks["items"] if row["track"] and row["track"]["episode"]),
        "cover": len(spotify.playlist_cover_image(about["playlist"])),
        "user": spotify.user(about["user"]).id,
        "user_playlists": ids(walk(spotify.playlists(about["user"]))),
        "show": [show.name, show.total_episodes],
        "shows": ids(spotify.shows([about["show"], about["stranger"]], market="SE")),
        "show_episodes": ids(walk(spotify.show_episodes(about["show"], limit=20, market="SE"))),
        "episode": spotify.episode(about["episode"], market="SE").name,
        "episodes": ids(spotify.episodes([about["episode"], about["stranger"]], market="SE")),
        "no_audiobook": refusal(lambda: spotify.audiobook(about["stranger"], market="US")),
        "unknown": refusal(lambda: spotify.artist(about["stranger"])),
        "bad": refusal(lambda: spotify.search("a", limit=51)),
        "wrong_secret": refusal(lambda: credentials("wrong").request_client_token()),
    }


def limits():
    waited = None
    while waited is None:
        try:
            spotify.artist(about["artist"])
        except tekore.TooManyRequests as error:
            waited = error.response
    time.sleep(int(waited.headers["retry-after"]))
    patient = client(tekore.RetryingSender(sender=sender()))
    names = {patient.artist(about["artist"]).name for _ in range(3)}
    return {
        "bad_token": refusal(lambda: client(token="nonsense").artist(about["artist"])),
        "throttled": waited.status_code,
        "retry_after": int(waited.headers["retry-after"]) > 0,
        "waited": names.pop(),
    }


print(json.dumps(limits() if sys.argv[1:] == ["limits"] else everything()))
