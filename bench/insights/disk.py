"""What ClickHouse needs on disk for the events of the comparison, by how they are kept.

`disk.py FILE.parquet FOLDER` makes a table of each kind in a new folder, merged to the last, and prints bytes an event.
"""

import sys
from pathlib import Path

import chdb.session

TIME = "fromUnixTimestamp64Milli(time, 'UTC')"
PROPERTIES = ("channel", "plan", "campaign", "amount", "path")
UUID = """toUUID(concat(
    substring(message_id, 1, 8), '-', substring(message_id, 9, 4), '-', substring(message_id, 13, 4),
    '-0000-000000000000'))"""


def json_of(names):
    """An object of those that have a value."""

    def member(name):
        value = "toString(amount)" if name == "amount" else f"concat('\"', {name}, '\"')"
        return f"if(isNull({name}), '', concat('\"{name}\":', {value}))"

    members = ", ".join(member(name) for name in names)
    return f"concat('{{', arrayStringConcat(arrayFilter(one -> one != '', [{members}]), ','), '}}')"


# By kind: columns with their types, each with what it is made of.
KINDS = {
    # As in the comparison.
    "typed": {
        "uuid UInt64": "reinterpretAsUInt64(unhex(message_id))",
        "distinct_id UInt64": "person",
        "timestamp DateTime64(3, 'UTC')": TIME,
        "event LowCardinality(String)": "event",
        **{f"{name} LowCardinality(String)": f"ifNull({name}, '')" for name in PROPERTIES if name != "amount"},
        "amount Float64": "ifNull(amount, 0)",
    },
    # What Suppilo keeps of an event: texts, JSON, and when it was received.
    "texts": {
        "uuid UInt64": "reinterpretAsUInt64(unhex(message_id))",
        "distinct_id String": "toString(person)",
        "timestamp DateTime64(3, 'UTC')": TIME,
        "received_at DateTime64(3, 'UTC')": TIME,
        "event LowCardinality(String)": "event",
        "properties String CODEC(ZSTD(3))": json_of(PROPERTIES),
    },
    # The columns of PostHog's table that these events have something for.
    "posthog": {
        "uuid UUID": UUID,
        "event String": "event",
        "properties String CODEC(ZSTD(3))": json_of(PROPERTIES),
        "timestamp DateTime64(6, 'UTC')": TIME,
        "distinct_id String": "toString(person)",
        "person_id UUID": "reinterpretAsUUID(sipHash128(person))",
        "created_at DateTime64(6, 'UTC')": TIME,
    },
}


def bytes_per_event(session, file, kind, columns):
    session.query(
        f"""
        CREATE TABLE default.{kind} ({", ".join(columns)}) ENGINE = MergeTree PARTITION BY toYYYYMM(timestamp)
        ORDER BY (toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))
        SETTINGS old_parts_lifetime = 1"""
    )
    session.query(f"INSERT INTO default.{kind} SELECT {', '.join(columns.values())} FROM file('{file}', Parquet)")
    session.query(f"OPTIMIZE TABLE default.{kind} FINAL")
    sizes = "SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts"
    return float(str(session.query(f"{sizes} WHERE active AND table = '{kind}'")))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    file, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    if folder.exists():
        sys.exit(f"{folder} is there already: name a folder that is not")
    session = chdb.session.Session(str(folder))
    for kind, columns in KINDS.items():
        print(f"{kind:8} {bytes_per_event(session, file, kind, columns):6.1f}", flush=True)


main()
