#!/usr/bin/env bash
# Durable ingestion over HTTP: starts a fresh Suppilo, sends Segment batches of 100 at it, prints one JSON line per
# number of connections. The load runs on the same machine and is part of what is measured.
#
#   bench/ingest/run.sh [seconds per run, default 10]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-10}
target=${CARGO_TARGET_DIR:-target}

cargo build --release --quiet --bin suppilo
CARGO_TARGET_DIR="$target/bench" cargo build --release --quiet --manifest-path bench/ingest/Cargo.toml

data=$(mktemp -d)
"$target/release/suppilo" serve --data "$data" --port 0 --json >"$data.json" 2>"$data.log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -rf "$data" "$data.json" "$data.log"' EXIT
for _ in $(seq 100); do
    [[ -s $data.json ]] && break
    kill -0 "$server" || { cat "$data.log" >&2; exit 1; }
    sleep 0.1
done
field() { python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())[sys.argv[1]])' "$1" <"$data.json"; }
url=$(field url)
key=$(field write_key)

for connections in 1 4 16; do
    "$target/bench/release/ingest-load" "$url" "$key" --seconds "$seconds" --connections "$connections"
done
awk '{printf "{\"server_cpu_s\": %.2f}\n", ($14 + $15) / 100}' "/proc/$server/stat"
awk '/VmHWM/ {printf "{\"server_memory_peak_mb\": %.0f}\n", $2 / 1024}' "/proc/$server/status"
