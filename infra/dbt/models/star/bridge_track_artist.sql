-- The artists of each track with their places, as the last load that has the track tells.
{{ newest('bridge_track_artist', 'track_key', [
  'bridge_key',
  'track_key',
  'artist_key',
  'position',
]) }}
