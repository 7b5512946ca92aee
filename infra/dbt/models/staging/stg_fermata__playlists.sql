-- The playlists of each load. Of several snapshots of one day, the last one counts.
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
    {{ load_age('dt') }} AS age
  FROM {{ source('fermata', 'playlists') }}
) AS playlists
WHERE age = 1
