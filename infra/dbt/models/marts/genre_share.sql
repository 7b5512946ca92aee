-- Which share of a load's tracks each genre has. A track of two genres counts in both, so that shares may add
-- up to more than 1.
SELECT
  dates.date_day AS load_date,
  genres.genre_name,
  count(*) AS tracks,
  CAST(count(*) AS DOUBLE) / max(loads.tracks) AS share
FROM {{ ref('fact_track_features') }} AS facts
JOIN {{ ref('dim_genre') }} AS genres ON genres.genre_key = facts.genre_key
JOIN {{ ref('dim_date') }} AS dates ON dates.date_key = facts.date_key
JOIN (
  SELECT date_key, count(DISTINCT track_key) AS tracks FROM {{ ref('fact_track_features') }} GROUP BY date_key
) AS loads ON loads.date_key = facts.date_key
GROUP BY dates.date_day, genres.genre_name
