-- One row for each track on a playlist, genre and load. Only playlists that were read to their end count.
SELECT DISTINCT
  {{ surrogate_key("memberships.playlist_id") }} AS playlist_key,
  {{ surrogate_key("memberships.track_id") }} AS track_key,
  memberships.genre AS genre_key,
  {{ date_key("memberships.load_date") }} AS date_key
FROM {{ ref('stg_fermata__current_memberships') }} AS memberships
JOIN {{ ref('stg_fermata__playlists') }} AS playlists
  ON playlists.load_date = memberships.load_date
  AND playlists.playlist_id = memberships.playlist_id
  AND playlists.genre = memberships.genre
