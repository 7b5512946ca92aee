-- How many of the artists with a genre have each genre.
WITH tagged AS (
    SELECT count(*) AS artists FROM artists WHERE cardinality(genres) > 0
)
SELECT genre, count(*) AS artists, round(100e0 * count(*) / max(tagged.artists), 2) AS percent
FROM artists
CROSS JOIN UNNEST(genres) AS t (genre)
CROSS JOIN tagged
GROUP BY genre
ORDER BY artists DESC, genre
