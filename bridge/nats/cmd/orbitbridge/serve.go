package main

import (
	"context"
	"encoding/json"
	"errors"
	"expvar"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	bridge "github.com/orbitring/orbit/bridge/nats"
)

// serve runs the bridge that the flags describe until ctx ends.
func serve(ctx context.Context, f *flags, to io.Writer) (err error) {
	var handler slog.Handler = slog.NewTextHandler(to, nil)
	if f.Log == "json" {
		handler = slog.NewJSONHandler(to, nil)
	}
	log := slog.New(handler)
	c, err := f.config(log)
	if err != nil {
		return err
	}
	b, err := bridge.Open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if f.Counters != "" {
		stop, err := counters(f.Counters, b, log)
		if err != nil {
			return err
		}
		defer stop()
	}
	log.Info("bridge runs", "export_topics", c.Export.Topics, "export_kinds", f.ExportKind, "export_cache", c.Export.Cache,
		"import", f.Import, "stream", c.Stream)
	err = b.Run(ctx)
	log.Info("bridge stops", "counters", b.Counters())
	return err
}

// counters serves those of the bridge, beside what expvar has anyway, until the
// function that it returns is called.
func counters(address string, b *bridge.Bridge, log *slog.Logger) (stop func(), err error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/vars", func(w http.ResponseWriter, _ *http.Request) {
		all := map[string]any{"orbit_bridge": b.Counters()}
		expvar.Do(func(v expvar.KeyValue) { all[v.Key] = json.RawMessage(v.Value.String()) })
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		json.NewEncoder(w).Encode(all)
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go s.Serve(l)
	log.Info("counters", "url", "http://"+l.Addr().String()+"/debug/vars")
	return func() { s.Close() }, nil
}
