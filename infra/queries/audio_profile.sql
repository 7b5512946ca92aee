-- How the tracks of each genre sound on average. A track counts once for each genre that has it on a playlist.
SELECT
  CASE genre
    WHEN 0 THEN 'Hip-Hop' WHEN 1 THEN 'Pop' WHEN 2 THEN 'Country' WHEN 3 THEN 'Rock' WHEN 4 THEN 'R&B'
    WHEN 5 THEN 'Dance/Electronic' WHEN 6 THEN 'Indie' WHEN 7 THEN 'Sleep' WHEN 8 THEN 'Jazz'
    WHEN 9 THEN 'Soul' WHEN 10 THEN 'Metal'
  END AS genre_name,
  count(*) AS tracks,
  avg(danceability) AS danceability,
  avg(energy) AS energy,
  avg(valence) AS valence,
  avg(acousticness) AS acousticness,
  avg(loudness) AS loudness,
  avg(tempo) AS tempo
FROM (SELECT DISTINCT track, genre FROM memberships) AS of_genre
JOIN tracks ON tracks.track = of_genre.track
GROUP BY genre
ORDER BY genre
