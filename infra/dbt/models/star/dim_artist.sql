-- The artists of the tracks, under the names that the last load tells.
{{ newest('dim_artist', 'artist_key', [
  'artist_key',
  'artist_id',
  'artist_name',
]) }}
