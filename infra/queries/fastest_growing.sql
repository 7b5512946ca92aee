-- Whose followers grew most since the snapshot before.
WITH snapshots AS (
    SELECT dt, snapshot, row_number() OVER (ORDER BY dt DESC, sequence DESC NULLS LAST, snapshot DESC) AS age
    FROM (SELECT DISTINCT dt, snapshot, sequence FROM artists_all) AS each_once
)
SELECT now.id, now.name, before.followers AS followers_before, now.followers, now.followers - before.followers AS growth
FROM artists_all AS now
JOIN snapshots AS latest ON latest.age = 1 AND latest.dt = now.dt AND latest.snapshot = now.snapshot
JOIN snapshots AS earlier ON earlier.age = 2
JOIN artists_all AS before ON before.id = now.id AND before.dt = earlier.dt AND before.snapshot = earlier.snapshot
WHERE now.followers > before.followers
ORDER BY growth DESC, now.id
LIMIT 100
