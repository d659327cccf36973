# What run.sh and live.sh need before they measure, to be sourced: a program, the peers, the events.
# Takes `events`; leaves SUPPILO, `here`, `target`, `venv`, `data`, `name` and `file`.

# Before the change of folder: paths are the caller's.
[[ -z ${SUPPILO:-} ]] || SUPPILO=$(realpath "$SUPPILO")
[[ -z ${BENCH_DATA:-} ]] || BENCH_DATA=$(realpath -m "$BENCH_DATA")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
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
