"""Asks ClickHouse (chdb) what an event log was asked, and compares: clickhouse.py FOLDER.

The folder holds a JSON file for each history: what arrived, and at some moments the questions with Suppilo's answers.
Which events stand then and who is who is found out here, as docs/event-log.md tells it; everything else is SQL. Each
difference is printed and makes the exit code 1; else the last line says how many questions of each kind were asked.
What the two mean the same by is said at the head of crates/events/tests/all/clickhouse/mod.rs.
"""

import collections
import json
import pathlib
import sys
from datetime import UTC, datetime, timedelta

from chdb.session import Session

DIFFERENCES_MAX = 20
# ClickHouse finds the starts of buckets by looking at moments this far apart; no bucket is shorter.
LOOK_MS = 15 * 60_000

EVENTS = """
    CREATE OR REPLACE TABLE default.events ENGINE = MergeTree ORDER BY (event, ms) AS
    WITH
        prop -> multiIf(
            JSONType(props, prop) = 'Null', '',
            JSONType(props, prop) = 'String', JSONExtractString(props, prop),
            JSONExtractRaw(props, prop)) AS text
    SELECT
        person, event, ms, text('channel') AS channel, text('plan') AS plan,
        if(JSONType(props, 'amount') = 'String', toFloat64OrNull(JSONExtractString(props, 'amount')),
            JSONExtract(props, 'amount', 'Nullable(Float64)')) AS amount
    FROM file('{path}', JSONEachRow, 'person UInt32, event LowCardinality(String), ms Int64, props String')"""


# --- The history -------------------------------------------------------------------------------------------------


def standing(acts):
    """The events that count, in order of arrival: repeated ids are dropped, imports that were taken back are gone."""
    events = {}
    for act in acts:
        if source := act.get("take_back"):
            events = {name: event for name, event in events.items() if event["source"] != source}
        else:
            events.setdefault(act["id"], act)
    return list(events.values())


def people_of(events):
    """Which keys are one person, as sets: a merge always joins, a claim not where two known people share a browser."""
    sets = {}

    def person(key):
        return sets.setdefault(key, {key})

    def is_anonymous(key):
        return key.startswith("anon:")

    for event in events:
        one = event["key"]
        person(one)
        for kind, other in event["links"]:
            of_one, of_other = person(one), person(other)
            are_known = all(any(not is_anonymous(key) for key in keys) for keys in (of_one, of_other))
            if kind == "merge" or not (are_known and (is_anonymous(one) or is_anonymous(other))):
                together = of_one | of_other
                sets.update((key, together) for key in together)
    return sets


def numbered(sets, told):
    """The number that Suppilo gives each person, by key; a difference where it has other people."""
    theirs = collections.defaultdict(set)
    for key in sets:
        theirs[told.get(key)].add(key)
    for number, keys in theirs.items():
        if sets[min(keys)] != keys:
            raise Difference(f"person {number} has the keys {sorted(keys)} and not {sorted(sets[min(keys)])}")
    return {key: told[key] for key in sets}


# --- SQL ---------------------------------------------------------------------------------------------------------


class Difference(Exception):
    pass


class Peer:
    def __init__(self):
        self.session = Session()
        self.last = ""

    def load(self, path, events, numbers):
        with open(path, "w", encoding="utf-8") as file:
            for event in events:
                row = {"person": numbers[event["key"]], **{name: event[name] for name in ("event", "ms", "props")}}
                file.write(json.dumps(row) + "\n")
        self.session.query(EVENTS.format(path=path))

    def rows(self, sql):
        self.last = sql
        return json.loads(self.session.query(sql, "JSONCompact").bytes())["data"]


def ms_of(text):
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def quoted(value):
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def listed(values):
    return "(" + ", ".join(map(quoted, values)) + ")"


def wish_sql(prop, wish):
    if isinstance(wish, list):
        wish = {"op": "in", "value": wish}
    elif wish is None:
        wish = {"op": "not_set"}
    elif not isinstance(wish, dict):
        wish = {"op": "eq", "value": wish}
    op, value = wish["op"], wish.get("value")
    if prop == "amount":
        sign = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[op]
        return f"ifNull(amount {sign} {value}, 0)"
    return {
        "eq": lambda: f"{prop} = {quoted(value)}",
        "neq": lambda: f"{prop} != {quoted(value)}",
        "in": lambda: f"{prop} IN {listed(value)}",
        "not_in": lambda: f"{prop} NOT IN {listed(value)}",
        "contains": lambda: f"positionCaseInsensitiveUTF8({prop}, {quoted(value)}) > 0",
        "set": lambda: f"{prop} != ''",
        "not_set": lambda: f"{prop} = ''",
    }[op]()


def names_of(event):
    return event if isinstance(event, list) else [event]


def condition(event, where=None):
    parts = [f"event IN {listed(names_of(event))}", *(wish_sql(*pair) for pair in (where or {}).items())]
    return "(" + " AND ".join(parts) + ")"


