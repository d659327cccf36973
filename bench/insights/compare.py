"""Asks every system every question, in turns; compares the answers; prints medians.

python compare.py SUPPILO FILE FOLDER EVENTS ROUNDS [--threads N] [--without clickhouse,duckdb]
"""

import argparse
import json
import os
import statistics
import sys
import time

from questions import QUESTIONS
from systems import ClickHouse, DuckDb, Suppilo

DIFFERENCES_SHOWN = 5


def asked(system, question):
    sql = {"clickhouse": question.clickhouse, "duckdb": question.duckdb}
    return sql.get(system, "") is not None


def differences(ours, theirs):
    """Where two answers differ, as texts."""
    if isinstance(ours, dict):
        keys = sorted(set(ours) | set(theirs))
        return [f"{key!r}: {ours.get(key)} and {theirs.get(key)}" for key in keys if ours.get(key) != theirs.get(key)]
    if len(ours) != len(theirs):
        return [f"{len(ours)} and {len(theirs)} values"]
    return [f"[{place}]: {one} and {other}" for place, (one, other) in enumerate(zip(ours, theirs)) if one != other]


def agree(systems):
    """Asks everybody everything once, which also warms them; answers how many answers differ."""
    wrong = 0
    for question in QUESTIONS:
        answers = {
            name: system.read(question, system.ask(question))
            for name, system in systems.items()
            if asked(name, question)
        }
        ours = answers.pop("suppilo")
        for name, theirs in answers.items():
            found = differences(ours, theirs)
            wrong += bool(found)
            for text in found[:DIFFERENCES_SHOWN]:
                print(f"{question.name}: suppilo and {name} differ at {text}", flush=True)
            if len(found) > DIFFERENCES_SHOWN:
                print(f"{question.name}: and in {len(found) - DIFFERENCES_SHOWN} more places", flush=True)
    return wrong


def timed_ms(system, question):
    begun = time.perf_counter()
    system.ask(question)
    return (time.perf_counter() - begun) * 1_000


def measure(systems, rounds):
    """Median milliseconds by question and system. Each asks each question once a round, and a different one begins
    each time: what disturbs the machine for a while disturbs all."""
    times = {question.name: {name: [] for name in systems if asked(name, question)} for question in QUESTIONS}
    for number in range(rounds):
        for place, question in enumerate(QUESTIONS):
            names = list(times[question.name])
            first = (number + place) % len(names)
            for name in names[first:] + names[:first]:
                times[question.name][name].append(timed_ms(systems[name], question))
    return {
        question: {name: statistics.median(runs) for name, runs in of_systems.items()}
        for question, of_systems in times.items()
    }


def line_of(question, medians, ordered_ms):
    line = {"query": question, "suppilo_ms": round(medians["suppilo"], 2)}
    for name in ("clickhouse", "duckdb"):
        line[f"{name}_ms"] = round(medians[name], 2) if name in medians else None
    for name in ("clickhouse", "duckdb"):
        line[f"ratio_{name}"] = round(medians[name] / medians["suppilo"], 2) if name in medians else None
    if question.startswith("funnel_"):
        line["times_ordered"] = round(medians["suppilo"] / ordered_ms, 2)
    return line


def table(lines):
    heads = ("query", "suppilo_ms", "clickhouse_ms", "duckdb_ms", "ratio_clickhouse", "ratio_duckdb", "times_ordered")
    yield "| " + " | ".join(head.replace("_", " ") for head in heads) + " |"
    yield "|" + "|".join("---" if head == "query" else "--:" for head in heads) + "|"
    for line in lines:
        cells = (line.get(head) for head in heads)
        yield "| " + " | ".join("" if cell is None else f"{cell}" for cell in cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suppilo")
    parser.add_argument("file")
    parser.add_argument("folder")
    parser.add_argument("events", type=int)
    parser.add_argument("rounds", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--without", default="")
    wanted = parser.parse_args()

    # Suppilo has no number of threads to set; on a bigger machine all three get the same few processors.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: wanted.threads])
    stem = os.path.splitext(os.path.basename(wanted.file))[0]
    place = {name: f"{wanted.folder}/{name}-{stem}" for name in ("suppilo", "clickhouse", "duckdb")}
    without = wanted.without.split(",")
    systems = {}
    try:
        if "clickhouse" not in without:
            systems["clickhouse"] = ClickHouse(place["clickhouse"], wanted.file, wanted.threads)
        if "duckdb" not in without:
            systems["duckdb"] = DuckDb(place["duckdb"], wanted.file, wanted.threads)
        # Last, so that its start is not measured beside their loading.
        suppilo = Suppilo(wanted.suppilo, place["suppilo"], wanted.file)
        systems = {"suppilo": suppilo, **systems}

        suppilo.facts["first_answer_ms"] = round(timed_ms(suppilo, QUESTIONS[0]), 1)
        wrong = agree(systems)
        medians = measure(systems, wanted.rounds)
        ordered_ms = medians[QUESTIONS[0].name]["suppilo"]
        lines = [line_of(name, of_systems, ordered_ms) for name, of_systems in medians.items()]
        for line in lines:
            print(json.dumps(line))
        facts = {"events": wanted.events, "rounds": wanted.rounds, "processors": len(os.sched_getaffinity(0))}
        facts["disk_bytes"] = {name: system.disk_bytes() for name, system in systems.items()}
        facts["load_s"] = {name: system.facts["load_s"] for name, system in systems.items()}
        facts["suppilo"] = {**suppilo.facts, "memory_bytes": suppilo.memory_bytes()}
        print(json.dumps(facts))
        print(*table(lines), sep="\n")
    finally:
        for system in systems.values():
            system.close()
    if wrong:
        sys.exit(f"{wrong} answers differ")
    print("all answers agree")


if __name__ == "__main__":
    main()
