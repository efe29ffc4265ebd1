//go:build linux

package bench

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A POSIX message queue is a descriptor on Linux, so it is handed over like a
// pipe. It loses its name as soon as it is open. It has no end: a producer sends
// an empty message when it has ended.

// mqDepth is how many messages a queue holds: what the system allows everybody.
const mqDepth = 10

// mqLimit is the largest message that the system lets a queue have.
func mqLimit() int {
	n, err := strconv.Atoi(line("/proc/sys/fs/mqueue/msgsize_max"))
	if err != nil {
		return 0
	}
	return n
}

// mqAttr is struct mq_attr: longs, padded to eight.
type mqAttr struct{ flags, depth, size, current, _, _, _, _ int }

// queue makes a queue for messages of a row: to be read from, and written to.
func (c *conduit) queue(s Spec) (streamEnds, error) {
	name := append([]byte(fmt.Sprintf("orbit-bench-%d-%d", os.Getpid(), len(c.closer))), 0)
	attr := mqAttr{depth: mqDepth, size: s.Payload}
	fd, _, errno := unix.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(&name[0])),
		unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600, uintptr(unsafe.Pointer(&attr)), 0, 0)
	if errno != 0 {
		return streamEnds{}, fmt.Errorf("message queue of %d messages of %d bytes: %w", mqDepth, s.Payload, os.NewSyscallError("mq_open", errno))
	}
	f := os.NewFile(fd, "message queue")
	c.closer = append(c.closer, f)
	if _, _, errno := unix.Syscall(unix.SYS_MQ_UNLINK, uintptr(unsafe.Pointer(&name[0])), 0, 0); errno != 0 {
		return streamEnds{}, os.NewSyscallError("mq_unlink", errno)
	}
	return streamEnds{f, f}, nil
}

// mqOut sends every message to every consumer's queue.
type mqOut struct {
	producer uint8
	msg      []byte
	files    []*os.File
	fds      []int
}

func newMQOut(s Spec, producer uint8, files []*os.File) outlet {
	o := &mqOut{producer: producer, msg: make([]byte, s.Payload), files: files}
	for _, f := range files {
		o.fds = append(o.fds, int(f.Fd()))
	}
	return o
}

func (o *mqOut) put(from, to uint64) error {
	for seq := from; seq < to; seq++ {
		seal(o.msg, o.producer, seq)
		if err := o.send(o.msg); err != nil {
			return err
		}
	}
	return nil
}

func (o *mqOut) send(msg []byte) error {
	for _, fd := range o.fds {
		for {
			_, _, errno := unix.RawSyscall6(unix.SYS_MQ_TIMEDSEND, uintptr(fd),
				uintptr(unsafe.Pointer(unsafe.SliceData(msg))), uintptr(len(msg)), 0, 0, 0)
			if errno == 0 {
				break
			}
			if errno != unix.EINTR {
				return os.NewSyscallError("mq_timedsend", errno)
			}
		}
	}
	return nil
}

func (o *mqOut) retried() uint64 { return 0 }
func (o *mqOut) end() error      { return o.send(o.msg[:0]) }
func (o *mqOut) close() error    { return nil } // the worker closes what it was handed

type mqIn struct {
	fd   int
	buf  []byte
	open int // producers that have not ended
}

func newMQIn(s Spec, f *os.File) inlet {
	return &mqIn{int(f.Fd()), make([]byte, s.Payload), s.Topology.Producers}
}

// take receives one message: the system has no call for more.
func (i *mqIn) take(l *ledger, _ int) (int, error) {
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_MQ_TIMEDRECEIVE, uintptr(i.fd),
			uintptr(unsafe.Pointer(unsafe.SliceData(i.buf))), uintptr(len(i.buf)), 0, 0, 0)
		switch {
		case errno == unix.EINTR:
		case errno != 0:
			return 0, os.NewSyscallError("mq_timedreceive", errno)
		case n > 0:
			l.take(i.buf[:n])
			return 1, nil
		default:
			if i.open--; i.open == 0 {
				return 0, io.EOF
			}
		}
	}
}

func (i *mqIn) loss() (overwritten, unavailable uint64) { return 0, 0 }
func (i *mqIn) audit() error                            { return nil }
func (i *mqIn) close() error                            { return nil }
