"""Asks for recommendations again and again, with every genre seed and then with artists found on the way.

Arguments: the number of genres to begin with. Prints one line for each track: id, name, artists, danceability.
"""

import csv
import sys

from connect import connect

spotify = connect()
out = csv.writer(sys.stdout)
genres = spotify.recommendation_genre_seeds()["genres"]
tracks, artists = {}, {}


def recommend(**seeds):
    answer = spotify.recommendations(limit=100, country="US", **seeds)
    assert [seed["type"].lower() for seed in answer["seeds"]], answer["seeds"]
    for track in answer["tracks"]:
        tracks[track["id"]] = track
        for artist in track["artists"]:
            artists[artist["id"]] = artist["name"]


for genre in genres[:int(sys.argv[1])]:
    recommend(seed_genres=[genre])
for artist in list(artists)[:20]:
    recommend(seed_artists=[artist], target_danceability=0.8, min_popularity=1)
for start in range(0, min(len(tracks), 25), 5):
    recommend(seed_tracks=list(tracks)[start:start + 5])
ids = list(tracks)
for start in range(0, len(ids), 100):
    for features in spotify.audio_features(ids[start:start + 100]):
        track = tracks[features["id"]]
        names = "|".join(artist["name"] for artist in track["artists"])
        out.writerow([track["id"], track["name"], names, features["danceability"]])
