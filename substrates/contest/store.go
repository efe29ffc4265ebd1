package contest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Store keeps one number for a Fence or for Options.Tokens. Load returns what was
// saved last, 0 if nothing was. What Save has returned must survive whatever the
// store is to be trusted with.
type Store interface {
	Load() (uint64, error)
	Save(uint64) error
}

// File is a Store in a file of this name: the number in digits and a newline. It
// is replaced as a whole and flushed to the disk before Save returns. Its folder
// must exist, and should outlive the host's restart. A file that holds anything
// else is ErrStore, and is left alone.
type File string

// Load implements Store.
func (f File) Load() (uint64, error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	line, ended := strings.CutSuffix(string(text), "\n")
	n, err := strconv.ParseUint(line, 10, 64)
	if err != nil || !ended {
		return 0, &StoreError{Path: string(f), Text: string(text[:min(len(text), 40)])}
	}
	return n, nil
}

// Save implements Store.
func (f File) Save(n uint64) error {
	dir := filepath.Dir(string(f))
	draft, err := os.CreateTemp(dir, filepath.Base(string(f))+".*")
	if err != nil {
		return err
	}
	_, err = draft.WriteString(strconv.FormatUint(n, 10) + "\n")
	if err == nil {
		err = draft.Sync()
	}
	if e := draft.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(draft.Name(), string(f))
	}
	if err != nil {
		os.Remove(draft.Name())
		return err
	}
	return syncFolder(dir)
}

// syncFolder makes a renaming last.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
