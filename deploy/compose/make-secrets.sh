#!/bin/sh
# Makes the passwords of this project once; later starts leave them. PostgreSQL's superuser keeps to a folder of its own.
set -eu
make_secret() {
    [ -s "$1" ] && return
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$1.part"
    chmod 444 "$1.part"
    mv "$1.part" "$1"
}
make_secret /secrets/admin/superuser
for role in owner ingest reader; do make_secret "/secrets/roles/$role"; done
