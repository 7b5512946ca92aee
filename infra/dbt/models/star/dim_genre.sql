-- The genres; the key is the code.
SELECT genre AS genre_key, genre_name FROM {{ ref('genres') }}