def between(question, reach_ms=0):
    """The bounds of a question; `to` goes so much further."""
    parts = [f"ms >= {ms_of(question['from'])}"] if "from" in question else []
    parts += [f"ms < {ms_of(question['to']) + reach_ms}"] if "to" in question else []
    return " AND ".join(parts) or "1"


# --- Funnels -----------------------------------------------------------------------------------------------------


def share_events(steps):
    names = [name for step in steps for name in set(names_of(step["event"]))]
    return len(names) > len(set(names))


def depths_sql(question, conditions, window_ms, inside):
    """How far each person got."""

    def window(mode):
        return f"windowFunnel({window_ms}{mode})(toUInt64(ms), {', '.join(conditions)})"

    order = question["order"]
    if order == "ordered":
        mode = ", 'strict_once'" if share_events(question["steps"]) else ""
        return f"SELECT person, {window(mode)} FROM events WHERE {inside} GROUP BY person"
    if order == "strict":
        return f"""
            SELECT person, max(depth) FROM (
                SELECT person, {window(", 'strict_order'")} AS depth FROM (
                    SELECT *, countIf({conditions[0]}) OVER (PARTITION BY person ORDER BY ms) AS attempt
                    FROM events WHERE {inside})
                GROUP BY person, attempt)
            GROUP BY person"""
    bits = " + ".join(f"toUInt8({each}) * {1 << step}" for step, each in enumerate(conditions))
    return f"""
        SELECT person, arrayMax(start -> bitCount(arrayReduce('groupBitOr', arrayMap(
            one -> if(one.1 BETWEEN start AND start + {window_ms}, one.2, toUInt8(0)), done))), done.1)
        FROM (SELECT person, groupArray((ms, toUInt8({bits}))) AS done FROM events
            WHERE {inside} AND ({" OR ".join(conditions)}) GROUP BY person)"""


def touches_sql(question, conditions, inside):
    """The first or last value of each person that is not empty. Of one instant the step decides, then the letters."""
    prop = question["breakdown"]["prop"]
    steps = [f"{each}, {step}" for step, each in enumerate(conditions, 1)]
    is_last = question["breakdown"]["attribution"] == "last_touch"
    step = f"multiIf({', '.join(reversed(steps) if is_last else steps)}, 0)"
    which = "argMaxIf" if is_last else "argMinIf"
    return f"""
        SELECT person, {which}({prop}, (ms, {step}, {prop}), {prop} != '' AND {step} > 0)
        FROM events WHERE {inside} GROUP BY person"""


def counts(depths, steps):
    return [sum(depth >= step for depth in depths) for step in range(1, steps + 1)]


def funnel(peer, question, answer):
    steps, window_ms = question["steps"], question["window_s"] * 1_000
    is_entry_only = question.get("entry_only", False)
    inside = between(question, window_ms if is_entry_only else 0)
    conditions = [condition(step["event"], step.get("where")) for step in steps]
    starting = f"({conditions[0]} AND ms < {ms_of(question['to'])})" if is_entry_only else conditions[0]
    depths = dict(peer.rows(depths_sql(question, [starting, *conditions[1:]], window_ms, inside)))
    depths = {person: depth for person, depth in depths.items() if depth > 0}
    yield "counts", answer["counts"], counts(depths.values(), len(steps))
    if question["reached"]:
        yield "reached", {int(person): depth for person, depth in answer["reached"].items()}, depths
    if "breakdown" in question:
        touches = dict(peer.rows(touches_sql(question, conditions, inside)))
        by_value = collections.defaultdict(list)
        for person, depth in depths.items():
            by_value[touches[person]].append(depth)
        theirs = {value: counts(of_value, len(steps)) for value, of_value in by_value.items()}
        yield "breakdown", answer["breakdown"], theirs


# --- Over time ---------------------------------------------------------------------------------------------------


def bucket_sql(period, zone, ms="ms"):
    """The local date that the bucket of a moment begins on."""
    time = f"fromUnixTimestamp64Milli(toInt64({ms}), {quoted(zone)})"
    return {"day": f"toDate({time})", "week": f"toStartOfWeek({time}, 1)", "month": f"toStartOfMonth({time})"}[period]


def start_sql(period, zone, ms="ms"):
    """When the bucket of a moment begins, in milliseconds."""
    if period == "day":
        time = f"fromUnixTimestamp64Milli(toInt64({ms}), {quoted(zone)})"
        return f"toUnixTimestamp(toStartOfDay({time}, {quoted(zone)})) * 1000"
    return f"toUnixTimestamp(toDateTime({bucket_sql(period, zone, ms)}, {quoted(zone)})) * 1000"


def starts(peer, period, zone, from_ms, last_ms):
    start = start_sql(period, zone, f"least({from_ms} + number * {LOOK_MS}, {last_ms})")
    rows = peer.rows(f"SELECT DISTINCT {start} FROM numbers({(last_ms - from_ms) // LOOK_MS + 2}) ORDER BY 1")
    return [int(row[0]) for row in rows]


