-- The playlists, as the last load that has each tells.
{{ newest('dim_playlist', 'playlist_key', [
  'playlist_key',
  'playlist_id',
  'playlist_name',
  'owner_id',
]) }}
