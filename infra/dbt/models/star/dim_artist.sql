-- One row for each artist of a track, under the name that the last load tells.
SELECT artist_key, artist_id, artist_name
FROM (
  SELECT
    {{ surrogate_key("first_element") }} AS artist_key,
    first_element AS artist_id,
    second_element AS artist_name,
    row_number() OVER (PARTITION BY first_element ORDER BY load_date DESC, track_id) AS age
  FROM (
    {{ elements(ref('stg_fermata__tracks'), 'track_id', 'artist_ids', 'artist_names') }}
  ) AS credits
) AS artists
WHERE age = 1
