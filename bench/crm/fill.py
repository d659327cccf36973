"""Deals and activities beside the contacts that were imported, straight into the database of a Suppilo that is not being
served: 300,000 deals in two pipelines, 5,000,000 activities of 20 salespeople, spread over four years.

    fill.py sqlite:FILE|postgres://… --deals 300000 --activities 5000000
"""

import argparse
import subprocess
import time

# The same rows on both databases: all of them follow from their number.
DEALS = """
INSERT INTO deals (id, contact_id, title, funnel_id, stage, value_minor, currency, owner_id, status, reason, channel, order_id,
    search, stage_entered_at, created_at, updated_at, closed_at, fields, discount_bp, funnel_version, opened_at, moved_at)
SELECT {deal_id}, c.id, 'Deal ' || s.n || ' of ' || c.name, f.id,
    CASE s.n % 8 WHEN 0 THEN 'lead' WHEN 1 THEN 'contacted' WHEN 2 THEN 'meeting' WHEN 3 THEN 'proposal'
        WHEN 4 THEN 'negotiation' WHEN 5 THEN 'lead' WHEN 6 THEN 'won' ELSE 'proposal' END,
    100000 + (s.n * 7919 % 1000) * 10000, 'NOK', r.id,
    CASE s.n % 8 WHEN 6 THEN 'won' WHEN 7 THEN 'lost' ELSE 'open' END, '', CASE s.n % 5 WHEN 0 THEN 'email' ELSE 'organic' END,
    NULL, 'deal ' || s.n || ' of ' || LOWER(c.name), {at}, {at} - 86400000, {at},
    CASE WHEN s.n % 8 >= 6 THEN {at} END, '{{}}', NULL, 1, {at} - 86400000, {at}
FROM {numbers} s JOIN bench_contacts c ON c.number = s.n
JOIN bench_reps r ON r.number = s.n % {reps} JOIN bench_funnels f ON f.number = s.n % 4 / 3
"""
ACTIVITIES = """
INSERT INTO activities (id, kind, contact_id, deal_id, company_id, author, author_id, assignee_id, title, body, outcome, details,
    is_open, priority, due_at, at, done_at, follows_id, version, removed_at, created_at, updated_at)
SELECT {activity_id}, k.kind, c.id, CASE WHEN s.n % 2 = 0 THEN d.id END, NULL, 'system', r.id,
    CASE WHEN k.kind IN ('task', 'meeting') THEN r.id END, 'About ' || c.name, 'What was said the ' || s.n || 'th time.',
    CASE k.kind WHEN 'call' THEN 'reached' ELSE '' END, '{{}}', {is_open}, 0,
    CASE WHEN k.kind IN ('task', 'meeting') THEN {at} END, {at},
    CASE WHEN k.kind IN ('task', 'meeting') AND NOT {is_open} THEN {at} END, NULL, 1, NULL, {at}, {at}
FROM {numbers} s JOIN bench_contacts c ON c.number = 1 + (s.n * 7919) % {contacts}
LEFT JOIN deals d ON d.id = c.deal_id
JOIN bench_reps r ON r.number = s.n % {reps} JOIN bench_kinds k ON k.number = s.n % 8
"""
KINDS = ["note", "call", "call", "call", "meeting", "task", "note", "call"]
YEARS_MS = 4 * 365 * 86_400_000


def words(is_sqlite, now_ms, count):
    """What the two databases say differently."""
    at = f"({now_ms} - (s.n * 104729 % {count}) * {YEARS_MS // count})"
    numbers = ("(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT n FROM s)" if is_sqlite
               else "(SELECT n FROM generate_series(1, {}::bigint) AS g(n))").format(count)

    def made_id(mark):
        return f"made_id({mark}, s.n)" if is_sqlite else (
            f"(lpad('0190' || lpad(to_hex(s.n), 12, '0') || '70{mark}080', 22, '0') || '0000000000')::uuid")

    return {"at": at, "numbers": numbers, "deal_id": made_id(1), "activity_id": made_id(2),
            # One task in fifty is still to be done.
            "is_open": "(k.kind = 'task' AND s.n % 400 = 5)"}


