"""How long a filled Suppilo takes to write its contacts into files, and how much memory that takes. Needs Linux.

    exports.py BINARY DATA [--database-url URL] [--formats csv,xlsx]
"""

import argparse
import json
import time

from program import Program

FIELDS = ["id", "first_name", "last_name", "email", "phone", "company", "locale", "tags", "created_at", "fields.score",
          "fields.plan", "consent", "consent_at"]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("binary")
    arguments.add_argument("data")
    arguments.add_argument("--database-url")
    arguments.add_argument("--formats", default="csv,xlsx")
    asked = arguments.parse_args()
    with Program(asked.binary, asked.data, asked.database_url) as program:
        program.log_in()
        # What is read into memory after a start is no part of what a file takes.
        while not program.get("/search", q="kari")[0]["is_complete"]:
            time.sleep(0.5)
        for format in asked.formats.split(","):
            body = {"columns": [{"field": field} for field in FIELDS], "format": format}
            size, took, before, most = program.download("/contacts/export", body)
            print(json.dumps({"format": format, "seconds": round(took, 1), "mb": round(size / 1e6, 1),
                              "memory_before_mb": before, "memory_most_mb": most}), flush=True)


main()
