"""Reads the Parquet files of a snapshot's artists with pyarrow, pandas and polars.

Prints for each reader what it makes of them: counts and sums that are wrong if a row, a list or a null is.
"""

import json
import sys

import pandas
import polars
import pyarrow.dataset


def with_pyarrow(files):
    table = pyarrow.dataset.dataset(files).to_table()
    seen = table.schema.field("first_seen").type
    return {
        "followers": sum(value or 0 for value in table["followers"].to_pylist()),
        "genres": sum(len(value or []) for value in table["genres"].to_pylist()),
        "no_genres": table["genres"].null_count,
        "names": sorted(table["name"].to_pylist()),
        "utc": pyarrow.types.is_timestamp(seen) and seen.tz == "UTC",
    }


def with_pandas(files):
    frame = pandas.concat([pandas.read_parquet(file) for file in files])
    return {
        "followers": int(frame["followers"].fillna(0).sum()),
        "genres": int(frame["genres"].dropna().map(len).sum()),
        "no_genres": int(frame["genres"].isna().sum()),
        "names": sorted(frame["name"]),
        "utc": str(frame["first_seen"].dt.tz) == "UTC",
    }


def with_polars(files):
    frame = polars.read_parquet(files)
    return {
        "followers": frame["followers"].fill_null(0).sum(),
        "genres": frame["genres"].list.len().fill_null(0).sum(),
        "no_genres": frame["genres"].null_count(),
        "names": sorted(frame["name"].to_list()),
        "utc": frame.schema["first_seen"].time_zone == "UTC",
    }


readers = {"pyarrow": with_pyarrow, "pandas": with_pandas, "polars": with_polars}
print(json.dumps({name: read(sys.argv[1:]) for name, read in readers.items()}))
