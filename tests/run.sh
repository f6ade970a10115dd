#!/usr/bin/env bash
# Runs every test: installs what is missing, builds twice (ASan+UBSan and release), then unit, layout, integration on a real Kafka
# and a real PostgreSQL, compose where a Docker daemon answers, and a short fuzz run. Ends with "N passed, N failed, N skipped".
#   tests/run.sh            everything
#   tests/run.sh unit fuzz  only these parts (unit, layout, integration, compose, fuzz)
#   FUZZ_SECONDS=60 tests/run.sh fuzz
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 70
parts=${*:-unit layout integration compose fuzz}
fuzz_seconds=${FUZZ_SECONDS:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0

say() { printf '\n== %s\n' "$*"; }
wants() { case " $parts " in *" $1 "*) true ;; *) false ;; esac; }

add() { # add PASSED FAILED SKIPPED
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

build() { # build PRESET
    cmake --preset "$1" >"$work/cmake-$1.log" 2>&1 || { cat "$work/cmake-$1.log"; return 1; }
    cmake --build --preset "$1" >"$work/build-$1.log" 2>&1 || { tail -60 "$work/build-$1.log"; return 1; }
}

give_up() {
    printf '\n%s\n0 passed, 1 failed, 0 skipped\n' "$1"
    exit 1
}

one_unit() { # one_unit EXECUTABLE: its results as TAP beside its output
    local name out status
    name=$(basename "$1")
    out="$2/$name"
    ASAN_OPTIONS=${ASAN_OPTIONS:-} "$1" --tap="$out.tap" -j1 >"$out.log" 2>&1
    status=$?
    if [ ! -s "$out.tap" ] || { [ $status -ne 0 ] && ! grep -q '^not ok' "$out.tap"; }; then
        printf 'not ok - %s ended with %s\n' "$name" "$status" >>"$out.tap"
    fi
    if grep -q '^not ok' "$out.tap"; then
        grep '^not ok' -A3 "$out.tap"
        tail -30 "$out.log"
    fi
}
export -f one_unit

run_unit() {
    say "unit tests (ASan, UBSan)"
    mkdir -p "$work/unit"
    find build/debug/unit -name 'test_*' -type f -executable | sort | xargs -P2 -I{} bash -c 'one_unit "$1" "$2"' _ {} "$work/unit"
    local bad good skip
    bad=$(cat "$work"/unit/*.tap | grep -c '^not ok')
    skip=$(cat "$work"/unit/*.tap | grep '^ok' | grep -ci '# skip')
    good=$(($(cat "$work"/unit/*.tap | grep -c '^ok') - skip))
    cat "$work"/unit/*.tap | grep '^ok' | grep -i '# skip'
    printf 'unit: %s passed, %s failed, %s skipped\n' "$good" "$bad" "$skip"
    add "$good" "$bad" "$skip"
}

run_layout() {
    say "layout: what may include and link what"
    local result
    result=$(tests/layout.sh) || true
    printf '%s\n' "$result"
    add "$(grep -c '^ok' <<<"$result")" "$(grep -c '^not ok' <<<"$result")" 0
}

# Two runs with servers of their own share the modules: the tests wait more than they compute.
run_integration() {
    say "integration tests on a real Kafka and a real PostgreSQL, two modules at a time"
    local counts pytest=(/usr/bin/python3 -m pytest -q -p no:cacheprovider -rs --durations=8 "--claims=$work/claims" tests/integration)
    mkdir "$work/claims"
    "${pytest[@]}" --junitxml="$work/integration-2.xml" >"$work/integration-2.log" 2>&1 &
    "${pytest[@]}" --junitxml="$work/integration-1.xml"
    wait
    cat "$work/integration-2.log"
    counts=$(/usr/bin/python3 - "$work/integration-1.xml" "$work/integration-2.xml" <<'PY'
import sys, xml.etree.ElementTree as tree
good = bad = skipped = 0
for path in sys.argv[1:]:
    try:
        for suite in tree.parse(path).getroot().iter("testsuite"):
            n = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
            bad += n["failures"] + n["errors"]
            skipped += n["skipped"]
            good += n["tests"] - n["failures"] - n["errors"] - n["skipped"]
    except Exception:
        bad += 1
print(good, bad, skipped)
PY
    )
    # shellcheck disable=SC2086
    add $counts
}

run_compose() {
    say "docker-compose.yml"
    tests/compose.sh
    case $? in
    0) add 1 0 0 ;;
    77) add 0 0 1 ;;
    *) add 0 1 0 ;;
    esac
}

run_fuzz() {
    say "fuzzing, $fuzz_seconds s each"
    build fuzz || { add 0 1 0; return; }
    local fuzzer name
    for fuzzer in build/fuzz/fuzzers/fuzz_*; do
        name=$(basename "$fuzzer")
        mkdir -p "$work/corpus/$name"
        if "$fuzzer" -seed=1 -max_total_time="$fuzz_seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
            -artifact_prefix="$work/" "$work/corpus/$name" >"$work/$name.log" 2>&1; then
            printf '%s: %s\n' "$name" "$(grep -o 'number_of_executed_units: *[0-9]*' "$work/$name.log" | tr -s ' ')"
            add 1 0 0
        else
            tail -40 "$work/$name.log"
            add 0 1 0
        fi
    done
}

say "installing what is missing"
deploy/install-deps.sh || give_up "the dependencies could not be installed"
say "building (debug with ASan and UBSan, release)"
build debug || give_up "the debug build failed"
build release || give_up "the release build failed"

for part in unit layout integration compose fuzz; do
    if wants "$part"; then "run_$part"; fi
done
printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
