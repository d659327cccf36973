#!/usr/bin/env bash
# A company of a million contacts, 300,000 deals and 5,000,000 activities on SQLite and on PostgreSQL: how long the import
# takes, and each list, board, timeline and search through the API. Needs Python 3.11 and PostgreSQL's programs.
#
#   bench/crm/run.sh [contacts, default 1000000] [sqlite|postgres|both, default both]
#
# SUPPILO=path        a program that is built already, instead of building one
# BENCH_DATA=folder   where the data lies and is found again (default: target/bench-crm)
# BENCH_POSTGRES=url  an empty PostgreSQL database, instead of a cluster of its own
# DEALS, ACTIVITIES   how many of them
set -euo pipefail
contacts=${1:-1000000}
which=${2:-both}
[[ -z ${SUPPILO:-} ]] || SUPPILO=$(realpath "$SUPPILO")
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
data=$(realpath -m "${BENCH_DATA:-$target/bench-crm}")
here=bench/crm
if [[ -z ${SUPPILO:-} ]]; then
    cargo build --release --quiet --bin suppilo
    SUPPILO=$(realpath "$target/release/suppilo")
fi
mkdir -p "$data"
file=$data/contacts-$contacts.csv
[[ -f $file ]] || python3 "$here/contacts.py" "$contacts" --repeated 0.05 >"$file"

start_postgres() {
    local bin run=()
    bin=$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)")
    cluster=$(mktemp -d -p "$data")
    if [[ $(id -u) == 0 ]]; then
        chown postgres "$cluster"
        run=(runuser -u postgres --)
    fi
    (cd "$cluster" && "${run[@]}" "$bin/initdb" -D "$cluster/data" -U postgres -A trust >/dev/null)
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    (cd "$cluster" && "${run[@]}" "$bin/pg_ctl" -D "$cluster/data" -w -l "$cluster/log" \
        -o "-p $port -k $cluster -c listen_addresses=127.0.0.1 -c shared_buffers=512MB" start >/dev/null)
    postgres_stop=("${run[@]}" "$bin/pg_ctl" -D "$cluster/data" -m fast stop)
    trap '(cd "$cluster" && "${postgres_stop[@]}" >/dev/null) || true; rm -rf "$cluster"' EXIT
    BENCH_POSTGRES="postgres://postgres@127.0.0.1:$port/postgres"
}

measure() {
    local name=$1 folder=$data/$1-$contacts url=()
    local database="sqlite:$folder/suppilo.db"
    if [[ $name == postgres ]]; then
        [[ -n ${BENCH_POSTGRES:-} ]] || start_postgres
        url=(--database-url "$BENCH_POSTGRES")
        database=$BENCH_POSTGRES
    fi
    rm -rf "$folder" "$folder.log"
    echo "=== $name: import"
    python3 "$here/load.py" "$SUPPILO" "$folder" "$file" "${url[@]}"
    python3 "$here/fill.py" "$database" --deals "${DEALS:-300000}" --activities "${ACTIVITIES:-5000000}"
    echo "=== $name: lists"
    python3 "$here/measure.py" "$SUPPILO" "$folder" --json "$folder.json" "${url[@]}"
}

[[ $which == postgres ]] || measure sqlite
[[ $which == sqlite ]] || measure postgres
