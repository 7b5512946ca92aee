-- One row for each track, genre and load: how the track sounds, in Spotify's units.
SELECT
  {{ surrogate_key("of_genre.load_date || '#' || of_genre.track_id || '#' || of_genre.genre") }} AS fact_key,
  {{ surrogate_key("of_genre.track_id") }} AS track_key,
  of_genre.genre AS genre_key,
  {{ surrogate_key("tracks.album_id") }} AS album_key,
  {{ date_key("of_genre.load_date") }} AS date_key,
  acousticness,
  danceability,
  duration_ms,
  energy,
  instrumentalness,
  pitch_class,
  liveness,
  loudness,
  mode,
  speechiness,
  tempo,
  time_signature,
  valence
FROM (
  SELECT DISTINCT load_date, track_id, genre FROM {{ ref('stg_fermata__current_memberships') }}
) AS of_genre
JOIN {{ ref('stg_fermata__tracks') }} AS tracks
  ON tracks.load_date = of_genre.load_date AND tracks.track_id = of_genre.track_id
