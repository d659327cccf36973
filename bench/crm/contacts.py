"""A made-up file of contacts as companies have them: names, addresses, telephone numbers, companies, tags, consent and two
columns of the company's own.

    contacts.py ROWS [--repeated SHARE] > contacts.csv

Of the rows that share repeats one that came before, as lists put together by hand do. The same arguments always give the
same file.
"""

import argparse
import csv
import random
import sys

FIRST = "Kari Nora Ingrid Sofie Emma Ola Jakob Emil Noah Oliver Anna Eva Lars Bjørn Åse Øyvind Maja Ella Liam Oskar".split()
LAST = "Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Berg Haugen Lund Sæther Ødegård".split()
PLACES = "Nord Sør Vest Øst Fjell Fjord Elv Skog Hav Dal Ås Vik Sund Nes Holm".split()
TRADES = "Bygg Data Regnskap Handel Transport Energi Mat Helse Design Reklame".split()
HEADINGS = ["Email", "First Name", "Last Name", "Phone", "Company", "Language", "Tags", "Created At", "Consent", "Consent Date", "plan", "score"]


def row(n, chance):
    first, last = chance.choice(FIRST), f"{chance.choice(LAST)}{chance.choice(PLACES).lower()}"
    company = f"{chance.choice(PLACES)} {chance.choice(TRADES)} {n % 20_000} AS"
    domain = f"firma{n % 20_000}.no" if n % 3 else chance.choice(["gmail.com", "outlook.com", "online.no"])
    tags = [word for word, share in (("customer", 0.2), ("webinar", 0.1), ("vip", 0.01)) if chance.random() < share]
    month, day = 1 + chance.randrange(12), 1 + chance.randrange(28)
    created = f"20{15 + chance.randrange(10)}-{month:02}-{day:02} {chance.randrange(24):02}:{chance.randrange(60):02}:00"
    state = chance.choices(["subscribed", "unsubscribed", "pending"], [6, 1, 3])[0]
    return [f"{first.lower()}.{n}@{domain}", first, last, f"+47{40_000_000 + chance.randrange(60_000_000)}", company,
            chance.choice(["nb", "nb", "nb", "en", "sv"]), ",".join(tags), created, state, created,
            chance.choice(["free", "team", "business"]), chance.randrange(100_000)]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("rows", type=int)
    arguments.add_argument("--repeated", type=float, default=0.0)
    asked = arguments.parse_args()
    repeats = random.Random(1)
    out = csv.writer(sys.stdout, lineterminator="\r\n")
    out.writerow(HEADINGS)
    for n in range(asked.rows):
        if n > 100 and repeats.random() < asked.repeated:
            n = repeats.randrange(n)
        out.writerow(row(n, random.Random(n)))


main()
