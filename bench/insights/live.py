"""Asks Suppilo alone, and while events come over HTTP; prints both, their ratio, and how soon an event is seen.

python live.py SUPPILO FILE FOLDER LOAD [--rounds N] [--rate EVENTS_PER_S] [--seconds N] [--pause-ms N] [--threads N]

A round asks alone, then while events come, then right after the last, and waits until what follows in the background is
done. The log grows, so that the time alone before a round and the one after it bracket the time in it: the ratio is to
their mean. Right after the last event nothing else runs, but the newest events lie in several parts and in the tail.
"""

import argparse
import http.client
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from questions import QUESTIONS, Question
from systems import Suppilo

ASKED = ("funnel", "daily_uniques_30", "funnel_by_channel", "retention_weekly")
CONNECTIONS = 16
# Of the run that finds out how many events a second are taken.
PROBE_S = 10
SEEN_TIMES = 50
# Shorter than that.
AFTER_S = 2
# Until it is asked whether an event is seen while events come, they have come for so long.
WARM_S = 2
SEEN_S_MAX = 30


def load(program, suppilo, seconds, rate):
    options = ["--seconds", seconds, "--connections", CONNECTIONS, "--rate", rate]
    command = [program, suppilo.url, suppilo.write_key, *map(str, options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def loaded(process):
    """What the load says when it is done."""
    said, _ = process.communicate()
    if process.returncode != 0:
        raise SystemExit("the load failed")
    return json.loads(said)


def most_per_s(wanted):
    """How many events a second an empty Suppilo takes when nobody asks."""
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        suppilo = Suppilo(wanted.suppilo, f"{folder}/data", None)
        try:
            return loaded(load(wanted.load, suppilo, PROBE_S, 0))["events_per_s"]
        finally:
            suppilo.close()


def started(wanted):
    """Suppilo over a copy of the events: the copy grows."""
    place = f"{wanted.folder}/suppilo-{os.path.splitext(os.path.basename(wanted.file))[0]}"
    copy = f"{place}-live"
    shutil.rmtree(copy, ignore_errors=True)
    Path(f"{copy}.loaded.json").unlink(missing_ok=True)
    if os.path.exists(f"{place}.loaded.json"):
        shutil.copytree(place, copy)
        shutil.copy(f"{place}.loaded.json", f"{copy}.loaded.json")
        # Or the first events would wait for the disk to take the copy.
        os.sync()
    return Suppilo(wanted.suppilo, copy, wanted.file), copy


def ask_while(suppilo, goes_on, pause_s):
    """Milliseconds by question, each asked in turn."""
    times = {question: [] for question in ASKED}
    questions = [question for question in QUESTIONS if question.name in ASKED]
    while goes_on():
        for question in questions:
            begun = time.perf_counter()
            suppilo.ask(question)
            times[question.name].append((time.perf_counter() - begun) * 1_000)
            time.sleep(pause_s)
    return times


def alone(suppilo, wanted, seconds):
    until = time.perf_counter() + seconds
    return ask_while(suppilo, lambda: time.perf_counter() < until, wanted.pause_ms / 1_000)


def while_events_come(suppilo, wanted, rate):
    process, before_s, begun = load(wanted.load, suppilo, wanted.seconds, rate), suppilo.cpu_s(), time.perf_counter()
    times = ask_while(suppilo, lambda: process.poll() is None, wanted.pause_ms / 1_000)
    facts = loaded(process)
    facts["server_cpus"] = round((suppilo.cpu_s() - before_s) / (time.perf_counter() - begun), 2)
    return times, facts


def median(times):
    return {name: statistics.median(of_question) for name, of_question in times.items()}


def measure(suppilo, wanted, rate):
    settled, live, right_after = [median(alone(suppilo, wanted, wanted.seconds))], [], []
    for _ in range(wanted.rounds):
        times, facts = while_events_come(suppilo, wanted, rate)
        live.append(times)
        right_after.append(median(alone(suppilo, wanted, AFTER_S)))
        settle_s = suppilo.settle()
        settled.append(median(alone(suppilo, wanted, wanted.seconds)))
        print(json.dumps({"load": facts, "settle_s": settle_s, "load_average": os.getloadavg()[0]}), flush=True)
    for name in ASKED:
        each_ms = sorted(one for times in live for one in times[name])
        medians = [median(times)[name] for times in live]
        ratios = [2 * at / (one[name] + two[name]) for one, at, two in zip(settled, medians, settled[1:])]
        line = {
            "query": name,
            "alone_ms": [round(times[name], 1) for times in settled],
            "live_ms": [round(at, 1) for at in medians],
            "right_after_ms": [round(times[name], 1) for times in right_after],
            "live_p95_ms": round(each_ms[int(len(each_ms) * 0.95)], 1),
            "asked": len(each_ms),
            "ratio": round(statistics.median(ratios), 2),
        }
        print(json.dumps(line), flush=True)


def instant(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def send_one(suppilo, connection, name):
    now = datetime.now(UTC)
    event = {"type": "track", "userId": "seen", "event": name, "messageId": name, "timestamp": instant(now)}
    body = json.dumps({"batch": [event], "writeKey": suppilo.write_key, "sentAt": instant(now)})
    connection.request("POST", "/v1/batch", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"the event was refused: {answer.status} {answer.read()}")
    answer.read()


def seen(suppilo, wanted, label):
    """How long after its acknowledgement each of some events is counted by a question, and by which one."""
    connection = http.client.HTTPConnection(urlsplit(suppilo.url).netloc, timeout=60)
    today, run = datetime.now(UTC), time.time_ns()
    span = {"from": instant(today - timedelta(days=2)), "to": instant(today + timedelta(days=2))}
    times_ms, asks_most = [], 0
    for number in range(SEEN_TIMES):
        name = f"Seen {run} {number}"
        body = {"insight": "trend", "event": name, "measure": "total", "interval": "day", **span}
        question = Question(name, body, lambda answer: answer["total"])
        send_one(suppilo, connection, name)
        acknowledged, asks, count = time.perf_counter(), 0, 0
        while count != 1 and time.perf_counter() - acknowledged < SEEN_S_MAX:
            count = suppilo.read(question, suppilo.ask(question))
            asks += 1
        if count != 1:
            raise SystemExit(f"{name} was counted {count} times after {SEEN_S_MAX} s")
        times_ms.append((time.perf_counter() - acknowledged) * 1_000)
        asks_most = max(asks_most, asks)
        time.sleep(0.05)
    connection.close()
    facts = {"median_ms": round(statistics.median(times_ms), 1), "max_ms": round(max(times_ms), 1), "asks": asks_most}
    print(json.dumps({"seen": label, "events": SEEN_TIMES, **facts}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("suppilo", "file", "folder", "load"):
        parser.add_argument(name)
    for name, number in (("rounds", 3), ("rate", 0), ("seconds", 10), ("pause-ms", 0), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=number)
    wanted = parser.parse_args()

    # On a bigger machine all of it gets the same few processors.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: wanted.threads])
    rate = wanted.rate
    if rate == 0:
        most = most_per_s(wanted)
        rate = round(most / 2)
        print(json.dumps({"taken_per_s": most, "rate": rate}), flush=True)
    suppilo, copy = started(wanted)
    try:
        suppilo.settle()
        # What a question reads first comes from the disk.
        ask_while(suppilo, iter([True, False]).__next__, 0)
        measure(suppilo, wanted, rate)
        seen(suppilo, wanted, "while nothing comes")
        process = load(wanted.load, suppilo, WARM_S + SEEN_S_MAX, rate)
        time.sleep(WARM_S)
        seen(suppilo, wanted, "while events come")
        process.terminate()
        process.wait()
        print(json.dumps({"memory_bytes": suppilo.memory_bytes()}))
    finally:
        suppilo.close()
        shutil.rmtree(copy, ignore_errors=True)


if __name__ == "__main__":
    main()
