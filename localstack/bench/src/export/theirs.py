"""The same pages with boto3's deserialiser and pandas: prints rows, seconds of CPU and the peak of memory as JSON."""

import json
import resource
import struct
import sys

import pandas
from boto3.dynamodb.types import TypeDeserializer


def pages(path):
    """The recorded pages: each with its length before it."""
    with open(path, "rb") as file:
        while header := file.read(4):
            yield json.loads(file.read(struct.unpack("<I", header)[0]))


def main(path, target):
    deserialize = TypeDeserializer().deserialize
    rows = [
        {name: deserialize(value) for name, value in item.items()}
        for page in pages(path)
        for item in page["Items"]
    ]
    frame = pandas.DataFrame(rows)
    for name in ["popularity", "followers"]:
        frame[name] = frame[name].astype("Int64")
    for name in ["first_seen", "last_seen"]:
        frame[name] = pandas.to_datetime(frame[name], utc=True)
    frame["expires_at"] = pandas.to_datetime(frame["expires_at"].astype("int64"), unit="s", utc=True)
    frame.sort_values("id").to_parquet(target, compression="zstd", index=False)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "rows": len(frame),
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_rss_mb": used.ru_maxrss / 1024,
    }))


main(*sys.argv[1:])
