"""A Suppilo under test: started in a folder of its own, asked through its API, ended by its own handle."""

import http.client
import json
import os
import subprocess
import time
from urllib.parse import quote, urlsplit

PASSWORD = "a long password for a bench"
OWNER = "owner@example.com"
REPS = 20


class Program:
    def __init__(self, binary, data, database_url=None):
        self.environment = dict(os.environ)
        self.environment.pop("SUPPILO_DATABASE_URL", None)
        if database_url:
            self.environment["SUPPILO_DATABASE_URL"] = database_url
        self.binary, self.data = binary, data

    def run(self, *arguments):
        """A command of its own, not beside a server; answers what it printed."""
        command = [self.binary, *arguments, "--data", self.data]
        return subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE).stdout.decode()

    def __enter__(self):
        command = [self.binary, "serve", "--port", "0", "--json", "--data", self.data]
        log = open(f"{self.data}.log", "ab")
        self.process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=log)
        url = urlsplit(json.loads(self.process.stdout.readline())["url"])
        self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=600)
        self.headers = {}
        return self

    def __exit__(self, *_):
        self.connection.close()
        self.process.terminate()
        self.process.wait()

    def ask(self, method, path, body=None):
        """The answer, and how long it took until it was read, ms."""
        sent = None if body is None else json.dumps(body)
        headers = self.headers | ({} if body is None else {"Content-Type": "application/json"})
        began = time.perf_counter()
        self.connection.request(method, "/api/v1" + path, sent, headers)
        answer = self.connection.getresponse()
        read = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {read[:500]!r}")
        cookie = answer.getheader("Set-Cookie")
        if cookie and "Cookie" not in self.headers:
            self.headers["Cookie"] = cookie.split(";")[0]
        return (json.loads(read) if read else None), took

    def get(self, path, **query):
        text = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items() if value is not None)
        return self.ask("GET", path + (f"?{text}" if text else ""))

    def download(self, path, body):
        """How many bytes a file has that the program makes, how long they took, s, and its memory before and at most, MB."""
        before = self.memory_mb("VmRSS")
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as peak:
            peak.write("5")
        began, size = time.perf_counter(), 0
        headers = self.headers | {"Content-Type": "application/json"}
        self.connection.request("POST", "/api/v1" + path, json.dumps(body), headers)
        answer = self.connection.getresponse()
        while part := answer.read(1 << 20):
            if answer.status >= 300:
                raise RuntimeError(f"POST {path}: {answer.status} {part[:500]!r}")
            size += len(part)
        return size, time.perf_counter() - began, before, self.memory_mb("VmHWM")

    def memory_mb(self, what):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(what)) // 1024

    def log_in(self, email=OWNER):
        self.headers = {}
        session, _ = self.ask("POST", "/session", {"email": email, "password": PASSWORD})
        self.headers["X-CSRF-Token"] = session["csrf_token"]

    def set_up(self):
        """A company with salespeople, own fields and two pipelines."""
        session, _ = self.ask("POST", "/setup", {"company": "Bench", "name": "Owner", "email": OWNER, "password": PASSWORD,
                                                 "locale": "nb", "currency": "NOK", "timezone": "Europe/Oslo"})
        self.headers["X-CSRF-Token"] = session["csrf_token"]
        for n in range(REPS):
            self.ask("POST", "/users", {"name": f"Rep {n}", "email": f"rep{n}@example.com", "password": PASSWORD,
                                        "role": "rep", "locale": "nb"})
        self.ask("POST", "/fields", {"entity": "contact", "key": "score", "label": "Score", "kind": "number"})
        choices = [{"value": word, "label": word} for word in ("free", "team", "business")]
        self.ask("POST", "/fields", {"entity": "contact", "key": "plan", "label": "Plan", "kind": "choice",
                                     "choices": choices})
        for name in ("Sales", "Partners"):
            stages = [{"id": word.lower(), "name": word, "enters_on": f"{name} {word}"} for word in STAGES]
            self.ask("POST", "/funnels", {"id": name.lower(), "title": name, "currency": "NOK", "timezone": "Europe/Oslo",
                                          "locales": ["nb"], "stages": stages})


STAGES = ["Lead", "Contacted", "Meeting", "Proposal", "Negotiation", "Won"]
