-- The playlists of each load. Of several snapshots of one day, each row counts as it was seen last.
SELECT
  load_date,
  playlist_id,
  genre,
  playlist_name,
  owner_id,
  version,
  claimed_tracks,
  read_at,
  last_seen
FROM (
  SELECT
    CAST(dt AS DATE) AS load_date,
    playlist AS playlist_id,
    genre,
    name AS playlist_name,
    owner AS owner_id,
    version,
    tracks AS claimed_tracks,
    read_at,
    last_seen,
    row_number() OVER (
      PARTITION BY dt, playlist, genre ORDER BY last_seen DESC, snapshot DESC
    ) AS age
  FROM {{ source('fermata', 'playlists') }}
) AS playlists
WHERE age = 1
