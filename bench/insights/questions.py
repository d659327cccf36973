"""The questions, each in the words of every system, and how its answer is read.

Answers come to one form: a funnel is `[people at step 1, .., 4]`, a funnel by value `{value: [..]}`, a retention table
a list of cohorts, a trend a list of values.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from generate import DAY_MS, DAYS, START_MS, STEPS

WEEK_MS = 7 * DAY_MS
WINDOW_MS = WEEK_MS
WEEKS = 8
UNIQUE_DAYS = range(30, 60)


@dataclass(frozen=True)
class Question:
    name: str
    suppilo: dict
    read: callable
    clickhouse: str | None = None
    duckdb: str | None = None
    # Rows of SQL to the common form.
    rows: callable = None


def instant(day):
    start = datetime.fromtimestamp(START_MS / 1_000, UTC)
    return (start + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


def quoted(names):
    return ", ".join(f"'{name}'" for name in names)


def spread(rows, count, first=0):
    """(place, value) rows as a list; what SQL leaves out is zero."""
    values = [0.0] * count
    for place, value in rows:
        values[int(place) - first] = float(value)
    return values


def cohorts(rows):
    """(cohort, periods later, people) rows as a table."""
    table = [[0] * (WEEKS - cohort) for cohort in range(WEEKS)]
    for cohort, later, people in rows:
        table[int(cohort)][int(later)] = int(people)
    return table


def counts(rows):
    return [int(value) for value in rows[0]]


def counts_by_value(rows):
    return {row[0]: [int(value) for value in row[1:]] for row in rows}


# --- Suppilo -----------------------------------------------------------------------------------------------------


def funnel_body(**changes):
    steps = [{"event": name} for name in STEPS]
    return {"insight": "funnel", "steps": steps, "window_s": WINDOW_MS // 1_000, **changes}


def filtered_body():
    body = funnel_body()
    body["steps"][1]["where"] = {"plan": "pro"}
    body["steps"][3]["where"] = {"amount": {"op": "gte", "value": 200}}
    return body


def trend_body(event, measure, days, **changes):
    span = {"from": instant(days.start), "to": instant(days.stop)}
    return {"insight": "trend", "event": event, "measure": measure, "interval": "day", **span, **changes}


# --- ClickHouse --------------------------------------------------------------------------------------------------

# `windowFunnel` takes no DateTime64; milliseconds as a number are its way to tell moments within a second apart.
CH_MS = "toUInt64(toUnixTimestamp64Milli(timestamp))"
CH_STEPS = f"event IN ({quoted(STEPS)})"
CH_DEPTHS = ", ".join(f"countIf(depth >= {step})" for step in range(1, 5))
CH_STEP_NUMBER = f"indexOf([{quoted(STEPS)}], event)"
CH_FILTERS = ["", " AND plan = 'pro'", "", " AND amount >= 200"]


def ch_between(days):
    bounds = [f"fromUnixTimestamp64Milli(toInt64({START_MS + day * DAY_MS}), 'UTC')" for day in (days.start, days.stop)]
    return f"timestamp >= {bounds[0]} AND timestamp < {bounds[1]}"


def ch_window(filters=("",) * 4):
    conditions = ", ".join(f"event = '{name}'{which}" for name, which in zip(STEPS, filters))
    return f"windowFunnel({WINDOW_MS})({CH_MS}, {conditions})"


def ch_funnel(window):
    return f"""
        SELECT {CH_DEPTHS}
        FROM (SELECT {window} AS depth FROM events WHERE {CH_STEPS} GROUP BY distinct_id)"""


def ch_funnel_by(prop):
    return f"""
        SELECT touch, {CH_DEPTHS}
        FROM (
            SELECT {ch_window()} AS depth, argMinIf({prop}, timestamp, {prop} != '') AS touch
            FROM events WHERE {CH_STEPS} GROUP BY distinct_id
        )
        WHERE depth > 0 GROUP BY touch"""


# For each step event: the different steps from it to the end of its window, as bits; the best counts. Window functions
# took half as long again, the greatest `windowFunnel` of all 24 orders ten times.
CH_ANY_ORDER = f"""
    SELECT {CH_DEPTHS}
    FROM (
        SELECT arrayMax(
            start -> bitCount(arrayReduce('groupBitOr', arrayMap(
                one -> if(one.1 BETWEEN start AND start + {WINDOW_MS}, one.2, toUInt8(0)), done))),
            done.1) AS depth
        FROM (
            SELECT groupArray(({CH_MS}, toUInt8(bitShiftLeft(1, {CH_STEP_NUMBER} - 1)))) AS done
            FROM events WHERE {CH_STEPS} GROUP BY distinct_id
        )
    )"""

# `windowFunnel` with strict_order, also with allow_reentry, is not this question: see README.md. So the rule itself: a
# person's events in order, runs of the same step drawn together, and the last event of a run of step 1 followed at once
# by runs of steps 2, 3 and 4, of which the first events count. An event is written as ms * 8 + step.
CH_STRICT = f"""
    SELECT {CH_DEPTHS}
    FROM (
        SELECT
            arraySort(groupArray({CH_MS} * 8 + {CH_STEP_NUMBER})) AS done,
            arrayFilter((one, before) -> one % 8 != before % 8, done, arrayPushFront(arrayPopBack(done), 7)) AS firsts,
            arrayFilter((one, after) -> one % 8 != after % 8, done, arrayPushBack(arrayPopFront(done), 7)) AS lasts,
            arrayPushBack(arrayPopFront(firsts), 0) AS seconds,
            arrayPushBack(arrayPopFront(seconds), 0) AS thirds,
            arrayPushBack(arrayPopFront(thirds), 0) AS fourths,
            arrayMax((one, two, three, four) -> if(one % 8 != 1, 0,
                1 + (two % 8 = 2 AND two - one < {WINDOW_MS * 8 + 8})
                    * (1 + (three % 8 = 3 AND three - one < {WINDOW_MS * 8 + 8})
                        * (1 + (four % 8 = 4 AND four - one < {WINDOW_MS * 8 + 8})))),
                lasts, seconds, thirds, fourths) AS depth
        FROM events GROUP BY distinct_id
    )"""

# A person's weeks as bits of a number: one pass, and at most 255 different numbers to take apart.
CH_RETENTION = f"""
    SELECT weeks[1] AS cohort, arrayJoin(weeks) - cohort AS later, sum(people)
    FROM (
        SELECT bitPositionsToArray(mask) AS weeks, count() AS people
        FROM (
            SELECT groupBitOr(toUInt8(bitShiftLeft(1, intDiv({CH_MS} - {START_MS}, {WEEK_MS})))) AS mask
            FROM events WHERE event = '{STEPS[0]}' AND {ch_between(range(7 * WEEKS))} GROUP BY distinct_id
        )
        GROUP BY mask
    )
    GROUP BY cohort, later"""


def ch_trend(event, measure, days):
    return f"""
        SELECT intDiv({CH_MS} - {START_MS}, {DAY_MS}) AS day, {measure}
        FROM events WHERE event = '{event}' AND {ch_between(days)} GROUP BY day"""


# --- DuckDB ------------------------------------------------------------------------------------------------------

DUCK_EVENTS = f"events AS (SELECT * FROM log WHERE event IN ({quoted(STEPS)}))"
DUCK_DEPTHS = ", ".join(f"count(*) FILTER (depth >= {step})" for step in range(1, 5))
DUCK_STEP = "CASE event " + " ".join(f"WHEN '{name}' THEN {step}" for step, name in enumerate(STEPS, 1)) + " ELSE 0 END"


def duck_attempts(filters=("",) * 4):
    """For each event of step k the latest start of an attempt that it carries on. Plain joins and ASOF joins took
    about the same time, window functions twice as long."""

    def step(number, before, start):
        return f"""
            step{number} AS (
                SELECT here.person, here.time, max({start}) AS start
                FROM {before} AS former JOIN events AS here ON former.person = here.person
                WHERE here.event = '{STEPS[number - 1]}'{filters[number - 1]}
                    AND former.time < here.time AND here.time - {start} <= {WINDOW_MS}
                GROUP BY ALL
            )"""

    first = f"step1 AS (SELECT person, time FROM events WHERE event = '{STEPS[0]}')"
    parts = [DUCK_EVENTS, first, step(2, "step1", "former.time")]
    return ",".join([*parts, step(3, "step2", "former.start"), step(4, "step3", "former.start")])


def duck_funnel(filters=("",) * 4):
    people = ", ".join(f"(SELECT count(DISTINCT person) FROM step{step})" for step in range(1, 5))
    return f"WITH {duck_attempts(filters)} SELECT {people}"


def duck_funnel_by(prop):
    reached = ", ".join(f"count(step{step}.person)" for step in range(2, 5))
    joins = " ".join(
        f"LEFT JOIN (SELECT DISTINCT person FROM step{step}) AS step{step} USING (person)" for step in range(2, 5)
    )
    return f"""
        WITH {duck_attempts()}, touches AS (
            SELECT person, coalesce(arg_min({prop}, time) FILTER ({prop} IS NOT NULL)::VARCHAR, '') AS touch
            FROM events GROUP BY person HAVING bool_or(event = '{STEPS[0]}')
        )
        SELECT touch, count(*), {reached} FROM touches {joins} GROUP BY touch"""


DUCK_ANY_ORDER = f"""
    WITH {DUCK_EVENTS}, windows AS (
        SELECT person, bit_or(1 << ({DUCK_STEP})) OVER (
            PARTITION BY person ORDER BY time RANGE BETWEEN CURRENT ROW AND {WINDOW_MS} FOLLOWING) AS done
        FROM events
    ), people AS (SELECT max(bit_count(done)) AS depth FROM windows GROUP BY person)
    SELECT {DUCK_DEPTHS} FROM people"""

# As for ClickHouse: `before` is the step of the event before, and only the first event of a run is looked at further.
DUCK_STRICT = f"""
    WITH steps AS (SELECT person, time, {DUCK_STEP} AS step FROM log), marked AS (
        SELECT person, time, step, lag(step, 1, -1) OVER this AS before, max(time) FILTER (step = 1) OVER this AS start
        FROM steps WINDOW this AS (PARTITION BY person ORDER BY time ROWS UNBOUNDED PRECEDING)
    ), runs AS (
        SELECT person, time, step, start, before, lag(before) OVER this AS before2, lag(before, 2) OVER this AS before3
        FROM marked WHERE step <> before WINDOW this AS (PARTITION BY person ORDER BY time)
    ), depths AS (
        SELECT person, CASE
            WHEN step = 1 THEN 1
            WHEN time - start > {WINDOW_MS} THEN 0
            WHEN step = 2 AND before = 1 THEN 2
            WHEN step = 3 AND before = 2 AND before2 = 1 THEN 3
            WHEN step = 4 AND before = 3 AND before2 = 2 AND before3 = 1 THEN 4
            ELSE 0 END AS depth
        FROM runs WHERE step > 0
    ), people AS (SELECT max(depth) AS depth FROM depths GROUP BY person)
    SELECT {DUCK_DEPTHS} FROM people"""

DUCK_RETENTION = f"""
    WITH people AS (
        SELECT bit_or(1 << ((time - {START_MS}) // {WEEK_MS})::INTEGER) AS mask
        FROM log WHERE event = '{STEPS[0]}' AND time >= {START_MS} AND time < {START_MS + WEEKS * WEEK_MS}
        GROUP BY person
    ), masks AS (SELECT mask, count(*) AS people FROM people GROUP BY mask),
    weeks AS (
        SELECT mask, people, unnest(list_filter(range({WEEKS}), lambda week: (mask >> week::INTEGER) & 1 = 1)) AS week
        FROM masks
    )
    SELECT first, week - first, sum(people)
    FROM (SELECT *, min(week) OVER (PARTITION BY mask) AS first FROM weeks) GROUP BY ALL"""


def duck_trend(event, measure, days):
    bounds = [START_MS + day * DAY_MS for day in (days.start, days.stop)]
    return f"""
        SELECT (time - {START_MS}) // {DAY_MS} AS day, {measure}
        FROM log WHERE event = '{event}' AND time >= {bounds[0]} AND time < {bounds[1]} GROUP BY day"""


# --- All of them -------------------------------------------------------------------------------------------------


def funnel_by(prop):
    return Question(
        f"funnel_by_{prop}",
        funnel_body(breakdown={"prop": prop, "attribution": "first_touch"}),
        lambda answer: answer["breakdown"],
        ch_funnel_by(prop),
        duck_funnel_by(prop),
        counts_by_value,
    )


def trend(name, event, measure, days, prop, clickhouse, duckdb):
    return Question(
        name,
        trend_body(event, measure, days, **({"prop": prop} if prop else {})),
        lambda answer: answer["values"],
        ch_trend(event, clickhouse, days),
        duck_trend(event, duckdb, days),
        lambda rows: spread(rows, len(days), days.start),
    )


def funnel(name, body, clickhouse=None, duckdb=None):
    return Question(name, body, lambda answer: answer["counts"], clickhouse, duckdb, counts)


EXCLUSION = {"event": "Cart Abandoned", "from_step": 0, "to_step": 3}
RETENTION = {"insight": "retention", "event": STEPS[0], "period": "week", "periods": WEEKS, "from": instant(0)}

QUESTIONS = [
    funnel("funnel", funnel_body(), ch_funnel(ch_window()), duck_funnel()),
    funnel("funnel_filtered", filtered_body(), ch_funnel(ch_window(CH_FILTERS)), duck_funnel(CH_FILTERS)),
    funnel_by("channel"),
    funnel_by("campaign"),
    funnel("funnel_any_order", funnel_body(order="unordered"), CH_ANY_ORDER, DUCK_ANY_ORDER),
    funnel("funnel_strict", funnel_body(order="strict"), CH_STRICT, DUCK_STRICT),
    funnel("funnel_exclusion", funnel_body(exclusions=[EXCLUSION])),
    Question("retention_weekly", RETENTION, lambda answer: answer["cohorts"], CH_RETENTION, DUCK_RETENTION, cohorts),
    trend(
        "daily_uniques_30", STEPS[0], "unique", UNIQUE_DAYS, None, "uniqExact(distinct_id)", "count(DISTINCT person)"
    ),
    trend("daily_totals", STEPS[0], "total", range(DAYS), None, "count()", "count(*)"),
    trend("daily_sums", STEPS[3], "sum", range(DAYS), "amount", "sum(amount)", "sum(amount)"),
]
