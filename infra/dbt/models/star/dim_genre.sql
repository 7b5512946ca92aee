-- The genres with their codes.
{{ newest('dim_genre', 'genre_key', [
  'genre_key',
  'genre',
  'genre_name',
]) }}
