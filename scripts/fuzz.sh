#!/usr/bin/env bash
# Runs every fuzz target of the module: scripts/fuzz.sh 60s, or 60000x for a number of
# executions, which CI takes: at the end of a time the go command can report
# "context deadline exceeded" without a failing input. Inputs of some kilobytes would be
# minimized for a minute each; 20 attempts do.
set -euo pipefail
cd "$(dirname "$0")/.."

amount=${1:-60000x}
for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "fuzz $target of $package for $amount"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$amount" -fuzzminimizetime 20x "$package"
	done
done
