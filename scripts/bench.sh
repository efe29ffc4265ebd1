#!/usr/bin/env bash
# Records a run of this host in results/<date>-<host>-<commit>.
#
#   scripts/bench.sh [flags of orbitbench run]
#
# Without flags it is the full suite, ten samples a row.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "$(git status --porcelain -- . ':!results')" ]; then
	echo "scripts/bench.sh: the tree has changes; a record names a commit" >&2
	exit 2
fi
[ $# -gt 0 ] || set -- -suite full
binary=$(mktemp)
trap 'rm -f "$binary"' EXIT
go build -o "$binary" ./cmd/orbitbench # go run would not know its commit
"$binary" run -o results/ "$@"
