package bench

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// tcp makes a connection over the loopback device, small messages undelayed, of
// which one direction is used.
func (c *conduit) tcp() (streamEnds, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return streamEnds{}, fmt.Errorf("loopback: %w", err)
	}
	defer l.Close()
	dialled, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		return streamEnds{}, fmt.Errorf("loopback: %w", err)
	}
	defer dialled.Close()
	accepted, err := l.Accept()
	if err != nil {
		return streamEnds{}, fmt.Errorf("loopback: %w", err)
	}
	defer accepted.Close()
	var ends streamEnds
	var errs [2]error
	ends.write, errs[0] = c.blockingFile(dialled)
	ends.read, errs[1] = c.blockingFile(accepted)
	return ends, errors.Join(errs[:]...)
}

// blockingFile is a connection as a worker uses it.
func (c *conduit) blockingFile(conn net.Conn) (*os.File, error) {
	f, err := conn.(*net.TCPConn).File()
	if err != nil {
		return nil, err
	}
	c.closer = append(c.closer, f)
	return f, unix.SetNonblock(int(f.Fd()), false)
}
