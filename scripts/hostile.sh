#!/usr/bin/env bash
# The hostile campaign: damaged and malicious images against attach and every
# read path, with writers on them. scripts/hostile.sh [PERCENT] runs that share of
# 11,100,000 executions (process memory and shared memory count apart); PREFIX is put before each part (PREFIX=nice).
set -euo pipefail
cd "$(dirname "$0")/.."

share=${1:-100}
total=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

count() { # what, executions
	printf '%-28s %10d executions, no finding\n' "$1" "$2"
	total=$((total + $2))
}

random() { # what, test, package, executions
	local n=$(($4 * share / 100))
	ORBIT_HOSTILE=$n ${PREFIX:-} go test -count=1 -v -timeout 0 -run "$2" "$3" >"$log" || { cat "$log"; exit 1; }
	grep -o 'seed .*' "$log" || true
	count "random, $1" "$(grep -o '[0-9]* damaged images' "$log" | awk '{n += $1} END {print n}')"
}

guided() { # target, package, executions
	local n=$(($3 * share / 100))
	${PREFIX:-} go test -run '^$' -fuzz "^$1\$" -fuzztime "${n}x" -fuzzminimizetime 20x "$2" >"$log" || { cat "$log"; exit 1; }
	count "$1" "$(grep -o 'execs: [0-9]*' "$log" | tail -1 | cut -d' ' -f2)"
}

random ring DamagedRegions ./ring 6000000
random "cache index" AnythingInTheIndex ./substrates/cache 100000
random "contest table" GarbageInTheTable ./substrates/contest 200000
guided FuzzHostileRegion ./ring 600000
guided FuzzHostileImage ./ring 300000
guided FuzzDecode ./ring/layout 2000000
guided FuzzAttach ./ring/shm 200000
guided FuzzDump ./inspect 1400000
printf '%-28s %10d executions, no finding\n' "in all" "$total"
[ "$total" -ge $((10000000 * share / 100)) ] || { echo "fewer than promised" >&2; exit 1; }
