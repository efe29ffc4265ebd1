#!/usr/bin/env bash
# What parking costs: a lane publish with nobody parked against a build whose publish
# knows nothing of parking, ten samples each in turn, compared by benchstat; then a
# wake-up of a parked reader against a bare futex in the same run. 40 seconds.
#   parkcost.sh build DIR   builds the two test binaries (run it first)
#   parkcost.sh run DIR     measures them, alone on the machine
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:?build or run} dir=${2:?a directory for the binaries}

case $what in
build)
	mkdir -p "$dir"
	sed '/^func (w \*Writer) anyParked() bool/c\func (w *Writer) anyParked() bool { return false }\nvar _ atomic.Bool' ring/wake.go >"$dir/wake.go"
	! cmp -s ring/wake.go "$dir/wake.go" # the function is still where this script looks for it
	printf '{"Replace": {"%s": "%s"}}\n' "$PWD/ring/wake.go" "$(realpath "$dir/wake.go")" >"$dir/overlay.json"
	go test -c -o "$dir/parking" ./ring
	go test -c -overlay "$dir/overlay.json" -o "$dir/no-parking" ./ring
	;;
run)
	rm -f "$dir"/*.txt
	for i in 1 2 3 4 5 6 7 8 9 10; do
		for build in no-parking parking; do
			"$dir/$build" -test.run '^$' -test.bench LanePublish -test.benchtime 500ms >>"$dir/$build.txt"
		done
	done
	go tool benchstat "$dir/no-parking.txt" "$dir/parking.txt"
	"$dir/parking" -test.run '^$' -test.bench Wake -test.benchtime 300x -test.count 10 | tee "$dir/wake.txt"
	go tool benchstat "$dir/wake.txt"
	;;
esac
