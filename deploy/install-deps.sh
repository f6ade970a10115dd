#!/usr/bin/env bash
# Installs the Debian packages that building, testing and the local servers need. Starts no service.
set -euo pipefail

usage() {
    cat >&2 <<'X'
examples:
  deploy/install-deps.sh            install what is missing (as root, or through sudo)
  deploy/install-deps.sh --check    list what is missing; exit 1 if anything is
X
}

packages=(
    build-essential cmake ninja-build pkg-config
    librdkafka-dev libpq-dev libavro-dev libyaml-dev libxxhash-dev zlib1g-dev libcurl4-openssl-dev libssl-dev libcriterion-dev libjansson-dev
    clang-14 libclang-rt-14-dev
    postgresql-15 postgresql-client-15
    maven ca-certificates tzdata
    python3 python3-confluent-kafka python3-psycopg2 python3-pytest python3-yaml
)
java_package=openjdk-17-jre-headless
cluster_drop_in=/etc/postgresql-common/createcluster.d/tillstream-install.conf

# The release file beside the JVM tells its version in no time; asking java itself takes a tenth of a second.
java_major() {
    local java home version
    java=$(command -v java) || { echo 0; return; }
    home=$(dirname "$(dirname "$(readlink -f "$java")")")
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null) || true
    [ -n "$version" ] || version=$(java -version 2>&1 | sed -n '1s/.*"\([0-9]*\).*/\1/p')
    echo "${version:-0}"
}

missing_packages() {
    local installed package
    installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' "${packages[@]}" 2>/dev/null || true)"
    for package in "${packages[@]}"; do
        [[ $installed == *" installed=$package "* ]] || echo "$package"
    done
    [ "$(java_major)" -ge 17 ] || echo "$java_package"
}

# Debian's PostgreSQL package makes and starts a cluster of its own on port 5432 unless told not to.
forbid_main_cluster() {
    trap 'rm -f "$cluster_drop_in"; rmdir --ignore-fail-on-non-empty "${cluster_drop_in%/*}" 2>/dev/null || true' EXIT
    mkdir -p "${cluster_drop_in%/*}"
    echo 'create_main_cluster = false' >"$cluster_drop_in"
}

install_packages() {
    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
    local options=(-y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    options+=(-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold)
    apt-get "${options[@]}" update >&2 || echo "install-deps: the package lists could not all be refreshed" >&2
    forbid_main_cluster
    apt-get "${options[@]}" install --no-install-recommends "$@" >&2
}

require_debian() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null && return
    echo "install-deps: this machine has no apt; install these by hand: ${packages[*]} $java_package" >&2
    exit 69
}

main() {
    require_debian
    local missing
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -gt 0 ] || { [ -n "${1:-}" ] || echo "all packages are there" >&2; return 0; }
    if [ "${1:-}" = --check ]; then
        printf '%s\n' "${missing[@]}"
        return 1
    fi
    echo "installing ${#missing[@]} packages: ${missing[*]}" >&2
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "install-deps: needs root or sudo" >&2; return 69; }
        exec sudo "$(readlink -f "$0")"
    fi
    install_packages "${missing[@]}"
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -eq 0 ] || { echo "install-deps: still missing: ${missing[*]}" >&2; return 69; }
}

case "${1:-}" in
    '' | --check) main "$@" ;;
    -h | --help) usage ;;
    *) usage; exit 64 ;;
esac