def trend(peer, question, answer):
    period, zone = question["interval"], question["time_zone"]
    from_ms, to_ms = ms_of(question["from"]), ms_of(question["to"])
    ours = [ms_of(start) for start in answer["starts"]]
    yield "starts", ours, starts(peer, period, zone, from_ms, to_ms - 1)
    measure = {
        "total": "count()",
        "unique": "uniqExact(person)",
        "sum": "sum(ifNull(amount, 0))",
        "per_person": "if(count() = 0, NULL, count() / uniqExact(person))",
    }[question["measure"]]
    which = f"FROM events WHERE {condition(question['event'], question.get('where'))} AND {between(question)}"
    rows = peer.rows(f"SELECT {start_sql(period, zone)} AS start, {measure} {which} GROUP BY start")
    nothing = None if question["measure"] == "per_person" else 0
    theirs = {int(start): value for start, value in rows}
    yield "buckets", sorted(set(theirs) - set(ours)), []
    yield "values", answer["values"], [value_of(theirs.get(start, nothing)) for start in ours]
    yield "total", answer["total"], value_of(peer.rows(f"SELECT {measure} {which}")[0][0])


def value_of(value):
    return None if value is None else float(value)


def retention(peer, question, answer):
    period, zone, periods = question["period"], question["time_zone"], question["periods"]
    from_ms = ms_of(question["from"])
    first, bucket = bucket_sql(period, zone, from_ms), bucket_sql(period, zone)
    place = {
        "day": f"{bucket} - {first}",
        "week": f"intDiv({bucket} - {first}, 7)",
        "month": f"dateDiff('month', {first}, {bucket})",
    }[period]
    enters = condition(question["event"], question.get("where"))
    returns = condition(question["returning"]) if "returning" in question else enters
    entries = {
        "first": "arraySlice(ins, 1, 1)",
        "first_ever": "if(before > 0, [], arraySlice(ins, 1, 1))",
        "recurring": "ins",
    }[question["cohort"]]
    later = "arrayFilter(one -> one > entry, outs)"
    cells = {
        "n_day": f"arrayMap(one -> one - entry, {later})",
        "unbounded": f"range(1, toUInt32(if(empty({later}), entry, arrayMax({later})) - entry + 1))",
    }[question["mode"]]
    inside = f"ms >= {from_ms} AND place < {periods}"
    sql = f"""
        SELECT entry, arrayJoin(arrayConcat([0], {cells})) AS cell, count() FROM (
            SELECT
                person, countIf(enters AND ms < {from_ms}) AS before,
                arraySort(groupUniqArrayIf(place, enters AND {inside})) AS ins,
                arraySort(groupUniqArrayIf(place, returns AND {inside})) AS outs
            FROM (SELECT person, ms, toInt32({place}) AS place, {enters} AS enters, {returns} AS returns FROM events)
            GROUP BY person)
        ARRAY JOIN {entries} AS entry
        GROUP BY entry, cell"""
    theirs = [[0] * (periods - cohort) for cohort in range(periods)]
    for cohort, cell, people in peer.rows(sql):
        theirs[int(cohort)][int(cell)] = int(people)
    yield "cohorts", answer["cohorts"], theirs
    ours = [ms_of(start) for start in answer["starts"]]
    yield "starts", ours, starts(peer, period, zone, from_ms, max(from_ms, ours[-1]))


# --- All of it ---------------------------------------------------------------------------------------------------

KINDS = {"funnel": funnel, "trend": trend, "retention": retention}


def check(peer, asked):
    """Raises the first difference between the two answers to a question."""
    question, answer = asked["question"], asked["answer"]
    for name, ours, theirs in KINDS[question["insight"]](peer, question, answer):
        if ours != theirs:
            said = f"{name}\n  question   {json.dumps(question)}\n  Suppilo    {ours}\n  ClickHouse {theirs}"
            raise Difference(f"{said}\n  {' '.join(peer.last.split())}")


def check_moment(peer, path, acts, moment):
    """The differences at a moment of a history."""
    try:
        events = standing(acts[: moment["acts"]])
        peer.load(path, events, numbered(people_of(events), moment["people"]))
    except Difference as difference:
        yield str(difference)
        return
    for asked in moment["asked"]:
        try:
            check(peer, asked)
        except Difference as difference:
            yield str(difference)


def main():
    folder = pathlib.Path(sys.argv[1])
    peer, counted, differences = Peer(), collections.Counter(), []
    for path in sorted(folder.glob("*.json")):
        history = json.loads(path.read_text(encoding="utf-8"))
        for moment in history["moments"]:
            counted.update(asked["question"]["insight"] for asked in moment["asked"])
            where = f"seed {history['seed']}, after {moment['acts']} acts"
            found = check_moment(peer, folder / "events.jsonl", history["acts"], moment)
            differences += [f"{where}: {difference}" for difference in found]
    print(*differences[:DIFFERENCES_MAX], sep="\n")
    if differences:
        sys.exit(f"{len(differences)} of {counted.total()} answers differ")
    print(json.dumps(counted))


if __name__ == "__main__":
    main()
