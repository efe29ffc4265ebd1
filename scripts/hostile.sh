#!/usr/bin/env bash
# The hostile campaign: damaged and malicious images against attach and every
# read path, with writers on them. scripts/hostile.sh [PERCENT] runs that share of
# 10,500,000 executions; PREFIX is put before each part (PREFIX=nice).
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

random() { # executions
	local n=$(($1 * share / 100))
	ORBIT_HOSTILE=$n ${PREFIX:-} go test -count=1 -v -timeout 0 -run DamagedRegions ./ring >"$log" || { cat "$log"; exit 1; }
	grep -o 'seed .*' "$log"
	count "random, ring" "$(grep -o '[0-9]* damaged images' "$log" | cut -d' ' -f1)"
}

guided() { # target, package, executions
	local n=$(($3 * share / 100))
	${PREFIX:-} go test -run '^$' -fuzz "^$1\$" -fuzztime "${n}x" -fuzzminimizetime 20x "$2" >"$log" || { cat "$log"; exit 1; }
	count "$1" "$(grep -o 'execs: [0-9]*' "$log" | tail -1 | cut -d' ' -f2)"
}

random 6000000
guided FuzzHostileRegion ./ring 600000
guided FuzzHostileImage ./ring 300000
guided FuzzDecode ./ring/layout 2000000
guided FuzzAttach ./ring/shm 200000
guided FuzzDump ./inspect 1400000
printf '%-28s %10d executions, no finding\n' "in all" "$total"
[ "$total" -ge $((10000000 * share / 100)) ] || { echo "fewer than promised" >&2; exit 1; }
