#!/usr/bin/env bash
# Holds the tree to its own rules; one "ok" or "not ok" line per claim.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 70
failed=0

claim() { # claim TEXT OFFENDERS
    if [ -z "$2" ]; then
        printf 'ok - %s\n' "$1"
    else
        printf 'not ok - %s\n%s\n' "$1" "$2" | sed '2,$s/^/    /'
        failed=1
    fi
}

# What the pure core may ask of the outside: memory, libm, and what the compiler puts in by itself.
allowed='^(malloc|calloc|realloc|free|memcpy|memmove|memset|memcmp|strlen|strcmp|qsort|abort|__assert_fail|__stack_chk_fail|__mem(cpy|set|move)_chk|_GLOBAL_OFFSET_TABLE_|__(u?mod|u?div|mul)ti3|__udivmodti4)$'
libm='^(sqrt|log|log1p|exp|expm1|fabs|fmin|fmax|lgamma|lgamma_r|tgamma|erf|erfc|pow|floor|ceil|fma|isfinite|ldexp|frexp|nan|llround|round)$'
core_symbols() {
    local defined
    defined=$(nm -g --defined-only build/release/libcore.a 2>/dev/null | awk 'NF == 3 {print $3}' | sort -u)
    nm -u build/release/libcore.a | awk 'NF == 2 {print $2}' | sort -u | grep -Ev "$allowed" | grep -Ev "$libm" | grep -vxF "$defined"
}
claim "the core needs nothing but memory and libm" "$(core_symbols)"
claim "no include climbs out of its layer" "$(grep -rnE '#include "\.\./' --include='*.[ch]' . | grep -v '^./build/')"
claim "librdkafka stays behind the files that own it" \
    "$(grep -rln 'rdkafka\.h' --include='*.[ch]' . | grep -Ev '^./(build/|processor/kafka|producers/|tests/(bench|unit/kafka))')"
claim "libpq stays behind the sink" "$(grep -rln 'libpq-fe\.h' --include='*.[ch]' . | grep -Ev '^./(build/|sinks/postgres/|tests/(bench|unit/postgres))')"
claim "avro-c stays behind the codec" "$(grep -rlnE '#include <avro' --include='*.[ch]' . | grep -Ev '^./(build/|schemas/|tests/(unit/schemas|fuzz))')"
claim "libyaml stays behind one file" "$(grep -rln 'yaml\.h>' --include='*.[ch]' . | grep -Ev '^./(build/|common/)')"
claim "libcurl stays behind one file" "$(grep -rln 'curl/curl\.h' --include='*.[ch]' . | grep -Ev '^./(build/|sinks/alerts/http_post\.c)')"
claim "libcrypto stays behind one file" "$(grep -rlnE '#include <openssl' --include='*.[ch]' . | grep -Ev '^./(build/|sinks/alerts/signature\.c)')"
claim "every header has a guard named after its place" "$(for header in $(git ls-files '*.h'); do
    guard=$(basename "$(dirname "$header")")/$(basename "$header")
    guard=$(echo "$guard" | tr 'a-z/.' 'A-Z__')
    grep -qx "#ifndef $guard" "$header" || echo "$header: expected $guard"
done)"
claim "no double holds money" "$(grep -rnE '(double|float) +[a-z_]*(minor|amount)' --include='*.[ch]' processor schemas sinks | head)"
exit $failed
