// Orbitbridge carries what a fleet on this host says to fleets on other hosts,
// over NATS. All of it is package bridge; this is flags or a file in, a log and
// counters out.
//
// Exit codes: 0 stopped by SIGINT or SIGTERM; 1 the bridge could not go on; 2 bad
// usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	bridge "github.com/orbitring/orbit/bridge/nats"
)

const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends it at once
	code := command(ctx, os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(code)
}

// command runs a bridge until ctx ends.
func command(ctx context.Context, args []string, out, log io.Writer) int {
	f, err := parse(args, out)
	if errors.Is(err, errHelp) {
		return exitDone
	}
	if err != nil {
		fmt.Fprintln(log, "orbitbridge:", err)
		return exitUsage
	}
	err = serve(ctx, f, log)
	switch {
	case errors.Is(err, bridge.ErrConfig):
		fmt.Fprintln(log, "orbitbridge:", err)
		return exitUsage
	case err != nil:
		fmt.Fprintln(log, "orbitbridge:", err)
		return exitFailed
	}
	return exitDone
}
