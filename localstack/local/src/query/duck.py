"""Runs SQL over the snapshots in a folder.

The folder has the layout of the bucket: latest.json, snapshots/*/*/_manifest.json, and the files that these name. Three
kinds of views are made: NAME is the table in the latest snapshot, NAME_all in all of them, NAME_changes the differences.
Changes may have been fetched alone: latest.json then names an older snapshot, or is missing.
"""

import argparse
import csv
import datetime
import decimal
import glob
import json
import math
import os
import shutil
import sys
import threading
import unicodedata

import duckdb


def latest_number(folder):
    """The number of the latest snapshot that is in the folder as a whole; None if there is none."""
    try:
        with open(os.path.join(folder, "latest.json"), encoding="utf-8") as file:
            return json.load(file)["sequence"]
    except FileNotFoundError:
        return None


def manifests(folder):
    """The manifests in the folder, the newest first."""
    found = []
    for path in glob.glob(os.path.join(glob.escape(folder), "snapshots", "*", "*", "_manifest.json")):
        with open(path, encoding="utf-8") as file:
            found.append(json.load(file))
    return sorted(found, key=lambda manifest: -manifest["sequence"])


def parts(folder, files):
    """SQL for the rows of Parquet files; nothing if one of them is not in the folder."""
    paths = [os.path.join(folder, *file["path"].split("/")) for file in files]
    if not paths or not all(os.path.exists(path) for path in paths):
        return None
    # DuckDB reads patterns too.
    listed = ", ".join("'" + glob.escape(path).replace("'", "''") + "'" for path in paths)
    return f"SELECT *, '{partition(files, 'dt')}' AS dt, '{partition(files, 'snapshot')}' AS snapshot FROM " \
           f"read_parquet([{listed}], hive_partitioning = false)"


def partition(files, name):
    """The value of a partition column, from the path of a file."""
    for folder in files[0]["path"].split("/"):
        if folder.startswith(name + "="):
            return folder[len(name) + 1:]
    return ""


def no_rows(table):
    """SQL for a table without rows, or without files in the folder, that still has its columns."""
    types = {"string": "VARCHAR", "double": "DOUBLE", "timestamp": "TIMESTAMPTZ", "array<string>": "VARCHAR[]"}
    columns = (f'NULL::{types.get(column["type"], "BIGINT")} AS "{column["name"]}"' for column in table["columns"])
    return f"SELECT {', '.join(columns)} WHERE false"


def make_views(connection, folder):
    """The views over everything that lies in the folder."""
    latest = latest_number(folder)
    views = {}
    for manifest in manifests(folder):
        number = manifest["sequence"]
        for name, table in manifest["tables"].items():
            rows = parts(folder, table["files"])
            if number == latest:
                views[name] = [f"SELECT * EXCLUDE (dt, snapshot) FROM ({rows})" if rows else no_rows(table)]
            if rows and (latest is None or number <= latest):
                views.setdefault(name + "_all", []).append(rows)
            changes = parts(folder, (table.get("changes") or {}).get("files", []))
            if changes:
                views.setdefault(name + "_changes", []).append(changes)
    for name, selects in views.items():
        connection.execute(f'CREATE VIEW "{name}" AS ' + " UNION ALL BY NAME ".join(selects))


def plain(value):
    """A value as JSON has it."""
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        # JSON has no number for it. Athena writes the same words.
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def distinct(names):
    """The names of columns as keys of an object: of several columns with one name, the later ones are numbered."""
    keys = []
    for name in names:
        key, number = name, 0
        while key in keys or (number and key in names):
            number += 1
            key = f"{name}_{number}"
        keys.append(key)
    return keys


def escaped(text):
    """JSON text without invisible characters, which a terminal could obey."""
    return "".join(c if unicodedata.category(c)[0] != "C" else json.dumps(c)[1:-1] for c in text)


