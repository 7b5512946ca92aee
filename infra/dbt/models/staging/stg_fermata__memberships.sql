-- The memberships of each load. Of several snapshots of one day, the last one counts.
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
    {{ load_age('dt') }} AS age
  FROM {{ source('fermata', 'memberships') }}
) AS memberships
WHERE age = 1
