"""Uses spotipy as it is published against the stand-in: token, search, artists and what is around them.

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



def walk(page, name=None):
    """All rows of a listing, by its next links."""
    rows = []
    while page:
        listing = page[name] if name else page
        rows += listing["items"]
        page = spotify.next(listing) if listing["next"] else None
    return rows


def named(rows):
    """The ids of the artists that albums or tracks name."""
    return sorted({artist["id"] for row in rows if row for artist in row.get("artists", []) if artist["id"]})


categories = walk(spotify.categories(limit=20), "categories")
category = next(category for category in categories if category["name"] == "Jazz")
playlists = walk(spotify.category_playlists(category["id"], limit=3), "playlists")
longest = max(playlists, key=lambda playlist: playlist["tracks"]["total"])
playlist = spotify.playlist(longest["id"])
# Asks the endpoint of 2026, whose rows hold an item; the playlist's own rows hold a track.
items = walk(spotify.playlist_items(longest["id"], limit=50))
releases = walk(spotify.new_releases(limit=10), "albums")
albums = spotify.albums([releases[0]["id"], stranger, releases[1]["id"]])["albums"]
several = spotify.search("ma", limit=10, type="artist,album,track,playlist")

print(json.dumps({
    "related": [artist["id"] for artist in spotify.artist_related_artists(ids[0])["artists"]],
    "artist_albums": [album["id"] for album in walk(spotify.artist_albums(ids[0], limit=5))],
    "categories": len(categories),
    "category_playlists": [found["id"] for found in playlists],
    "featured": [found["id"] for found in walk(spotify.featured_playlists(limit=20), "playlists")],
    "playlist": playlist["id"],
    "snapshots": [longest["snapshot_id"], playlist["snapshot_id"]],
    "playlist_artists": named(item["item"] for item in items),
    "first_items_agree": [row["track"] for row in playlist["tracks"]["items"]] == [row["item"] for row in items[:100]],
    "new_releases": [album["id"] for album in releases],
    "albums": [album and album["id"] for album in albums],
    "album_artists": named(albums[0]["tracks"]["items"]),
    "several": {kind: len(listing["items"]) for kind, listing in several.items()},
    "genre_seeds": len(spotify.recommendation_genre_seeds()["genres"]),
    "no_playlist": refusal(lambda: spotify.playlist(stranger)),
    "ids": ids,
    "total": page["total"],
    "single": spotify.artist(found[0]["uri"]),
    "first": found[0],
    "batch": [artist and artist["id"] for artist in batch],
    "too_many": refusal(lambda: spotify.search("a", limit=51)),
    "stranger": refusal(lambda: spotify.artist(stranger)),
    "wrong_secret": refusal(lambda: client("wrong").search("a")),
}))
