"""Uses spotipy as it is published against the stand-in: token, search, artist and artists.

Arguments: the stand-in's address, client id, client secret. Prints one JSON object of what it saw.
"""

import json
import sys

import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials

base, client_id, client_secret = sys.argv[1:]


def client(secret):
    manager = SpotifyClientCredentials(client_id, secret, cache_handler=MemoryCacheHandler())
    manager.OAUTH_TOKEN_URL = base + "/api/token"
    spotify = spotipy.Spotify(auth_manager=manager, retries=0, status_retries=0)
    spotify.prefix = base + "/v1/"
    return spotify


def refusal(ask):
    try:
        ask()
    except spotipy.SpotifyException as error:
        return error.http_status, error.msg.split("\n ")[-1]
    except spotipy.SpotifyOauthError as error:
        return error.error
    return "not refused"


spotify = client(client_secret)
page = spotify.search("the", limit=10, type="artist")["artists"]
found = list(page["items"])
while page["next"]:
    page = spotify.next({"next": page["next"]})["artists"]
    found += page["items"]
ids = [artist["id"] for artist in found]
stranger = "0" * 22
batch = spotify.artists(ids[:3] + [stranger])["artists"]

print(json.dumps({
    "ids": ids,
    "total": page["total"],
    "single": spotify.artist(found[0]["uri"]),
    "first": found[0],
    "batch": [artist and artist["id"] for artist in batch],
    "too_many": refusal(lambda: spotify.search("a", limit=51)),
    "stranger": refusal(lambda: spotify.artist(stranger)),
    "wrong_secret": refusal(lambda: client("wrong").search("a")),
}))
