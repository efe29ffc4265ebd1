#!/usr/bin/env bash
# How often orbitbench ab tells the truth: N comparisons (100) of each kind, into
# results/<date>-truth.jsonl. It goes on where an earlier call stopped.
set -euo pipefail
cd "$(dirname "$0")/.."
exec go run ./scripts/truth -n "${N:-100}" -o "results/$(date -u +%F)-truth.jsonl"
