#!/usr/bin/env bash
# Questions while events come: asks Suppilo alone, and while events are ingested over HTTP at half of what it takes at
# most; prints both and their ratio, and how soon after its acknowledgement an event is seen. The load and the asking
# run on the same machine. Needs what run.sh needs.
#
#   bench/insights/live.sh [events, default 1000000] [rounds, default 3]
#
# RATE=100000         events a second, instead of measuring what half is
# SECONDS_EACH=10     how long each part of a round asks
# PAUSE_MS=0          between two questions
# SUPPILO, BENCH_DATA, FRESH, THREADS, SEED as for run.sh; a copy of the loaded data is asked
set -euo pipefail
events=${1:-1000000}
rounds=${2:-3}
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

CARGO_TARGET_DIR="$target/bench" cargo build --release --quiet --manifest-path bench/ingest/Cargo.toml
"$venv/bin/python" "$here/live.py" "$SUPPILO" "$file" "$data" "$target/bench/release/ingest-load" --rounds "$rounds" \
    --threads "${THREADS:-2}" --rate "${RATE:-0}" --seconds "${SECONDS_EACH:-10}" --pause-ms "${PAUSE_MS:-0}"
