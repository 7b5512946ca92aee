-- Pairs of artists that share most playlists. Needs a source that reads playlists (`playlists`, `categories`).
SELECT artists.name AS artist, others.name AS appears_with, count(*) AS playlists
FROM edges
JOIN edges AS shared ON shared.other = edges.other AND shared.kind = edges.kind AND shared.artist > edges.artist
JOIN artists ON artists.id = edges.artist
JOIN artists AS others ON others.id = shared.artist
WHERE edges.kind = 'playlist'
GROUP BY artists.id, artists.name, others.id, others.name
ORDER BY playlists DESC, artists.id, others.id
LIMIT 100
