// Loadtable shows how three worker processes are doing, as they do it: each
// stores its latest load and beats, and whoever likes looks. One worker hangs
// then, and one dies; the table tells the two apart.
//
//	go run ./examples/loadtable
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/orbitring/orbit/ring/layout"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/heartbeat"
	"github.com/orbitring/orbit/substrates/orbital"
)

const (
	workers = 3
	beat    = 10 * time.Millisecond
	limit   = 500 * time.Millisecond // older beats are stale
)

// Load is what a worker tells about itself.
type Load struct{ Requests, Percent uint64 }

// OrbitKind is the kind of its values.
func (Load) OrbitKind() uint8 { return 1 }

func main() {
	if dir := os.Getenv("LOADTABLE_WORKER"); dir != "" {
		log.Fatal(work(dir))
	}
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// member is what workers and their observer have in common.
type member struct {
	*fleet.Fleet
	loads  *orbital.Orbital[Load]
	hearts *heartbeat.Hearts
}

func join(dir string, node int) (m member, err error) {
	if m.Fleet, err = fleet.JoinShared("loadtable", fleet.Options{Size: workers + 1, Node: fleet.Node(node), Dir: dir}); err != nil {
		return m, err
	}
	// A lane for each node: every worker's latest load stays, however busy others are.
	if err = m.Define(Load{}.OrbitKind(), fleet.Spec{Topology: layout.Lane, Capacity: 2, Payload: 16}); err != nil {
		return m, err
	}
	if m.loads, err = orbital.New[Load](m.Fleet); err != nil {
		return m, err
	}
	m.hearts, err = heartbeat.Open(m.Fleet, heartbeat.Options{})
	return m, err
}

// run starts the workers and watches them as node 0.
func run(out io.Writer) error {
	dir, err := os.MkdirTemp("", "loadtable")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	me, err := join(dir, 0)
	if err != nil {
		return err
	}
	defer me.Close()
	var processes []*os.Process
	for node := 1; node <= workers; node++ {
		w := exec.Command(os.Args[0], strconv.Itoa(node))
		w.Env = append(os.Environ(), "LOADTABLE_WORKER="+dir)
		w.Stderr = os.Stderr
		stdout, err := w.StdoutPipe()
		if err != nil {
			return err
		}
		if err := w.Start(); err != nil {
			return err
		}
		defer w.Wait()
		defer w.Process.Kill()
		if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil { // it works now
			return err
		}
		processes = append(processes, w.Process)
	}

	fmt.Fprintln(out, "all work:")
	if err := me.table(out, workers); err != nil {
		return err
	}
	processes[1].Signal(syscall.SIGSTOP)
	processes[2].Kill()
	processes[2].Wait()
	fmt.Fprintln(out, "worker 2 hangs, worker 3 is dead:")
	return me.table(out, 1)
}

// table prints the table as soon as so many workers have a fresh beat.
func (m member) table(out io.Writer, fresh int) error {
	var s heartbeat.Snapshot
	for tick := time.Tick(beat); ; <-tick {
		var err error
		if s, err = m.hearts.Snapshot(fleet.Now(), limit); err != nil {
			return err
		}
		if len(s.Beats)-len(s.Stale) == fresh {
			break
		}
	}
	for _, b := range s.Beats {
		heart := "fresh"
		if b.Stale {
			heart = "stale"
		}
		alive, err := m.Alive(b.Node)
		if err != nil {
			return err
		}
		load, _, err := m.loads.LoadFrom(b.Node)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  worker %d: %2d %% busy, heartbeat %s, alive %v\n", b.Node, load.Percent, heart, alive)
	}
	return nil
}

// work is the life of a worker.
func work(dir string) error {
	node, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	m, err := join(dir, node)
	if err != nil {
		return err
	}
	defer m.Close()
	if _, err := m.loads.Store(&Load{Percent: uint64(10 * node)}); err != nil {
		return err
	}
	if _, err := m.hearts.Beat(fleet.Now(), uint64(node)); err != nil {
		return err
	}
	fmt.Println("working")
	return m.hearts.Run(context.Background(), beat, func() uint64 { return uint64(node) })
}