def as_text(value):
    """A value as a cell of CSV."""
    if value is None:
        return ""
    value = plain(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def shown(value):
    """A value as a cell of a table, without what would move the cursor."""
    return visible(as_text(value))


def visible(text, kept=""):
    """The text without invisible characters, which a terminal could obey, but for those in `kept`."""
    return "".join(c if c in kept or unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in text)


def complain(error):
    """Prints an error; DuckDB quotes values in its own."""
    print(visible(str(error), kept="\n"), file=sys.stderr)


def width(text):
    """Columns that a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def fit(text, room):
    """The text in exactly this many columns."""
    if width(text) > room:
        kept = ""
        for c in text:
            if width(kept + c) > room - 1:
                break
            kept += c
        text = kept + "…"
    return text + " " * (room - width(text))


def table(names, rows, out):
    """Rows as a table that fits the terminal."""
    names = [visible(name) for name in names]
    cells = [[shown(value) for value in row] for row in rows]
    widths = [max([width(name)] + [width(row[i]) for row in cells]) for i, name in enumerate(names)]
    room = shutil.get_terminal_size((120, 24)).columns - 2 * max(len(widths) - 1, 0)
    while sum(widths) > room and max(widths) > 4:
        widths[widths.index(max(widths))] -= 1
    for line in [names, ["─" * size for size in widths]] + cells:
        print("  ".join(fit(text, size) for text, size in zip(line, widths)).rstrip(), file=out)
    print(f"{len(rows)} row{'' if len(rows) == 1 else 's'}", file=out)


def answer(connection, sql, form, out):
    """Runs a statement and writes its rows."""
    result = connection.execute(sql)
    if result is None or result.description is None:
        return
    names = [column[0] for column in result.description]
    if form == "csv":
        writer = csv.writer(out, lineterminator="\n")
        # A terminal would obey control characters; a file gets the values as they are.
        text = shown if out.isatty() else as_text
        writer.writerow([text(name) for name in names])
        while rows := result.fetchmany(10_000):
            for row in rows:
                writer.writerow([text(value) for value in row])
    elif form == "json":
        first, keys = True, distinct(names)
        out.write("[")
        while rows := result.fetchmany(10_000):
            for row in rows:
                out.write(("" if first else ",") + "\n" +
                          escaped(json.dumps(dict(zip(keys, map(plain, row))), ensure_ascii=False)))
                first = False
        out.write("]\n" if first else "\n]\n")
    else:
        table(names, result.fetchall(), out)


def answer_until_interrupted(connection, sql, form):
    """Runs a statement, which Ctrl-C ends. DuckDB does not look for it, so the statement has a thread of its own."""
    ended, errors = threading.Event(), []

    def run():
        try:
            answer(connection, sql, form, sys.stdout)
        except Exception as error:
            errors.append(error)
        finally:
            ended.set()

    threading.Thread(target=run, daemon=True).start()
    is_interrupted = False
    while not ended.is_set():
        try:
            if is_interrupted:
                # Again and again: DuckDB forgets one that comes before it has begun.
                connection.interrupt()
            # Python overlooks a Ctrl-C that comes just before it waits, until it wakes up.
            ended.wait(0.1 if is_interrupted else 1)
        except KeyboardInterrupt:
            is_interrupted = True
    for error in errors:
        raise error


def shell(connection, form):
    """Reads statements that end with a semicolon."""
    try:
        import readline  # noqa: F401  (line editing)
    except ImportError:
        pass
    tables = [row[0] for row in connection.execute("SHOW TABLES").fetchall()]
    print(f"Tables: {', '.join(tables)}. A statement ends with a semicolon; Ctrl-D leaves.", file=sys.stderr)
    statement = ""
    while True:
        try:
            line = input("fermata> " if not statement else "    ...> ")
        except EOFError:
            return
        except KeyboardInterrupt:
            statement = ""
            print(file=sys.stderr)
            continue
        statement += line + "\n"
        if line.rstrip().endswith(";"):
            try:
                answer_until_interrupted(connection, statement, form)
            except duckdb.Error as error:
                complain(error)
            statement = ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--form", choices=["table", "csv", "json"], default="table")
    parser.add_argument("--with", dest="files", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--shell", action="store_true")
    arguments = parser.parse_args()
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    make_views(connection, arguments.folder)
    for entry in arguments.files:
        name, path = entry.split("=", 1)
        quoted = path.replace("'", "''")
        reader = "read_parquet" if path.endswith(".parquet") else "read_json" if ".json" in path else "read_csv"
        connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM {reader}(\'{quoted}\')')
    if arguments.shell:
        shell(connection, arguments.form)
    else:
        # By standard input, since a long statement does not fit among the arguments.
        answer(connection, sys.stdin.read(), arguments.form, sys.stdout)


try:
    main()
except KeyboardInterrupt:
    sys.exit(130)
except BrokenPipeError:
    # Whoever read the output has seen enough of it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
except (duckdb.Error, OSError, ValueError) as error:
    complain(error)
    sys.exit(1)
