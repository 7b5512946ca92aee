"""Searches for every string of an alphabet and pages through each result, 50 at a time, to the end of the window.

Arguments: the alphabet and the length of the strings, `0123456789abcdefghijklmnopqrstuvwxyz` and 4 for 0000 to zzzz.
Prints one line for each artist: id, name, followers, popularity, genres.
"""

import csv
import itertools
import sys

from connect import connect

PAGE = 50
WINDOW = 1000

spotify = connect()
alphabet, length = sys.argv[1], int(sys.argv[2])
out = csv.writer(sys.stdout)
seen = set()
for letters in itertools.product(alphabet, repeat=length):
    query = "".join(letters)
    for offset in range(0, WINDOW, PAGE):
        artists = spotify.search(q=query, type="artist", limit=PAGE, offset=offset)["artists"]
        for artist in artists["items"]:
            if artist["id"] in seen:
                continue
            seen.add(artist["id"])
            picture = artist["images"][0]["url"] if len(artist["images"]) > 0 else ""
            out.writerow([
                artist["id"], artist["name"], artist["followers"]["total"], artist["popularity"],
                "|".join(artist["genres"]), picture,
            ])
        if offset + PAGE >= artists["total"]:
            break
