#!/usr/bin/env bash
# The landing page of the demo company (variant chosen, visit logged durably) against nginx that serves the very same
# bytes as a static file. Both are loaded in turns by the same wrk, on the same machine, and the ratio is of the
# medians. Needs nginx and wrk (Debian packages of these names).
#
#   bench/page/run.sh [seconds per run, default 10] [rounds, default 3]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-10}
rounds=${2:-3}
target=${CARGO_TARGET_DIR:-target}
path=${PAGE:-/gratis-sjekk}
for tool in nginx wrk curl; do
    command -v "$tool" >/dev/null || { echo "install these packages first:  apt-get install nginx wrk curl" >&2; exit 1; }
done

cargo build --release --quiet --bin suppilo
work=$(mktemp -d)
server='' peer=''
trap 'kill $server $peer 2>/dev/null; wait $server $peer 2>/dev/null || true; rm -rf "$work"' EXIT

"$target/release/suppilo" demo --data "$work/data" --port 0 --json >"$work/out" 2>"$work/log" &
server=$!
until [[ -s $work/out ]]; do
    kill -0 "$server" || { cat "$work/log" >&2; exit 1; }
    sleep 0.2
done
url=$(python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["url"])' <"$work/out")
curl -fsS "$url$path" -o "$work/index.html"
printf '{"page": "%s", "page_bytes": %s}\n' "$path" "$(stat -c %s "$work/index.html")"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$work/nginx"
cat >"$work/nginx.conf" <<CONF
daemon off; pid $work/nginx/pid; error_log $work/nginx/error.log; worker_processes auto;
events { worker_connections 1024; }
http {
    include /etc/nginx/mime.types; access_log $work/nginx/access.log; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    client_body_temp_path $work/nginx/a; proxy_temp_path $work/nginx/b; fastcgi_temp_path $work/nginx/c;
    uwsgi_temp_path $work/nginx/d; scgi_temp_path $work/nginx/e;
    server { listen 127.0.0.1:$port; root $work; }
}
CONF
chmod 755 "$work"
nginx -c "$work/nginx.conf" 2>/dev/null &
peer=$!
until curl -fsS "http://127.0.0.1:$port/index.html" -o /dev/null 2>/dev/null; do sleep 0.1; done

load() { wrk -t 1 -c 32 -d "${seconds}s" -s bench/page/visitors.lua "$1" 2>&1 >/dev/null | tail -n 1; }
for _ in $(seq "$rounds"); do
    load "http://127.0.0.1:$port/index.html" | tee -a "$work/nginx.json" | sed 's/^{/{"who": "nginx", /'
    load "$url$path" | tee -a "$work/suppilo.json" | sed 's/^{/{"who": "suppilo", /'
done
python3 - "$work/suppilo.json" "$work/nginx.json" <<'PY'
import json, statistics, sys

ours, peer = ([json.loads(line) for line in open(name)] for name in sys.argv[1:3])
median = lambda runs, key: statistics.median(run[key] for run in runs)
print(json.dumps({
    "throughput_ratio": round(median(ours, "requests_per_s") / median(peer, "requests_per_s"), 3),
    "p99_ratio": round(median(ours, "p99_ms") / median(peer, "p99_ms"), 2),
    "errors": sum(run["errors"] for run in ours + peer),
}))
PY
