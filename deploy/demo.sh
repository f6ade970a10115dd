#!/usr/bin/env bash
# A month of five shops through a real Kafka into a real PostgreSQL, and what came of it.
set -euo pipefail
export LC_ALL=C.UTF-8

usage() {
    cat <<'X'
examples:
  deploy/demo.sh            a month of history, a report, then live until Ctrl-C (live only on a terminal)
  deploy/demo.sh --once     the report, then the end
  deploy/demo.sh --fresh    forget what an earlier demo left in .local/demo, then as above
Installs what is missing, builds, starts a private Kafka and PostgreSQL under .local/demo on free ports and ends them at the end.
A second start uses what is there: it reads nothing twice and changes no figure.
Exit codes: 0; 1 a figure differs from the truth or `verify` found a mismatch; 64 usage; 75 another demo runs; else that of the step that failed.
X
}

closing_words() {
    cat <<'X'

Everything is kept in .local/demo. To look around:
  deploy/local.sh up .local/demo && . .local/demo/env
  psql "$READER_DATABASE_URL" -c 'SELECT * FROM analytics.daily_sales'
  deploy/local.sh down .local/demo
X
}

root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
dir=$root/.local/demo
days=30 orders=110000 live_rate=20
once=false fresh=false
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

# start LOG COMMAND...: in a process group of its own, so that it can be ended with all its children and at any moment.
start() {
    local log=$1
    shift
    set -m
    "$@" </dev/null >"$log" 2>&1 & jobs+=($!)
    set +m
}

end_jobs() {
    local job deadline=$((SECONDS + 15))
    for job in "${jobs[@]}"; do kill -- "-$job" 2>/dev/null || true; done
    for job in "${jobs[@]}"; do
        while kill -0 -- "-$job" 2>/dev/null && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.05; done
        kill -KILL -- "-$job" 2>/dev/null || true
    done
}

finish() {
    local code=$?
    trap - EXIT
    trap '' HUP INT TERM PIPE
    end_jobs
    [ ! -d "$dir" ] || "$root/deploy/local.sh" down "$dir" >/dev/null 2>&1 8>&- || true
    exit "$code"
}

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }'; }

# step WHAT COMMAND...: its output is shown only where it fails. A job of its own, where `set -e` holds inside of functions too.
step() {
    local what=$1 begun=$EPOCHREALTIME code=0
    shift
    printf '%-46s ' "$what"
    start "$dir/last.log" "$@" 8>&-
    wait "${jobs[-1]}" || code=$?
    jobs=()
    [ "$code" = 0 ] || { echo "failed"; cat "$dir/last.log" >&2; die "$code" "$what: failed"; }
    printf '%6s s\n' "$(seconds_since "$begun")"
}

build() { cmake --preset release && cmake --build --preset release --target tillstream; }

tillstream() { "$root/build/release/tillstream" "$@"; }

# The month ends two days ago, so that what comes live falls on days of its own. A start that was broken off sends the same bytes again.
simulate() {
    [ ! -e "$dir/simulated" ] || return 0
    [ -s "$dir/first-day" ] || date -u -d "-$((days + 2)) days" +%F >"$dir/first-day"
    tillstream simulate -c "$dir/tillstream.yaml" --seed 1 --days "$days" --orders "$orders" --start "$(<"$dir/first-day")" \
        --incidents 12 --duplicate-ppm 5000 --late-ppm 5000 --malformed-ppm 200 --truth "$dir/truth.json"
    touch "$dir/simulated"
}

# The figures of the load are kept for the reports of later starts, which find little or nothing to read. What is asked next would be
# planned for empty tables: autovacuum has not seen a load of seconds yet.
catch_up() {
    tillstream run -c "$dir/tillstream.yaml" --until-end --json >"$dir/run.json.part"
    [ -s "$dir/run.json" ] || cp "$dir/run.json.part" "$dir/run.json"
    ask -c ANALYZE
}

ask() { psql -XqAt -v ON_ERROR_STOP=1 -P pager=off "$@" "$database"; }

report() {
    local agreed=0 verified=0
    ask -v truth_file="$dir/truth.json" -v load_file="$dir/run.json" -v now_file="$dir/run.json.part" -f deploy/demo/report.sql
    say "agreement with the truth of the simulation, to the minor unit"
    ask -v truth_file="$dir/truth.json" -f deploy/demo/agreement.sql || agreed=1
    say "verify"
    tillstream verify -c "$dir/tillstream.yaml" || verified=$?
    [ "$agreed" = 0 ] || die 1 "the warehouse differs from the truth"
    [ "$verified" = 0 ] || die "$verified" "verify did not succeed"
}

# One order that was refunded in part or whole, settled, and brought by a creator.
explain() {
    tillstream explain --help >/dev/null 2>&1 || return 0
    local shop order code=0
    IFS='|' read -r shop order < <(ask -f deploy/demo/order.sql) || return 0
    say "one order explained: tillstream explain $shop $order"
    tillstream explain -c "$dir/tillstream.yaml" "$shop" "$order" || code=$?
    [ "$code" = 0 ] || die "$code" "explain did not succeed"
}

live() {
    say "live: $live_rate events a second, until Ctrl-C"
    trap 'closing_words; exit 0' INT
    start "$dir/simulate.log" tillstream simulate -c "$dir/tillstream.yaml" --seed 1 --rate "$live_rate" 8>&-
    start "$dir/run.log" tillstream run -c "$dir/tillstream.yaml" 8>&-
    while sleep 5; do
        for job in "${jobs[@]}"; do
            kill -0 "$job" 2>/dev/null || { tail -n 3 "$dir/simulate.log" "$dir/run.log" >&2; die 69 "a process ended"; }
        done
        ask -f deploy/demo/live.sql
    done
}

parse "$@"
cd "$root"
mkdir -p .local
exec 8>.local/demo.lock
flock -n 8 || die 75 "another demo runs in $dir"
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
deploy/install-deps.sh 8>&-
if $fresh && [ -d "$dir" ]; then deploy/local.sh down "$dir" 8>&-; rm -rf "$dir"; fi
mkdir -p "$dir"
step "build" build
servers_begun=$EPOCHREALTIME
step "Kafka and PostgreSQL start" deploy/local.sh up "$dir"
database=$(sed -n 's/^OWNER_DATABASE_URL=//p' "$dir/env")
step "migrate" tillstream migrate -c "$dir/tillstream.yaml"
step "simulate $days days of five shops" simulate
step "run until caught up" catch_up
report
explain
printf '\nfrom the start of the servers to here: %s s\n' "$(seconds_since "$servers_begun")"
if $once; then closing_words; else live; fi
