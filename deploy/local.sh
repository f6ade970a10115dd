#!/usr/bin/env bash
# A private Kafka and a private PostgreSQL 15 in one folder, on loopback and free ports.
set -euo pipefail

usage() {
    cat >&2 <<'X'
examples:
  deploy/local.sh up DIR [--partitions N]       start both servers; writes DIR/tillstream.yaml and DIR/env (default: 4 partitions)
  deploy/local.sh up DIR --no-topics            the same, for who makes topics of their own
  deploy/local.sh down DIR                      end both; the data stays
  deploy/local.sh status DIR                    what runs; exit 1 unless both do
  deploy/local.sh start|stop|kill DIR kafka|postgres    one of them; kill is SIGKILL
`up` may be repeated: it starts what is not running and keeps data and ports.
X
}

program=local
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)

require_tools() {
    local tool
    for tool in java mvn psql "$pg_bin/initdb" "$pg_bin/postgres" setsid flock; do
        command -v "$tool" >/dev/null || die 69 "$tool is missing: run deploy/install-deps.sh"
    done
}

lock_dir() {
    exec 9>"$dir/.lock"
    flock -w 300 9 || die 75 "another local.sh has been busy with $dir for 5 minutes"
}

# What this start has begun ends with it when it fails or is interrupted.
undo_start() {
    local code=$?
    trap '' INT TERM
    [ ${#begun[@]} -gt 0 ] || exit "$code"
    local server job
    for job in "${jobs[@]}"; do kill -- "-$job" 2>/dev/null || true; done
    wait 2>/dev/null || true
    for server in "${begun[@]}"; do "stop_$server"; done
    exit "$code"
}

bring_up_kafka() { fetch_kafka && start_kafka && { [ "$1" = none ] || create_topics "$1"; }; }

up() {
    local partitions=$1 server job jobs=() begun=()
    check_partitions "$partitions"
    for server in kafka postgres; do "${server}_is_running" || begun+=("$server"); done
    trap undo_start EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # Job control gives each job a process group, so that undo_start ends its tools with it.
    set -m
    bring_up_kafka "${partitions:-4}" & jobs+=($!)
    start_postgres & jobs+=($!)
    set +m
    for job in "${jobs[@]}"; do wait "$job" || exit 69; done
    write_files
    trap - EXIT INT TERM
    say "Kafka at $(kafka_brokers), PostgreSQL at 127.0.0.1:$(<"$dir/postgres/port"), configuration $dir/tillstream.yaml"
}

check_partitions() {
    local there
    [ -n "$1" ] && [ "$1" != none ] && [ -s "$dir/kafka/partitions" ] || return 0
    there=$(<"$dir/kafka/partitions")
    [ "$there" = "$1" ] || die 64 "the topics in $dir have $there partitions; a shop's partition must not change, so take another folder for $1"
}

down() {
    stop_kafka & local kafka_job=$!
    stop_postgres
    wait "$kafka_job"
}

status() {
    local server code=0
    for server in kafka postgres; do
        if "${server}_is_running"; then echo "$server: running, process $(pid_of "$dir/$server/pid")"
        else echo "$server: not running"; code=1; fi
    done
    return "$code"
}

change_one() {
    case "$1" in
        start) "start_$2" || exit 69; write_files ;;
        stop) "stop_$2" ;;
        kill) end_process "$dir/$2/pid" KILL 10 ;;
    esac
}

parse_partitions() {
    [ $# -gt 0 ] || return 0
    [ "$*" != --no-topics ] || { echo none; return; }
    [ $# -eq 2 ] && [ "$1" = --partitions ] && [[ $2 =~ ^[1-9][0-9]{0,2}$ ]] || { usage; exit 64; }
    echo "$2"
}

main() {
    local command=${1:-} partitions
    case "$command" in
        -h | --help) usage; return ;;
        up | down | status | start | stop | kill) [ -n "${2:-}" ] || { usage; exit 64; } ;;
        *) usage; exit 64 ;;
    esac
    [ "$command" != up ] || { partitions=$(parse_partitions "${@:3}"); mkdir -p "$2"; }
    [ -d "$2" ] || { echo "local: there is no folder $2" >&2; [ "$command" = down ]; exit; }
    dir=$(cd "$2" && pwd -P)
    local part
    for part in common kafka postgres files; do . "$root/deploy/local/$part.sh"; done
    case "$command" in
        up) require_tools; lock_dir; up "$partitions" ;;
        down) lock_dir; down ;;
        status) status ;;
        *) case "${3:-}" in kafka | postgres) lock_dir; change_one "$command" "$3" ;; *) usage; exit 64 ;; esac ;;
    esac
}

main "$@"
