#!/usr/bin/env bash
# docker-compose.yml for real: it fills the warehouse within a minute, the books balance, and down and up goes on
# where it stood. Exit 77 where no Docker daemon answers.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
program=compose
. "$root/deploy/local/common.sh"
cd "$root"

skip() { echo "SKIP compose: $*"; exit 77; }
fail() { say "FAIL: $*"; exit 1; }

# A frozen daemon must not freeze the tests.
timeout 20 docker info >/dev/null 2>&1 || skip "no Docker daemon answers"
if docker compose version >/dev/null 2>&1; then compose=(docker compose)
elif command -v docker-compose >/dev/null; then compose=(docker-compose)
else skip "neither docker compose nor docker-compose is there"; fi

export COMPOSE_PROJECT_NAME=tillstream-test-$$ TILLSTREAM_IMAGE=tillstream:test-$$ TILLSTREAM_POSTGRES_PORT
TILLSTREAM_POSTGRES_PORT=$(free_port)

compose() { timeout 600 "${compose[@]}" --file "$root/docker-compose.yml" "$@"; }

clean_up() {
    local code=$?
    trap '' INT TERM
    if [ "$code" != 0 ]; then
        compose ps >&2 || true
        compose logs --no-color --tail=20 >&2 || true
    fi
    compose down --volumes --remove-orphans --timeout 10 >/dev/null 2>&1 || say "could not take the project down"
    docker image rm "$TILLSTREAM_IMAGE" >/dev/null 2>&1 || true
    exit "$code"
}

query() {
    compose exec -T postgres psql -XqAt -v ON_ERROR_STOP=1 -U postgres -d tillstream -c "$1" 2>/dev/null | tr -d '\r'
}
orders() { query 'SELECT count(*) FROM warehouse.fact_orders'; }
position() { query 'SELECT coalesce(sum(next_offset), 0) FROM tillstream.source_position'; }
has_orders() { [ "$(orders || echo 0)" -gt 0 ]; }
position_passed() { [ "$(position || echo 0)" -gt "$1" ]; }
database_answers() { [ "$(query 'SELECT 1')" = 1 ]; }

expect_loopback_only() {
    local ports
    ports=$(docker ps --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --format '{{.Ports}}' |
        tr ',' '\n' | grep -e '->' || true)
    [ "$(tr -d ' ' <<<"$ports")" = "127.0.0.1:$TILLSTREAM_POSTGRES_PORT->5432/tcp" ] || fail "published ports: $ports"
}

expect_no_password_in_logs() {
    local role password
    for role in owner ingest reader; do
        password=$(compose exec -T postgres cat "/run/tillstream/$role" | tr -d '\r')
        [ ${#password} -eq 32 ] || fail "the password of $role has ${#password} characters"
        ! compose logs --no-color 2>&1 | grep -qF "$password" || fail "the password of $role is in the logs"
    done
}

expect_clean_books() {
    compose run --rm verify || fail "verify found a mismatch"
    [ "$(query 'SELECT count(*) FROM tillstream.quarantine')" = 0 ] || fail "events are in quarantine"
    [ "$(query 'SELECT count(*) FROM tillstream.data_gap')" = 0 ] || fail "offsets are missing"
}

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say "building the image"
compose build >/dev/null
begun=$SECONDS
compose up -d
wait_for 60 has_orders || fail "no order arrived within 60 s"
say "the first orders arrived after $((SECONDS - begun)) s"
expect_loopback_only
wait_for 60 position_passed "$(position)" || fail "the stream stands still"
expect_clean_books
expect_no_password_in_logs

say "down and up again"
compose stop run simulate
orders_before=$(orders) position_before=$(position)
compose down
compose up -d postgres
wait_for 60 database_answers || fail "PostgreSQL did not come back"
[ "$(orders)" = "$orders_before" ] && [ "$(position)" = "$position_before" ] ||
    fail "$orders_before orders up to $position_before became $(orders) up to $(position)"
compose up -d
wait_for 60 position_passed "$position_before" || fail "the stream did not go on from $position_before"
[ "$(orders)" -ge "$orders_before" ] || fail "orders were lost"
expect_clean_books
say "passed: $(orders) orders up to $(position), in $((SECONDS - begun)) s"
