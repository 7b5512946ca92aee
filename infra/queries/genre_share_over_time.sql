-- The share of each genre among the artists with a genre, for each snapshot.
WITH tagged AS (
    SELECT dt, snapshot, count(*) AS artists FROM artists_all WHERE cardinality(genres) > 0 GROUP BY dt, snapshot
)
SELECT
    of_all.dt, of_all.snapshot, genre, count(*) AS artists,
    round(100e0 * count(*) / max(tagged.artists), 2) AS percent
FROM artists_all AS of_all
CROSS JOIN UNNEST(of_all.genres) AS t (genre)
JOIN tagged ON tagged.dt = of_all.dt AND tagged.snapshot = of_all.snapshot
GROUP BY of_all.dt, of_all.snapshot, genre
ORDER BY of_all.dt, of_all.snapshot, artists DESC, genre
