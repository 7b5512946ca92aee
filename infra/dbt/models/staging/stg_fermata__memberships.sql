-- The memberships of each load. Of several snapshots of one day, each row counts as it was seen last.
SELECT
  load_date,
  track_id,
  genre,
  playlist_id,
  last_seen
FROM (
  SELECT
    CAST(dt AS DATE) AS load_date,
    track AS track_id,
    genre,
    playlist AS playlist_id,
    last_seen,
    row_number() OVER (
      PARTITION BY dt, track, genre, playlist ORDER BY last_seen DESC, snapshot DESC
    ) AS age
  FROM {{ source('fermata', 'memberships') }}
) AS memberships
WHERE age = 1
