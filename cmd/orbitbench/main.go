// Orbitbench measures Orbit's rings between processes on this host, beside what
// else the system offers and beside the cheapest exchange that its processors
// can do. All measuring is package bench; this is flags in, text out.
//
// Exit codes: 0 done; 1 a row failed its content or count checks, a comparison
// found a regression, or measuring was impossible; 2 bad usage; 3 a comparison
// cannot tell; 130 interrupted.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/orbitring/orbit/bench"
)

const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitCannotTell  = 3
	exitInterrupted = 130
)

func main() {
	bench.MaybeWorker()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
