# Each target is one line: a tool, or a script in scripts/.
.PHONY: test race lint cross bench models killpoints hammer soak fuzz truth compare ci

test:        ; go test ./...
race:        ; go test -race ./...
lint:        ; scripts/lint.sh
cross:       ; scripts/cross.sh
bench:       ; go test -run '^$$' -bench . -benchtime 100ms ./...
models:      ; docs/models/run
models-deep: ; docs/models/run deep
killpoints:  ; ORBIT_KILLPOINTS=full go test -count=1 -v -timeout 20m -run "AnyInstruction|IsCaught" ./ring/internal/killtest ./substrates/...
hammer:      ; ORBIT_HAMMER=$${DURATION:-10m} go test -count=1 -v -timeout 0 -run Hammer ./ring
fuzz:        ; scripts/fuzz.sh $${FUZZTIME:-60s}
truth:       ; scripts/truth.sh
compare:     ; scripts/compare.sh $${BASE:-HEAD~1} $${HEAD:-HEAD}
ci:          ; bash .ci/run
