"""Reads the segments of an event log with DuckDB and with pyarrow: segments.py FOLDER. Prints what each found as JSON.

The queries are those of docs/event-log.md.
"""

import glob
import json
import sys

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq

folder = sys.argv[1]
files = sorted(glob.glob(f"{folder}/segments/*.parquet"))
STANDS = "coalesce(source, '') not like 'suppilo:%'"


def with_duckdb():
    connection = duckdb.connect()
    source = f"read_parquet('{folder}/segments/*.parquet')"
    counts = connection.sql(f"select event, count(*) from {source} where {STANDS} group by event").fetchall()
    by_channel = connection.sql(
        f"select json_extract_string(props, '$.channel') as channel, sum(json_extract(props, '$.n')::double)"
        f" from {source} where {STANDS} group by channel order by channel"
    ).fetchall()
    first = connection.sql(f"select epoch_ms(min(timestamp)), epoch_ms(max(timestamp)) from {source} where {STANDS}").fetchall()[0]
    positions = connection.sql(f"select count(*), count(distinct position), min(position), max(position) from {source}")
    return {
        "counts": dict(counts),
        "sums": {channel: total for channel, total in by_channel},
        "from_ms": first[0],
        "upto_ms": first[1],
        "positions": list(positions.fetchall()[0]),
    }


def with_pyarrow():
    table = pq.read_table(files)
    source = pc.fill_null(table["source"], "")
    table = table.filter(pc.invert(pc.starts_with(source, "suppilo:")))
    counts = {entry["values"]: entry["counts"] for entry in table["event"].value_counts().to_pylist()}
    sums = {}
    for text in table["props"].to_pylist():
        props = json.loads(text)
        sums[props["channel"]] = sums.get(props["channel"], 0) + props["n"]
    times = pc.min_max(pc.cast(table["timestamp"], "int64"))
    return {"counts": counts, "sums": sums, "from_ms": times["min"].as_py(), "upto_ms": times["max"].as_py()}


print(json.dumps({"duckdb": with_duckdb(), "pyarrow": with_pyarrow()}))
