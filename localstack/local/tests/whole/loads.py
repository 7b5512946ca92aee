"""Writes two loads of one day as the exporter does, and prints what the models and the queries make of them.

The later load has the lesser name. In it, track A has features, track B has lost its artist and left its playlist, and
track C is gone. Nothing was sighted in between, as when only audio features are asked for.
"""

import datetime
import json
import os
import sys

import duckdb

SEEN = "TIMESTAMPTZ '2026-08-01 00:00:00+00' AS last_seen"
DAY = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
FEATURES = ["acousticness", "danceability", "energy", "instrumentalness", "liveness", "loudness", "speechiness",
            "tempo", "valence"]
NUMBERS = ["duration_ms", "mode", "time_signature"]


def null(names, kind):
    return ", ".join(f"NULL::{kind} AS {name}" for name in names)


def features(energy, pitch):
    rest = null([name for name in FEATURES if name != "energy"], "DOUBLE")
    return f"{energy}::DOUBLE AS energy, {rest}, {null(NUMBERS + [pitch], 'BIGINT')}"


def tables(tracks):
    """The rows of each table: `tracks` has the energy, the artist and the playlist of each."""
    rows = {"dim_date": [f"'{DAY}' AS date_key, 2026::BIGINT AS year, 11::BIGINT AS month, 30::BIGINT AS day, '{DAY}' AS week"],
            "dim_genre": ["'g' AS genre_key, 8::BIGINT AS genre, 'Jazz' AS genre_name"],
            "dim_playlist": [f"'p' AS playlist_key, 'P' AS playlist_id, 'List' AS playlist_name, 'o' AS owner_id, {SEEN}"],
            "playlists": [f"'P' AS playlist, 8::BIGINT AS genre, 'List' AS name, 'o' AS owner, '1' AS version, "
                          f"1::BIGINT AS tracks, TIMESTAMPTZ '2026-08-01 00:00:00+00' AS read_at, {SEEN}"],
            "dim_album": [f"'l' AS album_key, 'L' AS album_id, 'Sea' AS album_name, 'album' AS album_kind, "
                          f"'1999' AS released, 1999::BIGINT AS release_year, {SEEN}"],
            "dim_artist": [f"'r' AS artist_key, 'R' AS artist_id, 'Somebody' AS artist_name, {SEEN}"]}
    for name, (energy, artist, playlist) in tracks.items():
        key, sound = name.lower(), "NULL" if energy == "NULL" else "'features'"
        rows.setdefault("dim_track", []).append(
            f"'{key}' AS track_key, '{name}' AS track_id, 'Song' AS track_name, 'l' AS album_key, "
            f"{null(['popularity'], 'BIGINT')}, NULL::VARCHAR AS isrc, {SEEN}")
        rows.setdefault("tracks", []).append(
            f"'{name}' AS track, 'Song' AS name, ['R'] AS artist_ids, ['Somebody'] AS artist_names, 'L' AS album, "
            f"'Sea' AS album_name, 'album' AS album_kind, '1999' AS released, {null(['popularity'], 'BIGINT')}, "
            f"NULL::VARCHAR AS isrc, {sound}::VARCHAR AS sound, {features(energy, 'key')}, {SEEN}")
        if artist:
            rows.setdefault("bridge_track_artist", []).append(
                f"'{key}r' AS bridge_key, '{key}' AS track_key, 'r' AS artist_key, 1::BIGINT AS position, {SEEN}")
        if playlist:
            rows.setdefault("memberships", []).append(
                f"'{name}' AS track, 8::BIGINT AS genre, 'P' AS playlist, {SEEN}")
            rows.setdefault("fact_track_features", []).append(
                f"'{key}f' AS fact_key, '{key}' AS track_key, 'g' AS genre_key, '{DAY}' AS date_key, "
                f"{features(energy, 'pitch_class')}, {SEEN}")
            rows.setdefault("bridge_playlist_track", []).append(
                f"'{key}b' AS bridge_key, 'p' AS playlist_key, '{key}' AS track_key, 'g' AS genre_key, "
                f"'{DAY}' AS date_key, {SEEN}")
    return rows


def write(folder, snapshot, sequence, tracks):
    """Writes a load."""
    for table, rows in tables(tracks).items():
        path = f"{folder}/{table}/dt={DAY}/snapshot={snapshot}"
        os.makedirs(path)
        number = f", {sequence}::BIGINT AS sequence" if sequence else ""
        selects = " UNION ALL ".join(f"SELECT {row}{number}" for row in rows)
        duckdb.sql(f"COPY ({selects}) TO '{path}/part-00000.parquet'")


def main():
    folder = sys.argv[2]
    if sys.argv[1] == "write":
        # One that was made before there was a sequence.
        write(folder, "older", None, {"A": ("NULL", True, True), "D": ("0.1", True, True)})
        before = {"A": ("NULL", True, True), "B": ("0.5", True, True), "C": ("0.5", True, True)}
        write(folder, "run.of-the-day", 1, before)
        write(folder, "run", 2, {"A": ("0.25", True, True), "B": ("0.5", False, False)})
        return
    questions = models(folder) if sys.argv[1] == "models" else queries(folder)
    print(json.dumps(questions, default=str))


def models(folder):
    """What the models have made."""
    questions = {
        "facts": "SELECT track_key, energy FROM fact_track_features",
        "playlists": "SELECT track_key FROM bridge_playlist_track",
        "credits": "SELECT track_key FROM bridge_track_artist",
        "tracks": "SELECT track_key FROM dim_track",
    }
    for name, question in questions.items():
        question = question.replace("FROM ", f"FROM '{folder}/star/") + ".parquet' ORDER BY 1"
        questions[name] = [list(row) for row in duckdb.sql(question).fetchall()]
    staged = "SELECT track_id, sound FROM stg_fermata__tracks ORDER BY 1"
    with duckdb.connect(f"{folder}/star/fermata.duckdb") as connection:
        questions["staged"] = [list(row) for row in connection.sql(staged).fetchall()]
    return questions


def queries(folder):
    """What two queries make of the artists: in the later load A has grown, B is gone, and C is new."""
    loads = {("run.of-the-day", 1): {"A": 10, "B": 20}, ("run", 2): {"A": 15, "C": 5}}
    rows = ", ".join(f"('{name}', '{name}', 1, {followers}, ['pop'], '2026-11-23', '{snapshot}', {sequence})"
                     for (snapshot, sequence), artists in loads.items() for name, followers in artists.items())
    columns = "id, name, popularity, followers, genres, dt, snapshot, sequence"
    duckdb.sql(f"CREATE TABLE artists_all AS SELECT * FROM (VALUES {rows}) AS rows ({columns})")
    answers = {}
    for name, columns in {"fastest_growing": "id, growth", "artist_history": "id, followers, is_current"}.items():
        with open(f"{folder}/{name}.sql", encoding="utf-8") as sql:
            answer = duckdb.sql(f"SELECT {columns} FROM ({sql.read()})")
        answers[name] = [list(row) for row in answer.fetchall()]
    return answers


main()
