"""What the old collectors share: where Spotify is, and credentials from the environment, as spotipy reads them."""

import os

import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials


def connect():
    base = os.environ["SPOTIFY_BASE"]
    SpotifyClientCredentials.OAUTH_TOKEN_URL = base + "/api/token"
    spotify = spotipy.Spotify(auth_manager=SpotifyClientCredentials(cache_handler=MemoryCacheHandler()))
    spotify.prefix = base + "/v1/"
    return spotify
