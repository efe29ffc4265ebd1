// Leader has three worker processes, of which one does a job of six steps: the
// one that holds the lease on it. It is killed half-way. Another takes over when
// the lease is over, and goes on where the first was. What a leader asks for
// carries its fencing token, so that one that does not know that its time is over
// can do no harm.
//
//	go run ./examples/leader
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"time"

	"github.com/orbitring/orbit/substrates/contest"
	"github.com/orbitring/orbit/substrates/fleet"
	"github.com/orbitring/orbit/substrates/orbital"
)

const (
	workers = 3
	steps   = 6
	lease   = 300 * time.Millisecond
)

// job is what the workers compete for.
var job = contest.Subject{Kind: 1, Label: "move the stock"}

// Progress is how far the job is, for whoever leads next.
type Progress struct{ Done uint64 }

// OrbitKind is the kind of its values.
func (Progress) OrbitKind() uint8 { return 1 }

func main() {
	if dir := os.Getenv("LEADER_WORKER"); dir != "" {
		if err := work(dir); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// request is what a worker asks of the resource, and whom to answer.
type request struct {
	from  *exec.Cmd
	reply io.Writer
	step  uint64
	token uint64
}

// run starts the workers and is the resource that the job works on.
func run(out io.Writer) error {
	dir, err := os.MkdirTemp("", "leader")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fence, err := contest.NewFence(contest.File(dir + "/fence"))
	if err != nil {
		return err
	}
	requests := make(chan request)
	for range workers {
		w := exec.Command(os.Args[0])
		w.Env = append(os.Environ(), "LEADER_WORKER="+dir)
		w.Stderr = os.Stderr
		stdin, err := w.StdinPipe()
		if err != nil {
			return err
		}
		stdout, err := w.StdoutPipe()
		if err != nil {
			return err
		}
		if err := w.Start(); err != nil {
			return err
		}
		defer w.Wait()
		defer w.Process.Kill()
		go func() {
			for {
				r := request{from: w, reply: stdin}
				if _, err := fmt.Fscanln(stdout, &r.step, &r.token); err != nil {
					return
				}
				requests <- r
			}
		}()
	}

	var first request
	for done := uint64(0); done < steps; {
		r := <-requests
		if first.from == nil {
			first = r
		}
		if r.from == first.from && r.step == 3 {
			fmt.Fprintln(out, "the leader is killed")
			r.from.Process.Kill()
			continue
		}
		if err := fence.Admit(r.token); err != nil {
			fmt.Fprintln(r.reply, "refused")
			continue
		}
		who := "the first leader"
		if r.from != first.from {
			who = "the next leader"
		}
		fmt.Fprintf(out, "%s does step %d\n", who, r.step)
		done = r.step
		fmt.Fprintln(r.reply, "done")
	}
	// What the first leader had sent before it died arrives only now.
	if err := fence.Admit(first.token); err != nil {
		fmt.Fprintln(out, "a late request of the first leader is refused")
	}
	return nil
}

// work is the life of a worker: wait for the lease, lead, until the job is done.
func work(dir string) error {
	f, err := fleet.JoinShared("leader", fleet.Options{Size: workers, Dir: dir})
	if err != nil {
		return err
	}
	defer f.Close()
	table, err := contest.Open(f, contest.Options{})
	if err != nil {
		return err
	}
	progress, err := orbital.New[Progress](f)
	if err != nil {
		return err
	}
	g, err := table.Acquire(context.Background(), job, fmt.Sprint("worker:", f.Node()), lease)
	if err != nil {
		return err
	}
	defer g.Release()
	at, _, err := progress.Load()
	if err != nil {
		return err
	}
	answers := bufio.NewScanner(os.Stdin)
	for step := at.Done + 1; step <= steps; step++ {
		fmt.Println(step, g.Token)
		if !answers.Scan() || answers.Text() != "done" {
			return nil // the fence has seen a later leader
		}
		if _, err := progress.Store(&Progress{Done: step}); err != nil {
			return err
		}
		if _, err := g.Renew(lease); err != nil {
			return nil // too slow: somebody else may lead
		}
	}
	return nil
}
