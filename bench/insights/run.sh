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
# Before the change of folder: paths are the caller's.
[[ -z ${SUPPILO:-} ]] || SUPPILO=$(realpath "$SUPPILO")
[[ -z ${BENCH_DATA:-} ]] || BENCH_DATA=$(realpath -m "$BENCH_DATA")
cd "$(dirname "$0")/../.."
events=${1:-1000000}
rounds=${2:-5}
target=${CARGO_TARGET_DIR:-target}
data=$(realpath -m "${BENCH_DATA:-$target/bench-insights}")
seed=${SEED:-1}
venv=$target/bench-insights-venv
here=bench/insights

if [[ -z ${SUPPILO:-} ]]; then
    cargo build --release --quiet --bin suppilo
    SUPPILO=$(realpath "$target/release/suppilo")
fi
if ! cmp --silent "$here/requirements.txt" "$venv/requirements.txt"; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$venv/"
fi

mkdir -p "$data"
name=events-$events-seed$seed
file=$data/$name.parquet
if [[ ! -f $file ]]; then
    echo "making $file" >&2
    "$venv/bin/python" "$here/generate.py" "$file" "$events" --seed "$seed"
fi
if [[ -n ${FRESH:-} || ! -f $data/suppilo-$name.loaded.json ]]; then
    rm -rf "$data/suppilo-$name" "$data/suppilo-$name.loaded.json"
fi
"$venv/bin/python" "$here/compare.py" "$SUPPILO" "$file" "$data" "$events" "$rounds" \
    --threads "${THREADS:-2}" --without "${WITHOUT:-}"
