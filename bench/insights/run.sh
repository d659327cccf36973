#!/usr/bin/env bash
# The insights beside ClickHouse and DuckDB: the same events, the same questions, the same two processors, in turns.
# The answers must agree. Needs Python 3.11 with venv; the peers come from PyPI in the versions of requirements.txt.
#
#   bench/insights/run.sh [events, default 1000000] [rounds, default 5]
#
# SUPPILO=path        a program that is built already, instead of building one
# BENCH_DATA=folder   where events and loaded data lie, and are found again (default: target/bench-insights)
# FRESH=1             import into Suppilo again: its import is measured, and another version may keep data otherwise
# THREADS=2  SEED=1   processors for each system; the random numbers of the events
# WITHOUT=duckdb      peers to leave out, separated by commas
set -euo pipefail
events=${1:-1000000}
rounds=${2:-5}
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

"$venv/bin/python" "$here/compare.py" "$SUPPILO" "$file" "$data" "$events" "$rounds" \
    --threads "${THREADS:-2}" --without "${WITHOUT:-}"
