-- The three most followed artists of each genre.
SELECT genre, place, name, followers, popularity
FROM (
    SELECT
        genre, name, followers, popularity,
        row_number() OVER (PARTITION BY genre ORDER BY followers DESC, id) AS place
    FROM artists
    CROSS JOIN UNNEST(genres) AS t (genre)
    WHERE followers IS NOT NULL
) AS ranked
WHERE place <= 3
ORDER BY genre, place
