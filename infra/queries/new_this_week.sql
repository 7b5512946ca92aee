-- Artists that were seen first in the seven days before the newest sighting.
SELECT id, name, genres, followers, first_seen, found_by
FROM artists
WHERE first_seen > (SELECT max(last_seen) FROM artists) - INTERVAL '7' DAY
ORDER BY first_seen DESC, id
