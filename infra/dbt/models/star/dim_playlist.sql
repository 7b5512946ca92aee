-- One row for each playlist, as the last load that has it tells.
SELECT playlist_key, playlist_id, playlist_name, owner_id
FROM (
  SELECT
    {{ surrogate_key("playlist_id") }} AS playlist_key,
    playlist_id,
    playlist_name,
    owner_id,
    row_number() OVER (PARTITION BY playlist_id ORDER BY load_date DESC, last_seen DESC, genre) AS age
  FROM {{ ref('stg_fermata__playlists') }}
) AS playlists
WHERE age = 1
