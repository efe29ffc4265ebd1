# Each target is one line: a tool, or a script in scripts/.
.PHONY: test race lint cross bench models models-deep killpoints hammer soak hostile storm restarts topcost fuzz truth truth-latency compare peers bridge bridge-chaos bridge-figures ci

test:        ; go test ./...
race:        ; go test -race ./...
lint:        ; scripts/lint.sh
cross:       ; scripts/cross.sh
bench:       ; go test -run '^$$' -bench . -benchtime 100ms ./...
models:      ; docs/models/run
models-deep: ; docs/models/run deep
killpoints:  ; ORBIT_KILLPOINTS=full go test -count=1 -v -timeout 20m -run "AnyInstruction|IsCaught" ./ring/internal/killtest ./substrates/...
truth-latency: ; ORBIT_TRUTH=1 go test -count=1 -v -timeout 10m -run 'OfTheStalls|ClockOfFresh' ./bench
hammer:      ; ORBIT_HAMMER=$${DURATION:-10m} go test -count=1 -v -timeout 0 -run Hammer ./ring/internal/hammer ./substrates/cache ./substrates/contest
soak:        ; ORBIT_SOAK=$(or $(SECONDS),600)s ORBIT_SOAK_SEED=$(SEED) ORBIT_SOAK_ROUND=$(ROUND) go test -count=1 -v -timeout 0 -run Soaked ./ring/internal/hammer
hostile:     ; scripts/hostile.sh $${PERCENT:-100}
storm:       ; ORBIT_STORM=$${DURATION:-10m} go test -count=1 -v -timeout 0 -run 64Processes ./ring/shm
restarts:    ; ORBIT_RESTARTS=$${TIMES:-1000} go test -count=1 -v -timeout 0 -run KilledInTheMiddle ./substrates/fleet
topcost:     ; ORBIT_TOPCOST=$${PAIRS:-12} go test -count=1 -v -timeout 0 -run DoesNotSlow ./cmd/orbit
bridge:      ; cd bridge/nats && go vet ./... && go test -race ./...
bridge-chaos: ; cd bridge/nats && ORBIT_BRIDGE_CHAOS=1000000 go test -count=1 -v -timeout 20m -run Restarts .
bridge-figures: ; cd bridge/nats && ORBIT_BRIDGE_FIGURES=1 go test -count=1 -v -run Figure .
fuzz:        ; scripts/fuzz.sh $${FUZZTIME:-60s}
peers:       ; cd bench/peers/cache && go test -v -count=1 -bench . .
truth:       ; scripts/truth.sh
compare:     ; scripts/compare.sh $${BASE:-HEAD~1} $${HEAD:-HEAD}
ci:          ; bash .ci/run
