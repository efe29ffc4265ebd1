package cache

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// redis is a connection to a server of its own, as lean as a client can be: one
// write and one read for each command.
type redis struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

// startRedis starts a server on a socket, without persistence, until the test
// ends. False: it is not installed.
func startRedis(t testing.TB, socket string) (*redis, bool) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, false
	}
	cmd := exec.Command(path, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no")
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for lines := bufio.NewScanner(out); ; {
		if !lines.Scan() {
			t.Fatal("redis-server ended before it was ready")
		}
		if strings.Contains(strings.ToLower(lines.Text()), "ready to accept connections") {
			break
		}
	}
	go io.Copy(io.Discard, out)
	conn, err := net.Dial("unix", socket)
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	return &redis{conn: conn, in: bufio.NewReader(conn)}, true
}

// send writes a command.
func (r *redis) send(words ...string) error {
	r.out = append(r.out[:0], '*')
	r.out = append(strconv.AppendInt(r.out, int64(len(words)), 10), "\r\n"...)
	for _, w := range words {
		r.out = append(r.out, '$')
		r.out = append(strconv.AppendInt(r.out, int64(len(w)), 10), "\r\n"...)
		r.out = append(append(r.out, w...), "\r\n"...)
	}
	_, err := r.conn.Write(r.out)
	return err
}

func (r *redis) get(key string, buf []byte) ([]byte, bool, error) {
	if err := r.send("GET", key); err != nil {
		return nil, false, err
	}
	line, err := r.in.ReadSlice('\n')
	if err != nil || len(line) < 4 || line[0] != '$' {
		return nil, false, fmt.Errorf("redis says %q: %w", line, err)
	}
	n, err := strconv.Atoi(string(line[1 : len(line)-2]))
	if err != nil || n < 0 {
		return nil, false, err
	}
	buf = append(buf[:0], make([]byte, n+2)...)
	_, err = io.ReadFull(r.in, buf)
	return buf[:n], true, err
}

func (r *redis) set(key string, value []byte) error {
	if err := r.send("SET", key, string(value)); err != nil {
		return err
	}
	line, err := r.in.ReadSlice('\n')
	if err == nil && string(line) != "+OK\r\n" {
		err = fmt.Errorf("redis says %q", line)
	}
	return err
}
