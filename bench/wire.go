package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Parent and workers talk over a Unix stream socket pair, one line of JSON at a
// time, because it also carries the descriptors of what they are to share. A
// worker answers every order with one reply, and the parent gives no worker a
// second order before that.

// An order tells a worker what to do next.
type order struct {
	Spec    Spec
	Seats   []seat       // of this worker: one, or all of them for an in-process transport
	Party   []int        // slots of everyone in the run
	Gen     uint64       // the number of the run's first barrier; it uses barriers from here on
	From    uint64       // floor: the sequence to begin at
	To      uint64       // floor: and to end at
	Variant floorVariant // of a floor
	Warm    uint64       // messages a producer sends before the clock starts
	Clock   stamper
	Shared  int // how many descriptors come along
}

// A seat is one side of a run: producer i or consumer i, on a processor.
type seat struct {
	Consumer bool
	Index    int
	CPU      int  // -1: anywhere
	Crowded  bool // the processor is another seat's too
}

func (s seat) slot() int {
	if s.Consumer {
		return consumerSlot(s.Index)
	}
	return producerSlot(s.Index)
}

// A reply says what became of an order, by seat.
type reply struct {
	Err    string
	Kernel string // the copy routines of its rings
	Seats  []outcome
}

// An outcome is what one seat saw of the timed part of a run.
type outcome struct {
	Sent     uint64        // warm-up included
	Retried  uint64        // frames that were lapped while publishing, and published again
	Counts   Counts        // warm-up included
	Received []uint64      // by producer, warm-up included
	First    time.Duration // producers: just before the first send; rate: when it was due
	Last     time.Duration // consumers: just after the last receive; rate: producers, after the last send
	Due      time.Duration // rate: when the last message was due
	Laps     []float64     // ping-pong: stamped round trips, ns
	Allocs   uint64        // heap objects made since the warm-up; rings only
	Latency  *Latency      // rate, wake: of consumers
	Lag      *Latency      // rate: of producers, from when a message was due to its send
	Stalls   []Stall       // rate: of consumers
	Apart    [2]int64      // clocks: between what and what the other's is ahead, ns
	Slept    uint64        // wake: of consumers, how often they gave their processor up
	Idle     uint64        // looks that found nothing to take, or no credit to send
	Ran      time.Duration // processor time
	Wall     time.Duration
}

// maxLine bounds a line in either direction.
const maxLine = 16 << 20

// hear reads the next line and the descriptors that came with it, blocking the
// thread: nothing of the runtime is involved.
func hear(fd int, pending *bytes.Buffer, v any) ([]*os.File, error) {
	var files []*os.File
	chunk := make([]byte, 64<<10)
	rights := make([]byte, unix.CmsgSpace(4*maxShared))
	for {
		if line, ok := cutLine(pending); ok {
			return files, json.Unmarshal(line, v)
		}
		if pending.Len() > maxLine {
			return files, errors.New("line too long")
		}
		n, rn, _, _, err := unix.Recvmsg(fd, chunk, rights, recvFlags)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return files, os.NewSyscallError("recvmsg", err)
		case n == 0:
			return files, io.EOF
		}
		pending.Write(chunk[:n])
		got, err := parseRights(rights[:rn])
		files = append(files, got...)
		if err != nil {
			return files, err
		}
	}
}

// say writes a line and hands descriptors over.
func say(fd int, v any, files ...*os.File) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		rights = unix.UnixRights(fds...)
	}
	for len(line) > 0 {
		n, err := unix.SendmsgN(fd, line, rights, nil, sendFlags)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return os.NewSyscallError("sendmsg", err)
		}
		line, rights = line[n:], nil
	}
	return nil
}

// maxShared bounds the descriptors of one order.
const maxShared = 64

func cutLine(b *bytes.Buffer) ([]byte, bool) {
	i := bytes.IndexByte(b.Bytes(), '\n')
	if i < 0 {
		return nil, false
	}
	return b.Next(i + 1), true
}

func parseRights(b []byte) ([]*os.File, error) {
	if len(b) == 0 {
		return nil, nil
	}
	msgs, err := unix.ParseSocketControlMessage(b)
	if err != nil {
		return nil, fmt.Errorf("descriptors: %w", err)
	}
	var files []*os.File
	for i := range msgs {
		fds, err := unix.ParseUnixRights(&msgs[i])
		if err != nil {
			return files, fmt.Errorf("descriptors: %w", err)
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "handed over"))
		}
	}
	return files, nil
}
