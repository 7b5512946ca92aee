-- How the tracks of each genre sound on average. A track counts once for each genre that has it on a
-- playlist. A tempo of 0 says that none was detected.
SELECT
  dim_genre.genre_name,
  count(*) AS tracks,
  avg(facts.danceability) AS danceability,
  avg(facts.energy) AS energy,
  avg(facts.valence) AS valence,
  avg(facts.acousticness) AS acousticness,
  avg(facts.loudness) AS loudness,
  avg(nullif(facts.tempo, 0)) AS tempo
FROM fact_track_features AS facts
JOIN dim_genre ON dim_genre.genre_key = facts.genre_key
GROUP BY dim_genre.genre, dim_genre.genre_name
ORDER BY dim_genre.genre
