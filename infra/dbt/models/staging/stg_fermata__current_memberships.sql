-- The memberships that held when the load was made: a track that was taken off a playlist was not seen since
-- the reading of the playlist's last version began. Where no reading has come to its end yet, all count.
SELECT memberships.load_date, memberships.track_id, memberships.genre, memberships.playlist_id
FROM {{ ref('stg_fermata__memberships') }} AS memberships
LEFT JOIN {{ ref('stg_fermata__playlists') }} AS playlists
  ON playlists.load_date = memberships.load_date
  AND playlists.playlist_id = memberships.playlist_id
  AND playlists.genre = memberships.genre
WHERE playlists.read_at IS NULL OR memberships.last_seen >= playlists.read_at
