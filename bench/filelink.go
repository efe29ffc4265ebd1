package bench

import (
	"errors"
	"io"
	"os"
)

// fileOut writes every message to every consumer's pipe or socket, one write a
// message, since a message is to be visible at once.
type fileOut struct {
	producer uint8
	msg      []byte
	files    []*os.File
	fds      []int
}

func newFileOut(s Spec, producer uint8, files []*os.File) outlet {
	o := &fileOut{producer: producer, msg: make([]byte, s.Payload), files: files}
	for _, f := range files {
		o.fds = append(o.fds, int(f.Fd()))
	}
	return o
}

func (o *fileOut) put(from, to uint64) error {
	for seq := from; seq < to; seq++ {
		seal(o.msg, o.producer, seq)
		for _, fd := range o.fds {
			for b := o.msg; len(b) > 0; {
				n, err := rawWrite(fd, b)
				if err != nil {
					return os.NewSyscallError("write", err)
				}
				b = b[n:]
			}
		}
	}
	return nil
}

func (o *fileOut) retried() uint64 { return 0 }

// end closes: that is what tells the reader.
func (o *fileOut) end() error {
	var errs []error
	for _, f := range o.files {
		errs = append(errs, f.Close())
	}
	o.files, o.fds = nil, nil
	return errors.Join(errs...)
}

func (o *fileOut) close() error { return o.end() }

// fileIn reads what is there, many messages at once if there are many, which is
// the best that a reader of a stream can do.
type fileIn struct {
	file    *os.File
	fd      int
	payload int
	buf     []byte
	from    int // buf[from:to] is read and not yet taken
	to      int
}

func newFileIn(s Spec, f *os.File) inlet {
	return &fileIn{file: f, fd: int(f.Fd()), payload: s.Payload, buf: make([]byte, max(fileChunk, s.Payload))}
}

// fileChunk is how much one read asks for: what a pipe holds.
const fileChunk = 64 << 10

func (i *fileIn) take(l *ledger, most int) (int, error) {
	for i.to-i.from < i.payload {
		i.to = copy(i.buf, i.buf[i.from:i.to])
		i.from = 0
		n, err := rawRead(i.fd, i.buf[i.to:])
		switch {
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0 && i.to > 0:
			return 0, io.ErrUnexpectedEOF
		case n == 0:
			return 0, io.EOF
		}
		i.to += n
	}
	n := 0
	for ; n < most && i.to-i.from >= i.payload; n++ {
		l.take(i.buf[i.from : i.from+i.payload])
		i.from += i.payload
	}
	return n, nil
}

func (i *fileIn) loss() (overwritten, unavailable uint64) { return 0, 0 }
func (i *fileIn) audit() error                            { return nil }
func (i *fileIn) close() error                            { return i.file.Close() }
