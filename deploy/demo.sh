#!/usr/bin/env bash
# A month of five shops through a real Kafka into a real PostgreSQL, and what came of it.
set -euo pipefail

usage() {
    cat <<'X'
examples:
  deploy/demo.sh            a month of history, a report, then live until Ctrl-C (live only on a terminal)
  deploy/demo.sh --once     the report, then the end
  deploy/demo.sh --fresh    forget what an earlier demo left in .local/demo, then as above
Installs what is missing, builds, starts a private Kafka and PostgreSQL under .local/demo on free ports and ends them at the end.
A second start uses what is there: it reads nothing twice and changes no figure.
X
}

root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
dir=$root/.local/demo
days=30 orders=110000
once=false
jobs=()

say() { printf '\n== %s\n' "$*"; }
die() { echo "demo: $2" >&2; exit "$1"; }

parse() {
    for option in "$@"; do
        case "$option" in
            -h | --help) usage; exit ;;
            --once) once=true ;;
            --fresh) fresh=true ;;
            *) usage >&2; exit 64 ;;
        esac
    done
    [ -t 1 ] || once=true
}

finish() {
    local code=$?
    trap - EXIT
    trap '' INT TERM
    for job in "${jobs[@]}"; do kill "$job" 2>/dev/null || true; done
    wait 2>/dev/null || true
    [ ! -d "$dir" ] || "$root/deploy/local.sh" down "$dir" 2>/dev/null || true
    exit "$code"
}

# timed WHAT COMMAND...: its output is shown only where it fails.
timed() {
    local what=$1 start=$EPOCHREALTIME
    shift
    "$@" >"$log" 2>&1 || { local code=$?; cat "$log" >&2; die "$code" "$what failed"; }
    awk -v what="$what" -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { printf "%-46s %6.1f s\n", what, b - a }'
}

build() { cmake --preset release && cmake --build --preset release --target tillstream; }

tillstream() { "$root/build/release/tillstream" "$@"; }

# The month ends two days ago, so that what comes live falls on days of its own. A start that was broken off sends the same bytes again.
simulate() {
    [ ! -e "$dir/simulated" ] || return 0
    [ -e "$dir/first-day" ] || date -u -d "-$((days + 2)) days" +%F >"$dir/first-day"
    tillstream simulate -c "$config" --seed 1 --days "$days" --orders "$orders" --start "$(<"$dir/first-day")" --incidents 12 \
        --duplicate-ppm 5000 --late-ppm 5000 --malformed-ppm 200 --truth "$dir/truth.json"
    touch "$dir/simulated"
}

catch_up() {
    tillstream run -c "$config" --until-end --json >"$dir/run.json.part"
    grep -q '"records": 0,' "$dir/run.json.part" && [ -e "$dir/run.json" ] || cp "$dir/run.json.part" "$dir/run.json"
}

figure() { sed -n "s/.*\"$1\": \([0-9.]*\).*/\1/p" "$2"; }

report() {
    say "what the shops earned"
    psql -XqAt -v ON_ERROR_STOP=1 -v truth_file="$dir/truth.json" -f "$root/deploy/demo/report.sql" "$database"
    say "speed"
    printf 'this start read %s records; ' "$(figure records "$dir/run.json.part")"
    printf 'the first load: %s records in %s s, %s a second\n' "$(figure records "$dir/run.json")" "$(figure seconds "$dir/run.json")" \
        "$(figure records_per_s "$dir/run.json")"
    say "verify"
    tillstream verify -c "$config"
}

live() {
    say "live: 20 events a second, until Ctrl-C"
    trap 'exit 0' INT
    tillstream simulate -c "$config" --seed 1 --rate 20 >"$dir/simulate.log" 2>&1 & jobs+=($!)
    tillstream run -c "$config" >"$dir/run.log" 2>&1 & jobs+=($!)
    while sleep 5; do
        kill -0 "${jobs[@]}" 2>/dev/null || { tail -3 "$dir/simulate.log" "$dir/run.log" >&2; die 69 "a process ended"; }
        psql -XqAt -f "$root/deploy/demo/live.sql" "$database"
    done
}

fresh=false
parse "$@"
cd "$root"
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if $fresh && [ -d "$dir" ]; then "$root/deploy/local.sh" down "$dir" 2>/dev/null || true; rm -rf "$dir"; fi
mkdir -p "$dir"
config=$dir/tillstream.yaml log=$dir/last.log
deploy/install-deps.sh
timed "build" build
timed "Kafka and PostgreSQL start" deploy/local.sh up "$dir"
database=$(sed -n 's/^OWNER_DATABASE_URL=//p' "$dir/env")
timed "migrate" tillstream migrate -c "$config"
timed "simulate $days days of five shops" simulate
timed "run until caught up" catch_up
report
$once || live
