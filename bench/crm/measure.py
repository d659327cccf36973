"""How long the lists, boards, timelines and the search of a filled Suppilo take through its API: one question after the other
over one connection, each list page after page.

    measure.py BINARY DATA [--database-url URL] [--rounds 40] [--only WORDS] [--json FILE]
"""

import argparse
import json
import random
import time

from program import Program

CONTACT_SORTS = ["name", "last_name", "email", "phone", "company", "owner_id", "channel", "locale", "created_at", "updated_at",
                 "fields.score", "fields.plan"]
DEAL_SORTS = ["newest", "oldest", "dearest", "cheapest", "longest_in_stage", "last_moved"]
MISSPELT = ["Kari Hansn", "Ola Johanson", "Ingird Berg", "Bjrn Haugen", "Noha Lund", "Sofie Kristianssen", "Lasr Olsen"]


def every(*conditions):
    return json.dumps({"all": list(conditions)})


def contact_questions():
    tag, plan = {"field": "tags", "is": "vip"}, {"field": "fields.plan", "is": "team"}
    score, mine = {"field": "fields.score", "at_least": 500, "below": 510}, {"field": "owner_id", "is": "me"}
    norwegian = {"field": "locale", "is": "nb"}
    yield "newest", {}
    for name in CONTACT_SORTS:
        yield f"by {name}", {"sort": name}
        yield f"by {name}, backwards", {"sort": f"-{name}"}
    yield "1 filter: tag of 1 in 100", {"filter": every(tag)}
    yield "1 filter: own number in a range", {"filter": every(score)}
    yield "1 filter: address contains", {"filter": every({"field": "email", "contains": "firma77"})}
    yield "1 filter: text nobody has", {"filter": every({"field": "email", "contains": "nobody-has-this"})}
    yield "1 filter: telephone number contains", {"filter": every({"field": "phone", "contains": "123"})}
    yield "1 filter: company contains", {"filter": every({"field": "company", "contains": "energi 77"})}
    yield "1 filter: most have it", {"filter": every({"field": "email", "contains": ".no"})}
    either = {"any": [tag, {"all": [plan, {"field": "fields.score", "above": 99_000}]}]}
    yield "either of two, nested", {"filter": every(either)}
    yield "own choice, by own number", {"filter": every(plan), "sort": "fields.score"}
    yield "2 filters: text, tag, by name", {"filter": every({"field": "email", "contains": "firma7"}, tag), "sort": "name"}
    yield "2 filters, by name", {"filter": every(tag, plan), "sort": "name"}
    yield "2 filters: mine, by score", {"filter": every(mine, norwegian), "sort": "fields.score"}
    yield "3 filters, by e-mail", {"filter": every(tag, plan, norwegian), "sort": "email"}
    yield "3 filters, last changed", {"filter": every(mine, plan, norwegian), "sort": "-updated_at"}
    yield "words: kari berg", {"q": "kari berg"}
    yield "words: nobody has", {"q": "kari nobody-has-this"}


def deal_questions(funnel):
    for sort in DEAL_SORTS:
        yield f"{sort}", {"sort": sort}
        yield f"{sort}, open in a funnel", {"sort": sort, "status": "open", "funnel": funnel}
    yield "1 filter: mine", {"owner": "me"}
    yield "2 filters: stage, open", {"stage": "proposal", "status": "open"}
    yield "3 filters: stage, lost, channel", {"stage": "proposal", "status": "lost", "channel": "email", "sort": "dearest"}
    yield "words: of kari berg", {"q": "of kari berg"}
    yield "words: nobody has", {"q": "of nobody-has-this"}


