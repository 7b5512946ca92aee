-- Joins the artists with the ids that others have given them. `ids` is a file of yours: spotify_id, mbid, wikidata.
SELECT artists.id, artists.name, artists.followers, ids.mbid, ids.wikidata
FROM artists
JOIN ids ON ids.spotify_id = artists.id
ORDER BY artists.followers DESC, artists.id
