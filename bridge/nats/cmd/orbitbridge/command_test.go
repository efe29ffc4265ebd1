package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

func startServer(t *testing.T) string {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s.ClientURL()
}

func TestItRunsFromAFileServesCountersAndStopsCleanly(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bridge.json")
	text := fmt.Sprintf(`{"host": "a", "fleet": "shop", "size": 9, "dir": %q, "remote": "4-8", "export-topic": ["orders*"],
		"import": ["b=5-8"], "server": %q, "log": "json"}`, t.TempDir(), startServer(t))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	read, write := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- command(ctx, []string{"--config", file, "--counters", "127.0.0.1:0"}, io.Discard, write)
		write.Close()
	}()
	var url string
	connected := false
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		var line struct{ Msg, URL string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("no structured line: %s", lines.Text())
		}
		switch line.Msg {
		case "counters":
			url = line.URL
		case "connected":
			connected = true
		}
		if url != "" && connected {
			break
		}
	}
	go io.Copy(io.Discard, read)
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var vars struct {
		Bridge map[string]uint64 `json:"orbit_bridge"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&vars); err != nil || vars.Bridge["nats_connected"] != 1 {
		t.Errorf("the counters say %v, %v", vars.Bridge, err)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if code := <-done; code != exitDone {
		t.Errorf("it ended with code %d", code)
	}
}

func TestBadUsageIsOneLineAndCode2(t *testing.T) {
	whole := []string{"--host", "a", "--fleet", "shop", "--size", "9", "--remote", "4-8", "--dir", t.TempDir()}
	for name, args := range map[string][]string{
		"nothing":         {},
		"nothing to do":   whole,
		"nodes backwards": append(whole[:len(whole):len(whole)], "--export-topic", "t", "--remote", "8-4"),
		"no nodes":        append(whole[:len(whole):len(whole)], "--import", "b"),
		"a bad topic":     append(whole[:len(whole):len(whole)], "--export-topic", "a*b"),
		"a bad kind":      append(whole[:len(whole):len(whole)], "--export-kind", "300"),
		"no file":         append(whole[:len(whole):len(whole)], "--export-topic", "t", "--creds", "/nowhere"),
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			if code := command(t.Context(), args, io.Discard, &log); code != exitUsage {
				t.Errorf("code %d", code)
			}
			if n := strings.Count(log.String(), "\n"); n != 1 || !strings.HasPrefix(log.String(), "orbitbridge: ") {
				t.Errorf("it said %q", log.String())
			}
		})
	}
}
