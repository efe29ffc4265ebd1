# Each target is one line: a tool, or a script in scripts/.
.PHONY: test race lint cross bench models killpoints hammer soak fuzz bridge bridge-chaos bridge-figures ci

test:        ; go test ./...
race:        ; go test -race ./...
lint:        ; scripts/lint.sh
cross:       ; scripts/cross.sh
bench:       ; go test -run '^$$' -bench . -benchtime 100ms ./...
models:      ; docs/models/run
models-deep: ; docs/models/run deep
killpoints:  ; ORBIT_KILLPOINTS=full go test -count=1 -v -timeout 20m -run "AnyInstruction|IsCaught" ./ring/internal/killtest ./substrates/...
hammer:      ; ORBIT_HAMMER=$${DURATION:-10m} go test -count=1 -v -timeout 0 -run Hammer ./ring
bridge:      ; cd bridge/nats && go vet ./... && go test -race ./...
bridge-chaos: ; cd bridge/nats && ORBIT_BRIDGE_CHAOS=1000000 go test -count=1 -v -timeout 20m -run Restarts .
bridge-figures: ; cd bridge/nats && ORBIT_BRIDGE_FIGURES=1 go test -count=1 -v -run Figure .
fuzz:        ; scripts/fuzz.sh $${FUZZTIME:-60s}
ci:          ; bash .ci/run
