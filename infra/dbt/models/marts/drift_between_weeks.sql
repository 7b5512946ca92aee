-- How the average of each genre has moved since the load before, in Spotify's units.
SELECT
  load_date,
  genre_name,
  before.load_date_before,
  energy - energy_before AS energy_drift,
  danceability - danceability_before AS danceability_drift,
  valence - valence_before AS valence_drift,
  tempo - tempo_before AS tempo_drift,
  loudness - loudness_before AS loudness_drift
FROM (
  SELECT
    load_date,
    genre_name,
    energy,
    danceability,
    valence,
    tempo,
    loudness,
    lag(load_date) OVER of_genre AS load_date_before,
    lag(energy) OVER of_genre AS energy_before,
    lag(danceability) OVER of_genre AS danceability_before,
    lag(valence) OVER of_genre AS valence_before,
    lag(tempo) OVER of_genre AS tempo_before,
    lag(loudness) OVER of_genre AS loudness_before
  FROM {{ ref('audio_profile_by_genre') }}
  WINDOW of_genre AS (PARTITION BY genre_name ORDER BY load_date)
) AS before
WHERE load_date_before IS NOT NULL
