package bridge

import (
	"log/slog"
	"sync"
	"sync/atomic"
)

// counters count what a bridge did since it was opened.
type counters struct {
	exported    atomic.Uint64 // frames handed to NATS, repeats included
	messages    atomic.Uint64 // messages handed to NATS
	skipped     atomic.Uint64 // frames read and not named, or from other hosts
	overrun     atomic.Uint64 // positions that the ring overwrote before they were read: back-pressure
	unavailable atomic.Uint64 // positions lost at the origin otherwise
	oversize    atomic.Uint64 // frames larger than the server takes
	rewinds     atomic.Uint64 // times that an exporter went back to what the server is known to have
	lag         atomic.Uint64 // positions between the exporter and the head of its ring, when it last sent

	heard      atomic.Uint64 // envelopes of origins that were named
	imported   atomic.Uint64 // frames published into the fleet
	duplicates atomic.Uint64 // records dropped because their positions had come before
	gaps       atomic.Uint64 // gap records published into the fleet
	missing    atomic.Uint64 // the sum of their Lost
	foreign    atomic.Uint64 // messages that are no envelopes, or of an origin that was not named
	versions   atomic.Uint64 // envelopes of another version
	mismatched atomic.Uint64 // latest values whose kind or type this fleet does not have
	refused    atomic.Uint64 // frames that could not be published here
	behind     atomic.Uint64 // lag of the origin, when it was last heard
	skewed     atomic.Uint64 // messages that were sent in the future, by this host's clock
	delay      atomic.Uint64 // nanoseconds from sending to publishing, of the last message; 0 when skewed

	connected   atomic.Uint64 // 1 while the connection stands
	connects    atomic.Uint64 // times that it was made
	disconnects atomic.Uint64 // times that it was lost
	failures    atomic.Uint64 // attempts to connect that failed, wrong credentials among them
	slow        atomic.Uint64 // times that NATS dropped messages because the importer was slow
}

// Counters returns all counts by name, for expvar or a log. Any goroutine may
// call it.
func (b *Bridge) Counters() map[string]uint64 {
	c := &b.count
	return map[string]uint64{
		"exported_frames": c.exported.Load(), "exported_messages": c.messages.Load(), "export_skipped": c.skipped.Load(),
		"export_overrun": c.overrun.Load(), "export_unavailable": c.unavailable.Load(), "export_oversize": c.oversize.Load(),
		"export_rewinds": c.rewinds.Load(), "export_lag": c.lag.Load(),
		"import_messages": c.heard.Load(),
		"imported_frames": c.imported.Load(), "import_duplicates": c.duplicates.Load(),
		"import_gaps": c.gaps.Load(), "import_missing": c.missing.Load(),
		"import_foreign": c.foreign.Load(), "import_version_mismatch": c.versions.Load(), "import_type_mismatch": c.mismatched.Load(),
		"import_refused": c.refused.Load(), "import_lag": c.behind.Load(), "import_clock_skew": c.skewed.Load(),
		"import_delay_ns": c.delay.Load(),
		"nats_connected":  c.connected.Load(), "nats_connects": c.connects.Load(), "nats_disconnects": c.disconnects.Load(),
		"nats_connect_failures": c.failures.Load(), "nats_slow_consumer": c.slow.Load(),
	}
}

// onces logs a thing once per cause and counts on in silence: a peer that sends
// rubbish a thousand times a second must not fill the log as well.
type onces struct {
	log  *slog.Logger
	mu   sync.Mutex
	said map[string]bool
}

func (o *onces) warn(cause, msg string, args ...any) {
	o.mu.Lock()
	known := o.said[cause]
	if !known {
		if o.said == nil {
			o.said = make(map[string]bool)
		}
		o.said[cause] = true
	}
	o.mu.Unlock()
	if !known {
		o.log.Warn(msg, append([]any{"cause", cause}, args...)...)
	}
}

// over makes the next one of a cause be logged again.
func (o *onces) over(cause string) {
	o.mu.Lock()
	delete(o.said, cause)
	o.mu.Unlock()
}
