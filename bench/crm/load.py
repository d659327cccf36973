"""Sets a new Suppilo up and imports a file of contacts into it, the way the command line does; prints how long that took.

    load.py BINARY DATA FILE [--database-url URL]
"""

import argparse
import json
import resource
import time

from program import Program


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("binary")
    arguments.add_argument("data")
    arguments.add_argument("file")
    arguments.add_argument("--database-url")
    asked = arguments.parse_args()
    program = Program(asked.binary, asked.data, asked.database_url)
    with program:
        program.set_up()
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = json.loads(program.run("import", "contacts", asked.file, "--json"))
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    counts = done["counts"]
    print(json.dumps({
        "seconds": round(took, 1), "rows": counts["rows"], "contacts_added": counts["contacts_added"],
        "rows_a_second": round(counts["rows"] / took), "processor_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "memory_peak_mb": round(after.ru_maxrss / 1024), "refused": counts["refused"],
    }))


main()
