#!/usr/bin/env bash
# Measures tillstream, each figure as a ratio to its limit in the same run, on a generated topic and private servers.
#   tests/bench/run.sh                    prints a table (about six minutes)
#   tests/bench/run.sh --json FILE        writes it as JSON too
#   tests/bench/run.sh --orders 100000    a smaller topic
#   tests/bench/run.sh --only money       one part of it; --help names them
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
deploy/install-deps.sh
cmake --preset release >/dev/null
cmake --build --preset release >/dev/null
venv=${XDG_CACHE_HOME:-$HOME/.cache}/tillstream/bench-venv
if ! "$venv/bin/python3" -c 'import fastavro' 2>/dev/null; then
    # Only the yardstick needs fastavro, which Debian does not have.
    /usr/bin/python3 -m venv --system-site-packages "$venv" && "$venv/bin/pip" install -q fastavro
fi
exec "$venv/bin/python3" tests/bench/bench.py "$@"
