-- One row for each artist of a track, with its place among them, as the last load that has the track tells.
SELECT
  {{ surrogate_key("track_id") }} AS track_key,
  {{ surrogate_key("first_element") }} AS artist_key,
  place AS position
FROM (
  {{ elements(ref('stg_fermata__tracks'), 'track_id', 'artist_ids', 'artist_names') }}
) AS credits
WHERE load_date = (
  SELECT max(load_date) FROM {{ ref('stg_fermata__tracks') }} AS tracks WHERE tracks.track_id = credits.track_id
)
