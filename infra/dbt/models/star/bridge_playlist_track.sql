-- The tracks on each playlist, by genre and load.
{{ newest('bridge_playlist_track', 'date_key', [
  'bridge_key',
  'playlist_key',
  'track_key',
  'genre_key',
  'date_key',
]) }}
