package bench

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrRecord: a record cannot be written where it was asked for.
var ErrRecord = errors.New("cannot write the record")

// CheckRecordDir says whether a record can be written to dir, before hours are
// spent: it must not exist, or be an empty directory.
func CheckRecordDir(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case err == nil && len(entries) > 0:
		return fmt.Errorf("%w: %s is not empty; records are never overwritten", ErrRecord, dir)
	case err == nil:
		return nil
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if info, err := os.Stat(parent); err == nil && !info.IsDir() {
		return fmt.Errorf("%w: %s is not a directory", ErrRecord, parent)
	}
	return nil
}

// A File is one file of a record.
type File struct {
	Name    string
	Content func(io.Writer) error
}

// SaveRecord writes the files to dir: all of them, or nothing.
func SaveRecord(dir string, files ...File) error {
	if err := CheckRecordDir(dir); err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	draft, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	defer os.RemoveAll(draft)
	if err := os.Chmod(draft, 0o755); err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	for _, f := range files {
		err = errors.Join(err, f.write(draft))
	}
	if err == nil {
		err = os.Rename(draft, dir) // replaces an empty directory, nothing else
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return nil
}

func (f File) write(dir string) error {
	out, err := os.Create(filepath.Join(dir, f.Name))
	if err != nil {
		return err
	}
	return errors.Join(f.Content(out), out.Sync(), out.Close())
}