def script(is_sqlite, deals, activities, contacts, reps):
    now = int(time.time() * 1000)
    kinds = ", ".join(f"({n}, '{kind}')" for n, kind in enumerate(KINDS))
    uuid = "BLOB" if is_sqlite else "UUID"
    yield f"CREATE TABLE bench_contacts (number BIGINT PRIMARY KEY, id {uuid}, name TEXT, deal_id {uuid})"
    yield ("INSERT INTO bench_contacts SELECT row_number() OVER (ORDER BY id), id, first_name || ' ' || last_name, "
           f"CAST(NULL AS {uuid}) FROM contacts")
    yield "CREATE INDEX bench_contacts_id ON bench_contacts (id)"
    yield f"CREATE TABLE bench_reps (number BIGINT PRIMARY KEY, id {uuid})"
    yield "INSERT INTO bench_reps SELECT row_number() OVER (ORDER BY id) - 1, id FROM users WHERE role = 'rep'"
    yield f"CREATE TABLE bench_funnels (number BIGINT PRIMARY KEY, id {uuid})"
    yield "INSERT INTO bench_funnels SELECT row_number() OVER (ORDER BY id) - 1, id FROM funnels"
    yield "CREATE TABLE bench_kinds (number BIGINT PRIMARY KEY, kind TEXT)"
    yield f"INSERT INTO bench_kinds VALUES {kinds}"
    yield DEALS.format(**words(is_sqlite, now, deals), reps=reps)
    yield "UPDATE bench_contacts SET deal_id = (SELECT id FROM deals WHERE deals.contact_id = bench_contacts.id)"
    yield ACTIVITIES.format(**words(is_sqlite, now, activities), reps=reps, contacts=contacts)
    yield ("UPDATE contacts SET owner_id = (SELECT r.id FROM bench_contacts c JOIN bench_reps r "
           f"ON r.number = c.number % {reps} WHERE c.id = contacts.id) WHERE id IN "
           "(SELECT id FROM bench_contacts WHERE number % 2 = 0)")
    for table in ("contacts", "reps", "funnels", "kinds"):
        yield f"DROP TABLE bench_{table}"
    yield "ANALYZE"


def fill_sqlite(file, deals, activities):
    import sqlite3
    database = sqlite3.connect(file, isolation_level=None)
    made_id = lambda mark, n: bytes.fromhex(f"0190{n:012x}70{mark:02x}80") + bytes(5)
    database.create_function("made_id", 2, made_id, deterministic=True)
    for pragma in ("synchronous = OFF", "cache_size = -400000", "temp_store = MEMORY"):
        database.execute(f"PRAGMA {pragma}")
    contacts, = database.execute("SELECT COUNT(*) FROM contacts").fetchone()
    reps, = database.execute("SELECT COUNT(*) FROM users WHERE role = 'rep'").fetchone()
    # Sorting once is faster than keeping them up to date row by row.
    resting = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
                               "AND tbl_name IN ('activities', 'deals') AND name <> 'deals_contact'").fetchall()
    for name, _ in resting:
        database.execute(f"DROP INDEX {name}")
    for statement in script(True, deals, activities, contacts, reps):
        if statement == "ANALYZE":
            for _, sql in resting:
                database.execute(sql)
            database.execute("PRAGMA analysis_limit = 1000")
        database.execute(statement)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def fill_postgres(url, deals, activities):
    def psql(sql):
        command = ["psql", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", url]
        return subprocess.run(command, input=sql.encode(), check=True, stdout=subprocess.PIPE).stdout.decode().strip()

    contacts, reps = psql("SELECT COUNT(*) FROM contacts"), psql("SELECT COUNT(*) FROM users WHERE role = 'rep'")
    for statement in script(False, deals, activities, contacts, reps):
        psql(statement)
    psql("VACUUM ANALYZE")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("database")
    arguments.add_argument("--deals", type=int, default=300_000)
    arguments.add_argument("--activities", type=int, default=5_000_000)
    asked = arguments.parse_args()
    if asked.database.startswith("sqlite:"):
        fill_sqlite(asked.database.removeprefix("sqlite:"), asked.deals, asked.activities)
    else:
        fill_postgres(asked.database, asked.deals, asked.activities)


main()
