#!/usr/bin/env bash
# Says whether HEAD is slower than BASE: builds both commits, lets them run in
# turn, prints benchstat's table and the verdict.
#
#   scripts/compare.sh BASE HEAD [flags of orbitbench ab]
#
# Exit 0: no regression; 1: a regression, or a commit that cannot be measured;
# 2: bad usage. That it cannot be told is no regression, unless STRICT=1: then
# the exit is 3. ROUNDS (30) and OUT (a folder for the record) may be set.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -lt 2 ]; then
	echo "usage: scripts/compare.sh BASE HEAD [flags of orbitbench ab]" >&2
	exit 2
fi
base=$1 head=$2
shift 2
for commit in "$base" "$head"; do
	if ! git rev-parse --quiet --verify "$commit^{commit}" >/dev/null; then
		echo "scripts/compare.sh: no commit $commit here (a shallow clone?)" >&2
		exit 2
	fi
done

work=$(mktemp -d)
clean() {
	local tree
	for tree in old new; do
		git worktree remove --force "$work/$tree" >/dev/null 2>&1 || true
	done
	rm -rf "$work"
	git worktree prune
}
trap clean EXIT
trap 'exit 130' INT TERM

build() { # commit name
	git worktree add --quiet --detach "$work/$2" "$1"
	(cd "$work/$2" && go build -o "$work/orbitbench-$2" ./cmd/orbitbench)
}
build "$base" old
build "$head" new
go build -o "$work/orbitbench" ./cmd/orbitbench # the judge is this tree's

out=${OUT:-$work/record}
verdict=0
"$work/orbitbench" ab "$work/orbitbench-old" "$work/orbitbench-new" -rounds "${ROUNDS:-30}" -o "$out" "$@" >"$work/verdict" || verdict=$?
if [ -e "$out/old.txt" ]; then
	go tool benchstat old="$out/old.txt" new="$out/new.txt"
	echo
fi
cat "$work/verdict"
if [ "$verdict" = 3 ] && [ "${STRICT:-0}" != 1 ]; then
	verdict=0
fi
exit "$verdict"
