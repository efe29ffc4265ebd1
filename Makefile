# Each target is one line: a tool, or a script in scripts/.
.PHONY: test race lint cross bench models killpoints hammer hostile storm restarts topcost fuzz ci

test:        ; go test ./...
race:        ; go test -race ./...
lint:        ; scripts/lint.sh
cross:       ; scripts/cross.sh
bench:       ; go test -run '^$$' -bench . -benchtime 100ms ./...
models:      ; docs/models/run
models-deep: ; docs/models/run deep
killpoints:  ; ORBIT_KILLPOINTS=full go test -count=1 -v -timeout 20m -run "AnyInstruction|IsCaught" ./ring/internal/killtest ./substrates/...
hammer:      ; ORBIT_HAMMER=$${DURATION:-10m} go test -count=1 -v -timeout 0 -run Hammer ./ring
hostile:     ; scripts/hostile.sh $${PERCENT:-100}
storm:       ; ORBIT_STORM=$${DURATION:-10m} go test -count=1 -v -timeout 0 -run 64Processes ./ring/shm
restarts:    ; ORBIT_RESTARTS=$${TIMES:-1000} go test -count=1 -v -timeout 0 -run KilledInTheMiddle ./substrates/fleet
topcost:     ; ORBIT_TOPCOST=$${PAIRS:-12} go test -count=1 -v -timeout 0 -run DoesNotSlow ./cmd/orbit
fuzz:        ; scripts/fuzz.sh $${FUZZTIME:-60s}
ci:          ; bash .ci/run
