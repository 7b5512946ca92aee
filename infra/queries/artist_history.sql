-- Every version of every artist: a slowly changing dimension, type 2, valid by the dates of the runs. A version ends when the
-- next one begins, or with the first snapshot that the artist is not in; the current one has no end.
WITH snapshots AS (
    SELECT dt, snapshot, row_number() OVER (ORDER BY dt, sequence NULLS FIRST, snapshot) AS number
    FROM (SELECT DISTINCT dt, snapshot, sequence FROM artists_all) AS each_once
),
seen AS (
    SELECT of_all.id, of_all.name, of_all.popularity, of_all.followers, of_all.genres, snapshots.number, snapshots.dt
    FROM artists_all AS of_all
    JOIN snapshots ON snapshots.dt = of_all.dt AND snapshots.snapshot = of_all.snapshot
),
compared AS (
    SELECT
        *,
        CASE
            WHEN lag(number) OVER (PARTITION BY id ORDER BY number) = number - 1
                AND lag(name) OVER (PARTITION BY id ORDER BY number) IS NOT DISTINCT FROM name
                AND lag(popularity) OVER (PARTITION BY id ORDER BY number) IS NOT DISTINCT FROM popularity
                AND lag(followers) OVER (PARTITION BY id ORDER BY number) IS NOT DISTINCT FROM followers
                AND lag(genres) OVER (PARTITION BY id ORDER BY number) IS NOT DISTINCT FROM genres
                THEN 0
            ELSE 1
        END AS begins
    FROM seen
),
versions AS (
    SELECT *, sum(begins) OVER (PARTITION BY id ORDER BY number) AS version FROM compared
),
spans AS (
    SELECT id, version, min(number) AS first_number, max(number) AS last_number, min(dt) AS valid_from
    FROM versions
    GROUP BY id, version
)
SELECT
    spans.id, spans.version, versions.name, versions.popularity, versions.followers, versions.genres,
    spans.valid_from, following.dt AS valid_to, following.dt IS NULL AS is_current
FROM spans
JOIN versions ON versions.id = spans.id AND versions.number = spans.first_number
LEFT JOIN snapshots AS following ON following.number = spans.last_number + 1
ORDER BY spans.id, spans.version
