-- One row for each album, as the last load and then the track seen last tell.
SELECT album_key, album_id, album_name, album_kind, released, release_year
FROM (
  SELECT
    {{ surrogate_key("album_id") }} AS album_key,
    album_id,
    album_name,
    album_kind,
    released,
    CAST(substr(released, 1, 4) AS BIGINT) AS release_year,
    row_number() OVER (PARTITION BY album_id ORDER BY load_date DESC, last_seen DESC, track_id) AS age
  FROM {{ ref('stg_fermata__tracks') }}
  WHERE album_id IS NOT NULL
) AS albums
WHERE age = 1
