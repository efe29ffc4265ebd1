#!/usr/bin/env bash
# Records a run of this host in results/<date>-<host>-<commit>.
#
#   scripts/bench.sh [flags of orbitbench run]     HOST_LABEL names the host
#
# Without flags it is the full suite, ten samples a row.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "$(git status --porcelain -- ':!results')" ]; then
	echo "scripts/bench.sh: the tree has changes; a record names a commit" >&2
	exit 2
fi
label=${HOST_LABEL:-$(uname -n)}
dir=results/$(date -u +%F)-${label//[^A-Za-z0-9._-]/-}-$(git rev-parse --short HEAD)
if [ -e "$dir" ]; then
	echo "scripts/bench.sh: $dir exists; records are never overwritten" >&2
	exit 2
fi
[ $# -gt 0 ] || set -- -suite full
go run ./cmd/orbitbench run -o "$dir" "$@"