class Table:
    def __init__(self, program, rounds, only):
        self.program, self.rounds, self.only, self.rows = program, rounds, only, []

    def note(self, name, times, found, limit_ms=100):
        times = sorted(times)
        at = lambda share: times[round((len(times) - 1) * share)]
        row = {"question": name, "p50_ms": round(at(0.5), 1), "p95_ms": round(at(0.95), 1), "max_ms": round(times[-1], 1),
               "rows": found, "limit_ms": limit_ms}
        self.rows.append(row)
        mark = "" if row["p95_ms"] < limit_ms else "  <-- over"
        print(f"{name:<46} {row['p50_ms']:>8} {row['p95_ms']:>8} {row['max_ms']:>8} {found:>6}{mark}", flush=True)

    def pages(self, name, path, query):
        if self.only not in name:
            return
        times, found, cursor = [], 0, None
        for _ in range(self.rounds):
            answer, took = self.program.get(path, **query, cursor=cursor)
            times.append(took)
            found, cursor = max(found, len(answer["items"])), answer["next_cursor"]
        self.note(name, times, found)

    def each(self, name, path, queries, count, limit_ms=100):
        if self.only not in name:
            return
        times, found = [], 0
        for query in queries:
            answer, took = self.program.get(path, **query)
            times.append(took)
            found = max(found, count(answer))
        self.note(name, times, found, limit_ms)


def measure(program, table):
    chance, rounds = random.Random(1), table.rounds
    program.log_in()
    began = time.perf_counter()
    while not program.get("/search", q="kari")[0]["is_complete"]:
        time.sleep(0.5)
    print(f"the names were found {time.perf_counter() - began:.1f} s after the first question")
    print(f"{'':<46} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8} {'rows':>6}")
    for name, query in contact_questions():
        table.pages(f"contacts {name}", "/contacts", query)
    funnels = [funnel["id"] for funnel in program.get("/funnels")[0]["items"]]
    sales = max(funnels, key=lambda funnel: program.get("/deals", funnel=funnel)[0]["total"])
    for name, query in deal_questions(sales):
        table.pages(f"deals {name}", "/deals", query)
    cards = lambda board: sum(len(column["deals"]) for column in board["columns"])
    table.each("board", "/deals/board", [{"funnel": sales}] * rounds, cards)
    table.each("board with words", "/deals/board", [{"funnel": sales, "q": "kari berg"}] * rounds, cards)
    people = lambda report: len(report["rows"])
    year = {"from": "2025-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    table.each("team report, 30 days", "/team-report", [{"funnel": sales}] * 5, people, 1000)
    table.each("team report, a year", "/team-report", [{"funnel": sales, **year}] * 5, people, 1000)
    contacts = program.get("/contacts", limit=500)[0]["items"]
    deals = program.get("/deals", limit=500)[0]["items"]
    items = lambda answer: len(answer["items"])
    table.each("timeline of a contact", "/timeline", [{"contact": chance.choice(contacts)["id"]} for _ in range(rounds)], items)
    table.each("timeline of a deal", "/timeline", [{"deal": chance.choice(deals)["id"]} for _ in range(rounds)], items)
    groups = lambda answer: sum(len(group["items"]) for group in answer["groups"])
    table.each("search: misspelt names", "/search", [{"q": chance.choice(MISSPELT)} for _ in range(rounds * 3)], groups, 50)
    numbers = [{"q": contact["phone"][3:9]} for contact in contacts[: rounds * 3]]
    table.each("search: part of a telephone number", "/search", numbers, groups, 50)
    names = [{"q": contact["email"]} for contact in contacts[: rounds * 3]]
    table.each("search: an address", "/search", names, groups, 50)
    program.log_in("rep3@example.com")
    table.each("rep: board", "/deals/board", [{"funnel": sales}] * rounds, cards)
    table.pages("rep: own deals", "/deals", {"sort": "last_moved", "status": "open"})
    table.each("rep: today", "/today", [{}] * rounds, lambda today: today["leads_total"] + today["quiet_total"])
    table.each("rep: today's counts", "/today/counts", [{}] * rounds, lambda counts: counts["overdue"])
    table.each("rep: search", "/search", [{"q": chance.choice(MISSPELT)} for _ in range(rounds)], groups, 50)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("binary")
    arguments.add_argument("data")
    arguments.add_argument("--database-url")
    arguments.add_argument("--rounds", type=int, default=40)
    arguments.add_argument("--only", default="", help="questions whose names have these words")
    arguments.add_argument("--json")
    asked = arguments.parse_args()
    with Program(asked.binary, asked.data, asked.database_url) as program:
        table = Table(program, asked.rounds, asked.only)
        measure(program, table)
    if asked.json:
        with open(asked.json, "w") as file:
            json.dump(table.rows, file, indent=1)
    slow = [row for row in table.rows if row["p95_ms"] >= row["limit_ms"]]
    print(f"{len(table.rows)} questions, {len(slow)} over their limit")


main()
