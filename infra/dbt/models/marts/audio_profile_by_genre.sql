-- How the tracks of each genre sound on average, load by load. A tempo of 0 says that none was detected.
SELECT
  dates.date_day AS load_date,
  genres.genre_name,
  count(*) AS tracks,
  count(facts.tempo) AS described,
  avg(facts.acousticness) AS acousticness,
  avg(facts.danceability) AS danceability,
  avg(facts.energy) AS energy,
  avg(facts.instrumentalness) AS instrumentalness,
  avg(facts.liveness) AS liveness,
  avg(facts.loudness) AS loudness,
  avg(facts.speechiness) AS speechiness,
  avg(nullif(facts.tempo, 0)) AS tempo,
  avg(facts.valence) AS valence
FROM {{ ref('fact_track_features') }} AS facts
JOIN {{ ref('dim_genre') }} AS genres ON genres.genre_key = facts.genre_key
JOIN {{ ref('dim_date') }} AS dates ON dates.date_key = facts.date_key
GROUP BY dates.date_day, genres.genre_name
