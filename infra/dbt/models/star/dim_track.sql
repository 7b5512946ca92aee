-- The tracks, as the last load that has each tells.
{{ newest('dim_track', 'track_key', [
  'track_key',
  'track_id',
  'track_name',
  'popularity',
  'isrc',
  'album_key',
]) }}
