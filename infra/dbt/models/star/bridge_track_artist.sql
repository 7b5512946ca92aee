-- The artists of each track with their places, as the last load that has the track tells. That load need not
-- have any: then the track has lost its artists.
SELECT
  credits.bridge_key,
  credits.track_key,
  credits.artist_key,
  credits.position
FROM {{ source('fermata', 'bridge_track_artist') }} AS credits
JOIN (
  SELECT track_key, dt, snapshot, {{ load_age('track_key') }} AS age
  FROM {{ source('fermata', 'dim_track') }}
) AS tracks ON tracks.track_key = credits.track_key AND tracks.dt = credits.dt AND tracks.snapshot = credits.snapshot
WHERE tracks.age = 1
