-- The albums, as the last load that has each tells.
{{ newest('dim_album', 'album_key', [
  'album_key',
  'album_id',
  'album_name',
  'album_kind',
  'released',
  'release_year',
]) }}
