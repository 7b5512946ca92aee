-- One row for each track, as the last load that has it tells.
SELECT track_key, track_id, track_name, popularity, isrc, album_key
FROM (
  SELECT
    {{ surrogate_key("track_id") }} AS track_key,
    track_id,
    track_name,
    popularity,
    isrc,
    {{ surrogate_key("album_id") }} AS album_key,
    row_number() OVER (PARTITION BY track_id ORDER BY load_date DESC) AS age
  FROM {{ ref('stg_fermata__tracks') }}
) AS tracks
WHERE age = 1
