"""Walks the playlists of the categories whose names are the arguments, and collects the audio features of their tracks.

Prints one line for each track: category, id, name, artists, danceability, energy, tempo.
"""

import csv
import sys

from connect import connect

spotify = connect()
out = csv.writer(sys.stdout)


def pages(result, key=None):
    while result:
        page = result[key] if key else result
        yield from page["items"]
        result = spotify.next(page) if page["next"] else None


def tracks_of(playlist_id):
    tracks = []
    # The endpoint and the page size of before 2026.
    result = spotify._get(f"playlists/{playlist_id}/tracks", limit=100, offset=0)
    while True:
        for row in result["items"]:
            track = row["track"]
            if track is None or track["id"] is None:
                continue
            if track["type"] != "track":
                # An episode has artists too, or this would fail.
                assert track["artists"][0]["name"], track
                continue
            tracks.append(track)
        if not result["next"]:
            return tracks
        result = spotify.next(result)


wanted = set(sys.argv[1:])
for category in pages(spotify.categories(limit=50), "categories"):
    if category["name"] not in wanted:
        continue
    seen = {}
    for playlist in pages(spotify.category_playlists(category["id"], limit=50), "playlists"):
        for track in tracks_of(playlist["id"]):
            seen[track["id"]] = track
    ids = list(seen)
    for start in range(0, len(ids), 100):
        for features in spotify.audio_features(ids[start:start + 100]):
            track = seen[features["id"]]
            out.writerow([
                category["name"], track["id"], track["name"],
                "|".join(artist["name"] for artist in track["artists"]),
                features["danceability"], features["energy"], features["tempo"],
            ])
