#!/usr/bin/env bash
# gofmt, vet for every target and tag, staticcheck. Exit 1 on any finding.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
	echo "not gofmt'ed:" >&2
	echo "$unformatted" >&2
	exit 1
fi
for target in linux/amd64 linux/arm64 linux/386 linux/riscv64 darwin/arm64 darwin/amd64 freebsd/amd64; do
	echo "vet $target"
	GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go vet ./...
done
echo "vet -tags purego"
go vet -tags purego ./...
echo "staticcheck"
go run honnef.co/go/tools/cmd/staticcheck@"${STATICCHECK:-v0.8.2}" ./...
for module in bench/peers/cache bridge/nats; do
	echo "vet and staticcheck in $module"
	(cd "$module" && go vet ./... && go run honnef.co/go/tools/cmd/staticcheck@"${STATICCHECK:-v0.8.2}" ./...)
done
