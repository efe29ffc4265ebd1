// Orbit looks into the segments of this host: what rings there are, who lives in
// them, how fast they move, what they carry, what can be removed, and what is
// wrong. All looking is package inspect; this is flags in, text out.
//
// Exit codes: 0 done, also when top or tail is interrupted; 1 it could not be
// done; 2 bad usage; 3 doctor found something that needs attention.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitSick   = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
