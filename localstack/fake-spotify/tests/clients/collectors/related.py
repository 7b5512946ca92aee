"""Crawls related artists, breadth first, from the artists whose ids are the arguments.

Prints one line for each artist that is reached: id, name.
"""

import collections
import csv
import sys

from connect import connect

spotify = connect()
out = csv.writer(sys.stdout)
queue = collections.deque(spotify.artist(start) for start in sys.argv[1:])
seen = {artist["id"] for artist in queue}
while queue:
    artist = queue.popleft()
    out.writerow([artist["id"], artist["name"]])
    for related in spotify.artist_related_artists(artist["id"])["artists"]:
        if related["id"] not in seen:
            seen.add(related["id"])
            queue.append(related)
