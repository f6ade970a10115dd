# One PostgreSQL 15 cluster on loopback; sourced by local.sh, which sets root and dir.

pg_bin=${PG_BIN:-/usr/lib/postgresql/15/bin}
pg_data=$dir/postgres/data
pg_pid_file=$dir/postgres/pid
pg_log=$dir/postgres/server.log
pg_user=postgres
pg_roles=(superuser owner ingest reader)

postgres_is_running() { is_running "$pg_pid_file"; }
# pg_url USER[:PASSWORD]
pg_url() { echo "postgresql://$1@127.0.0.1:$(<"$dir/postgres/port")/tillstream"; }

# PostgreSQL refuses to run as root, so root lends it the user of the Debian package. Where the folder lies below
# a private one (a home, a test's temporary folder) that user gets the one capability that lets it through.
choose_server_user() {
    as_server=()
    [ "$(id -u)" = 0 ] || return 0
    getent passwd "$pg_user" >/dev/null || die 69 "root cannot run PostgreSQL, and there is no user $pg_user"
    as_server=(setpriv --reuid="$pg_user" --regid="$(id -gn "$pg_user")" --init-groups)
    chown "$pg_user" "$dir/postgres"
    "${as_server[@]}" stat "$dir/postgres" >/dev/null 2>&1 && return
    as_server+=(--inh-caps=+dac_override --ambient-caps=+dac_override)
    "${as_server[@]}" stat "$dir/postgres" >/dev/null 2>&1 || die 69 "the user $pg_user cannot reach $dir: choose a folder elsewhere"
}

make_passwords() {
    local role
    [ ! -s "$dir/secrets/superuser" ] || return 0
    mkdir -p -m 700 "$dir/secrets"
    for role in "${pg_roles[@]}"; do (umask 077 && random_hex 16 >"$dir/secrets/$role"); done
}

# A mapped file where /dev/shm is the 64 MB of a container: parallel queries would not fit.
write_postgres_config() {
    local socket=$dir/postgres shared_memory=posix shm_kib
    [ ${#socket} -le 80 ] || socket=
    shm_kib=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1) || shm_kib=0
    [ "${shm_kib:-0}" -ge 262144 ] || shared_memory=mmap
    cat >"$pg_data/local.conf" <<X
listen_addresses = '127.0.0.1'
port = $1
unix_socket_directories = '${socket//\'/\'\'}'
dynamic_shared_memory_type = $shared_memory
shared_buffers = 512MB
max_wal_size = 4GB
checkpoint_timeout = 15min
X
    chmod 644 "$pg_data/local.conf"
}

init_postgres() {
    [ ! -d "$pg_data" ] || return 0
    make_passwords
    local password=$dir/postgres/initial-password part=$pg_data.part
    rm -rf "$part"
    install -m 600 "$dir/secrets/superuser" "$password"
    [ "$(id -u)" != 0 ] || chown "$pg_user" "$password"
    (cd "$dir/postgres" && LC_ALL=C.UTF-8 "${as_server[@]}" "$pg_bin/initdb" --pgdata="$part" --username=postgres \
        --pwfile="$password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync) >"$dir/postgres/initdb.log" 2>&1 ||
        { rm -f "$password"; show_log "$dir/postgres/initdb.log"; return 1; }
    rm -f "$password"
    echo "include 'local.conf'" >>"$part/postgresql.conf"
    mv -T "$part" "$pg_data"
}

postgres_is_ready() {
    local pid
    pid=$(pid_of "$pg_pid_file") && [ "$(sed -n '1p;8s/ *$//p' "$pg_data/postmaster.pid" 2>/dev/null)" = "$pid"$'\n'ready ]
}
postgres_is_ready_or_dead() { postgres_is_ready || ! postgres_is_running; }

# After the death of a postmaster its children hold the old memory until they notice, at most a few seconds.
start_postgres() {
    ! postgres_is_running || return 0
    mkdir -p "$dir/postgres"
    choose_server_user
    init_postgres || { say "PostgreSQL could not be initialised"; return 1; }
    local deadline=$((SECONDS + 60))
    while [ "$SECONDS" -lt "$deadline" ]; do
        [ -s "$dir/postgres/port" ] || free_port >"$dir/postgres/port"
        write_postgres_config "$(<"$dir/postgres/port")"
        launch "$pg_pid_file" "$pg_log" "${as_server[@]}" "$pg_bin/postgres" -D "$pg_data"
        wait_for 300 postgres_is_ready_or_dead || break
        ! postgres_is_ready || { create_roles; return; }
        if grep -q 'could not bind' "$pg_log"; then rm -f "$dir/postgres/port"
        elif grep -qE 'pre-existing shared memory block|lock file ".*" already exists' "$pg_log"; then sleep 0.2
        else break; fi
    done
    end_process "$pg_pid_file" INT 10
    show_log "$pg_log"
    say "PostgreSQL did not start"
    return 1
}

stop_postgres() { end_process "$pg_pid_file" INT 60; }

create_roles() {
    [ ! -f "$dir/postgres/roles-are-there" ] || return 0
    PGPASSWORD=$(<"$dir/secrets/superuser") OWNER_PASSWORD=$(<"$dir/secrets/owner") \
        INGEST_PASSWORD=$(<"$dir/secrets/ingest") READER_PASSWORD=$(<"$dir/secrets/reader") \
        psql -XqAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(<"$dir/postgres/port")" -U postgres -d postgres \
        -f "$root/deploy/postgres/roles.sql" >"$dir/postgres/roles.log" 2>&1 ||
        { show_log "$dir/postgres/roles.log"; return 1; }
    touch "$dir/postgres/roles-are-there"
}
