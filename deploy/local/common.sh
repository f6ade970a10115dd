# Processes, ports and messages; sourced by scripts, which set program.

say() { echo "$program: $*" >&2; }
die() { local code=$1; shift; say "$*"; exit "$code"; }

# show_log FILE: the last lines of a server's log, for a failure message.
show_log() {
    [ -s "$1" ] || { say "$1 is empty"; return; }
    say "the last lines of $1:"
    tail -n 15 "$1" | sed 's/\x1b\[[0-9;]*m//g; s/^/    /' >&2
}

# wait_for SECONDS COMMAND...: polls until the command succeeds; 1 when the time is over.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

# Two processes never share a number and a start time, so a number that was given out again is not ours.
# Fails where the process is gone or is only waiting to be reaped.
start_time_of() {
    local stat fields
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    read -ra fields <<<"${stat##*) }"
    [ "${fields[0]}" != Z ] && [ "${fields[0]}" != X ] && echo "${fields[19]}"
}

# record_process FILE PID
record_process() {
    echo "$2 $(start_time_of "$2" || echo 0)" >"$1.$BASHPID"
    mv -f "$1.$BASHPID" "$1"
}

# launch FILE LOG COMMAND...: starts a server in a session of its own. It is recorded by itself before it is one, so
# that an interrupted start leaves none behind unknown, and by us, who ask for it at once.
launch() {
    local file=$1 log=$2
    shift 2
    [ ! -f "$log" ] || mv -f "$log" "$log.1"
    (record_process "$file" "$BASHPID"; exec setsid "$@") </dev/null >"$log" 2>&1 9>&- &
    record_process "$file" $!
}

# pid_of FILE: the number of the process recorded there; fails where it runs no longer.
pid_of() {
    local pid started
    { read -r pid started <"$1"; } 2>/dev/null || return 1
    [ "$(start_time_of "$pid")" = "$started" ] && echo "$pid"
}

is_running() { pid_of "$1" >/dev/null; }
is_gone() { ! is_running "$1"; }

# end_process FILE SIGNAL SECONDS: asks with SIGNAL, then insists; returns when the process is gone.
end_process() {
    local pid
    pid=$(pid_of "$1") || return 0
    kill -s "$2" "$pid" 2>/dev/null || true
    if ! wait_for "$3" is_gone "$1"; then
        say "process $pid did not end within $3 s of SIG$2 and is killed"
        kill -s KILL "$pid" 2>/dev/null || true
        wait_for 10 is_gone "$1"
    fi
}

port_is_free() {
    local hex
    hex=$(printf '%04X' "$1")
    ! cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -q "^ *[0-9]*: [0-9A-F]*:$hex "
}

# Below the range that outgoing connections draw from: such a one could sit on a port while its server restarts.
free_port() {
    local port
    for _ in {1..200}; do
        port=$((20000 + SRANDOM % 12000))
        port_is_free "$port" && { echo "$port"; return; }
    done
    die 69 "found no free port between 20000 and 31999"
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
