"""The three systems: each loads the file once into a folder of its own, answers questions, and says what it keeps."""

import http.client
import json
import os
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import chdb.session
import duckdb

# Longer than the program waits before it merges columns in an idle moment.
QUIET_S = 5.0
SETTLE_S_MAX = 900


def once(folder, load):
    """Loads into the folder unless that was done before; answers what was measured then."""
    done = Path(f"{folder}.loaded.json")
    if not done.exists():
        begun = time.perf_counter()
        facts = load()
        facts["load_s"] = round(time.perf_counter() - begun, 1)
        done.write_text(json.dumps(facts))
    return json.loads(done.read_text())


def bytes_in(folder):
    """Bytes on disk, not lengths: a file may have holes."""
    return sum(path.stat().st_blocks * 512 for path in Path(folder).rglob("*") if path.is_file())


class Suppilo:
    """The real program, asked over HTTP with a secret key. Without a file the log is as the folder holds it."""

    def __init__(self, program, folder, file):
        self.folder = folder
        self.program = program
        self.facts = once(folder, lambda: self.load(file))
        begun = time.perf_counter()
        command = [program, "serve", "--data", folder, "--port", "0", "--json", "--show-keys"]
        with open(f"{folder}.log", "w") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"Suppilo does not start: see {folder}.log")
        self.facts["start_ms"] = round((time.perf_counter() - begun) * 1_000, 1)
        started = json.loads(line)
        self.url, self.write_key = started["url"], started["write_key"]
        self.connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=900)
        self.headers = {"Authorization": f"Bearer {started['secret_key']}", "Content-Type": "application/json"}
        self.facts["settle_s"] = self.settle()

    def load(self, file):
        if file is None:
            return {}
        columns = ["--person", "person", "--time", "time", "--event", "event"]
        begun = time.perf_counter()
        with open(f"{self.folder}.log", "w") as log:
            done = subprocess.run(
                [self.program, "import", "events", file, "--data", self.folder, "--json", *columns],
                stdout=subprocess.PIPE,
                stderr=log,
                check=False,
            )
        if done.returncode != 0:
            raise SystemExit(f"the import failed: see {self.folder}.log")
        counts = json.loads(done.stdout)["counts"]
        if counts["events_added"] != counts["rows"]:
            raise SystemExit(f"the import left rows out: {counts}")
        return {"import_events_per_s": round(counts["rows"] / (time.perf_counter() - begun))}

    def settle(self):
        """Waits until what follows an import in the background is done; answers how long that took."""
        begun = time.perf_counter()
        while time.perf_counter() - begun < SETTLE_S_MAX:
            before = self.cpu_s()
            time.sleep(QUIET_S)
            if self.cpu_s() - before < 0.03 * QUIET_S:
                break
        return round(time.perf_counter() - begun - QUIET_S, 1)

    def cpu_s(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, question):
        try:
            answer = self.send(question)
        except (ConnectionError, http.client.HTTPException):
            # While a peer takes its time the server closes connections that say nothing.
            self.connection.close()
            answer = self.send(question)
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{question.name}: Suppilo answers {answer.status}: {body.decode()}")
        return body

    def send(self, question):
        self.connection.request("POST", "/api/v1/insights/query", json.dumps(question.suppilo), self.headers)
        return self.connection.getresponse()

    def read(self, question, body):
        return question.read(json.loads(body))

    def disk_bytes(self):
        return bytes_in(self.folder)

    def memory_bytes(self):
        """Resident now, resident at most, and the part of now that is not files."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return {
            name: int(fields[field].split()[0]) * 1_024
            for name, field in (("resident", "VmRSS"), ("resident_max", "VmHWM"), ("anonymous", "RssAnon"))
        }

    def close(self):
        self.process.terminate()
        self.process.wait(60)


class ClickHouse:
    """ClickHouse inside this process: no network, no server, nothing between the question and the engine."""

    def __init__(self, folder, file, threads):
        self.session = chdb.session.Session(folder)
        self.run(f"SET max_threads = {threads}")
        self.run(f"SET max_insert_threads = {threads}")
        self.facts = once(folder, lambda: self.load(file))

    def load(self, file):
        # Events ordered as PostHog orders them. Kinder than PostHog: properties are real columns and not JSON, the
        # person is a number, and every part is merged.
        self.run("DROP TABLE IF EXISTS default.events SYNC")
        self.run(
            """
            CREATE TABLE default.events (
                uuid UInt64,
                distinct_id UInt64,
                timestamp DateTime64(3, 'UTC'),
                event LowCardinality(String),
                channel LowCardinality(String),
                plan LowCardinality(String),
                campaign LowCardinality(String),
                amount Float64,
                path LowCardinality(String)
            ) ENGINE = MergeTree PARTITION BY toYYYYMM(timestamp)
            ORDER BY (toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))
            -- Merged parts go at once and not after minutes: they would double the disk that a run needs.
            SETTINGS old_parts_lifetime = 1"""
        )
        self.run(
            f"""
            INSERT INTO default.events SELECT
                reinterpretAsUInt64(unhex(message_id)), person, fromUnixTimestamp64Milli(time, 'UTC'), event,
                ifNull(channel, ''), ifNull(plan, ''), ifNull(campaign, ''), ifNull(amount, 0), ifNull(path, '')
            FROM file('{file}', Parquet)"""
        )
        self.run("OPTIMIZE TABLE default.events FINAL")
        return {}

    def run(self, sql):
        return self.session.query(sql, "JSONCompact")

    def ask(self, question):
        return self.run(question.clickhouse.replace("FROM events", "FROM default.events")).bytes()

    def read(self, question, body):
        return question.rows(json.loads(body)["data"])

    def disk_bytes(self):
        sql = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'events'"
        return int(json.loads(self.run(sql).bytes())["data"][0][0])

    def close(self):
        self.session.close()


class DuckDb:
    """DuckDB inside this process, over a table in the same order as ClickHouse's."""

    def __init__(self, folder, file, threads):
        self.file = f"{folder}.db"
        self.connection = duckdb.connect(self.file, config={"threads": threads})
        self.connection.execute("SET preserve_insertion_order = true")
        self.facts = once(folder, lambda: self.load(file))

    def load(self, file):
        self.connection.execute("DROP TABLE IF EXISTS log")
        columns = []
        for name in ("event", "channel", "plan", "campaign", "path"):
            sql = f"SELECT DISTINCT {name} FROM '{file}' WHERE {name} IS NOT NULL ORDER BY 1"
            values = ", ".join(f"'{row[0]}'" for row in self.connection.execute(sql).fetchall())
            self.connection.execute(f"DROP TYPE IF EXISTS {name}_names")
            self.connection.execute(f"CREATE TYPE {name}_names AS ENUM ({values})")
            columns.append(f"{name}::{name}_names AS {name}")
        self.connection.execute(
            f"""
            CREATE TABLE log AS SELECT
                ('0x' || message_id)::UBIGINT AS uuid, person::UBIGINT AS person, time, {", ".join(columns)}, amount
            FROM '{file}' ORDER BY time // 86400000, event, hash(person), hash(uuid)"""
        )
        self.connection.execute("CHECKPOINT")
        return {}

    def ask(self, question):
        return self.connection.execute(question.duckdb).fetchall()

    def read(self, question, rows):
        return question.rows(rows)

    def disk_bytes(self):
        return os.stat(self.file).st_blocks * 512

    def close(self):
        self.connection.close()
