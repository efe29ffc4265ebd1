#!/usr/bin/env bash
# Tests of the other architectures: 386 natively, arm64 under qemu-user.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(./netid64/... ./ring/... ./substrates/... ./inspect/...)
echo "test 386"
GOARCH=386 go test "${packages[@]}"
qemu=$(command -v qemu-aarch64 || command -v qemu-aarch64-static || true)
if [ -z "$qemu" ]; then
	echo "qemu-user is missing: apt-get install qemu-user" >&2
	exit 2
fi
echo "test arm64 under $(basename "$qemu")"
GOARCH=arm64 go test -exec "$qemu" "${packages[@]}"
