package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/orbitring/orbit/bench/gate"
	"github.com/orbitring/orbit/bench/report"
)

// reportCmd makes a page.
type reportCmd struct {
	Dirs   []string `arg:"" help:"Folders that run -o, ab -o and tune -o made."`
	Output string   `name:"o" short:"o" default:"report.html" placeholder:"FILE" help:"The page (report.html)."`
}

// Run is the verb.
func (c *reportCmd) Run(s *session) error {
	var page bytes.Buffer
	if err := report.Write(&page, c.Dirs...); errors.Is(err, gate.ErrRecord) {
		return usageError{err.Error()}
	} else if err != nil {
		return err
	}
	if err := replace(c.Output, page.Bytes()); err != nil {
		return usage("-o %s: %v", c.Output, err)
	}
	fmt.Fprintln(s.stderr, "orbitbench: wrote", c.Output)
	return nil
}

// replace writes a file as a whole, or leaves what there was.
func replace(path string, text []byte) error {
	draft, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = draft.Write(text)
	err = errors.Join(err, draft.Chmod(0o644), draft.Close())
	if err != nil {
		return err
	}
	return os.Rename(draft.Name(), path)
}
